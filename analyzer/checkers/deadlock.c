/* deadlock.c: threads that can never go on, as the trace ends.
 *
 * A cause is a group of threads that wait for each other and for nobody else; other stuck threads
 * are named as held up by it.  A hang that another checker explained (a lock left behind by a
 * thread that ended, a thread that waits for itself, a lost wake-up, ...) is not told twice.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/hang.h"
#include "analyzer/checkers/support.h"
#include "analyzer/checkers/wakers.h"

#define SHOWN_THREADS 16 /* of one finding, with their stacks */

struct tc_deadlock {
    struct tc_findings *findings;
    struct tc_wake_table wakes;
    struct tc_hang hang;
};

static void *deadlock_create(const struct tc_config *config, struct tc_findings *findings,
                             const struct tc_model *model) {
    (void)config;
    struct tc_deadlock *self = tc_alloc(sizeof *self);
    self->findings = findings;
    self->hang.model = model;
    self->hang.wakes = &self->wakes;
    return self;
}

static void deadlock_step(void *opaque, const struct tc_step *step) {
    struct tc_deadlock *self = opaque;
    tc_hang_note(&self->hang, step);
    tc_wake_apply(&self->wakes, step);
}

static struct tc_thread *member(const struct tc_deadlock *self, uint32_t node) {
    return tc_model_thread(self->hang.model, node + 1);
}

static const struct tc_blocked *wait_of(const struct tc_deadlock *self,
                                        const struct tc_thread *thread) {
    return tc_hang_wait(&self->hang, thread);
}

/* Whether another checker has told why this thread hangs. */
static bool is_explained(struct tc_deadlock *self, const struct tc_thread *thread) {
    const struct tc_object *object = wait_of(self, thread)->object;
    uint64_t key = tc_key(1, object->id);
    const struct tc_finding *lost = tc_findings_find(self->findings, TC_FINDING_LOST_WAKEUP, key);
    const struct tc_finding *left =
        tc_findings_find(self->findings, TC_FINDING_LOCK_HELD_AT_THREAD_EXIT, key);
    const struct tc_finding *full =
        tc_findings_find(self->findings, TC_FINDING_BARRIER_MISUSE, key);
    if ((lost && lost->severity == TC_SEVERITY_ERROR) ||
        (left && left->severity == TC_SEVERITY_ERROR) ||
        (full && full->severity == TC_SEVERITY_ERROR))
        return true;
    if (tc_findings_find(self->findings, TC_FINDING_FORK_WHILE_LOCKED, key))
        return true;
    if (object->subject == thread->index &&
        tc_findings_find(self->findings, TC_FINDING_JOIN_MISUSE, key))
        return true;
    return tc_thread_holds(thread, object) &&
           tc_findings_find(self->findings, TC_FINDING_SELF_DEADLOCK, key);
}

/* A lock that any thread may release, asked for by its only holder, with nobody left to release. */
static bool report_self(struct tc_deadlock *self, const struct tc_thread *thread) {
    const struct tc_object *object = wait_of(self, thread)->object;
    const struct tc_held *held = tc_thread_holds(thread, object);
    if (!held || (held->mode == TC_MODE_SHARED && object->readers > 1))
        return false;
    struct tc_finding *finding =
        tc_findings_add(self->findings, TC_FINDING_SELF_DEADLOCK, tc_key(1, object->id));
    if (!finding)
        return true;
    tc_finding_object(finding, object->id);
    size_t t = tc_finding_thread(finding, thread->index);
    tc_finding_stack(finding, t, wait_of(self, thread)->stack, "waits for {o0} while holding it");
    tc_finding_stack(finding, t, held->stack, "acquired {o0}");
    tc_finding_title(finding, "{t0} waits for {o0}, which it holds itself");
    tc_finding_explain(finding, "{t0} asks for {o0}, which it holds already. It can never go on.");
    tc_finding_advise(finding, "Release {o0} before this call, or pass on that it is held.");
    return true;
}

/* A thread that was sent its wake-up waits for its lock; a reader may wait behind a writer.  False:
 * it is neither. */
static bool say_special_wait(struct tc_deadlock *self, struct tc_finding *finding,
                             const struct tc_thread *thread) {
    const struct tc_blocked *wait = wait_of(self, thread);
    const struct tc_wake *state = tc_wake_find(&self->wakes, wait->object->id);
    size_t t = tc_finding_thread(finding, thread->index);
    size_t o = tc_finding_object(finding, wait->object->id);
    if ((wait->object->traits & TC_TRAIT_COND) && state && state->woken && wait->lock &&
        wait->lock->owner) {
        size_t lock = tc_finding_object(finding, wait->lock->id);
        size_t holder = tc_finding_thread(finding, wait->lock->owner);
        tc_finding_explain_more(finding,
                                "{t%zu} was woken on {o%zu} and waits for {o%zu}, which {t%zu} "
                                "holds.",
                                t, o, lock, holder);
        return true;
    }
    if (tc_event_table[wait->code].mode == TC_MODE_SHARED && !wait->object->owner) {
        tc_finding_explain_more(finding,
                                "{t%zu} waits to read {o%zu}, behind a writer that waits "
                                "for it.",
                                t, o);
        return true;
    }
    return false;
}

/* What the thread waits for, as a sentence and as a step of the witness. */
static void say_wait(struct tc_deadlock *self, struct tc_finding *finding,
                     const struct tc_thread *thread) {
    const struct tc_object *object = wait_of(self, thread)->object;
    size_t t = tc_finding_thread(finding, thread->index);
    if (object->type == TC_OBJECT_THREAD) {
        size_t other = tc_finding_thread(finding, object->subject);
        tc_finding_explain_more(finding, "{t%zu} waits for the end of {t%zu}.", t, other);
        tc_finding_witness(finding, "{t%zu} waits for the end of {t%zu}", t, other);
        return;
    }
    size_t o = tc_finding_object(finding, object->id);
    tc_finding_witness(finding, "{t%zu} waits for {o%zu}", t, o);
    if (say_special_wait(self, finding, thread))
        return;
    struct tc_thread *holder = tc_waits_for_holder(wait_of(self, thread)) || object->lock_like
                                   ? tc_holder(self->hang.model, object)
                                   : NULL;
    if (holder && holder != thread)
        tc_finding_explain_more(finding, "{t%zu} waits for {o%zu}, which {t%zu} holds.", t, o,
                                tc_finding_thread(finding, holder->index));
    else if (holder)
        tc_finding_explain_more(finding, "{t%zu} waits for {o%zu}, which it holds itself.", t, o);
    else if (object->traits & TC_TRAIT_PHASED)
        tc_finding_explain_more(finding,
                                "{t%zu} waits at {o%zu} for %u threads in all, and nobody is left "
                                "who could come.",
                                t, o, object->value);
    else
        tc_finding_explain_more(
            finding, "{t%zu} waits on {o%zu}, and nobody is left who could wake it.", t, o);
    if (!holder && !tc_is_lock(object))
        tc_finding_wakers(finding, &self->hang, object);
}

/* Where the thread waits, and where it acquired what others of the finding need. */
static void show_thread(struct tc_deadlock *self, struct tc_finding *finding,
                        const struct tc_thread *thread) {
    const struct tc_object *object = wait_of(self, thread)->object;
    size_t t = tc_finding_thread(finding, thread->index);
    for (uint32_t i = 0; i < thread->held.count; i++) {
        const struct tc_held *held = &thread->held.entries[i];
        if (!tc_blocked_on(self->hang.model, held->object, 0))
            continue;
        size_t o = tc_finding_object(finding, held->object->id);
        tc_finding_stack(finding, t, held->stack, "acquired {o%zu}%s", o,
                         held->mode == TC_MODE_SHARED ? " for reading" : "");
        tc_finding_witness(finding, "{t%zu} acquires {o%zu}", t, o);
    }
    if (object->type == TC_OBJECT_THREAD)
        tc_finding_stack(finding, t, wait_of(self, thread)->stack, "waits for the end of {t%zu}",
                         tc_finding_thread(finding, object->subject));
    else
        tc_finding_stack(finding, t, wait_of(self, thread)->stack, "waits for {o%zu}",
                         tc_finding_object(finding, object->id));
}

static uint64_t group_key(struct tc_deadlock *self, uint32_t group, uint32_t count) {
    uint64_t key = 0;
    for (uint32_t n = 0; n < count; n++)
        if (tc_wait_graph_is_cause(self->hang.graph, n) &&
            tc_wait_graph_group(self->hang.graph, n) == group)
            key += tc_key(tc_key(5, wait_of(self, member(self, n))->stack),
                          wait_of(self, member(self, n))->object->id);
    return key;
}

/* Threads that only the others hold up. */
static void add_held_up(struct tc_deadlock *self, struct tc_finding *finding, uint32_t group,
                        uint32_t count) {
    uint32_t shown = 0, others = 0;
    for (uint32_t n = 0; n < count; n++) {
        if (tc_wait_graph_group(self->hang.graph, n) != group ||
            tc_wait_graph_is_cause(self->hang.graph, n))
            continue;
        const struct tc_thread *thread = member(self, n);
        others++;
        if (shown++ < SHOWN_THREADS / 2)
            tc_finding_stack(finding, tc_finding_thread(finding, thread->index),
                             wait_of(self, thread)->stack, "is held up by this");
    }
    if (others)
        tc_finding_explain_more(finding, "%u more thread%s held up by this.", others,
                                others == 1 ? " is" : "s are");
}

static void say_title(struct tc_finding *finding, uint32_t members, bool by_holders) {
    if (members == 1)
        tc_finding_title(finding, "{t0} waits for ever");
    else if (members == 2 && by_holders)
        tc_finding_title(finding, "{t0} and {t1} wait for each other for ever");
    else if (by_holders)
        tc_finding_title(finding, "%u threads wait for each other for ever", members);
    else
        tc_finding_title(finding, "%u threads wait for ever: nobody is left who could wake them",
                         members);
}

static void report_group(struct tc_deadlock *self, uint32_t group, uint32_t count) {
    uint32_t members = 0;
    bool by_holders = true;
    const struct tc_thread *first = NULL;
    for (uint32_t n = 0; n < count; n++) {
        if (!tc_wait_graph_is_cause(self->hang.graph, n) ||
            tc_wait_graph_group(self->hang.graph, n) != group)
            continue;
        const struct tc_thread *thread = member(self, n);
        if (is_explained(self, thread))
            return;
        first = first ? first : thread;
        members++;
        by_holders &= tc_waits_for_holder(wait_of(self, thread));
    }
    if (!first || (members == 1 && report_self(self, first)))
        return;
    struct tc_finding *finding =
        tc_findings_add(self->findings, TC_FINDING_DEADLOCK, group_key(self, group, count));
    if (!finding)
        return;
    uint32_t shown = 0;
    for (uint32_t n = 0; n < count; n++)
        if (tc_wait_graph_is_cause(self->hang.graph, n) &&
            tc_wait_graph_group(self->hang.graph, n) == group && shown++ < SHOWN_THREADS)
            show_thread(self, finding, member(self, n));
    shown = 0;
    for (uint32_t n = 0; n < count; n++)
        if (tc_wait_graph_is_cause(self->hang.graph, n) &&
            tc_wait_graph_group(self->hang.graph, n) == group && shown++ < SHOWN_THREADS)
            say_wait(self, finding, member(self, n));
    say_title(finding, members, by_holders);
    add_held_up(self, finding, group, count);
    tc_finding_advise(finding, by_holders
                                   ? "Let every thread take these in one order, and join a thread "
                                     "only with no lock held that it needs."
                                   : "Make sure that the thread that is to wake the others cannot "
                                     "itself wait for them, or end before.");
    tc_finding_doubt(finding, self->hang.model);
}

static void deadlock_finish(void *opaque) {
    struct tc_deadlock *self = opaque;
    tc_hang_solve(&self->hang);
    uint32_t count = tc_model_thread_count(self->hang.model);
    uint32_t groups = tc_wait_graph_group_count(self->hang.graph);
    for (uint32_t group = 0; group < groups; group++)
        report_group(self, group, count);
}

static void deadlock_destroy(void *opaque) {
    struct tc_deadlock *self = opaque;
    tc_wake_clear(&self->wakes);
    tc_wait_graph_free(self->hang.graph);
    free(self);
}

const struct tc_checker tc_checker_deadlock = {
    .name = "deadlock",
    .help = "threads that can never go on",
    .effects = TC_WAKE_EFFECTS,
    .ignored = true,
    .create = deadlock_create,
    .step = deadlock_step,
    .finish = deadlock_finish,
    .destroy = deadlock_destroy,
};
