/* finding.h: a finding as a checker states it, before names and source lines are known.
 *
 * Text may hold placeholders that the report fills in: {oN} the Nth object of the finding, {tN} its
 * Nth thread (from 0); {O<id>} and {T<index>} any object or thread of the model, and {S<stack>} the
 * place of a stack with a word before it, as in " at bank.c:12", or nothing when it is not known;
 * {V0} what a data race is about: a variable, a member, a part of a heap block.
 * Stacks are ids.  The report resolves, words the rest, and merges findings
 * that turn out to have one cause.
 * Rules: not thread-safe; text is copied.
 */
#ifndef TC_ANALYZER_FINDING_H
#define TC_ANALYZER_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum tc_finding_kind {
#define TC_FINDING(NAME, kind, SEVERITY, CONFIDENCE, title) TC_FINDING_##NAME,
#include "analyzer/checkers/findings.def"
#undef TC_FINDING
    TC_FINDING_COUNT
};

enum tc_severity { TC_SEVERITY_INFO, TC_SEVERITY_WARNING, TC_SEVERITY_ERROR };

enum tc_confidence {
    TC_CONFIDENCE_POSSIBLE,
    TC_CONFIDENCE_PREDICTED,
    TC_CONFIDENCE_CONFIRMED,
    TC_CONFIDENCE_OBSERVED
};

struct tc_finding_info {
    const char *kind, *title;
    enum tc_severity severity;
    enum tc_confidence confidence;
};
extern const struct tc_finding_info tc_finding_table[TC_FINDING_COUNT];

struct tc_finding_stack {
    char *what;     /* "acquires {o1} while holding {o0}" */
    uint32_t stack; /* id */
};

struct tc_finding_thread {
    uint32_t thread; /* index */
    struct tc_finding_stack *stacks;
    size_t stack_count;
};

struct tc_finding {
    enum tc_finding_kind kind;
    enum tc_severity severity;
    enum tc_confidence confidence;
    char *title;       /* one line; NULL: the table's */
    char *explanation; /* what happened or can happen, in a sentence or two */
    char *advice;      /* what to do about it */
    uint64_t count;    /* times seen */
    uint32_t *objects; /* ids */
    size_t object_count;
    struct tc_finding_thread *threads;
    size_t thread_count;
    const struct tc_meta_race *race; /* of a data race: the trace's record; else NULL */
    char **witness;                  /* steps in order; may be none */
    size_t witness_count;
};

struct tc_meta_race; /* trace_format.h */
struct tc_findings;  /* a growing list, with a search by key */

struct tc_findings *tc_findings_new(void);
void tc_findings_free(struct tc_findings *findings);
size_t tc_findings_count(const struct tc_findings *findings);
struct tc_finding *tc_findings_get(const struct tc_findings *findings, size_t index);

/* A new finding with the usual severity and confidence of its kind, to be filled in - or NULL when
 * one with this kind and key stands already, whose count is raised.  The key names the cause: two
 * sightings with one key are one finding. */
struct tc_finding *tc_findings_add(struct tc_findings *findings, enum tc_finding_kind kind,
                                   uint64_t key);

/* The same for a cause that two keys can name, say its object and its place: a sighting with either
 * one is the same finding. */
struct tc_finding *tc_findings_add2(struct tc_findings *findings, enum tc_finding_kind kind,
                                    uint64_t key, uint64_t other);

/* The finding that stands with this kind and key, or NULL.  Its count stays. */
struct tc_finding *tc_findings_find(struct tc_findings *findings, enum tc_finding_kind kind,
                                    uint64_t key);

/* Fill in.  printf-like; each returns nothing and cannot fail. */
void tc_finding_title(struct tc_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void tc_finding_explain(struct tc_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Adds a sentence to the explanation. */
void tc_finding_explain_more(struct tc_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void tc_finding_advise(struct tc_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void tc_finding_witness(struct tc_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Add; a stack 0, which is not known, is left out; each of the others returns the index to be used
 * in placeholders (an object or thread that is there already keeps its index). */
size_t tc_finding_object(struct tc_finding *finding, uint32_t object);
size_t tc_finding_thread(struct tc_finding *finding, uint32_t thread);
void tc_finding_stack(struct tc_finding *finding, size_t thread_index, uint32_t stack,
                      const char *what, ...) __attribute__((format(printf, 4, 5)));

/* Mixes numbers into a key; (1, 2) and (2, 1) differ. */
static inline uint64_t tc_key(uint64_t key, uint64_t number) {
    key = ((key + 1) * 0xff51afd7ed558ccdull ^ number) * 0x9e3779b97f4a7c15ull;
    return key ^ (key >> 29);
}

#ifdef __cplusplus
}
#endif
#endif
