/* engine.c: the loop that decodes, orders, hands to checkers and applies (engine.h). */
#include "analyzer/model/engine.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/model/known.h"

/* The engine's side of a thread: where it is in its stream. */
struct runner {
    struct tc_cursor cursor;
    struct tc_raw raw; /* the record that waits for its ticket */
    bool pending;
    uint8_t doubt;          /* known.c's, whether anything repeats */
    uint32_t chunk;         /* the cursor's when it was last told */
    struct tc_known *known; /* by slot, TC_SLOTS + 1 */
    void *known_memory;     /* where they lie, at a multiple of a cache line */
};

struct listener {
    void (*step)(void *self, const struct tc_step *step);
    void *self;
    bool ignored;
};

/* The checkers that want an effect: the first `always` of them also want repeats. */
struct audience {
    struct listener *listeners;
    uint32_t count, always;
};

struct tc_engine {
    struct tc_trace *trace;
    struct tc_model *model;
    struct tc_merge *merge;
    struct runner *runners; /* by thread index - 1 */
    struct audience audiences[TC_EFFECT_COUNT];
    const struct tc_checker **checkers;
    void **selves;
    size_t checker_count;
    struct tc_engine_stats stats;
    struct tc_stream_damage damage;
    void (*progress)(void *context, double part);
    void *progress_context;
    uint64_t chunks_begun;
    bool out_of_memory;
    struct tc_lockset shown; /* what checkers see as held, where that is not all */
    struct tc_held *shown_entries;
    uint32_t shown_size;
    bool short_way; /* no checker wants repeats of acquires and releases */
};

static void add_listeners(struct tc_engine *engine, unsigned effect) {
    struct audience *audience = &engine->audiences[effect];
    uint32_t bit = 1u << effect;
    audience->listeners = tc_alloc_array(engine->checker_count, sizeof *audience->listeners);
    for (int repeats = 1; repeats >= 0; repeats--) {
        for (size_t i = 0; i < engine->checker_count; i++) {
            const struct tc_checker *checker = engine->checkers[i];
            bool wants_repeats = !(checker->first & bit);
            if (!(checker->effects & bit) || wants_repeats != (bool)repeats)
                continue;
            audience->listeners[audience->count++] =
                (struct listener){checker->step, engine->selves[i], checker->ignored};
            audience->always += wants_repeats;
        }
    }
}

struct tc_engine *tc_engine_new(struct tc_trace *trace, const struct tc_checker *const *checkers,
                                const struct tc_config *config, struct tc_findings *findings) {
    struct tc_engine *engine = tc_alloc(sizeof *engine);
    engine->trace = trace;
    engine->model = tc_model_new(trace);
    engine->progress = config ? config->progress : NULL;
    engine->progress_context = config ? config->progress_context : NULL;
    engine->merge = tc_merge_new(engine->model->thread_count);
    engine->runners = tc_alloc_array(engine->model->thread_count, sizeof *engine->runners);
    for (uint32_t i = 0; i < engine->model->thread_count; i++) {
        tc_cursor_init(&engine->runners[i].cursor, trace, i + 1);
        engine->runners[i].chunk = engine->runners[i].cursor.chunk;
    }
    while (checkers && checkers[engine->checker_count])
        engine->checker_count++;
    engine->checkers = tc_alloc_array(engine->checker_count, sizeof *engine->checkers);
    for (size_t i = 0; i < engine->checker_count; i++)
        engine->checkers[i] = checkers[i];
    engine->selves = tc_alloc_array(engine->checker_count, sizeof *engine->selves);
    for (size_t i = 0; i < engine->checker_count; i++)
        if (checkers[i]->create)
            engine->selves[i] = checkers[i]->create(config, findings, engine->model);
    for (unsigned effect = 0; effect < TC_EFFECT_COUNT; effect++)
        add_listeners(engine, effect);
    engine->short_way = !(config && config->no_short_way) &&
                        !engine->audiences[TC_EFFECT_ACQUIRE].always &&
                        !engine->audiences[TC_EFFECT_RELEASE].always;
    return engine;
}

void tc_engine_free(struct tc_engine *engine) {
    if (!engine)
        return;
    for (size_t i = 0; i < engine->checker_count; i++)
        if (engine->checkers[i]->destroy)
            engine->checkers[i]->destroy(engine->selves[i]);
    for (uint32_t i = 0; i < engine->model->thread_count; i++) {
        tc_cursor_free(&engine->runners[i].cursor);
        free(engine->runners[i].known_memory);
    }
    for (unsigned effect = 0; effect < TC_EFFECT_COUNT; effect++)
        free(engine->audiences[effect].listeners);
    tc_merge_free(engine->merge);
    tc_model_free(engine->model);
    free(engine->shown_entries);
    free(engine->runners);
    free(engine->selves);
    free(engine->checkers);
    free(engine);
}

static inline uint64_t held_id(const struct tc_thread_state *state) {
    uint32_t count = state->thread.held.count;
    return count ? state->held[count - 1].id : TC_HELD_NOTHING;
}

/* Whether the model finds the request or acquire strange, so that a checker may have to see it
 * although it was seen before. */
static bool is_odd(const struct tc_change *change) {
    const struct tc_object *object = change->object;
    if (object->destroyed | object->uncertain | (change->state->thread.handler_depth > 0))
        return true;
    if (change->record->arg | change->record->result)
        return true;
    if (change->info->effect == TC_EFFECT_ACQUIRE && change->state->thread.blocked.object)
        return true; /* it had to wait: how long is of interest */
    if (change->info->mode == TC_MODE_COUNTED)
        return object->lock_like && object->owner &&
               (change->info->effect == TC_EFFECT_ACQUIRE ||
                object->owner == change->record->thread);
    bool shared = change->info->mode == TC_MODE_SHARED;
    if (object->owner == change->record->thread)
        return !(object->traits & TC_TRAIT_RECURSIVE);
    if (change->info->effect == TC_EFFECT_REQUEST) /* that others hold it is why it blocks */
        return object->readers && tc_thread_holds(&change->state->thread, object);
    return object->owner || (object->readers && !shared);
}

/* What the context that the record has led to before; NULL: it has no slot. */
static inline struct tc_known *known_of(struct runner *runner, const struct tc_raw *raw,
                                        struct tc_object *object) {
    if (!raw->slot)
        return NULL;
    if (__builtin_expect(!runner->known, 0)) {
        runner->known_memory = tc_alloc_array(TC_SLOTS + 3, sizeof *runner->known);
        runner->known = (void *)(((uintptr_t)runner->known_memory + 63) & ~(uintptr_t)63);
    }
    struct tc_known *known = &runner->known[raw->slot];
    if (__builtin_expect(raw->fresh, 0))
        tc_known_begin(known, object, raw->stack, raw->code);
    return known;
}

/* Finds the number of the held set with this acquire; tells whether the context is a repeat. */
static inline bool know_context(struct tc_engine *engine, struct runner *runner,
                                const struct tc_raw *raw, uint64_t before,
                                struct tc_change *change) {
    uint32_t version = change->state->thread.version;
    struct tc_known *known = known_of(runner, raw, change->object);
    const struct tc_record *record = change->record;
    change->held_id = tc_contexts_link(before, record->object, record->stack, record->code);
    if (known && tc_known_from(known, before, version))
        return !is_odd(change);
    bool seen = tc_contexts_seen(engine->model->contexts, change->held_id, record->thread, version);
    if (known)
        tc_known_add(known, before, version);
    return seen && !is_odd(change);
}

/* Whether a release is of what the thread holds and nothing speaks against it. */
static inline bool is_plain_release(const struct tc_change *change) {
    const struct tc_object *object = change->object;
    uint32_t count = change->state->thread.held.count;
    if (object->destroyed | object->uncertain | (change->state->thread.handler_depth > 0) |
        (change->info->mode == TC_MODE_COUNTED) | !count)
        return false;
    return change->state->held[count - 1].object == object ||
           tc_thread_holds(&change->state->thread, object);
}

/* An interpreter gives its lock up before it blocks for one of its own objects: as far as these go,
 * the thread does not hold it. */
static const struct tc_lockset *without_gil(struct tc_engine *engine,
                                            const struct tc_change *change) {
    const struct tc_lockset *held = &change->state->thread.held;
    const struct tc_object *object = change->object;
    if (!object || !(object->attr & TC_ATTR_PYTHON) || object->type == TC_OBJECT_GIL)
        return held;
    uint32_t count = 0;
    if (engine->shown_size < held->count) {
        engine->shown_size = held->count * 2;
        engine->shown_entries =
            tc_realloc_array(engine->shown_entries, engine->shown_size, sizeof(struct tc_held));
    }
    for (uint32_t i = 0; i < held->count; i++)
        if (held->entries[i].object->type != TC_OBJECT_GIL)
            engine->shown_entries[count++] = held->entries[i];
    engine->shown = (struct tc_lockset){engine->shown_entries, count};
    return &engine->shown;
}

static void tell(struct tc_engine *engine, const struct tc_change *change, uint64_t before,
                 bool repeat) {
    const struct audience *audience = &engine->audiences[change->info->effect];
    struct tc_thread *thread = &change->state->thread;
    struct tc_step step = {.record = change->record,
                           .info = change->info,
                           .thread = thread,
                           .object = change->object,
                           .held = without_gil(engine, change),
                           .clock = thread->clock,
                           .model = engine->model,
                           .held_id = before,
                           .repeat = repeat};
    uint32_t count = repeat ? audience->always : audience->count;
    for (uint32_t i = 0; i < count; i++) {
        const struct listener *listener = &audience->listeners[i];
        if (!thread->ignore_depth || listener->ignored)
            listener->step(listener->self, &step);
    }
}

/* Hands the record to the checkers and applies it. */
static inline void take(struct tc_engine *engine, struct runner *runner, struct tc_change *change,
                        const struct tc_raw *raw) {
    const struct audience *audience = &engine->audiences[change->info->effect];
    uint8_t effect = change->info->effect;
    uint64_t before = held_id(change->state);
    bool repeat = false;
    if (change->object) {
        if (effect == TC_EFFECT_ACQUIRE || effect == TC_EFFECT_REQUEST)
            repeat = know_context(engine, runner, raw, before, change);
        else if (effect == TC_EFFECT_RELEASE)
            repeat = is_plain_release(change);
    }
    if (repeat ? audience->always : audience->count)
        tell(engine, change, before, repeat);
    if (change->object) {
        tc_object_used(engine->model, change->object, change->record->thread);
        if (effect == TC_EFFECT_ACQUIRE) {
            change->object->had_by |= tc_thread_bit(change->record->thread);
            tc_apply_acquire(engine->model, change);
            return;
        }
        if (effect == TC_EFFECT_RELEASE) {
            tc_apply_release(engine->model, change);
            return;
        }
    }
    tc_apply_other(engine->model, change);
    if (change->record->code == TC_EV_THREAD_CREATE && change->object)
        tc_merge_start(engine->merge, change->object->subject);
}

/* Takes the record's ticket; false: it has to wait for its predecessor. */
static inline bool take_ticket(struct tc_object *object, const struct tc_raw *raw, bool forced) {
    if (__builtin_expect(!raw->has_ticket, 1)) {
        object->ticket++;
        return true;
    }
    uint64_t next = object->ticket + 1;
    if (__builtin_expect(raw->ticket == next, 1)) {
        object->ticket = next;
        return true;
    }
    if (raw->ticket > next && !forced)
        return false;
    object->uncertain = object->guessed = true;
    if (raw->ticket > next)
        object->ticket = raw->ticket;
    return true;
}

/* A thread goes on although what it waits for is missing: a send, it may be. */
static void note_guess(struct tc_thread_state *state, const struct tc_event_info *info) {
    state->thread.unordered |= info->effect == TC_EFFECT_RECEIVE ||
                               (info->effect == TC_EFFECT_ACQUIRE && info->mode == TC_MODE_COUNTED);
}

static void lose(struct tc_engine *engine, struct runner *runner, struct tc_thread_state *state,
                 uint64_t count) {
    for (unsigned slot = 0; runner->known && slot <= TC_SLOTS; slot++)
        runner->known[slot] = (struct tc_known){0};
    tc_apply_lost(engine->model, state, count);
    for (size_t i = 0; i < engine->checker_count; i++)
        if (engine->checkers[i]->lost)
            engine->checkers[i]->lost(engine->selves[i], &state->thread, count);
}

/* A record of an unknown event or object; its ticket is taken all the same. */
static void pass_over(struct tc_engine *engine, struct tc_object *object,
                      const struct tc_raw *raw) {
    engine->stats.unreadable++;
    if (!object || !raw->has_ticket || raw->ticket <= object->ticket)
        return;
    object->ticket = raw->ticket;
    object->uncertain = true;
    tc_merge_wake(engine->merge, object);
}

/* Whether the record is of an object that a running program has made since the trace was opened. */
static bool is_newer(const struct tc_engine *engine, const struct tc_raw *raw) {
    return engine->model->process.live && raw->object > engine->model->object_count &&
           raw->object <= tc_trace_objects_now(engine->trace);
}

static void tell_progress(struct tc_engine *engine, struct runner *runner) {
    runner->chunk = runner->cursor.chunk;
    engine->chunks_begun++;
    if (engine->progress)
        engine->progress(engine->progress_context,
                         (double)engine->chunks_begun / (double)tc_trace_chunks(engine->trace));
}

/* The stream is at its end. */
static void end_runner(struct tc_engine *engine, struct runner *runner) {
    const struct tc_stream_damage *damage = &runner->cursor.damage;
    engine->damage.bad_records += damage->bad_records;
    engine->damage.missing_chunks += damage->missing_chunks;
    engine->damage.torn_chunks += damage->torn_chunks;
    engine->damage.cut_records += damage->cut_records;
    engine->damage.empty_slots += damage->empty_slots;
    engine->out_of_memory |= runner->cursor.out_of_memory;
    tc_cursor_free(&runner->cursor);
    free(runner->known_memory);
    runner->known_memory = runner->known = NULL;
}

/* Runs one thread until it waits for a ticket or its stream ends. */
static void run_thread(struct tc_engine *engine, uint32_t index, bool forced) {
    struct runner *runner = &engine->runners[index - 1];
    struct tc_thread_state *state = &engine->model->threads[index - 1];
    struct tc_record record = {.thread = index, .number = state->thread.events};
    struct tc_change change = {.record = &record, .state = state};
    struct tc_raw raw = runner->raw;
    bool pending = runner->pending;
    runner->pending = false;
    tc_cursor_resume(&runner->cursor);
    for (;; pending = false) {
        if (!pending) {
            if (engine->short_way && runner->known)
                record.number += tc_known_run(&runner->cursor, runner->known, state, engine->model,
                                              engine->merge, &runner->doubt);
            enum tc_next next = tc_cursor_next(&runner->cursor, &raw);
            if (__builtin_expect(runner->chunk != runner->cursor.chunk, 0))
                tell_progress(engine, runner);
            if (__builtin_expect(next != TC_NEXT_EVENT, 0)) {
                if (next == TC_NEXT_END)
                    break;
                lose(engine, runner, state, raw.arg);
                continue;
            }
        }
        const struct tc_event_info *info = &tc_event_table[raw.code];
        struct tc_object *object = tc_model_touch(engine->model, raw.object);
        if (__builtin_expect(raw.fresh, 0))
            known_of(runner, &raw, object); /* whatever the record is: its slot means this now */
        if (__builtin_expect(!info->name || (!object && raw.object), 0)) {
            if (is_newer(engine, &raw))
                break;
            pass_over(engine, object, &raw);
            continue;
        }
        bool ordered = object && info->flags & TC_FLAG_ORDERED;
        if (ordered && __builtin_expect(!take_ticket(object, &raw, forced), 0)) {
            tc_merge_wait(engine->merge, index, object, raw.ticket);
            runner->raw = raw;
            runner->pending = true;
            return;
        }
        if (__builtin_expect(forced, 0))
            note_guess(state, info);
        forced = false;
        record.code = raw.code;
        record.object = raw.object;
        record.stack = raw.stack;
        record.result = raw.result;
        record.arg = raw.arg;
        record.time = runner->cursor.time;
        state->thread.events = ++record.number;
        state->thread.time = record.time;
        change.info = info;
        change.object = object;
        take(engine, runner, &change, &raw);
        if (ordered)
            tc_merge_wake(engine->merge, object);
    }
    end_runner(engine, runner);
}

/* Says once and in words what was wrong with the streams. */
static void note_damage(struct tc_engine *engine) {
    struct tc_trace *trace = engine->trace;
    const struct tc_stream_damage *damage = &engine->damage;
    struct tc_process *process = &engine->model->process;
    size_t before = tc_trace_note_count(trace);
#define NOTE(count, text)                                                                          \
    if (count)                                                                                     \
    tc_trace_add_note(trace, text, (unsigned long long)(count))
    NOTE(damage->bad_records, "%llu event records make no sense; what follows them is not read");
    NOTE(damage->torn_chunks, "chunks of events that end too early: %llu");
    NOTE(damage->cut_records, "%llu event records are cut off");
    NOTE(damage->empty_slots + engine->stats.unreadable,
         "%llu event records cannot be understood, as what they refer to is missing");
    NOTE(engine->stats.stalls,
         "the order had to be guessed at %llu places, as records before them are missing");
    NOTE(engine->model->unknown_objects, "the records that describe %llu objects are missing");
#undef NOTE
    if (tc_trace_shrank(trace))
        tc_trace_add_note(trace, "the file became shorter while it was read");
    if (engine->out_of_memory)
        tc_trace_add_note(trace, "there was not enough memory to follow all held locks");
    if (tc_trace_note_count(trace) != before)
        process->complete = false;
    engine->stats.lost = engine->model->lost_here;
}

/* Whether the program goes on writing.  What a thread then waits for is not missing: it came after
 * the trace was opened, and so did all that waits for it.  What was taken so far is one moment. */
static bool runs_on(const struct tc_engine *engine) {
    if (!engine->model->process.live)
        return false;
    if (tc_trace_grew(engine->trace))
        return true;
    for (uint32_t i = 0; i < engine->model->thread_count; i++)
        if (tc_cursor_grew(&engine->runners[i].cursor))
            return true;
    return false;
}

static inline void fetch(const void *from, size_t size) {
    for (size_t i = 0; i < size; i += 64)
        __builtin_prefetch((const uint8_t *)from + i);
}

/* What the next turns begin with is brought near while this one runs: of many threads hardly
 * anything is still there from their last one. */
static void look_ahead(const struct tc_engine *engine) {
    uint32_t later = tc_merge_later(engine->merge, 1), next = tc_merge_later(engine->merge, 0);
    if (later) {
        fetch(&engine->runners[later - 1], sizeof *engine->runners);
        fetch(&engine->model->threads[later - 1], sizeof *engine->model->threads);
    }
    if (next) {
        const struct runner *runner = &engine->runners[next - 1];
        __builtin_prefetch(runner->cursor.at);
        __builtin_prefetch(runner->cursor.held.entries);
        __builtin_prefetch(engine->model->threads[next - 1].held);
        if (runner->pending && runner->known)
            __builtin_prefetch(&runner->known[runner->raw.slot]);
    }
}

void tc_engine_run(struct tc_engine *engine) {
    for (uint32_t i = 1; i <= engine->model->thread_count; i++)
        if (!engine->model->threads[i - 1].thread.parent)
            tc_merge_start(engine->merge, i);
    bool stalled;
    uint32_t thread;
    while ((thread = tc_merge_next(engine->merge, &stalled))) {
        if (stalled && runs_on(engine))
            break;
        engine->stats.switches++;
        engine->stats.stalls += stalled;
        look_ahead(engine);
        run_thread(engine, thread, stalled);
    }
    for (uint32_t i = 0; i < engine->model->thread_count; i++)
        engine->stats.events += engine->model->threads[i].thread.events;
    note_damage(engine);
    for (size_t i = 0; i < engine->checker_count; i++)
        if (engine->checkers[i]->finish)
            engine->checkers[i]->finish(engine->selves[i]);
}

void *tc_engine_self(const struct tc_engine *engine, const struct tc_checker *checker) {
    for (size_t i = 0; i < engine->checker_count; i++)
        if (engine->checkers[i] == checker)
            return engine->selves[i];
    return NULL;
}

const struct tc_model *tc_engine_model(const struct tc_engine *engine) {
    return engine->model;
}

const struct tc_engine_stats *tc_engine_stats(const struct tc_engine *engine) {
    return &engine->stats;
}
