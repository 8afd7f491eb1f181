/* compact_held.c: what is put off, and when it is written; see compact.h.
 *
 * Locks that are put off are the newest of those held, from tc_compact.written on; all else that is
 * put off lies in a list, each with the place among them that it has.
 */
#include <string.h>

#include "preload/compact_state.h"
#include "preload/event.h"
#include "preload/identity.h"

#include "preload/poison.h"

void tc_compact_set_floor(struct tc_compact *compact) {
    uint32_t newest = compact->count ? compact->list[compact->count - 1].at : 0;
    compact->floor = newest > compact->written ? newest : compact->written;
    if (compact->told)
        compact->floor = UINT32_MAX;
}

static void write_acquire(struct tc_thread *self, uint64_t entry, uint8_t code) {
    const struct tc_object *object = tc_object_by_id(tc_held_object(entry));
    if (!object || !(object->attr & TC_ATTR_HANDED_OVER)) /* else another released it */
        tc_append(self, code, tc_object_ref_of(tc_held_object(entry)), tc_held_stack(entry), 0, 0);
}

static void write_other(struct tc_thread *self, const struct tc_put_off *entry) {
    if (entry->code == TC_EV_THREAD_START)
        tc_thread_write(self); /* with what only the thread itself knows */
    if (entry->code == TC_EV_THREAD_START && self->name[0])
        tc_thread_set_name(self, self->index, self->name);
    tc_append(self, entry->code, entry->object, entry->stack, entry->arg, entry->result);
}

/* Writes what was put off.  Appending pushes what is held once more, so it is taken out before: an
 * entry is written over only when it has been read. */
void tc_compact_write(struct tc_thread *self) {
    struct tc_compact *compact = self->compact;
    uint32_t first = compact->written, end = self->held->count, count = compact->count, next = 0;
    if (TC_LIKELY(first == end && !count))
        return;
    __atomic_store_n(&self->held->count, first, __ATOMIC_RELEASE);
    compact->count = 0;
    for (uint32_t i = first; i <= end; i++) {
        while (next < count && compact->list[next].at <= i)
            write_other(self, &compact->list[next++]);
        if (i < end)
            write_acquire(self, self->held->entries[i],
                          (uint8_t)compact->states[(i + 1) % TC_STATES]);
    }
}

/* All that the thread holds is in the trace. */
void tc_compact_note_written(struct tc_thread *self) {
    self->compact->written = self->held->count;
    tc_compact_set_floor(self->compact);
}

void tc_compact_put_off(struct tc_thread *self, enum tc_event_code code, struct tc_ref object,
                        uint32_t stack, uint64_t arg) {
    struct tc_compact *compact = self->compact;
    if (compact->count == TC_PUT_OFF_MAX) {
        tc_compact_write(self);
        tc_compact_note_written(self);
    }
    compact->list[compact->count++] = (struct tc_put_off){.object = object,
                                                          .stack = stack,
                                                          .code = (uint8_t)code,
                                                          .at = self->held->count,
                                                          .arg = arg};
    tc_compact_set_floor(compact);
}

void tc_compact_take_out(struct tc_compact *compact, uint32_t at) {
    memmove(&compact->list[at], &compact->list[at + 1],
            (--compact->count - at) * sizeof compact->list[0]);
    tc_compact_set_floor(compact);
}

void tc_compact_keep(struct tc_thread *self, enum tc_event_code code, struct tc_ref object,
                     uint32_t stack, uint64_t arg, uint32_t result) {
    tc_compact_write(self);
    tc_append(self, code, object, stack, arg, result);
    tc_compact_note_written(self);
}

/* Takes a lock that is put off out of what is held. */
void tc_compact_drop_held(struct tc_thread *self, uint32_t at) {
    struct tc_compact *compact = self->compact;
    struct tc_held_list *held = self->held;
    uint32_t last = held->count - 1;
    for (uint32_t i = at; i < last; i++) {
        held->entries[i] = held->entries[i + 1];
        compact->states[(i + 1) % TC_STATES] = compact->states[(i + 2) % TC_STATES];
    }
    __atomic_store_n(&held->count, last, __ATOMIC_RELEASE);
    for (uint32_t i = 0; i < compact->count; i++)
        compact->list[i].at -= compact->list[i].at > at;
    tc_compact_set_floor(compact);
}
