/* signal_handler.c: signal-unsafe-lock.
 *
 * A handler that takes a lock runs on top of whatever its thread was doing.  If that thread holds
 * the lock, the handler waits for itself.  So a lock that is taken in the handler of a signal must
 * only be taken elsewhere with that signal blocked: also in the handler of another signal.
 * What was taken before the handler was installed, or after it was removed, is no such place.
 * Handlers in Python run between two instructions of the main thread, whatever is blocked: they
 * meet what that thread holds of Python's own locks.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/signal_actions.h"
#include "analyzer/checkers/support.h"

#define EARLY           2 /* threads whose last place before a handler is kept */
#define NESTED_HANDLERS 8 /* deeper ones are not told apart */

/* Where a lock was taken while handlers could come: bits of a set of these. */
struct tc_taken {
    uint64_t exclusive, shared;
    uint32_t thread, stack; /* the last place that added to them */
};

/* The last place of a thread, in case that a handler is installed without being ordered after it.
 */
struct tc_early {
    uint64_t open; /* signals that were not blocked */
    struct tc_moment moment;
    uint32_t stack; /* 0 with thread 0: none */
    bool shared;
};

/* Where a lock was taken outside of handlers, or within one that others can interrupt.  One for
 * each object, so it is small. */
struct tc_outside {
    struct tc_taken any; /* signals, bit N-1 for signal N */
    struct tc_taken met; /* slots that may have been open then */
    struct tc_early early[EARLY];
};

/* A lock that was taken in a handler. */
struct tc_inside {
    uint32_t object;            /* id: the key */
    uint64_t exclusive, shared; /* slots of the handlers that asked for it */
    uint32_t thread, stack;
    struct tc_outside open; /* where a handler took it that others may interrupt */
    uint8_t open_signal;    /* that handler's */
    UT_hash_handle hh;
};

struct tc_running { /* handlers of one thread, outermost first */
    uint8_t signals[NESTED_HANDLERS];
    int8_t slots[NESTED_HANDLERS]; /* -1: none */
    bool python[NESTED_HANDLERS];
    bool mask_known; /* what is blocked in the innermost one: traces of old did not tell */
};

struct tc_signal_handler {
    struct tc_findings *findings;
    const struct tc_model *model;
    struct tc_outside *outside; /* by object */
    size_t outside_size;
    struct tc_running *running; /* by thread */
    size_t running_size;
    struct tc_inside *inside;
    struct tc_actions actions;
};

static void *handler_create(const struct tc_config *config, struct tc_findings *findings,
                            const struct tc_model *model) {
    (void)config;
    struct tc_signal_handler *self = tc_alloc(sizeof *self);
    self->findings = findings;
    self->model = model;
    return self;
}

/* Before the model counts it: the depth is that of the handler outside. */
static void note_enter(struct tc_signal_handler *self, const struct tc_step *step) {
    uint32_t depth = step->thread->handler_depth;
    self->running =
        tc_reach(self->running, &self->running_size, step->record->thread, sizeof *self->running);
    struct tc_running *running = &self->running[step->record->thread];
    if (depth < NESTED_HANDLERS) {
        running->signals[depth] = step->record->arg <= 64 ? (uint8_t)step->record->arg : 0;
        running->python[depth] = step->record->result == 1;
        running->slots[depth] =
            (int8_t)tc_action_slot(&self->actions, step->record->arg, step->record->result);
    }
    running->mask_known = false;
}

/* After a handler's end its interrupted one says its mask again. */
static void note_mask(struct tc_signal_handler *self, const struct tc_step *step) {
    uint32_t thread = step->record->thread;
    if (thread < self->running_size)
        self->running[thread].mask_known = step->record->code == TC_EV_SIGNAL_MASK;
}

/* The slots of the handlers that the thread runs. */
static uint64_t running_slots(const struct tc_signal_handler *self,
                              const struct tc_thread *thread) {
    uint64_t slots = 0;
    for (uint32_t i = 0; i < thread->handler_depth && i < NESTED_HANDLERS; i++) {
        int slot = thread->index < self->running_size ? self->running[thread->index].slots[i] : -1;
        if (slot >= 0)
            slots |= 1ull << slot;
    }
    return slots;
}

/* Adds what can come while the lock is held; false: that is nothing new. */
static bool add_taken(struct tc_taken *taken, const struct tc_early *place, uint64_t bits) {
    uint64_t *known = place->shared ? &taken->shared : &taken->exclusive;
    if (!(bits & ~*known))
        return false;
    *known |= bits;
    taken->thread = place->moment.thread;
    taken->stack = place->stack;
    return true;
}

static uint64_t slots_of_signals(const struct tc_signal_handler *self, uint64_t signals) {
    uint64_t slots = 0;
    for (unsigned i = 0; i < self->actions.count; i++)
        if (signals >> (self->actions.slots[i].signal - 1) & 1)
            slots |= 1ull << i;
    return slots;
}

/* The lock is taken here, where signals can arrive.  False: so could they all before. */
static bool take_open(const struct tc_signal_handler *self, const struct tc_step *step,
                      struct tc_outside *outside) {
    struct tc_early here = {.open = ~step->thread->blocked_signals,
                            .moment = tc_moment_of(step),
                            .stack = step->record->stack,
                            .shared = step->info->mode == TC_MODE_SHARED};
    unsigned i = 0;
    while (i < EARLY && outside->early[i].moment.thread &&
           outside->early[i].moment.thread != here.moment.thread)
        i++;
    if (i == EARLY) { /* the last one is of the thread that came last */
        outside->early[0] = outside->early[EARLY - 1];
        i = EARLY - 1;
    }
    outside->early[i] = here;
    uint64_t met = tc_actions_met(&self->actions, step) & slots_of_signals(self, here.open);
    bool any = add_taken(&outside->any, &here, here.open);
    return add_taken(&outside->met, &here, met) || any;
}

/* A handler was installed: what is not surely before that may have come after it. */
static void meet_early(struct tc_outside *outside, const struct tc_step *step, int slot) {
    for (unsigned i = 0; i < EARLY && outside->early[i].moment.thread; i++) {
        const struct tc_early *early = &outside->early[i];
        if (early->open >> (step->record->arg - 1) & 1 && !tc_moment_before(early->moment, step))
            add_taken(&outside->met, early, 1ull << slot);
    }
}

static void note_action(struct tc_signal_handler *self, const struct tc_step *step) {
    int slot = tc_action_set(&self->actions, step);
    if (slot < 0)
        return;
    for (size_t i = 0; i < self->outside_size; i++)
        meet_early(&self->outside[i], step, slot);
    for (struct tc_inside *inside = self->inside; inside; inside = inside->hh.next)
        meet_early(&inside->open, step, slot);
}

/* Other handlers may come on top of this one, unless their signals are blocked. */
static void take_interruptible(struct tc_signal_handler *self, const struct tc_step *step,
                               struct tc_inside *inside) {
    const struct tc_thread *thread = step->thread;
    if (step->info->effect != TC_EFFECT_ACQUIRE || thread->index >= self->running_size ||
        !self->running[thread->index].mask_known || thread->handler_depth > NESTED_HANDLERS)
        return;
    if (take_open(self, step, &inside->open))
        inside->open_signal = self->running[thread->index].signals[thread->handler_depth - 1];
}

static void take_inside(struct tc_signal_handler *self, const struct tc_step *step) {
    struct tc_inside *inside;
    HASH_FIND_INT(self->inside, &step->record->object, inside);
    if (!inside) {
        inside = tc_alloc(sizeof *inside);
        inside->object = step->record->object;
        inside->thread = step->record->thread;
        inside->stack = step->record->stack;
        HASH_ADD_INT(self->inside, object, inside);
    }
    take_interruptible(self, step, inside);
    if (step->info->flags & TC_FLAG_TRY)
        return; /* cannot block */
    if (!(inside->exclusive | inside->shared)) {
        inside->thread = step->record->thread;
        inside->stack = step->record->stack;
    }
    uint64_t slots = running_slots(self, step->thread);
    if (step->info->mode == TC_MODE_SHARED)
        inside->shared |= slots;
    else
        inside->exclusive |= slots;
}

static void take_outside(struct tc_signal_handler *self, const struct tc_step *step) {
    if (step->info->effect != TC_EFFECT_ACQUIRE)
        return;
    self->outside =
        tc_reach(self->outside, &self->outside_size, step->record->object, sizeof *self->outside);
    take_open(self, step, &self->outside[step->record->object]);
}

/* Whether the innermost handler of the thread is one in Python. */
static bool in_python(const struct tc_signal_handler *self, const struct tc_thread *thread) {
    uint32_t depth = thread->handler_depth;
    return depth && depth <= NESTED_HANDLERS && thread->index < self->running_size &&
           self->running[thread->index].python[depth - 1];
}

/* Python's locks are taken in handlers in Python only, and those meet no others; what the library
 * has inside is not the program's business. */
static bool is_met(const struct tc_signal_handler *self, const struct tc_step *step) {
    uint32_t attr = step->object->attr;
    if (attr & TC_ATTR_PYTHON && step->object->type != TC_OBJECT_GIL)
        return step->record->thread == 1 && !(attr & TC_ATTR_INTERNAL);
    return !in_python(self, step->thread);
}

/* Also a semaphore that is used as one. */
static bool is_lock(const struct tc_object *object) {
    return tc_is_lock(object) || object->lock_like;
}

static void handler_step(void *opaque, const struct tc_step *step) {
    struct tc_signal_handler *self = opaque;
    if (step->record->code == TC_EV_HANDLER_ENTER) {
        note_enter(self, step);
        return;
    }
    if (step->record->code == TC_EV_SIGNAL_ACTION) {
        note_action(self, step);
        return;
    }
    if (step->record->code == TC_EV_SIGNAL_MASK || step->record->code == TC_EV_HANDLER_LEAVE) {
        note_mask(self, step);
        return;
    }
    if (step->info->effect == TC_EFFECT_NONE || !step->object || !is_lock(step->object) ||
        (step->object->traits & TC_TRAIT_PUBLISHES) ||
        (step->info->flags & (TC_FLAG_STATE | TC_FLAG_WAIT)) || !is_met(self, step))
        return;
    if (step->thread->handler_depth)
        take_inside(self, step);
    else
        take_outside(self, step);
}

/* Signals that a fault raises come where the fault is, not anywhere. */
static bool is_fault(int number) {
    return number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL ||
           number == SIGTRAP || number == SIGABRT;
}

struct signal_name {
    char text[32];
};

static struct signal_name name_of(int number) {
    struct signal_name name;
    const char *known = sigabbrev_np(number);
    if (known)
        snprintf(name.text, sizeof name.text, "SIG%s", known);
    else
        snprintf(name.text, sizeof name.text, "signal %d", number);
    return name;
}

/* Faults come where they are made, and a recursive lock does not block. */
static void lower(const struct tc_signal_handler *self, struct tc_finding *finding,
                  const struct tc_object *object, uint64_t slots) {
    bool only_faults = true;
    for (uint64_t rest = slots; rest; rest &= rest - 1)
        only_faults &= is_fault(self->actions.slots[__builtin_ctzll(rest)].signal);
    if (only_faults || (object->traits & TC_TRAIT_RECURSIVE)) {
        finding->severity = TC_SEVERITY_INFO;
        finding->confidence = TC_CONFIDENCE_POSSIBLE;
    }
    tc_finding_doubt(finding, self->model);
}

/* A handler that takes the lock comes on top of another one that holds it. */
static void report_nested(struct tc_signal_handler *self, const struct tc_inside *inside,
                          uint64_t slots) {
    const struct tc_object *object = tc_model_object(self->model, inside->object);
    const struct tc_action_slot *slot = &self->actions.slots[__builtin_ctzll(slots)];
    const struct tc_taken *open = tc_action_is_told(slot) ? &inside->open.met : &inside->open.any;
    struct tc_finding *finding =
        tc_findings_add2(self->findings, TC_FINDING_SIGNAL_UNSAFE_LOCK, tc_key(1, inside->object),
                         tc_key(tc_key(2, inside->stack), open->stack));
    if (!finding)
        return;
    struct signal_name upper = name_of(slot->signal);
    struct signal_name lower_name = name_of(inside->open_signal);
    tc_finding_object(finding, inside->object);
    size_t t = tc_finding_thread(finding, inside->thread);
    tc_finding_stack(finding, t, inside->stack, "acquires {o0} in a handler of %s", upper.text);
    size_t u = tc_finding_thread(finding, open->thread);
    tc_finding_stack(finding, u, open->stack,
                     "acquires {o0} in a handler of %s, where %s can arrive", lower_name.text,
                     upper.text);
    tc_finding_title(finding,
                     "{o0} is taken in handlers of %s and %s that can interrupt each other",
                     lower_name.text, upper.text);
    tc_finding_explain(finding,
                       "A handler of %s acquires {o0} with %s not blocked, and a handler of %s "
                       "acquires it, too. If %s comes while the first holds {o0}, the second "
                       "waits for what it interrupted, for ever.",
                       lower_name.text, upper.text, upper.text, upper.text);
    tc_finding_advise(finding,
                      "Only set a flag or write to a pipe in handlers; or put %s into the sa_mask "
                      "of the handler of %s.",
                      upper.text, lower_name.text);
    tc_finding_witness(finding, "{t%zu} acquires {o0} in a handler of %s{S%u}", u, lower_name.text,
                       open->stack);
    tc_finding_witness(finding, "%s arrives in {t%zu}", upper.text, u);
    tc_finding_witness(finding, "its handler asks for {o0}{S%u} and waits for {t%zu}, itself",
                       inside->stack, u);
    lower(self, finding, object, slots);
}

static void report(struct tc_signal_handler *self, const struct tc_inside *inside,
                   const struct tc_outside *all, uint64_t slots) {
    const struct tc_object *object = tc_model_object(self->model, inside->object);
    const struct tc_action_slot *slot = &self->actions.slots[__builtin_ctzll(slots)];
    const struct tc_taken *outside = tc_action_is_told(slot) ? &all->met : &all->any;
    struct tc_finding *finding =
        tc_findings_add2(self->findings, TC_FINDING_SIGNAL_UNSAFE_LOCK, tc_key(1, inside->object),
                         tc_key(tc_key(2, inside->stack), outside->stack));
    if (!finding)
        return;
    struct signal_name name = name_of(slot->signal);
    const char *text = name.text;
    tc_finding_object(finding, inside->object);
    size_t t = tc_finding_thread(finding, inside->thread);
    tc_finding_stack(finding, t, inside->stack, "acquires {o0} in a handler of %s", text);
    size_t u = tc_finding_thread(finding, outside->thread);
    tc_finding_stack(finding, u, outside->stack, "acquires {o0} where %s can arrive", text);
    tc_finding_title(finding, "{o0} is taken in a handler of %s and where %s can arrive", text,
                     text);
    tc_finding_explain(finding,
                       "A handler of %s acquires {o0}, which is also acquired with %s not blocked. "
                       "If the signal comes while its thread holds {o0}, the handler waits for "
                       "the thread that it interrupted, for ever.",
                       text, text);
    tc_finding_advise(finding,
                      "Only set a flag or write to a pipe in the handler; or block %s "
                      "wherever {o0} is held.",
                      text);
    tc_finding_witness(finding, "{t%zu} acquires {o0}", u);
    tc_finding_witness(finding, "%s arrives in {t%zu}", text, u);
    tc_finding_witness(finding, "the handler asks for {o0} and waits for {t%zu}, itself", u);
    lower(self, finding, object, slots);
}

/* The slots whose handlers, which ask for the lock, can come where it is held. */
static uint64_t meeting(const struct tc_signal_handler *self, const struct tc_inside *inside,
                        const struct tc_outside *held) {
    uint64_t told = 0;
    for (unsigned i = 0; i < self->actions.count; i++)
        if (tc_action_is_told(&self->actions.slots[i]))
            told |= 1ull << i;
    uint64_t exclusive = (held->met.exclusive & told) |
                         (slots_of_signals(self, held->any.exclusive) & ~told),
             shared =
                 (held->met.shared & told) | (slots_of_signals(self, held->any.shared) & ~told);
    return (inside->exclusive & (exclusive | shared)) | (inside->shared & exclusive);
}

static void handler_finish(void *opaque) {
    struct tc_signal_handler *self = opaque;
    for (struct tc_inside *inside = self->inside; inside; inside = inside->hh.next) {
        const struct tc_object *object = tc_model_object(self->model, inside->object);
        if (!object || !tc_certain(object) || !is_lock(object))
            continue;
        const struct tc_outside *outside =
            inside->object < self->outside_size ? &self->outside[inside->object] : NULL;
        uint64_t slots = outside ? meeting(self, inside, outside) : 0;
        if (slots)
            report(self, inside, outside, slots);
        else if ((slots = meeting(self, inside, &inside->open)) != 0)
            report_nested(self, inside, slots);
    }
}

static void handler_destroy(void *opaque) {
    struct tc_signal_handler *self = opaque;
    struct tc_inside *inside, *next;
    HASH_ITER(hh, self->inside, inside, next) {
        HASH_DEL(self->inside, inside);
        free(inside);
    }
    free(self->outside);
    free(self->running);
    free(self);
}

const struct tc_checker tc_checker_signal_handler = {
    .name = "signal_handler",
    .help = "locks taken in a signal handler and where the signal can arrive",
    .effects = TC_WANTS(ACQUIRE) | TC_WANTS(REQUEST) | TC_WANTS(NONE),
    .first = TC_WANTS(ACQUIRE) | TC_WANTS(REQUEST),
    .create = handler_create,
    .step = handler_step,
    .finish = handler_finish,
    .destroy = handler_destroy,
};
