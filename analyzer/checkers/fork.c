/* fork.c: fork-while-locked.
 *
 * The child of a fork has one thread and a copy of every lock.  A lock that another thread of the
 * parent held then stays locked in it for ever.  The shim tells which ones, after the program's
 * atfork handlers ran.  In the parent's trace that is a risk, unless the child only went on to
 * replace itself by another program; in the child's it becomes a mistake
 * once the child asks for such a lock.
 */
#include <stdlib.h>
#include <uthash.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/support.h"

struct tc_inherited { /* a lock that nobody in this process can release */
    uint32_t object;  /* id: the key */
    uint32_t fork_stack, holder_stack;
    UT_hash_handle hh;
};

struct tc_forked { /* a lock that another thread held at a fork, as the parent saw it */
    uint64_t pid;
    uint32_t thread, object, stack, holder, holder_stack;
};

struct tc_fork {
    struct tc_findings *findings;
    const struct tc_model *model;
    uint64_t pid; /* of the last child, for the FORK_HELD that follow */
    struct tc_forked *forked;
    size_t forked_count, forked_capacity;
    bool child; /* this process is a forked child that has not forked itself */
    struct tc_inherited *inherited;
};

static void *fork_create(const struct tc_config *config, struct tc_findings *findings,
                         const struct tc_model *model) {
    (void)config;
    struct tc_fork *self = tc_alloc(sizeof *self);
    self->findings = findings;
    self->model = model;
    return self;
}

static void note_fork(struct tc_fork *self, const struct tc_step *step) {
    self->forked =
        tc_grow(self->forked, self->forked_count, &self->forked_capacity, sizeof *self->forked);
    self->forked[self->forked_count++] = (struct tc_forked){.pid = self->pid,
                                                            .thread = step->record->thread,
                                                            .object = step->record->object,
                                                            .stack = step->record->stack,
                                                            .holder = (uint32_t)step->record->arg,
                                                            .holder_stack = step->record->result};
}

/* A child that became another program needed no lock of this one. */
static void forget_fork(struct tc_fork *self, uint64_t pid) {
    size_t kept = 0;
    for (size_t i = 0; i < self->forked_count; i++)
        if (self->forked[i].pid != pid)
            self->forked[kept++] = self->forked[i];
    self->forked_count = kept;
}

static void report_fork(struct tc_fork *self, const struct tc_forked *forked) {
    struct tc_finding *finding =
        tc_finding_of(self->findings, TC_FINDING_FORK_WHILE_LOCKED, forked->object, forked->thread,
                      forked->stack, "forks");
    if (!finding)
        return;
    size_t t = tc_finding_thread(finding, forked->holder);
    tc_finding_stack(finding, t, forked->holder_stack, "acquired {o0}");
    tc_finding_title(finding, "{t0} forks while {t%zu} holds {o0}", t);
    tc_finding_explain(finding,
                       "{t0} forks while {t%zu} holds {o0}. In the child {o0} stays "
                       "locked and nobody is there to release it: if the child ever asks "
                       "for it, it hangs.",
                       t);
    tc_finding_advise(finding, "Only call exec or _exit and what is safe in signal handlers in the "
                               "child; or take {o0} in a pthread_atfork handler; or fork before "
                               "there are threads.");
    tc_finding_doubt(finding, self->model);
}

static void note_inherited(struct tc_fork *self, const struct tc_step *step) {
    struct tc_inherited *inherited;
    HASH_FIND_INT(self->inherited, &step->record->object, inherited);
    if (inherited)
        return;
    inherited = tc_alloc(sizeof *inherited);
    inherited->object = step->record->object;
    inherited->fork_stack = step->record->stack;
    inherited->holder_stack = step->record->result;
    HASH_ADD_INT(self->inherited, object, inherited);
}

static void report_need(struct tc_fork *self, const struct tc_step *step) {
    struct tc_inherited *inherited;
    HASH_FIND_INT(self->inherited, &step->record->object, inherited);
    if (!inherited || step->object->owner)
        return;
    struct tc_finding *finding =
        tc_finding_at(self->findings, TC_FINDING_FORK_WHILE_LOCKED, step, "asks for {o0}");
    if (!finding)
        return;
    finding->severity = TC_SEVERITY_ERROR;
    tc_finding_stack(finding, 0, inherited->fork_stack, "was forked");
    tc_finding_stack(finding, 0, inherited->holder_stack, "{o0} was acquired in the parent");
    tc_finding_title(finding, "a forked child asks for {o0}, which a thread of its parent held");
    tc_finding_explain(finding, "When this process was forked, another thread of its parent held "
                                "{o0}. That thread does not exist here, so nobody can release it: "
                                "{t0} waits for it in vain.");
    tc_finding_advise(finding, "Only call exec or _exit and what is safe in signal handlers in the "
                               "child; or take {o0} in a pthread_atfork handler; or fork before "
                               "there are threads.");
    tc_finding_doubt(finding, step->model);
}

static void fork_step(void *opaque, const struct tc_step *step) {
    struct tc_fork *self = opaque;
    if (step->record->code == TC_EV_FORK_CHILD)
        self->child = true;
    else if (step->record->code == TC_EV_FORK)
        self->child = false;
    if (step->record->code == TC_EV_FORK)
        self->pid = step->record->arg;
    else if (step->record->code == TC_EV_FORK_EXECED)
        forget_fork(self, step->record->arg);
    if (!step->object || !tc_is_lock(step->object) || !tc_certain(step->object) ||
        tc_shared_outside(step->object))
        return;
    if (step->record->code == TC_EV_FORK_HELD && self->child)
        note_inherited(self, step);
    else if (step->record->code == TC_EV_FORK_HELD)
        note_fork(self, step);
    else if (step->info->effect == TC_EFFECT_REQUEST && self->inherited)
        report_need(self, step);
}

static void fork_finish(void *opaque) {
    struct tc_fork *self = opaque;
    for (size_t i = 0; i < self->forked_count; i++)
        report_fork(self, &self->forked[i]);
}

static void fork_destroy(void *opaque) {
    struct tc_fork *self = opaque;
    struct tc_inherited *inherited, *next;
    HASH_ITER(hh, self->inherited, inherited, next) {
        HASH_DEL(self->inherited, inherited);
        free(inherited);
    }
    free(self->forked);
    free(self);
}

const struct tc_checker tc_checker_fork = {
    .name = "fork",
    .help = "forks while another thread holds a lock",
    .effects = TC_WANTS(NONE) | TC_WANTS(REQUEST),
    .first = TC_WANTS(REQUEST),
    .create = fork_create,
    .step = fork_step,
    .finish = fork_finish,
    .destroy = fork_destroy,
};
