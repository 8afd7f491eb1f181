/* compact_wait.c: when compact recording begins and ends, what a wait that is left out shows
 * while it lasts, and what passes unseen; see compact.h. */
#include <string.h>

#include "preload/compact_state.h"
#include "preload/event.h"
#include "preload/file.h"
#include "preload/object.h"
#include "preload/options.h"
#include "preload/seen.h"

#include "preload/poison.h"

bool tc_compact_wanted, tc_compact_full;

static void set_flag(uint32_t flag) {
    if (tc_file.header)
        __atomic_fetch_or(&tc_file.header->flags, flag, __ATOMIC_RELEASE);
}

static void want(void) {
    tc_seen_begin();
    set_flag(TC_HEADER_COMPACT);
    __atomic_store_n(&tc_compact_wanted, true, __ATOMIC_RELEASE);
}

void tc_compact_begin(void) {
    if (tc_options.record[0] == 'c')
        want();
}

static uint32_t limit_seen;

void tc_compact_forked(void) {
    limit_seen = 0;
    tc_compact_wanted = tc_compact_full = false;
}

/* Three quarters of the limit are for everything, the last one for what is new; what must not be
 * missed (misuse, life cycles) goes on above it. */
static void look_at_limit(void) {
    uint64_t limit = tc_options.trace_limit, end = tc_file.end;
    if (!limit)
        return;
    if (!tc_compact_wanted && end > limit / 4 * 3) {
        if (!__atomic_exchange_n(&limit_seen, 1, __ATOMIC_ACQ_REL))
            want();
    }
    if (tc_compact_wanted && !tc_compact_full && end > limit) {
        set_flag(TC_HEADER_LIMIT);
        tc_compact_full = true;
    }
}

void tc_compact_no_space(void) {
    if (!tc_compact_full && !tc_file.limit_reached)
        set_flag(TC_HEADER_NO_SPACE);
    if (!tc_compact_wanted && !__atomic_exchange_n(&limit_seen, 1, __ATOMIC_ACQ_REL))
        want();
    tc_compact_full = true;
}

static void go_over(struct tc_thread *self) {
    if (self->compact || !__atomic_load_n(&tc_compact_wanted, __ATOMIC_ACQUIRE))
        return;
    if (!self->compact_page)
        self->compact_page = tc_map(sizeof(struct tc_compact));
    else
        memset(self->compact_page, 0, offsetof(struct tc_compact, tags));
    self->compact = self->compact_page;
    if (self->compact)
        tc_compact_told(self);
}

void tc_compact_chunk(struct tc_thread *self) {
    look_at_limit();
    go_over(self);
}

void tc_compact_brief(struct tc_thread *self) {
    go_over(self);
    if (self->compact)
        self->compact->brief = true;
}

void tc_compact_told(struct tc_thread *self) {
    struct tc_compact *compact = self->compact;
    compact->count = compact->count && compact->list[0].code == TC_EV_THREAD_START;
    compact->written = TC_ALL_WRITTEN; /* what is being appended will be held, too */
    compact->tracked = false;
    tc_compact_set_floor(compact);
}

/* What stands for a request that takes a ticket. */
static uint8_t told_code(uint8_t code) {
    switch (code) {
    case TC_EV_WAIT:
    case TC_EV_ARRIVE:
        return TC_EV_STILL_WAITING;
    case TC_EV_WAIT_TIMED:
        return TC_EV_STILL_WAITING_TIMED;
    default:
        return code;
    }
}

static uint8_t *tell_held(uint8_t *at, uint64_t entry) {
    uint32_t stack = tc_held_stack(entry);
    return tc_put_event(at, tc_held_shared(entry) ? TC_EV_STILL_HELD_SHARED : TC_EV_STILL_HELD,
                        stack ? TC_FIELD_STACK : 0, tc_held_object(entry), stack, 0, 0, 0);
}

static void name(uint32_t id, bool for_now) {
    struct tc_object *object = tc_object_by_id(id);
    if (object && object->brief)
        tc_object_tell(object, for_now);
}

void tc_compact_name_waiting(struct tc_thread *self, bool for_now) {
    const struct tc_compact *compact = self->compact;
    for (uint32_t i = 0; i < compact->count; i++)
        name(compact->list[i].object.id, for_now);
    for (uint32_t i = compact->written; i < self->held->count; i++)
        name(tc_held_object(self->held->entries[i]), for_now);
    name(compact->left_out.object.id, for_now);
    name((uint32_t)compact->left_out.arg, for_now);
}

void tc_compact_wait_begin(struct tc_thread *self) {
    struct tc_compact *compact = self->compact;
    const struct tc_put_off *wait = &compact->left_out;
    const struct tc_held_list *held = self->held;
    if (!wait->object.id || compact->told)
        return;
    if (tc_chunk_space(self) < (held->count - compact->written + 3) * TC_RECORD_MAX &&
        !tc_chunk_more(self))
        return;
    if (TC_UNLIKELY(tc_churn_any))
        tc_compact_name_waiting(self, true);
    uint8_t *at = self->cursor;
    at = tc_put_number(at, TC_TAG_TIME, tc_now() - self->last_time);
    for (uint32_t i = compact->written; i < held->count; i++)
        at = tell_held(at, held->entries[i]);
    at = tc_put_event(at, told_code(wait->code),
                      (wait->stack ? TC_FIELD_STACK : 0) | (wait->arg ? TC_FIELD_ARG : 0),
                      wait->object.id, wait->stack, 0, wait->arg, 0);
    compact->told = self->cursor;
    compact->told_end = self->cursor = at;
    compact->tracked = false;
    tc_compact_set_floor(compact);
}

/* The first tag goes first: a reader finds all of it or nothing. */
void tc_compact_take_back(struct tc_thread *self) {
    struct tc_compact *compact = self->compact;
    if (!compact->told)
        return;
    __atomic_store_n(compact->told, 0, __ATOMIC_RELEASE);
    memset(compact->told, 0, (size_t)(compact->told_end - compact->told));
    self->cursor = compact->told;
    compact->told = NULL;
    tc_compact_set_floor(compact);
}

void tc_compact_wait_end(struct tc_thread *self) {
    if (self->compact->kept_wait)
        tc_append_time(self);
    tc_compact_take_back(self);
}

/* Whether some thread waits for the object. */
static bool is_waited_for(uint32_t id) {
    const struct tc_thread *thread = __atomic_load_n(&tc_threads, __ATOMIC_ACQUIRE);
    while (thread && __atomic_load_n(&thread->waiting.object, __ATOMIC_RELAXED) != id)
        thread = thread->next;
    return thread != NULL;
}

static bool is_locked(const struct tc_object *object) {
    const void *address = (const void *)object->address;
    if (object->type == TC_OBJECT_MUTEX)
        return ((const pthread_mutex_t *)address)->__data.__lock != 0;
    if (object->type == TC_OBJECT_RWLOCK)
        return ((const pthread_rwlock_t *)address)->__data.__readers >> 3 != 0 ||
               ((const pthread_rwlock_t *)address)->__data.__cur_writer != 0;
    return false;
}

bool tc_compact_unseen(struct tc_thread *self, enum tc_event_code code,
                       const struct tc_object *object) {
    if (!object || tc_object_is_told(object))
        return false;
    if (code == TC_EV_INIT)
        return true;
    if (code != TC_EV_DESTROY && code != TC_EV_FREED)
        return false;
    return !tc_held_count(self, object->id) && !is_locked(object) && !is_waited_for(object->id);
}
