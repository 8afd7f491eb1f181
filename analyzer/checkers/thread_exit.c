/* thread_exit.c: lock-held-at-thread-exit.
 *
 * What a thread still holds when it ends is noted then and judged at the end of the trace: a lock
 * that any thread may release can still be released, and somebody may turn out to need it.  Robust
 * mutexes may be left to the next owner.  Process exit ends threads wherever they are: that is no
 * more than a remark.
 */
#include <stdlib.h>
#include <uthash.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/support.h"

/* A lock that an ended thread left held. */
struct tc_left {
    uint32_t object; /* id: the key */
    uint32_t thread, acquire_stack, exit_stack, depth;
    uint32_t needed_by, needed_stack; /* a thread that asked for it afterwards, 0: none */
    UT_hash_handle hh;
};

struct tc_thread_exit {
    struct tc_findings *findings;
    const struct tc_model *model;
    struct tc_left *left;
    bool exiting; /* the process ends: threads end by it, not by themselves */
};

static void *exit_create(const struct tc_config *config, struct tc_findings *findings,
                         const struct tc_model *model) {
    (void)config;
    struct tc_thread_exit *self = tc_alloc(sizeof *self);
    self->findings = findings;
    self->model = model;
    return self;
}

static bool may_be_left(const struct tc_object *object) {
    return (object->attr & TC_ATTR_ROBUST) || (object->traits & TC_TRAIT_PUBLISHES) ||
           !tc_certain(object);
}

static void note_exit(struct tc_thread_exit *self, const struct tc_step *step) {
    /* Python joins a thread that has only its last steps to go: those may come after all else. */
    if ((self->exiting && !step->thread->joined) || step->thread->uncertain)
        return;
    for (uint32_t i = 0; i < step->held->count; i++) {
        const struct tc_held *held = &step->held->entries[i];
        if (held->mode == TC_MODE_COUNTED || may_be_left(held->object))
            continue;
        struct tc_left *left;
        HASH_FIND_INT(self->left, &held->object->id, left);
        if (!left) {
            left = tc_alloc(sizeof *left);
            left->object = held->object->id;
            HASH_ADD_INT(self->left, object, left);
        }
        left->thread = step->thread->index;
        left->acquire_stack = held->stack;
        left->exit_stack = step->record->stack;
        left->depth = held->depth;
    }
}

/* Somebody asks for a lock: is it one that was left? */
static void note_request(struct tc_thread_exit *self, const struct tc_step *step) {
    if (!step->object || !self->left)
        return;
    struct tc_left *left;
    HASH_FIND_INT(self->left, &step->object->id, left);
    if (left && !left->needed_by && tc_holder(step->model, step->object) &&
        tc_holder(step->model, step->object)->index == left->thread) {
        left->needed_by = step->thread->index;
        left->needed_stack = step->record->stack;
    }
}

static void exit_step(void *opaque, const struct tc_step *step) {
    struct tc_thread_exit *self = opaque;
    if (step->record->code == TC_EV_THREAD_EXIT)
        note_exit(self, step);
    else if (step->info->effect == TC_EFFECT_REQUEST)
        note_request(self, step);
    else if (step->record->code == TC_EV_PROCESS_EXIT)
        self->exiting = true;
}

static void report_left(struct tc_thread_exit *self, const struct tc_left *left) {
    struct tc_object *object = tc_model_object(self->model, left->object);
    struct tc_thread *thread = tc_model_thread(self->model, left->thread);
    if (!object || !thread || !tc_thread_holds(thread, object) || object->destroyed)
        return; /* somebody released it later; `release` judges that */
    struct tc_finding *finding =
        tc_findings_add2(self->findings, TC_FINDING_LOCK_HELD_AT_THREAD_EXIT,
                         tc_key(1, left->object), tc_key(2, left->acquire_stack));
    if (!finding)
        return;
    tc_finding_object(finding, left->object);
    size_t t = tc_finding_thread(finding, left->thread);
    tc_finding_stack(finding, t, left->acquire_stack, "acquired {o0}");
    if (left->exit_stack)
        tc_finding_stack(finding, t, left->exit_stack, "ends still holding {o0}");
    tc_finding_title(finding, "{t0} ended holding {o0}");
    if (left->depth > 1)
        tc_finding_explain(finding,
                           "{t0} ended while it held {o0}, acquired %u times more than released.",
                           left->depth);
    else
        tc_finding_explain(finding, "{t0} ended while it held {o0}, and nobody released it since.");
    if (left->needed_by) {
        size_t needer = tc_finding_thread(finding, left->needed_by);
        tc_finding_stack(finding, needer, left->needed_stack, "needs {o0}");
        tc_finding_explain_more(finding, "{t%zu} asked for it afterwards and cannot get it.",
                                needer);
        finding->severity = TC_SEVERITY_ERROR;
    } else {
        tc_finding_explain_more(finding, "Whoever asks for it next waits for ever.");
    }
    tc_finding_advise(finding,
                      "Release {o0} on every way out of the thread: early returns, pthread_exit "
                      "and cancellation (pthread_cleanup_push) included.");
    tc_finding_doubt(finding, self->model);
}

/* Threads that the end of the process caught inside a critical section. */
static void report_daemons(struct tc_thread_exit *self) {
    uint32_t count = tc_model_thread_count(self->model);
    for (uint32_t i = 1; i <= count; i++) {
        struct tc_thread *thread = tc_model_thread(self->model, i);
        if (!thread || !thread->started || thread->ended || thread->main)
            continue;
        for (uint32_t j = 0; j < thread->held.count; j++) {
            const struct tc_held *held = &thread->held.entries[j];
            if (held->mode == TC_MODE_COUNTED || may_be_left(held->object))
                continue;
            struct tc_finding *finding =
                tc_findings_add2(self->findings, TC_FINDING_LOCK_HELD_AT_THREAD_EXIT,
                                 tc_key(1, held->object->id), tc_key(2, held->stack));
            if (!finding)
                continue;
            finding->severity = TC_SEVERITY_INFO;
            tc_finding_object(finding, held->object->id);
            tc_finding_stack(finding, tc_finding_thread(finding, i), held->stack, "acquired {o0}");
            tc_finding_title(finding, "the process ended while {t0} held {o0}");
            tc_finding_explain(finding, "The process ended while {t0} was in the critical section "
                                        "of {o0}: what it was changing is left half done.");
            tc_finding_advise(finding, "Ask threads to end, and join them, before the process "
                                       "exits, where their work matters.");
        }
    }
}

static void exit_finish(void *opaque) {
    struct tc_thread_exit *self = opaque;
    for (struct tc_left *left = self->left; left; left = left->hh.next)
        report_left(self, left);
    if (self->exiting)
        report_daemons(self);
}

static void exit_destroy(void *opaque) {
    struct tc_thread_exit *self = opaque;
    struct tc_left *left, *next;
    HASH_ITER(hh, self->left, left, next) {
        HASH_DEL(self->left, left);
        free(left);
    }
    free(self);
}

const struct tc_checker tc_checker_thread_exit = {
    .name = "thread_exit",
    .help = "threads that end holding a lock",
    .effects = TC_WANTS(SEND) | TC_WANTS(REQUEST) | TC_WANTS(NONE),
    .first = TC_WANTS(REQUEST),
    .create = exit_create,
    .step = exit_step,
    .finish = exit_finish,
    .destroy = exit_destroy,
};
