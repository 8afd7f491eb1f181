/* finding.c: the list of findings and how one is filled in. */
#include "analyzer/checkers/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/memory.h"

const struct tc_finding_info tc_finding_table[TC_FINDING_COUNT] = {
#define TC_FINDING(NAME, kind, SEVERITY, CONFIDENCE, title)                                        \
    [TC_FINDING_##NAME] = {kind, title, TC_SEVERITY_##SEVERITY, TC_CONFIDENCE_##CONFIDENCE},
#include "analyzer/checkers/findings.def"
#undef TC_FINDING
};

/* A key that leads to a finding; a finding may have several. */
struct tc_finding_key {
    uint64_t key;
    struct tc_finding *finding;
    UT_hash_handle hh;
};

struct tc_findings {
    struct tc_finding **entries; /* by pointer: a finding stays where it is */
    size_t count, capacity;
    struct tc_finding_key *keys;
};

struct tc_findings *tc_findings_new(void) {
    return tc_alloc(sizeof(struct tc_findings));
}

static void finding_free(struct tc_finding *finding) {
    free(finding->title);
    free(finding->explanation);
    free(finding->advice);
    free(finding->objects);
    for (size_t i = 0; i < finding->thread_count; i++) {
        struct tc_finding_thread *thread = &finding->threads[i];
        for (size_t j = 0; j < thread->stack_count; j++)
            free(thread->stacks[j].what);
        free(thread->stacks);
    }
    free(finding->threads);
    for (size_t i = 0; i < finding->witness_count; i++)
        free(finding->witness[i]);
    free(finding->witness);
    free(finding);
}

void tc_findings_free(struct tc_findings *findings) {
    if (!findings)
        return;
    struct tc_finding_key *key, *next;
    HASH_ITER(hh, findings->keys, key, next) {
        HASH_DEL(findings->keys, key);
        free(key);
    }
    for (size_t i = 0; i < findings->count; i++)
        finding_free(findings->entries[i]);
    free(findings->entries);
    free(findings);
}

size_t tc_findings_count(const struct tc_findings *findings) {
    return findings->count;
}

struct tc_finding *tc_findings_get(const struct tc_findings *findings, size_t index) {
    return findings->entries[index];
}

static struct tc_finding_key *key_find(struct tc_findings *findings, enum tc_finding_kind kind,
                                       uint64_t key) {
    struct tc_finding_key *found;
    uint64_t mixed = tc_key(key, kind + 1);
    HASH_FIND(hh, findings->keys, &mixed, sizeof mixed, found);
    return found;
}

static void key_add(struct tc_findings *findings, struct tc_finding *finding, uint64_t key) {
    struct tc_finding_key *entry = tc_alloc(sizeof *entry);
    entry->key = tc_key(key, finding->kind + 1);
    entry->finding = finding;
    HASH_ADD(hh, findings->keys, key, sizeof entry->key, entry);
}

struct tc_finding *tc_findings_find(struct tc_findings *findings, enum tc_finding_kind kind,
                                    uint64_t key) {
    struct tc_finding_key *found = key_find(findings, kind, key);
    return found ? found->finding : NULL;
}

struct tc_finding *tc_findings_add(struct tc_findings *findings, enum tc_finding_kind kind,
                                   uint64_t key) {
    return tc_findings_add2(findings, kind, key, key);
}

struct tc_finding *tc_findings_add2(struct tc_findings *findings, enum tc_finding_kind kind,
                                    uint64_t key, uint64_t other) {
    struct tc_finding_key *first = key_find(findings, kind, key);
    struct tc_finding_key *second = key_find(findings, kind, other);
    if (first || second) {
        struct tc_finding *finding = first ? first->finding : second->finding;
        finding->count++;
        if (!first)
            key_add(findings, finding, key);
        else if (!second)
            key_add(findings, finding, other);
        return NULL;
    }
    findings->entries =
        tc_grow(findings->entries, findings->count, &findings->capacity, sizeof *findings->entries);
    struct tc_finding *finding = tc_alloc(sizeof *finding);
    findings->entries[findings->count++] = finding;
    finding->kind = kind;
    finding->severity = tc_finding_table[kind].severity;
    finding->confidence = tc_finding_table[kind].confidence;
    finding->count = 1;
    key_add(findings, finding, key);
    if (other != key)
        key_add(findings, finding, other);
    return finding;
}

static char *format_text(const char *format, va_list arguments) {
    char *text;
    if (vasprintf(&text, format, arguments) < 0)
        tc_out_of_memory(0);
    return text;
}

#define SET_TEXT(field)                                                                            \
    do {                                                                                           \
        va_list arguments;                                                                         \
        va_start(arguments, format);                                                               \
        free(field);                                                                               \
        field = format_text(format, arguments);                                                    \
        va_end(arguments);                                                                         \
    } while (0)

void tc_finding_title(struct tc_finding *finding, const char *format, ...) {
    SET_TEXT(finding->title);
}

void tc_finding_explain(struct tc_finding *finding, const char *format, ...) {
    SET_TEXT(finding->explanation);
}

void tc_finding_advise(struct tc_finding *finding, const char *format, ...) {
    SET_TEXT(finding->advice);
}

void tc_finding_explain_more(struct tc_finding *finding, const char *format, ...) {
    char *more = NULL, *all;
    SET_TEXT(more);
    if (!finding->explanation) {
        finding->explanation = more;
        return;
    }
    if (asprintf(&all, "%s %s", finding->explanation, more) < 0)
        tc_out_of_memory(0);
    free(more);
    free(finding->explanation);
    finding->explanation = all;
}

/* Makes room for one more entry in an array that keeps no capacity of its own: findings are few and
 * small. */
static void *one_more(void *entries, size_t count, size_t size) {
    void *grown = realloc(entries, (count + 1) * size);
    if (!grown)
        tc_out_of_memory(0);
    memset((char *)grown + count * size, 0, size);
    return grown;
}

void tc_finding_witness(struct tc_finding *finding, const char *format, ...) {
    finding->witness = one_more(finding->witness, finding->witness_count, sizeof *finding->witness);
    SET_TEXT(finding->witness[finding->witness_count]);
    finding->witness_count++;
}

size_t tc_finding_object(struct tc_finding *finding, uint32_t object) {
    for (size_t i = 0; i < finding->object_count; i++)
        if (finding->objects[i] == object)
            return i;
    finding->objects = one_more(finding->objects, finding->object_count, sizeof *finding->objects);
    finding->objects[finding->object_count] = object;
    return finding->object_count++;
}

size_t tc_finding_thread(struct tc_finding *finding, uint32_t thread) {
    for (size_t i = 0; i < finding->thread_count; i++)
        if (finding->threads[i].thread == thread)
            return i;
    finding->threads = one_more(finding->threads, finding->thread_count, sizeof *finding->threads);
    finding->threads[finding->thread_count].thread = thread;
    return finding->thread_count++;
}

void tc_finding_stack(struct tc_finding *finding, size_t thread_index, uint32_t stack,
                      const char *what, ...) {
    if (!stack)
        return;
    struct tc_finding_thread *thread = &finding->threads[thread_index];
    thread->stacks = one_more(thread->stacks, thread->stack_count, sizeof *thread->stacks);
    struct tc_finding_stack *entry = &thread->stacks[thread->stack_count++];
    entry->stack = stack;
    va_list arguments;
    va_start(arguments, what);
    entry->what = format_text(what, arguments);
    va_end(arguments);
}
