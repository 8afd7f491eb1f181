/* replay.c: keeps the steps of a second pass over the trace. */
#include "analyzer/checkers/replay.h"

#include <stdlib.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/support.h"
#include "analyzer/model/engine.h"

/* How the engine's configuration brings the replay to its checker. */
struct replay_config {
    struct tc_config config;
    struct tc_replay *replay;
};

static void *replay_create(const struct tc_config *config, struct tc_findings *findings,
                           const struct tc_model *model) {
    (void)findings, (void)model;
    return ((const struct replay_config *)config)->replay;
}

/* Locks that several threads use as such; the others cannot be in the way.  Nor can the lock of an
 * interpreter, which changes hands between any two instructions of its programs. */
static bool is_relevant(const struct tc_replay *replay, uint32_t id) {
    const struct tc_object *object = tc_model_object(replay->model, id);
    if (!object || object->users < 2 || object->uncertain ||
        (object->type == TC_OBJECT_GIL && object->attr & TC_ATTR_PYTHON) ||
        (object->attr & (TC_ATTR_HANDED_OVER | TC_ATTR_ROBUST)))
        return false;
    return tc_is_lock(object) || object->lock_like;
}

static struct tc_replay_step *add(struct tc_replay *replay, struct tc_replay_thread *thread,
                                  const struct tc_step *step, uint8_t kind) {
    thread->steps = tc_grow(thread->steps, thread->count, &thread->capacity, sizeof *thread->steps);
    struct tc_replay_step *entry = &thread->steps[thread->count++];
    *entry = (struct tc_replay_step){.kind = kind,
                                     .number = step->record->number,
                                     .order = replay->order,
                                     .code = step->record->code,
                                     .stack = step->record->stack,
                                     .own = tc_clock_get(step->clock, step->record->thread)};
    replay->steps++;
    return entry;
}

/* What the thread sent or received since its last step. */
static void add_sync(struct tc_replay *replay, struct tc_replay_thread *thread,
                     const struct tc_step *step) {
    if (thread->version == step->thread->version)
        return;
    thread->version = step->thread->version;
    struct tc_snapshot *known = tc_clock_snapshot(step->clock);
    if (known == thread->known) {
        tc_snapshot_drop(known);
        return;
    }
    thread->known = known;
    struct tc_replay_step *entry = add(replay, thread, step, TC_REPLAY_SYNC);
    entry->known = known;
    entry->number--;
    entry->code = thread->last_code;
    entry->stack = thread->last_stack;
    entry->lock = thread->last_object;
}

static void add_lock(struct tc_replay *replay, struct tc_replay_thread *thread,
                     const struct tc_step *step) {
    uint32_t id = step->record->object;
    const struct tc_held *held = tc_thread_holds(step->thread, step->object);
    bool acquire = step->info->effect == TC_EFFECT_ACQUIRE;
    uint64_t levels =
        (step->info->flags & TC_FLAG_WAIT) && step->record->arg ? step->record->arg : 1;
    if (acquire ? held != NULL : !held || held->depth > levels)
        return; /* an inner level of a recursive lock */
    if (!is_relevant(replay, id))
        return;
    replay->locks = tc_reach(replay->locks, &replay->lock_size, id, sizeof *replay->locks);
    if (!replay->locks[id]) {
        replay->lock_objects = tc_reach(replay->lock_objects, &replay->lock_object_size,
                                        replay->lock_count, sizeof *replay->lock_objects);
        replay->lock_objects[replay->lock_count] = id;
        replay->locks[id] = ++replay->lock_count;
    }
    struct tc_replay_step *entry =
        add(replay, thread, step, acquire ? TC_REPLAY_ACQUIRE : TC_REPLAY_RELEASE);
    entry->lock = replay->locks[id] - 1;
    entry->mode = acquire ? step->info->mode : held->mode;
}

static void replay_step(void *opaque, const struct tc_step *step) {
    struct tc_replay *replay = opaque;
    if (replay->steps >= TC_REPLAY_STEPS) {
        replay->full = true;
        return;
    }
    struct tc_replay_thread *thread = &replay->threads[step->record->thread];
    replay->order++;
    add_sync(replay, thread, step);
    if (step->object &&
        (step->info->effect == TC_EFFECT_ACQUIRE || step->info->effect == TC_EFFECT_RELEASE))
        add_lock(replay, thread, step);
    thread->last_code = step->record->code;
    thread->last_object = step->record->object;
    thread->last_stack = step->record->stack;
}

/* The engine does not own the replay. */
static void replay_keep(void *opaque) {
    (void)opaque;
}

static const struct tc_checker replay_checker = {
    .name = "replay",
    .help = "keeps lock operations",
    .effects = (1u << TC_EFFECT_COUNT) - 1,
    .ignored = true,
    .create = replay_create,
    .step = replay_step,
    .destroy = replay_keep,
};

struct tc_replay *tc_replay_new(const struct tc_model *model) {
    struct tc_replay *replay = tc_alloc(sizeof *replay);
    replay->model = model;
    replay->thread_count = tc_model_thread_count(model);
    replay->threads = tc_alloc_array((size_t)replay->thread_count + 1, sizeof *replay->threads);
    const struct tc_checker *const checkers[] = {&replay_checker, NULL};
    struct replay_config config = {.replay = replay};
    struct tc_engine *engine = tc_engine_new(tc_model_trace(model), checkers, &config.config, NULL);
    tc_engine_run(engine);
    tc_engine_free(engine);
    return replay;
}

void tc_replay_free(struct tc_replay *replay) {
    if (!replay)
        return;
    for (uint32_t t = 0; t <= replay->thread_count; t++) {
        for (size_t i = 0; i < replay->threads[t].count; i++)
            tc_snapshot_drop(replay->threads[t].steps[i].known);
        free(replay->threads[t].steps);
    }
    free(replay->threads);
    free(replay->locks);
    free(replay->lock_objects);
    free(replay);
}
