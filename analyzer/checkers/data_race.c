/* data_race.c: data-race.
 *
 * The shim finds races while the program runs (preload/race/) and leaves a record of both sides;
 * here they become findings, one for each pair of places.  What the variable is, and whether an
 * access that looks plain is an atomic one, is for the report to say, which has the debug
 * information.
 */
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/support.h"
#include "threadcheck/trace_format.h"
#include "trace/reader.h"

struct tc_data_race {
    struct tc_findings *findings;
};

enum { WORDS = 1024 };

static void *race_create(const struct tc_config *config, struct tc_findings *findings,
                         const struct tc_model *model) {
    (void)config;
    (void)model;
    struct tc_data_race *self = tc_alloc(sizeof *self);
    self->findings = findings;
    return self;
}

/* The instruction, or what else tells the place apart. */
static uint64_t place_of(const struct tc_trace *trace, const struct tc_meta_race_side *side) {
    struct tc_trace_stack stack = tc_trace_stack(trace, side->stack);
    return stack.count ? stack.frames[0] : side->flags;
}

static uint64_t pair_of(const struct tc_trace *trace, const struct tc_meta_race *race) {
    uint64_t a = place_of(trace, &race->sides[0]), b = place_of(trace, &race->sides[1]);
    return a < b ? tc_key(a, b) : tc_key(b, a);
}

static const char *verb(const struct tc_meta_race_side *side) {
    bool write = side->flags & TC_RACE_WRITE;
    if (side->flags & TC_RACE_DESCRIPTOR)
        return write ? "closes" : side->flags & TC_RACE_MODIFY ? "sends by" : "receives by";
    if (side->flags & TC_RACE_FREE)
        return "frees";
    if (side->flags & TC_RACE_UNMAP)
        return "unmaps";
    if (side->flags & TC_RACE_ATOMIC)
        return side->flags & TC_RACE_MODIFY ? "changes atomically"
               : write                      ? "writes atomically"
                                            : "reads atomically";
    return side->flags & TC_RACE_MODIFY ? "changes" : write ? "writes" : "reads";
}

/* "holding {O3} and {O5}"; `locks` are object ids. */
static void holding(char *words, const struct tc_meta_race_side *side, const uint32_t *locks) {
    size_t used = 0;
    words[0] = 0;
    if (side->held == 0)
        snprintf(words, WORDS, "no lock");
    for (uint32_t i = 0; side->held != UINT32_MAX && i < side->held && used + 32 < WORDS; i++)
        used += (size_t)snprintf(words + used, WORDS - used, "%s{O%u}",
                                 i == 0                ? ""
                                 : i + 1 == side->held ? " and "
                                                       : ", ",
                                 locks[i]);
}

/* Both sides may be one thread's as far as the record can tell. */
static size_t add_side(struct tc_finding *finding, const struct tc_meta_race_side *side,
                       bool earlier) {
    size_t thread = tc_finding_thread(finding, side->thread);
    const char *bytes = side->size == 1 ? "byte" : "bytes";
    if (side->flags & TC_RACE_DESCRIPTOR)
        tc_finding_stack(finding, thread, side->stack, "%s%s {V0}", earlier ? "before, " : "",
                         verb(side));
    else
        tc_finding_stack(finding, thread, side->stack, "%s%s {V0} (%u %s)",
                         earlier ? "before, " : "", verb(side), side->size, bytes);
    return thread;
}

static void say_locks(struct tc_finding *finding, const struct tc_meta_race *race, size_t t0,
                      size_t t1) {
    char now[WORDS], before[WORDS];
    uint32_t first = race->sides[0].held == UINT32_MAX ? 0 : race->sides[0].held;
    holding(now, &race->sides[0], race->locks);
    holding(before, &race->sides[1], race->locks + first);
    if (now[0] && before[0] && race->sides[0].held == 0 && race->sides[1].held == 0)
        tc_finding_explain_more(finding, "Neither held a lock.");
    else if (now[0] && before[0])
        tc_finding_explain_more(finding, "{t%zu} held %s; {t%zu} held %s.", t0, now, t1, before);
    else if (now[0])
        tc_finding_explain_more(finding, "{t%zu} held %s.", t0, now);
}

static void say_block(struct tc_finding *finding, const struct tc_meta_race *race) {
    if (!race->block_size)
        return;
    tc_finding_explain_more(finding, "It lies in a heap block of %llu bytes.",
                            (unsigned long long)race->block_size);
    if (!race->block_stack)
        return;
    size_t owner = tc_finding_thread(finding, race->block_thread);
    tc_finding_stack(finding, owner, race->block_stack, "allocated the block");
}

#define IS_UNORDERED "{t%zu} %s {V0}, which {t%zu} %s%s, and nothing puts one before the other: "

/* What can come of it: the first case that fits says.  The texts get the later thread, its verb,
 * the earlier thread, and where `tells_both` its verb and whether its stack is known. */
static const struct {
    uint32_t now, before; /* flags of which each side has one; 0: whatever it has */
    bool tells_both;
    const char *text;
} cases[] = {
    {0, TC_RACE_ORDERED, false,
     "{t%zu} %s {V0} after {t%zu} has freed the block that it lies in. The one comes after the "
     "other "
     "here: not a matter of time, but of who still has the address."},
    {0, TC_RACE_FREE, false,
     "{t%zu} %s {V0}, which {t%zu} has freed, and nothing puts one before the other: it is used "
     "after "
     "it was freed, by luck alone not in somebody else's block."},
    {TC_RACE_DESCRIPTOR, 0, true,
     IS_UNORDERED "the number may mean another file by the time it is used."},
    {TC_RACE_FREE | TC_RACE_UNMAP, 0, true,
     IS_UNORDERED "it can be gone while it is used, or before."},
    {0, 0, true, IS_UNORDERED "they can happen at the same time."},
};

static void explain(struct tc_finding *finding, const struct tc_meta_race *race, size_t t0,
                    size_t t1) {
    const struct tc_meta_race_side *now = &race->sides[0], *before = &race->sides[1];
    size_t i = 0;
    while ((cases[i].now && !(now->flags & cases[i].now)) ||
           (cases[i].before && !(before->flags & cases[i].before)))
        i++;
    if (cases[i].tells_both)
        tc_finding_explain(finding, cases[i].text, t0, verb(now), t1, verb(before),
                           before->stack ? "" : " (its stack is no longer known)");
    else
        tc_finding_explain(finding, cases[i].text, t0, verb(now), t1);
}

static void race_step(void *opaque, const struct tc_step *step) {
    struct tc_data_race *self = opaque;
    if (step->record->code != TC_EV_RACE)
        return;
    const struct tc_trace *trace = tc_model_trace(step->model);
    const struct tc_meta_race *race = tc_trace_race(trace, step->record->arg);
    /* others: python_race.c, object_end.c */
    if (!race || race->grade != TC_RACE_NATIVE || race->sides[0].flags & TC_RACE_END)
        return;
    struct tc_finding *finding =
        tc_findings_add(self->findings, TC_FINDING_DATA_RACE, pair_of(trace, race));
    if (!finding)
        return;
    finding->race = race;
    bool freed = (race->sides[0].flags | race->sides[1].flags) & TC_RACE_FREE;
    tc_finding_title(finding, race->sides[1].flags & TC_RACE_ORDERED
                                  ? "{V0} is used after it was freed"
                                  : "data race on {V0}");
    size_t t0 = add_side(finding, &race->sides[0], false);
    size_t t1 = add_side(finding, &race->sides[1], true);
    explain(finding, race, t0, t1);
    say_locks(finding, race, t0, t1);
    say_block(finding, race);
    if (race->sides[0].flags & TC_RACE_DESCRIPTOR)
        tc_finding_advise(finding, "Close it once the threads that use it have ended, or have been "
                                   "told to leave it alone: shutdown() wakes who waits for it, and "
                                   "its number stays.");
    else
        tc_finding_advise(finding,
                          freed ? "Free it only once no thread can come to it any more: join "
                                  "those that use it, or count who still does by an atomic "
                                  "counter or under a lock."
                                : "Hold one lock at both places, make the accesses atomic, or "
                                  "order them by a join, a barrier or a message.");
}

static void race_destroy(void *opaque) {
    free(opaque);
}

const struct tc_checker tc_checker_data_race = {
    .name = "data_race",
    .help = "unordered accesses to the same memory",
    .effects = TC_WANTS(NONE),
    .create = race_create,
    .step = race_step,
    .destroy = race_destroy,
};
