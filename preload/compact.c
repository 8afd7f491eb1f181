/* compact.c: what is kept, put off, and left out; see compact.h. */
#include "preload/compact.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "preload/compact_hot.h"
#include "preload/event.h"
#include "preload/file.h"
#include "preload/identity.h"
#include "preload/seen.h"
#include "preload/signal_told.h"

#include "preload/poison.h"

#define CONTENDED_TIMES 32 /* and a place where a lock was waited for */
#define FAILURE_TIMES   16 /* and a call that fails */
#define EVENTS_MORE     64 /* and again after each new context of a lock */
#define SYNCS_EXACT     32 /* sends and receives up to here begin new contexts */

enum kind { KEEP, HOLD, UNHOLD, SYNC, REQUEST, FAILURE, BEGINS, ENDS, MASK, ACTION };

static const struct {
    uint8_t effect, mode, flags;
} events[256] = {
#define TC_EVENT(code, NAME, OBJECT, EFFECT, MODE, FLAGS, help)                                    \
    [code] = {TC_EFFECT_##EFFECT, TC_MODE_##MODE, (FLAGS)},
#include "threadcheck/events.def"
#undef TC_EVENT
};

static const uint16_t traits[256] = {
#define TC_OBJECT(code, NAME, name, TRAITS, help) [code] = (TRAITS),
#include "threadcheck/objects.def"
#undef TC_OBJECT
};

uint32_t tc_compact_contents;

/* Whether holding it is put off: not what hands on more than itself. */
static bool is_lock(const struct tc_object *object) {
    return object && (traits[object->type] & TC_TRAIT_LOCK) &&
           !(traits[object->type] & TC_TRAIT_PUBLISHES) && !(object->attr & TC_ATTR_HANDED_OVER);
}

static enum kind kind_of_plain(enum tc_event_code code) {
    switch (code) {
    case TC_EV_HANDLER_ENTER:
    case TC_EV_IGNORE_BEGIN:
        return BEGINS;
    case TC_EV_HANDLER_LEAVE:
    case TC_EV_IGNORE_END:
        return ENDS;
    case TC_EV_SIGNAL_MASK:
        return MASK;
    case TC_EV_SIGNAL_ACTION:
        return ACTION;
    case TC_EV_ASSERT_HELD:
    case TC_EV_ASSERT_NOT_HELD:
    case TC_EV_LOCK_ORDER:
        return FAILURE;
    default:
        break;
    }
    if (events[code].flags & TC_FLAG_FAILED)
        return FAILURE;
    return events[code].flags & TC_FLAG_ORDERED ? SYNC : KEEP;
}

static enum kind kind_of(enum tc_event_code code, const struct tc_object *object, uint64_t arg) {
    bool counted = events[code].mode == TC_MODE_COUNTED;
    if (object && object->type == TC_OBJECT_THREAD)
        return KEEP;
    switch (events[code].effect) {
    case TC_EFFECT_ACQUIRE:
        if ((events[code].flags & TC_FLAG_STATE) || code == TC_EV_ACQUIRE_ORPHAN || arg > 1)
            return KEEP;
        return !counted && is_lock(object) ? HOLD : SYNC;
    case TC_EFFECT_RELEASE:
        if (arg > 1 && !counted)
            return KEEP;
        return !counted && is_lock(object) ? UNHOLD : SYNC;
    case TC_EFFECT_REQUEST:
        return REQUEST;
    case TC_EFFECT_SEND:
    case TC_EFFECT_RECEIVE:
        return SYNC;
    case TC_EFFECT_NONE:
        return kind_of_plain(code);
    default:
        return KEEP;
    }
}

/* A thread in the keys: itself, or, in a process that makes ever new ones, its kind. */
static uint64_t thread_key(const struct tc_thread *self) {
    return self->index <= 1024 ? self->index : self->start_routine * 64 + self->index % 64;
}

TC_COLD void tc_compact_make_base(const struct tc_thread *self) {
    struct tc_compact *compact = self->compact;
    uint64_t process = (uint64_t)tc_process.generation << 32; /* a child begins anew */
    uint64_t key = tc_seen_mix(thread_key(self), process | compact->version);
    uint64_t signals = __atomic_load_n(&tc_signals_key, __ATOMIC_RELAXED);
    key = tc_seen_mix(key, tc_seen_mix(compact->mask ^ signals, compact->within));
    compact->base = (key | (TC_STATE_CODE + 1)) & ~(uint64_t)TC_STATE_CODE;
}

static uint64_t place_key(const struct tc_thread *self, uint8_t code, uint32_t object,
                          uint32_t stack, uint32_t result) {
    uint64_t key = tc_seen_mix(thread_key(self), (uint64_t)result << 8 | code);
    return tc_seen_mix(key, (uint64_t)stack << 32 | tc_compact_object_key(object));
}

void tc_compact_tell(struct tc_thread *self, struct tc_object *object, bool unknown) {
    uint32_t count = object->left_out - object->left_out_told;
    object->left_out_told = object->left_out;
    if (count)
        tc_append(self, TC_EV_OMITTED, (struct tc_ref){.id = object->id}, 0, count, unknown);
}

TC_COLD void tc_compact_name(struct tc_thread *self, uint32_t id) {
    struct tc_object *object = tc_object_by_id(id);
    if (!object || tc_object_is_told(object))
        return;
    tc_object_tell(object, false);
    tc_compact_tell(self, object, !is_lock(object));
}

/* What all contexts have in common has changed. */
static void forget_base(struct tc_compact *compact) {
    compact->base = 0;
    compact->tracked = false;
}

/* Makes the states true, so that locks can be taken the short way. */
static void track(struct tc_thread *self) {
    struct tc_compact *compact = self->compact;
    const struct tc_held_list *held = self->held;
    if (held->count > TC_CONTEXT_HELD)
        return;
    if (!compact->base)
        tc_compact_make_base(self);
    uint64_t number = compact->base;
    for (uint32_t i = 0; i <= held->count; i++) {
        compact->states[i] = number | (compact->states[i] & TC_STATE_CODE);
        if (i < held->count)
            number = tc_compact_held_with(number, held->entries[i]);
    }
    compact->tracked = true;
}

/* Holds it without a trace, the long way. */
static void hold_put_off(struct tc_thread *self, uint8_t code, uint32_t id, uint32_t stack) {
    struct tc_compact *compact = self->compact;
    if (self->held->count - compact->written >= TC_STATES - 1) {
        tc_compact_write(self);
        tc_compact_note_written(self);
    }
    compact->states[(self->held->count + 1) % TC_STATES] = code;
    tc_held_push(self, id, stack, events[code].mode == TC_MODE_SHARED);
}

static void hold(struct tc_thread *self, enum tc_event_code code, struct tc_ref ref, uint32_t stack,
                 uint64_t arg, struct tc_object *object) {
    struct tc_compact *compact = self->compact;
    bool waited = compact->kept_wait == ref.id;
    uint64_t key = tc_compact_context(self, (uint8_t)code, ref.id, stack);
    if (TC_LIKELY((tc_compact_full || tc_compact_is_known(compact, key)) && !waited)) {
        hold_put_off(self, (uint8_t)code, ref.id, stack);
        tc_compact_leave_out(self, object, true);
        return;
    }
    compact->kept_wait = 0;
    if (tc_seen_count(key, TC_CONTEXT_TIMES) == 1)
        __atomic_fetch_add(&tc_compact_contents, 1, __ATOMIC_RELAXED);
    tc_compact_keep(self, code, ref, stack, arg, 0);
}

bool tc_compact_hold(struct tc_thread *self, uint32_t id, uint32_t stack, uint8_t code) {
    struct tc_compact *compact = self->compact;
    struct tc_object *object = tc_object_by_id(id);
    if (TC_UNLIKELY(compact->written == TC_ALL_WRITTEN))
        tc_compact_note_written(self);
    if (!tc_compact_ready(self) || !is_lock(object))
        return false;
    if (!compact->tracked)
        track(self);
    uint64_t held = tc_compact_held_now(self);
    if (!tc_compact_is_known(compact, tc_compact_context_in(held, code, id, stack)))
        return false;
    uint64_t key = tc_slot_key(id, stack, code);
    if (stack < TC_SLOT_STACK_MAX)
        *tc_compact_site_of(compact, key) = (struct tc_compact_site){held ^ key, object};
    uint64_t entry = TC_HELD(id, stack, events[code].mode == TC_MODE_SHARED), with = 0;
    if (self->held->count < TC_CONTEXT_HELD)
        with = tc_compact_held_with(held, entry);
    else
        compact->tracked = false;
    tc_compact_take(self, code, entry, with);
    tc_compact_leave_out(self, object, true);
    return true;
}

static void fail(struct tc_thread *self, enum tc_event_code code, struct tc_ref ref, uint32_t stack,
                 uint64_t arg, uint32_t result) {
    uint64_t key = place_key(self, (uint8_t)code, ref.id, stack, result);
    if (tc_seen(key, FAILURE_TIMES))
        return;
    tc_seen_count(key, FAILURE_TIMES);
    tc_compact_keep(self, code, ref, stack, arg, result);
}

static void unhold(struct tc_thread *self, enum tc_event_code code, struct tc_ref ref,
                   uint32_t stack, uint64_t arg) {
    const struct tc_held_list *held = self->held;
    bool shared = events[code].mode == TC_MODE_SHARED;
    for (uint32_t i = held->count; i > self->compact->written; i--)
        if (tc_held_as(held->entries[i - 1], ref.id, shared)) {
            tc_compact_drop_held(self, i - 1);
            return;
        }
    if (tc_held_count(self, ref.id))
        tc_compact_keep(self, code, ref, stack, arg, 0);
    else
        fail(self, code, ref, stack, arg, 0);
}

/* Whether one more event of an object that is no lock is kept. */
static bool has_events_left(struct tc_object *object) {
    struct tc_share *share = object->brief ? tc_churn_share(object->brief) : &object->share;
    if (tc_compact_full)
        return false;
    if (share->events < TC_COMPACT_EVENTS) {
        share->events++;
        return true;
    }
    uint32_t now = __atomic_load_n(&tc_compact_contents, __ATOMIC_RELAXED);
    if (share->window != now) {
        share->window = now;
        share->window_left = EVENTS_MORE;
    }
    if (!share->window_left)
        return false;
    share->window_left--;
    return true;
}

/* What the thread learnt or told begins new contexts: each at first, then ever fewer. */
static void note_sync(struct tc_compact *compact) {
    uint32_t count = ++compact->syncs;
    if (count > SYNCS_EXACT && (count & (count - 1)) != 0)
        return;
    compact->version++;
    forget_base(compact);
}

static void sync(struct tc_thread *self, enum tc_event_code code, struct tc_ref ref, uint32_t stack,
                 uint64_t arg, uint32_t result, struct tc_object *object) {
    struct tc_compact *compact = self->compact;
    bool ends_kept = compact->kept_wait == ref.id;
    bool ends_left_out = compact->left_out.object.id == ref.id;
    compact->kept_wait = ends_kept ? 0 : compact->kept_wait;
    if (ends_left_out)
        compact->left_out.object.id = 0;
    bool held = events[code].effect == TC_EFFECT_RELEASE && tc_held_count(self, ref.id);
    bool kept = held || ends_kept || (!ends_left_out && (!object || has_events_left(object)));
    if (kept) {
        note_sync(compact);
        tc_compact_keep(self, code, ref, stack, arg, result);
    } else {
        tc_compact_leave_out(self, object, false);
    }
    if (code != TC_EV_ARRIVE)
        return;
    if (kept)
        compact->kept_wait = ref.id;
    else
        compact->left_out =
            (struct tc_put_off){.object = ref, .stack = stack, .code = (uint8_t)code};
}

/* The event of the acquire that a request leads to. */
static uint8_t acquire_of(enum tc_event_code request) {
    switch (request) {
    case TC_EV_REQUEST_SHARED:
        return TC_EV_ACQUIRE_SHARED;
    case TC_EV_REQUEST_TIMED:
        return TC_EV_ACQUIRE_TIMED;
    case TC_EV_REQUEST_SHARED_TIMED:
        return TC_EV_ACQUIRE_SHARED_TIMED;
    default:
        return TC_EV_ACQUIRE;
    }
}

static bool keeps_request(struct tc_thread *self, enum tc_event_code code, uint32_t id,
                          uint32_t stack, struct tc_object *object) {
    if (tc_compact_full)
        return false;
    if (!is_lock(object))
        return !object || has_events_left(object);
    uint64_t place = place_key(self, (uint8_t)code, id, stack, 0);
    if (!tc_seen(place, CONTENDED_TIMES)) {
        tc_seen_count(place, CONTENDED_TIMES);
        return true;
    }
    return !tc_compact_is_known(self->compact,
                                tc_compact_context(self, acquire_of(code), id, stack));
}

static void request(struct tc_thread *self, enum tc_event_code code, struct tc_ref ref,
                    uint32_t stack, uint64_t arg, uint32_t result, struct tc_object *object) {
    struct tc_compact *compact = self->compact;
    if (!keeps_request(self, code, ref.id, stack, object)) {
        compact->left_out =
            (struct tc_put_off){.object = ref, .stack = stack, .code = (uint8_t)code, .arg = arg};
        if (!is_lock(object))
            tc_compact_leave_out(self, object, false);
        return;
    }
    tc_compact_write(self);
    tc_append_time(self);
    tc_append(self, code, ref, stack, arg, result);
    tc_compact_note_written(self);
    compact->kept_wait = ref.id;
    compact->left_out.object.id = 0;
}

/* A handler ran without anything to be written in it: as if it had not been. */
static void end(struct tc_thread *self, enum tc_event_code code, uint64_t arg) {
    struct tc_compact *compact = self->compact;
    uint8_t begin = code == TC_EV_HANDLER_LEAVE ? TC_EV_HANDLER_ENTER : TC_EV_IGNORE_BEGIN;
    compact->within ^= tc_seen_mix(begin, arg);
    forget_base(compact);
    for (uint32_t i = compact->count; i-- > 0;) {
        if (compact->list[i].code != begin)
            continue;
        tc_compact_take_out(compact, i);
        return;
    }
    tc_compact_keep(self, code, (struct tc_ref){0}, 0, arg, 0);
}

static void set_mask(struct tc_thread *self, enum tc_event_code code, uint32_t stack,
                     uint64_t mask) {
    struct tc_compact *compact = self->compact;
    compact->mask = mask;
    forget_base(compact);
    const struct tc_put_off *last = compact->count ? &compact->list[compact->count - 1] : NULL;
    if (last && last->code == code && last->at == self->held->count)
        compact->count--;
    tc_compact_put_off(self, code, (struct tc_ref){0}, stack, mask);
}

/* An event while the thread waits.  One of the wait itself, as when Python's thread gives up the
 * interpreter's lock: what was told for the time of the wait is taken back, to be told again.  In a
 * handler: what was told stays.  True: to be told again. */
static TC_COLD bool end_told_wait(struct tc_thread *self, enum tc_event_code code) {
    struct tc_compact *compact = self->compact;
    if (code != TC_EV_HANDLER_ENTER && !compact->within) {
        tc_compact_take_back(self);
        return true;
    }
    if (tc_churn_any)
        tc_compact_name_waiting(self, false);
    compact->told = NULL; /* tc_compact_told sets the floor */
    compact->kept_wait = compact->left_out.object.id;
    compact->left_out.object.id = 0;
    tc_compact_told(self);
    return false;
}

bool tc_compact_passes_unseen(const struct tc_thread *self) {
    const struct tc_compact *compact = self->compact;
    return compact && compact->count && compact->list[0].code == TC_EV_THREAD_START;
}

/* The beginning and the end of a brief thread, and that it detaches itself; see compact.h. */
static bool thread_passes_unseen(struct tc_thread *self, enum tc_event_code code, struct tc_ref ref,
                                 uint32_t stack, uint32_t result) {
    struct tc_compact *compact = self->compact;
    if (code == TC_EV_THREAD_DETACH && !result && tc_compact_passes_unseen(self)) {
        tc_compact_put_off(self, code, ref, stack, 0);
        return true;
    }
    if (code == TC_EV_THREAD_START && compact->brief) {
        tc_compact_put_off(
            self, code, (struct tc_ref){self->object->id, 0, tc_object_order(self->object)}, 0, 0);
        return true;
    }
    if (code != TC_EV_THREAD_EXIT || self->held->count || !tc_compact_passes_unseen(self))
        return false;
    compact->count = 0;
    tc_compact_set_floor(compact);
    return true;
}

void tc_compact_event(struct tc_thread *self, enum tc_event_code code, struct tc_ref ref,
                      uint32_t stack, uint64_t arg, uint32_t result) {
    struct tc_object *object = tc_object_by_id(ref.id);
    struct tc_compact *compact = self->compact;
    compact->tracked = false; /* as it may change what is held */
    if (TC_UNLIKELY(compact->written == TC_ALL_WRITTEN))
        tc_compact_note_written(self);
    bool again = TC_UNLIKELY(compact->told) && end_told_wait(self, code);
    switch (kind_of(code, object, arg)) {
    case HOLD:
        hold(self, code, ref, stack, arg, object);
        break;
    case UNHOLD:
        unhold(self, code, ref, stack, arg);
        break;
    case SYNC:
        sync(self, code, ref, stack, arg, result, object);
        break;
    case REQUEST:
        request(self, code, ref, stack, arg, result, object);
        break;
    case FAILURE:
        if (compact->left_out.object.id == ref.id && code == TC_EV_REQUEST_FAILED &&
            (result == ETIMEDOUT || result == EINTR || result == ECANCELED || result == EAGAIN))
            break;
        fail(self, code, ref, stack, arg, result);
        break;
    case BEGINS:
        compact->within ^= tc_seen_mix(code, arg);
        forget_base(compact);
        tc_compact_put_off(self, code, ref, stack, arg);
        compact->list[compact->count - 1].result = (uint16_t)result;
        break;
    case ENDS:
        end(self, code, arg);
        break;
    case MASK:
        set_mask(self, code, stack, arg);
        break;
    case ACTION:
        forget_base(compact);
        tc_compact_keep(self, code, ref, stack, arg, result);
        break;
    default:
        if (tc_compact_unseen(self, code, object) ||
            thread_passes_unseen(self, code, ref, stack, result))
            break;
        if (object && (code == TC_EV_DESTROY || code == TC_EV_FREED)) {
            object->left_out += tc_compact_take_counted(object);
            tc_compact_tell(self, object, !is_lock(object));
        }
        if (events[code].effect == TC_EFFECT_SEND || events[code].effect == TC_EFFECT_RECEIVE)
            note_sync(compact);
        tc_compact_keep(self, code, ref, stack, arg, result);
    }
    if (TC_UNLIKELY(again) && self->waiting.object == compact->left_out.object.id)
        tc_compact_wait_begin(self);
}

/* tc_compact_take_counted of a mutex whose memory may have gone away unseen. */
static uint32_t take_counted_safely(const struct tc_object *object) {
    pthread_mutex_t copy;
    pthread_mutex_t *mutex = (pthread_mutex_t *)object->address;
    struct iovec here = {&copy, sizeof copy}, there = {mutex, sizeof copy};
    if (object->type != TC_OBJECT_MUTEX || object->state != TC_OBJECT_LIVE || !mutex ||
        TC_SYSCALL_6(SYS_process_vm_readv, tc_process.pid, &here, 1, &there, 1, 0) != sizeof copy ||
        !tc_mutex_counts(&copy) || tc_mutex_stash(&copy)->id != object->id ||
        tc_mutex_stash(&copy)->check != tc_stash_check(mutex))
        return 0;
    uint32_t count = *tc_mutex_counted(&copy), none = 0;
    here = (struct iovec){&none, sizeof none};
    there = (struct iovec){tc_mutex_counted(mutex), sizeof none};
    return !count || TC_SYSCALL_6(SYS_process_vm_writev, tc_process.pid, &here, 1, &there, 1, 0) ==
                         sizeof none
               ? count
               : 0;
}

void tc_compact_tell_all(struct tc_thread *self) {
    struct tc_lock_state state = tc_lock_take(&tc_objects_lock);
    for (uint32_t id = 1; id <= tc_objects_count; id++) {
        struct tc_object *object = tc_object_by_id(id);
        if (object)
            object->left_out += take_counted_safely(object);
        if (!object || object->left_out == object->left_out_told)
            continue;
        bool much = object->state == TC_OBJECT_LIVE && object->left_out >= TC_COMPACT_TELL_FROM;
        if (tc_object_is_told(object) || (much && is_lock(object)))
            tc_compact_tell(self, object, !is_lock(object));
    }
    tc_lock_give(&tc_objects_lock, state);
}
