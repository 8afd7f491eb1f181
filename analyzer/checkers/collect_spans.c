/* collect_spans.c: when which thread held or waited for what, for timelines.
 *
 * Runs over a trace whose findings are known, and keeps the spans around their places, and of the
 * whole run as many as there is room for: when there are too many, the shortest go.
 *
 * The time of a record whose thread's clock was not read right before it is the earliest one that
 * the trace allows: not before the thread's last known time, and after whatever comes before it in
 * the order of its thread and of its object, a nanosecond for each.
 */
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/collect.h"
#include "analyzer/checkers/support.h"

enum { BEFORE = 32, AFTER = 16, RING = 64 };
enum capture_state { IDLE, ARMED, DONE };

struct thread {
    uint64_t time;        /* the clock's */
    uint64_t now;         /* never less */
    struct tc_span *open; /* holds; a wait is `wait` */
    size_t open_count, open_capacity;
    struct tc_span wait; /* object 0: none */
    struct tc_span ring[RING];
    uint64_t done;      /* spans that went through the ring */
    uint32_t *captures; /* numbers of those of this thread */
    size_t capture_count;
};

struct collect_spans {
    struct tc_span_plan *plan;
    const struct tc_model *model;
    struct thread **threads; /* by index */
    size_t thread_size;
    uint64_t *objects; /* the latest time of each, by id */
    size_t object_size;
    uint64_t number;
    size_t all_capacity;
};

static struct thread *thread_of(struct collect_spans *self, uint32_t index) {
    self->threads = tc_reach(self->threads, &self->thread_size, index, sizeof *self->threads);
    if (self->threads[index])
        return self->threads[index];
    struct thread *thread = self->threads[index] = tc_alloc(sizeof *thread);
    for (size_t i = 0; i < self->plan->capture_count; i++)
        if (self->plan->captures[i].thread == index) {
            thread->captures = tc_realloc_array(thread->captures, thread->capture_count + 1,
                                                sizeof *thread->captures);
            thread->captures[thread->capture_count++] = (uint32_t)i;
        }
    return thread;
}

static void *spans_create(const struct tc_config *config, struct tc_findings *findings,
                          const struct tc_model *model) {
    (void)findings;
    struct collect_spans *self = tc_alloc(sizeof *self);
    self->plan = config->spans;
    self->model = model;
    return self;
}

static int by_number(const void *left, const void *right) {
    const struct tc_span *a = left, *b = right;
    return a->number < b->number ? -1 : a->number > b->number;
}

static int by_length(const void *left, const void *right) {
    const struct tc_span *a = left, *b = right;
    uint64_t long_a = a->to - a->from, long_b = b->to - b->from;
    return long_a < long_b ? 1 : long_a > long_b ? -1 : by_number(left, right);
}

/* Half of what is kept goes: the shortest. */
static void thin_out(struct tc_span_plan *plan) {
    qsort(plan->all, plan->all_count, sizeof *plan->all, by_length);
    size_t keep = plan->limit;
    plan->least = plan->all[keep].to - plan->all[keep].from;
    plan->left_out += plan->all_count - keep;
    plan->all_count = keep;
}

static void keep_for_all(struct collect_spans *self, const struct tc_span *span) {
    struct tc_span_plan *plan = self->plan;
    if (!plan->limit)
        return;
    if (plan->least && span->to - span->from < plan->least && !span->open) {
        plan->left_out++;
        return;
    }
    plan->all = tc_grow(plan->all, plan->all_count, &self->all_capacity, sizeof *plan->all);
    plan->all[plan->all_count++] = *span;
    if (plan->all_count >= 2 * plan->limit)
        thin_out(plan);
}

static void capture(struct thread *thread, struct tc_span_capture *capture, uint64_t end) {
    uint64_t from = capture->mark > BEFORE ? capture->mark - BEFORE : 0;
    uint64_t oldest = thread->done > RING ? thread->done - RING : 0;
    from = from < oldest ? oldest : from;
    size_t open = thread->open_count + (thread->wait.object != 0);
    free(capture->spans);
    capture->spans =
        tc_alloc_array((size_t)(thread->done - from) + open + 1, sizeof *capture->spans);
    capture->count = 0;
    for (uint64_t i = from; i < thread->done; i++)
        capture->spans[capture->count++] = thread->ring[i % RING];
    for (size_t i = 0; i < open; i++) {
        struct tc_span span = i < thread->open_count ? thread->open[i] : thread->wait;
        span.to = end;
        span.open = true;
        capture->spans[capture->count++] = span;
    }
    if (capture->count)
        qsort(capture->spans, capture->count, sizeof *capture->spans, by_number);
    capture->state = DONE;
}

static void finish_span(struct collect_spans *self, struct thread *thread, struct tc_span span,
                        bool exact) {
    span.to = thread->now;
    span.exact_to = exact;
    keep_for_all(self, &span);
    thread->ring[thread->done++ % RING] = span;
    for (size_t i = 0; i < thread->capture_count; i++) {
        struct tc_span_capture *entry = &self->plan->captures[thread->captures[i]];
        if (entry->state == ARMED && thread->done >= entry->mark + AFTER)
            capture(thread, entry, thread->now);
    }
}

static void arm(struct collect_spans *self, const struct thread *thread, uint32_t stack) {
    for (size_t i = 0; i < thread->capture_count; i++) {
        struct tc_span_capture *entry = &self->plan->captures[thread->captures[i]];
        if (stack && entry->stack == stack && (entry->last || entry->state == IDLE)) {
            entry->state = ARMED;
            entry->mark = thread->done;
        }
    }
}

static struct tc_span begin(struct collect_spans *self, const struct thread *thread,
                            const struct tc_step *step, bool waits, bool exact) {
    return (struct tc_span){.thread = step->record->thread,
                            .object = step->object->id,
                            .waits = waits,
                            .exact_from = exact,
                            .stack = step->record->stack,
                            .from = thread->now,
                            .number = self->number++};
}

/* Moves the thread's time on to that of the record; tells whether it is exact. */
static bool set_time(struct collect_spans *self, struct thread *thread,
                     const struct tc_step *step) {
    bool exact = step->record->time > thread->time;
    thread->time = step->record->time;
    uint64_t now = thread->now + 1;
    if (now < step->record->time)
        now = step->record->time;
    if (step->object && step->info->flags & TC_FLAG_ORDERED) {
        uint32_t id = step->object->id;
        self->objects = tc_reach(self->objects, &self->object_size, id, sizeof *self->objects);
        if (now <= self->objects[id])
            now = self->objects[id] + 1;
        self->objects[id] = now;
    }
    thread->now = now;
    if (now > self->plan->end)
        self->plan->end = now;
    return exact;
}

static void end_wait(struct collect_spans *self, struct thread *thread, const struct tc_step *step,
                     bool exact) {
    if (!thread->wait.object)
        return;
    struct tc_span wait = thread->wait;
    thread->wait.object = 0;
    if (step->object && wait.object == step->object->id &&
        step->info->effect == TC_EFFECT_ACQUIRE && tc_is_lock(step->object))
        wait.giver = step->object->last_release_thread;
    finish_span(self, thread, wait, exact);
}

static void end_hold(struct collect_spans *self, struct thread *thread, uint32_t object,
                     bool exact) {
    for (size_t i = thread->open_count; i-- > 0;) {
        if (thread->open[i].object != object)
            continue;
        struct tc_span span = thread->open[i];
        memmove(&thread->open[i], &thread->open[i + 1], (thread->open_count - i - 1) * sizeof span);
        thread->open_count--;
        finish_span(self, thread, span, exact);
        return;
    }
}

static bool is_held(const struct tc_object *object) {
    return tc_is_lock(object) || object->lock_like;
}

static void acquire(struct collect_spans *self, struct thread *thread, const struct tc_step *step,
                    bool exact) {
    end_wait(self, thread, step, exact);
    if (!is_held(step->object) || tc_thread_holds(step->thread, step->object))
        return;
    thread->open =
        tc_grow(thread->open, thread->open_count, &thread->open_capacity, sizeof *thread->open);
    thread->open[thread->open_count++] = begin(self, thread, step, false, exact);
}

static void release(struct collect_spans *self, struct thread *thread, const struct tc_step *step,
                    bool exact) {
    const struct tc_held *held = tc_thread_holds(step->thread, step->object);
    uint64_t levels = step->info->flags & TC_FLAG_WAIT && step->record->arg ? step->record->arg : 1;
    if (held && held->depth <= levels)
        end_hold(self, thread, step->object->id, exact);
    else if (!held && step->object->owner && step->object->owner < self->thread_size &&
             self->threads[step->object->owner]) /* given back by another thread */
        end_hold(self, self->threads[step->object->owner], step->object->id, exact);
}

static void spans_step(void *opaque, const struct tc_step *step) {
    struct collect_spans *self = opaque;
    struct thread *thread = thread_of(self, step->record->thread);
    bool exact = set_time(self, thread, step);
    if (!step->object || step->object->attr & TC_ATTR_INTERNAL)
        return;
    switch (step->info->effect) {
    case TC_EFFECT_REQUEST:
        arm(self, thread, step->record->stack);
        thread->wait = begin(self, thread, step, true, exact);
        break;
    case TC_EFFECT_ACQUIRE:
        arm(self, thread, step->record->stack);
        acquire(self, thread, step, exact);
        break;
    case TC_EFFECT_RELEASE:
        if (step->record->stack)
            arm(self, thread, step->record->stack);
        release(self, thread, step, exact);
        break;
    case TC_EFFECT_RECEIVE:
        end_wait(self, thread, step, exact);
        break;
    default:
        if (step->record->stack)
            arm(self, thread, step->record->stack);
        if (step->record->code == TC_EV_ARRIVE)
            thread->wait = begin(self, thread, step, true, exact);
        else if (step->info->flags & TC_FLAG_FAILED)
            end_wait(self, thread, step, exact);
    }
}

static void spans_lost(void *opaque, const struct tc_thread *model, uint64_t count) {
    struct collect_spans *self = opaque;
    struct thread *thread = thread_of(self, model->index);
    (void)count;
    thread->open_count = 0;
    thread->wait.object = 0;
}

static void spans_finish(void *opaque) {
    struct collect_spans *self = opaque;
    struct tc_span_plan *plan = self->plan;
    for (size_t i = 0; i < self->thread_size; i++) {
        struct thread *thread = self->threads[i];
        for (size_t j = 0; thread && j < thread->capture_count; j++) {
            struct tc_span_capture *entry = &plan->captures[thread->captures[j]];
            if (entry->state == IDLE && !entry->stack) {
                entry->mark = thread->done;
                entry->state = ARMED;
            }
            if (entry->state == ARMED)
                capture(thread, entry, plan->end);
        }
        for (size_t j = 0; thread && j < thread->open_count + (thread->wait.object != 0); j++) {
            struct tc_span span = j < thread->open_count ? thread->open[j] : thread->wait;
            span.to = plan->end;
            span.open = true;
            keep_for_all(self, &span);
        }
    }
    if (plan->limit && plan->all_count > plan->limit)
        thin_out(plan);
    if (plan->all_count)
        qsort(plan->all, plan->all_count, sizeof *plan->all, by_number);
}

static void spans_destroy(void *opaque) {
    struct collect_spans *self = opaque;
    for (size_t i = 0; i < self->thread_size; i++)
        if (self->threads[i]) {
            free(self->threads[i]->open);
            free(self->threads[i]->captures);
            free(self->threads[i]);
        }
    free(self->threads);
    free(self->objects);
    free(self);
}

void tc_span_plan_free(struct tc_span_plan *plan) {
    for (size_t i = 0; i < plan->capture_count; i++)
        free(plan->captures[i].spans);
    free(plan->captures);
    free(plan->all);
    *plan = (struct tc_span_plan){0};
}

const struct tc_checker tc_collector_spans = {
    .name = "spans",
    .help = "when which thread held or waited for what",
    .effects = (1u << TC_EFFECT_COUNT) - 1,
    .ignored = true,
    .create = spans_create,
    .step = spans_step,
    .finish = spans_finish,
    .destroy = spans_destroy,
    .lost = spans_lost,
};
