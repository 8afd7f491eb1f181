/* spawn.c: see spawn.h. */
#include "preload/spawn.h"

#include <string.h>

#include "preload/compact_state.h"
#include "preload/event.h"
#include "preload/interpreter.h"
#include "preload/object.h"
#include "preload/race/race.h"

#include "preload/poison.h"

#define KEPT_MOST 1024
#define LOOKED_AT 128 /* of those kept, the newest */

static uint32_t kept[KEPT_MOST]; /* ids, the newest last */
static uint32_t kept_count;

/* Who looks for races knows threads by their indices. */
static bool is_wanted(void) {
    return tc_compact_wanted && !tc_race_on() && !tc_interpreter.thread_announced;
}

static bool keep(struct tc_object *object) {
    struct tc_spawn *spawn = &object->spawn;
    if (spawn->kept || !spawn->unseen || !spawn->over || kept_count == KEPT_MOST || !is_wanted())
        return spawn->kept;
    kept[kept_count++] = object->id;
    return spawn->kept = true;
}

bool tc_spawn_stays(struct tc_object *object) {
    object->spawn.gone = object->spawn.joins != 0;
    return object->spawn.gone || keep(object);
}

/* Whose join is the last in the stream; 0: none. */
static uint32_t newest_of(const struct tc_thread *self) {
    const struct tc_spawner *spawner = &self->spawner;
    return spawner->count ? spawner->rejoins[spawner->count - 1].object : 0;
}

struct tc_object *tc_spawn_take(const struct tc_thread *self, uint32_t stack, uintptr_t routine) {
    uint32_t newest = newest_of(self), found = kept_count;
    if (!kept_count || !is_wanted())
        return NULL;
    for (uint32_t i = kept_count, left = LOOKED_AT; i-- > 0 && left--;) {
        const struct tc_object *object = tc_object_by_id(kept[i]);
        if (!object || object->stack != stack || object->thread != self->index ||
            object->spawn.routine != routine)
            continue;
        if (found == kept_count || object->id == newest)
            found = i;
        if (object->id == newest)
            break;
    }
    if (found == kept_count)
        return NULL;
    struct tc_object *object = tc_object_by_id(kept[found]);
    memmove(&kept[found], &kept[found + 1], (--kept_count - found) * sizeof kept[0]);
    tc_object_again(object);
    object->spawn.unseen = object->spawn.over = object->spawn.kept = object->spawn.gone = false;
    return object;
}

/* Whether all that the thread did is in its stream or left out: nothing waits to be written. */
static bool is_settled(const struct tc_thread *self) {
    const struct tc_compact *compact = self->compact;
    return compact && !compact->count && !compact->told &&
           (compact->written == TC_ALL_WRITTEN || compact->written == self->held->count);
}

/* Whether the object's newest ticket is the thread's, and so the one before, too, if a record of it
 * has none. */
static bool is_own(const struct tc_thread *self, struct tc_object *object) {
    return tc_own_ticket(self, *tc_object_order(object));
}

/* A varint that this thread wrote. */
static const uint8_t *get_number(const uint8_t *at, uint32_t *value) {
    uint64_t sum = 0;
    unsigned shift = 0;
    do
        sum |= (uint64_t)(*at & 0x7f) << shift;
    while (shift += 7, *at++ & 0x80);
    *value = (uint32_t)sum;
    return at;
}

/* Passes over the records of a join, and forgets the slots that they use if `take_back`.  False:
 * there is something else. */
static bool pass_over_join(struct tc_thread *self, const uint8_t *at, bool take_back) {
    while (at < self->cursor) {
        uint8_t tag = at[0], code = at[1], fields = at[2];
        uint32_t object, stack, time;
        if (tag - 1u < TC_SLOTS) {
            at++;
        } else if (tag == TC_TAG_TIME) {
            at = get_number(at + 1, &time);
        } else if (tag == TC_TAG_EVENT && fields == (TC_FIELD_STACK | TC_FIELD_KEEP) &&
                   (code == TC_EV_THREAD_JOIN || code == TC_EV_THREAD_JOIN_REQUEST ||
                    code == TC_EV_THREAD_JOIN_TIMED_REQUEST)) {
            at = get_number(at + 3, &object);
            at = get_number(at, &stack);
            if (take_back)
                self->slots[tc_context_slot(object, stack, code)] = 0;
        } else {
            return false;
        }
    }
    return at == self->cursor;
}

/* The first tag goes first: a reader finds all of it or nothing. */
static void take_back(struct tc_thread *self, struct tc_object *object) {
    struct tc_spawner *spawner = &self->spawner;
    struct tc_rejoin join = spawner->rejoins[--spawner->count];
    pass_over_join(self, join.before, true);
    __atomic_store_n(join.before, 0, __ATOMIC_RELEASE);
    memset(join.before, 0, (size_t)(join.after - join.before));
    self->cursor = spawner->at = join.before;
    self->last_time = join.time;
    *tc_object_order(object) -= 1;
}

bool tc_spawn_stands(struct tc_thread *self, struct tc_object *object) {
    struct tc_spawner *spawner = &self->spawner;
    if (!spawner->at || self->cursor != spawner->at || object->spawn.mark != spawner->mark ||
        !is_settled(self))
        return false;
    if (newest_of(self) != object->id)
        return object->spawn.detached;
    struct tc_thread *active = tc_busy_begin();
    take_back(self, object);
    tc_busy_end(active);
    return true;
}

/* Something that is no creation or join of a brief thread lies before what is written next. */
static void begin_anew(struct tc_spawner *spawner) {
    spawner->mark++;
    spawner->count = 0;
}

void tc_spawn_writes(struct tc_thread *self, struct tc_object *object) {
    struct tc_spawner *spawner = &self->spawner;
    if (!spawner->at || self->cursor != spawner->at || !is_settled(self))
        begin_anew(spawner);
    spawner->count = 0;
    object->spawn.mark = spawner->mark;
}

void tc_spawn_written(struct tc_thread *self) {
    self->spawner.at = self->cursor;
}

static void note_join(struct tc_thread *self, struct tc_object *object) {
    struct tc_spawner *spawner = &self->spawner;
    uint8_t *from = spawner->join_from;
    if (!from || from != spawner->at)
        begin_anew(spawner);
    if (!from || self->cursor <= from || !is_own(self, object) ||
        !pass_over_join(self, from, false)) {
        begin_anew(spawner);
        spawner->at = self->cursor;
        return;
    }
    if (spawner->count == TC_REJOINS)
        memmove(&spawner->rejoins[0], &spawner->rejoins[1],
                --spawner->count * sizeof spawner->rejoins[0]);
    spawner->at = self->cursor;
    spawner->rejoins[spawner->count++] =
        (struct tc_rejoin){from, self->cursor, spawner->join_time, object->id};
}

static struct tc_object *thread_object(uint32_t id) {
    struct tc_object *object = tc_object_by_id(id);
    return object && object->type == TC_OBJECT_THREAD ? object : NULL;
}

void tc_spawn_join_begins(struct tc_thread *self, uint32_t id) {
    struct tc_spawner *spawner = &self->spawner;
    spawner->join_from = is_settled(self) ? self->cursor : NULL;
    spawner->join_time = self->last_time;
    struct tc_object *object = thread_object(id);
    if (object)
        __atomic_fetch_add(&object->spawn.joins, 1, __ATOMIC_RELAXED);
}

void tc_spawn_join_ends(struct tc_thread *self, uint32_t id, enum tc_join_outcome outcome) {
    if (!id)
        return;
    struct tc_lock_state state = tc_lock_take(&tc_objects_lock);
    struct tc_object *object = thread_object(id);
    if (object) {
        object->spawn.over |= outcome != TC_JOIN_FAILED;
        if (outcome == TC_JOIN_JOINED && self && self->compact && keep(object))
            note_join(self, object);
        if (__atomic_sub_fetch(&object->spawn.joins, 1, __ATOMIC_RELAXED) == 0 &&
            object->spawn.gone)
            tc_object_forget(object);
    }
    tc_lock_give(&tc_objects_lock, state);
}

void tc_spawn_ended(struct tc_thread *self) {
    self->object->spawn.unseen = self->brief && self->compact && !self->chunks && !self->lost;
}

void tc_spawn_chunk(struct tc_thread *self) {
    struct tc_spawner *spawner = &self->spawner;
    spawner->at = spawner->join_from = NULL;
    begin_anew(spawner);
    if (self->state == TC_THREAD_ENDED)
        self->object->spawn.unseen = false;
}

void tc_spawn_forked(void) {
    kept_count = 0;
}
