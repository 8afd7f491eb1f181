/* join.c: join-misuse, thread-leak. */
#include <errno.h>
#include <stdlib.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/support.h"

struct tc_join {
    struct tc_findings *findings;
    const struct tc_model *model;
};

static void *join_create(const struct tc_config *config, struct tc_findings *findings,
                         const struct tc_model *model) {
    (void)config;
    struct tc_join *self = tc_alloc(sizeof *self);
    self->findings = findings;
    self->model = model;
    return self;
}

/* The thread that a THREAD object stands for, or NULL. */
static struct tc_thread *subject(const struct tc_step *step) {
    return step->object && step->object->subject
               ? tc_model_thread(step->model, step->object->subject)
               : NULL;
}

static struct tc_finding *begin(struct tc_join *self, const struct tc_step *step,
                                const char *what) {
    struct tc_finding *finding = tc_finding_at(self->findings, TC_FINDING_JOIN_MISUSE, step, what);
    if (!finding)
        return NULL;
    tc_finding_advise(finding, "Join each joinable thread exactly once, from one other thread.");
    struct tc_thread *target = subject(step);
    if (target && target->create_stack && target->parent) {
        size_t t = tc_finding_thread(finding, target->parent);
        tc_finding_stack(finding, t, target->create_stack, "created the thread");
    }
    return finding;
}

static void report_self(struct tc_join *self, const struct tc_step *step) {
    struct tc_finding *finding = begin(self, step, "joins itself");
    if (!finding)
        return;
    tc_finding_title(finding, "{t0} joins itself");
    tc_finding_explain(finding, "{t0} waits for its own end%s.",
                       step->record->result ? "; the call was refused" : ", which never comes");
    tc_finding_doubt(finding, self->model);
}

/* The other one waits for this one already. */
static void report_mutual(struct tc_join *self, const struct tc_step *step,
                          struct tc_thread *target) {
    struct tc_finding *finding = begin(self, step, "joins the other");
    if (!finding)
        return;
    size_t t = tc_finding_thread(finding, target->index);
    if (target->blocked.stack)
        tc_finding_stack(finding, t, target->blocked.stack, "joins the first");
    tc_finding_title(finding, "{t0} and {t%zu} join each other", t);
    tc_finding_explain(finding,
                       "{t0} joins {t%zu}, which waits for {t0} to end; the call was "
                       "refused with EDEADLK.",
                       t);
    tc_finding_doubt(finding, self->model);
}

static void report_refused(struct tc_join *self, const struct tc_step *step, const char *why) {
    struct tc_finding *finding = begin(self, step, "joins the thread");
    if (!finding)
        return;
    tc_finding_title(finding, "join of a thread that %s", why);
    tc_finding_explain(finding, "{t0} joins a thread that %s%s.", why,
                       step->record->result ? "; the call was refused"
                                            : ": its handle may be another thread's by now");
    tc_finding_doubt(finding, self->model);
}

static void step_failed(struct tc_join *self, const struct tc_step *step) {
    struct tc_thread *target = subject(step);
    if (step->record->result == EDEADLK) {
        if (!target || target == step->thread)
            report_self(self, step);
        else
            report_mutual(self, step, target);
        return;
    }
    if (step->record->result != EINVAL && step->record->result != ESRCH)
        return;
    if (target && target->joined)
        report_refused(self, step, "was joined already");
    else if (target && target->detached)
        report_refused(self, step, "is detached");
    else if (target && tc_blocked_on(step->model, step->object, step->thread->index))
        report_refused(self, step, "another thread joins already");
    else if (step->record->result == ESRCH)
        report_refused(self, step, "does not exist any more");
}

/* The recorder tells of other misuse that glibc does not notice as of a refused call. */
static void step_request(struct tc_join *self, const struct tc_step *step) {
    if (subject(step) == step->thread)
        report_self(self, step);
}

static void join_step(void *opaque, const struct tc_step *step) {
    struct tc_join *self = opaque;
    if (step->object && !tc_certain(step->object))
        return;
    switch (step->record->code) {
    case TC_EV_THREAD_JOIN_FAILED:
        step_failed(self, step);
        break;
    case TC_EV_THREAD_JOIN_REQUEST:
    case TC_EV_THREAD_JOIN_TIMED_REQUEST:
        step_request(self, step);
        break;
    default:
        break;
    }
}

static void join_finish(void *opaque) {
    struct tc_join *self = opaque;
    uint32_t count = tc_model_thread_count(self->model);
    for (uint32_t i = 1; i <= count; i++) {
        struct tc_thread *thread = tc_model_thread(self->model, i);
        if (!thread || thread->main || !thread->ended || thread->joined || thread->detached ||
            thread->failed || thread->uncertain || !thread->parent)
            continue;
        uint64_t key =
            thread->create_stack ? tc_key(1, thread->create_stack) : tc_key(2, thread->index);
        struct tc_finding *finding = tc_findings_add(self->findings, TC_FINDING_THREAD_LEAK, key);
        if (!finding)
            continue;
        size_t t = tc_finding_thread(finding, i);
        tc_finding_stack(finding, t, thread->create_stack, "was created");
        tc_finding_explain(finding, "{t0} has ended, but nobody joined or detached it: its stack "
                                    "and its handle stay allocated.");
        tc_finding_advise(finding, "Join the thread, or create it detached.");
        tc_finding_doubt(finding, self->model);
    }
}

const struct tc_checker tc_checker_join = {
    .name = "join",
    .help = "joins that cannot succeed, threads nobody joins",
    .effects = TC_WANTS(REQUEST) | TC_WANTS(NONE),
    .first = TC_WANTS(REQUEST),
    .create = join_create,
    .step = join_step,
    .finish = join_finish,
    .destroy = free,
};
