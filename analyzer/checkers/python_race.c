/* python_race.c: data-race, between the threads of a Python program.
 *
 * The shim finds the races while the program runs (python/race_model.h) and grades them: each
 * access is atomic by itself, so that what matters is what the program makes of two of them.  Here
 * they become findings, one for each pair of places.
 */
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/support.h"
#include "threadcheck/trace_format.h"
#include "trace/reader.h"

struct tc_python_race {
    struct tc_findings *findings;
};

enum { WORDS = 512 };

/* What a grade says, with {t%1$zu} the thread of the later access and {t%2$zu} the other. */
static const struct words {
    enum tc_severity severity;
    enum tc_confidence confidence;
    const char *title, *explanation, *advice;
} grades[] = {
    [TC_RACE_PLAIN] =
        {TC_SEVERITY_INFO, TC_CONFIDENCE_POSSIBLE, "unordered accesses to {V0}",
         "{t%1$zu} and {t%2$zu} use {V0}, one of them writes it, and nothing puts one before the "
         "other. Each access is atomic by itself: one of them sees an old value or a new one.",
         "Nothing, where either value will do, as with a flag that ends a loop; else hold one lock "
         "at both places, or use an Event or a Queue."},
    [TC_RACE_STALE] =
        {TC_SEVERITY_WARNING, TC_CONFIDENCE_POSSIBLE,
         "{V0} is read to decide on a change while another thread changes it",
         "{t%2$zu} reads {V0} and goes on to change it, and {t%1$zu} changes it in the same way; "
         "nothing puts one before the other, so that what was read can be out of date when it is "
         "acted on.",
         "Hold one lock from the check to the change, at both places."},
    [TC_RACE_LOST] =
        {TC_SEVERITY_ERROR, TC_CONFIDENCE_OBSERVED, "data race on {V0}: an update can be lost",
         "{t%1$zu} and {t%2$zu} read {V0} and write it back, or write it meanwhile, and nothing "
         "puts one before the other. Python's global lock can change hands between the two halves: "
         "then both begin with the same value, and what one of them wrote is lost.",
         "Hold one lock around the whole update at both places (with lock: ...), or let one thread "
         "own {V0} and send it the changes through a Queue."},
    [TC_RACE_ITERATED] =
        {TC_SEVERITY_ERROR, TC_CONFIDENCE_OBSERVED,
         "data race on {V0}: it changes while it is gone through",
         "One of {t%1$zu} and {t%2$zu} goes through {V0} and the other adds to it or takes from "
         "it, "
         "and nothing puts one before the other: the loop can end with RuntimeError (\"changed "
         "size "
         "during iteration\"), or leave something out.",
         "Hold one lock around the loop and around the changes, or go through a copy that was made "
         "in one step: for x in list({V0}): ..."},
};

static void *race_create(const struct tc_config *config, struct tc_findings *findings,
                         const struct tc_model *model) {
    (void)config;
    (void)model;
    struct tc_python_race *self = tc_alloc(sizeof *self);
    self->findings = findings;
    return self;
}

static uint64_t place_of(const struct tc_trace *trace, const struct tc_meta_race_side *side) {
    struct tc_trace_stack stack = tc_trace_stack(trace, side->stack);
    return stack.count ? stack.frames[0] : side->flags;
}

static uint64_t key_of(const struct tc_trace *trace, const struct tc_meta_race *race) {
    uint64_t a = place_of(trace, &race->sides[0]), b = place_of(trace, &race->sides[1]);
    uint64_t pair = a < b ? tc_key(a, b) : tc_key(b, a);
    return tc_key(pair, race->grade);
}

static const char *verb(const struct tc_meta_race *race, const struct tc_meta_race_side *side) {
    bool write = side->flags & TC_RACE_WRITE;
    if (race->grade == TC_RACE_ITERATED)
        return write ? "changes what is in" : "goes through";
    return side->flags & TC_RACE_MODIFY ? write ? "updates" : "checks, to change it later,"
           : write                      ? "writes"
                                        : "reads";
}

/* Not the interpreter's own: its global lock, and what it holds while a thread lives. */
static bool is_users(const struct tc_model *model, uint32_t lock) {
    const struct tc_object *object = tc_model_object(model, lock);
    bool first_seen_held = object->type == TC_OBJECT_PY_LOCK && object->attr & TC_ATTR_NO_INIT_SEEN;
    return object->known && object->type != TC_OBJECT_GIL && !first_seen_held &&
           !(object->attr & TC_ATTR_INTERNAL);
}

/* "{O3} and {O5}", or "no lock". */
static uint32_t names_of(char *words, const struct tc_model *model, uint32_t count,
                         const uint32_t *locks) {
    uint32_t mine[WORDS / 16], found = 0;
    for (uint32_t i = 0; i < count && found < WORDS / 16; i++)
        if (is_users(model, locks[i]))
            mine[found++] = locks[i];
    size_t used = (size_t)snprintf(words, WORDS, "%s", found ? "" : "no lock");
    for (uint32_t i = 0; i < found && used + 32 < WORDS; i++)
        used += (size_t)snprintf(words + used, WORDS - used, "%s{O%u}",
                                 i == 0           ? ""
                                 : i + 1 == found ? " and "
                                                  : ", ",
                                 mine[i]);
    return found;
}

static void say_locks(struct tc_finding *finding, const struct tc_model *model,
                      const struct tc_meta_race *race, size_t later, size_t earlier) {
    const struct tc_meta_race_side *sides = race->sides;
    char now[WORDS], before[WORDS];
    if (sides[0].held == UINT32_MAX || sides[1].held == UINT32_MAX)
        return;
    uint32_t count = names_of(now, model, sides[0].held, race->locks);
    count += names_of(before, model, sides[1].held, race->locks + sides[0].held);
    if (count == 0)
        tc_finding_explain_more(finding, "Neither held a lock.");
    else
        tc_finding_explain_more(finding, "{t%zu} held %s, {t%zu} held %s.", later, now, earlier,
                                before);
}

static void race_step(void *opaque, const struct tc_step *step) {
    struct tc_python_race *self = opaque;
    if (step->record->code != TC_EV_RACE)
        return;
    const struct tc_trace *trace = tc_model_trace(step->model);
    const struct tc_meta_race *race = tc_trace_race(trace, step->record->arg);
    if (!race || race->grade == TC_RACE_NATIVE || race->grade >= sizeof grades / sizeof *grades)
        return;
    struct tc_finding *finding =
        tc_findings_add(self->findings, TC_FINDING_DATA_RACE, key_of(trace, race));
    if (!finding)
        return;
    const struct words *words = &grades[race->grade];
    finding->race = race;
    finding->severity = words->severity;
    finding->confidence = words->confidence;
    size_t later = tc_finding_thread(finding, race->sides[0].thread);
    size_t earlier = tc_finding_thread(finding, race->sides[1].thread);
    tc_finding_stack(finding, later, race->sides[0].stack, "%s {V0}", verb(race, &race->sides[0]));
    tc_finding_stack(finding, earlier, race->sides[1].stack, "before, %s {V0}",
                     verb(race, &race->sides[1]));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
    tc_finding_title(finding, words->title, later, earlier);
    tc_finding_explain(finding, words->explanation, later, earlier);
    tc_finding_advise(finding, words->advice, later, earlier);
#pragma GCC diagnostic pop
    say_locks(finding, step->model, race, later, earlier);
}

static void race_destroy(void *opaque) {
    free(opaque);
}

const struct tc_checker tc_checker_python_race = {
    .name = "python_race",
    .help = "unordered accesses of Python threads, and what they can do",
    .effects = TC_WANTS(NONE),
    .create = race_create,
    .step = race_step,
    .destroy = race_destroy,
};
