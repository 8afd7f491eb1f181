/* lock_end.c: a lock, condition, semaphore or barrier comes to its end, by its destroy function or
 * with the memory that it lies in: who used it must come before.
 *
 * What each of them tells to those who take it next is what its last users knew then: whoever ends
 * it without knowing all of that comes before or after them as time has it.  Nothing is asked when
 * locks are taken and given back, and so it is left to the analyzer, which has read where that was
 * done, to say which of the threads that are named here did it.
 * Threads: each works for the calling thread.
 */
#include "preload/event.h"
#include "preload/file.h"
#include "preload/meta.h"
#include "preload/object.h"
#include "preload/race/core.h"
#include "preload/thread.h"

#include "preload/poison.h"

#define USERS     16 /* named at most */
#define PER_PLACE 16 /* of so many objects at most it is told that they end there */
#define OBJECTS   8  /* looked at in memory that is freed */

static void write_end(struct tc_thread *self, const struct tc_object *object, uint32_t what,
                      uint32_t stack, const uint32_t *users, uint32_t count) {
    struct tc_meta_race record = {.id = tc_race_new_id()};
    record.sides[0] = (struct tc_meta_race_side){
        .address = object->address,
        .size = 1,
        .flags = TC_RACE_WRITE | TC_RACE_LIBC | TC_RACE_END | what |
                 (tc_race_partial ? TC_RACE_PARTIAL : 0u),
        .thread = tc_thread_index(self),
        .stack = stack,
        .held = UINT32_MAX,
    };
    record.sides[1] = (struct tc_meta_race_side){
        .address = object->address,
        .size = 1,
        .flags = TC_RACE_LIBC | TC_RACE_END,
        .thread = users[0],
        .held = count,
        .pad = object->id,
    };
    tc_materialise(self);
    if (tc_meta_put(TC_META_RACE, &record, sizeof record, users, count * sizeof *users))
        tc_event(self, TC_EV_RACE, (struct tc_ref){0}, stack, record.id, 0);
    else
        tc_lose(TC_LOSS_DISK, 1);
}

/* Those of a slot whose thread is not known any more are left out. */
static uint32_t users_of(struct tc_race_thread *thread, uint32_t id, uint32_t *users) {
    uint32_t slots[USERS], clocks[USERS], count = 0, known = 0;
    thread->busy = true;
    if (tc_race_local.pending)
        tc_race_take_pending(thread);
    tc_race_wash(thread);
    count = tc_sync_unknown(thread, id, slots, clocks, USERS);
    count +=
        tc_sync_unknown(thread, TC_SYNC_SIGNALS | id, slots + count, clocks + count, USERS - count);
    thread->busy = false;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t user = tc_race_owner(slots[i], clocks[i]);
        if (user && user != thread->index)
            users[known++] = user;
    }
    return known;
}

static bool is_watched(const struct tc_race_thread *thread) {
    return thread && thread->slot && !thread->busy && !thread->ignore;
}

static void look(struct tc_thread *self, uint32_t id, uint32_t what, struct tc_site site) {
    uint32_t users[USERS];
    const struct tc_object *object = tc_object_by_id(id);
    uint32_t count = object ? users_of(tc_race_local.thread, id, users) : 0;
    if (count && tc_race_is_first(site.return_address, id % PER_PLACE + 1))
        write_end(self, object, what, tc_stack_here(self, site), users, count);
}

void tc_race_ends(const void *address, uint8_t type, struct tc_site site) {
    struct tc_thread *self = is_watched(tc_race_local.thread) ? tc_enter() : NULL;
    if (!self)
        return;
    struct tc_ref object = tc_object_find(address, type);
    if (object.id)
        look(self, object.id, 0, site);
    tc_leave(self);
}

struct found {
    uint32_t ids[OBJECTS], count;
};

static void note(struct tc_object *object, void *context) {
    struct found *found = context;
    if (found->count < OBJECTS)
        found->ids[found->count++] = object->id;
}

void tc_race_ends_within(uintptr_t low, uintptr_t high, struct tc_site site) {
    struct tc_thread *self =
        is_watched(tc_race_local.thread) && tc_object_any(low, high) ? tc_enter() : NULL;
    if (!self)
        return;
    struct found found = {0};
    struct tc_lock_state state = tc_lock_take(&tc_objects_lock);
    tc_object_range(low, high, note, &found);
    tc_lock_give(&tc_objects_lock, state);
    for (uint32_t i = 0; i < found.count; i++)
        look(self, found.ids[i], TC_RACE_FREE, site);
    tc_leave(self);
}
