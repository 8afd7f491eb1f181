/* race_model.c: the newest accesses of each location; see race_model.h.  Clocks are in
 * race_clocks.c.
 *
 * Objects are found by a hash of their address, locations by one of the address and the key, with
 * chains; each object has a list of its locations.
 * A location keeps its newest write and the newest read of up to READS threads: when more read it,
 * the oldest is forgotten, which can hide a race and never makes one up.
 *
 * Most of what a program touches is one thread's.  So a location is made by its first write only,
 * and what one thread alone does with it is kept as long as it is the newest write: reads that come
 * before any write, or of a location that is one thread's so far, leave a note in a small table of
 * the thread instead, from which a later write learns that it is the second half of an update.
 */
#include "python/race_model.h"

#include <string.h>

#include "preload/sys.h"
#include "python/race_clocks.h"

#define READS       3
#define BUCKET_BITS 17
#define DROPS       (1u << 16) /* objects forgotten before the filter is made anew */

struct location {
    struct tc_pyrace_hot hot;
    struct location *next; /* of the object; of the free ones */
    struct tc_pyrace_side write, reads[READS];
};

struct object {
    struct object *next;
    uintptr_t address;
    struct location *locations;
    uint16_t only; /* the thread that made every access so far; 0: there were others */
};

struct tc_pyraces {
    struct tc_pyrace_clocks *clocks;
    struct object *buckets[1 << BUCKET_BITS];
    struct tc_pyrace_surface surface;
    struct object *free_objects;
    struct location *free_locations;
    struct tc_arena arena;
    size_t locations;
    uint32_t hand;  /* the next bucket to be forgotten when there are too many */
    uint32_t drops; /* since the filter was made */
    struct tc_pyrace_note notes[TC_PYRACE_SLOTS][TC_PYRACE_NOTES];
};

struct tc_pyraces *tc_pyraces_new(void) {
    struct tc_pyraces *races = tc_map(sizeof *races);
    if (!races)
        return NULL;
    races->clocks = tc_pyrace_clocks_new();
    if (!races->clocks) {
        tc_unmap(races, sizeof *races);
        return NULL;
    }
    return races;
}

void tc_pyraces_free(struct tc_pyraces *races) {
    tc_pyrace_clocks_free(races->clocks);
    tc_unmap(races, sizeof *races); /* arenas are never given back */
}

unsigned tc_pyraces_begin(struct tc_pyraces *races) {
    return tc_pyrace_clocks_begin(races->clocks);
}
void tc_pyraces_end(struct tc_pyraces *races, unsigned slot) {
    tc_pyrace_clocks_end(races->clocks, slot);
}
void tc_pyraces_send(struct tc_pyraces *races, unsigned slot, uint64_t channel) {
    tc_pyrace_clocks_send(races->clocks, slot, channel);
}
void tc_pyraces_receive(struct tc_pyraces *races, unsigned slot, uint64_t channel) {
    tc_pyrace_clocks_receive(races->clocks, slot, channel);
}
void tc_pyraces_learn(struct tc_pyraces *races, unsigned slot, uint64_t channel) {
    tc_pyrace_clocks_learn(races->clocks, slot, channel);
}
void tc_pyraces_learn_thread(struct tc_pyraces *races, unsigned slot, unsigned ended) {
    tc_pyrace_clocks_learn_thread(races->clocks, slot, ended);
}
void tc_pyraces_forget_channel(struct tc_pyraces *races, uint64_t channel) {
    tc_pyrace_clocks_forget(races->clocks, channel);
}
struct tc_pyrace_surface *tc_pyraces_surface(struct tc_pyraces *races) {
    return &races->surface;
}
struct tc_pyrace_note *tc_pyraces_notes(struct tc_pyraces *races, unsigned slot) {
    return races->notes[slot];
}
const uint32_t *tc_pyraces_epoch(const struct tc_pyraces *races, unsigned slot) {
    return tc_pyrace_clocks_epoch(races->clocks, slot);
}
size_t tc_pyraces_locations(const struct tc_pyraces *races) {
    return races->locations;
}

static uint32_t bucket_of(uintptr_t address) {
    return (uint32_t)(((address >> 4) * 0x9e3779b97f4a7c15ull) >> (64 - BUCKET_BITS));
}

static void filter_set(struct tc_pyraces *races, uintptr_t object) {
    uint32_t hash = (uint32_t)((object >> 4) * 0x9e3779b1u) >> 12;
    races->surface.filter[hash >> 3] |= (uint8_t)(1u << (hash & 7));
}

static void unchain(struct tc_pyraces *races, const struct tc_pyrace_hot *hot) {
    struct tc_pyrace_hot **link = tc_pyraces_bucket(&races->surface, hot->object, hot->key);
    while (*link != hot)
        link = &(*link)->chained;
    *link = hot->chained;
}

static void disown(struct tc_pyraces *races, uintptr_t address) {
    struct tc_pyrace_own *own = tc_pyraces_own_at(&races->surface, address);
    if (own->object == address)
        own->object = 0;
}

static void drop_object(struct tc_pyraces *races, struct object **link) {
    struct object *object = *link;
    *link = object->next;
    disown(races, object->address);
    while (object->locations) {
        struct location *location = object->locations;
        object->locations = location->next;
        unchain(races, &location->hot);
        location->hot.object = 0;
        location->next = races->free_locations;
        races->free_locations = location;
        races->locations--;
    }
    object->next = races->free_objects;
    races->free_objects = object;
    races->drops++;
}

/* Bits of what is forgotten stay set in the filter until it is made anew. */
static void refresh_filter(struct tc_pyraces *races) {
    races->drops = 0;
    memset(races->surface.filter, 0, sizeof races->surface.filter);
    for (uint32_t i = 0; i < 1u << BUCKET_BITS; i++)
        for (struct object *object = races->buckets[i]; object; object = object->next)
            filter_set(races, object->address);
}

static struct object **find_object(struct tc_pyraces *races, uintptr_t address) {
    struct object **link = &races->buckets[bucket_of(address)];
    while (*link && (*link)->address != address)
        link = &(*link)->next;
    return link;
}

void tc_pyraces_forget(struct tc_pyraces *races, uintptr_t address) {
    struct object **link = find_object(races, address);
    if (*link)
        drop_object(races, link);
}

/* Room for one more: whole buckets are forgotten in turn. */
static void make_room(struct tc_pyraces *races) {
    while (races->locations >= TC_PYRACE_LOCATIONS) {
        races->hand = (races->hand + 1) & ((1u << BUCKET_BITS) - 1);
        while (races->buckets[races->hand])
            drop_object(races, &races->buckets[races->hand]);
    }
}

/* The object, which the slot's thread accesses; NULL: no memory. */
static struct object *object_at(struct tc_pyraces *races, uintptr_t address, uint16_t slot) {
    struct object *object = *find_object(races, address);
    if (object) {
        if (object->only != slot) {
            object->only = 0;
            disown(races, address);
        }
        return object;
    }
    object = races->free_objects;
    if (object)
        races->free_objects = object->next;
    else if (!(object = tc_arena_take(&races->arena, sizeof *object)))
        return NULL;
    struct object **bucket = &races->buckets[bucket_of(address)];
    *object = (struct object){.next = *bucket, .address = address, .only = slot};
    *bucket = object;
    filter_set(races, address);
    return object;
}

static struct location *make_location(struct tc_pyraces *races,
                                      const struct tc_pyrace_access *access) {
    make_room(races);
    if (TC_UNLIKELY(races->drops > DROPS))
        refresh_filter(races);
    struct object *object = object_at(races, access->object, access->slot);
    if (!object)
        return NULL;
    struct location *location = races->free_locations;
    if (location)
        races->free_locations = location->next;
    else if (!(location = tc_arena_take(&races->arena, sizeof *location)))
        return NULL;
    struct tc_pyrace_hot **bucket = tc_pyraces_bucket(&races->surface, access->object, access->key);
    *location = (struct location){.next = object->locations,
                                  .hot = {.chained = *bucket,
                                          .object = access->object,
                                          .key = access->key,
                                          .kind = access->kind,
                                          .only = access->slot}};
    *bucket = &location->hot;
    object->locations = location;
    races->locations++;
    return location;
}

/* NULL: not known. */
static struct location *find_location(struct tc_pyraces *races,
                                      const struct tc_pyrace_access *access) {
    return (struct location *)tc_pyraces_find(&races->surface, access->object, access->key,
                                              access->kind);
}

static bool is_unordered(const struct tc_pyraces *races, const struct tc_pyrace_side *earlier,
                         unsigned slot) {
    return earlier->slot && earlier->slot != slot &&
           !tc_pyrace_clocks_ordered(races->clocks, earlier->slot, earlier->clock, slot);
}

static void worse(struct tc_pyrace_found *found, enum tc_pyrace_grade grade,
                  const struct tc_pyrace_side *earlier) {
    if (grade > found->grade) {
        found->grade = grade;
        found->earlier = *earlier;
    }
}

/* The side is this access from here on.  What the thread did there before in the same epoch is
 * ordered in the same way with everything, and stays, unless the new one says more. */
static void keep(struct tc_pyraces *races, struct tc_pyrace_side *side,
                 const struct tc_pyrace_access *access, bool write, enum tc_pyrace_update modify) {
    uint32_t clock = tc_pyrace_clocks_now(races->clocks, access->slot);
    if (side->slot == access->slot && side->clock == clock && side->modify >= modify)
        return;
    *side = (struct tc_pyrace_side){.place = access->place,
                                    .clock = clock,
                                    .context = access->context(access->with),
                                    .slot = access->slot,
                                    .modify = (uint8_t)modify,
                                    .write = write};
}

/* This access as a side, for a finding: exactly where it is. */
static struct tc_pyrace_side now(struct tc_pyraces *races, const struct tc_pyrace_access *access,
                                 bool write, enum tc_pyrace_update modify) {
    struct tc_pyrace_side side = {0};
    keep(races, &side, access, write, modify);
    return side;
}

static struct tc_pyrace_note *note_at(struct tc_pyraces *races,
                                      const struct tc_pyrace_access *access) {
    return tc_pyraces_note_at(races->notes[access->slot], access->object, access->key);
}

/* The read of this thread, a free place, or the one that is ordered before or else oldest. */
static struct tc_pyrace_side *read_of(struct tc_pyraces *races, struct location *location,
                                      unsigned slot) {
    struct tc_pyrace_side *best = NULL;
    for (int i = 0; i < READS; i++) {
        struct tc_pyrace_side *side = &location->reads[i];
        if (side->slot == slot)
            return side;
        if (!side->slot || !is_unordered(races, side, slot))
            best = side;
        else if (!best)
            best = side;
    }
    return best;
}

static bool on_read(struct tc_pyraces *races, const struct tc_pyrace_access *access,
                    struct tc_pyrace_found *found) {
    bool iterates = access->operation == TC_PYRACE_ITERATE;
    uint32_t clock = tc_pyrace_clocks_now(races->clocks, access->slot);
    struct location *location = find_location(races, access);
    if (!location && iterates)
        location = make_location(races, access);
    if (!location || location->hot.only != access->slot)
        *note_at(races, access) =
            (struct tc_pyrace_note){access->object, access->key,  access->frame, access->place,
                                    clock,          access->kind, access->polls};
    if (!location) {
        if (access->kind == TC_PYRACE_ITEM && *find_object(races, access->object))
            object_at(races, access->object, access->slot);
        return false;
    }
    if (location->hot.only == access->slot && !iterates) {
        location->hot.read_frame = access->frame;
        location->hot.read_place = access->place;
        location->hot.read_clock = clock;
        location->hot.read_polls = access->polls;
        return false;
    }
    if (location->hot.only != access->slot)
        location->hot.only = 0;
    const struct tc_pyrace_side *write = &location->write;
    bool unordered = is_unordered(races, write, access->slot);
    if (unordered && access->checks && write->modify == TC_PYRACE_UPDATE)
        worse(found, TC_PYRACE_STALE, write);
    else if (unordered && access->handed && access->handed(access->with))
        tc_pyrace_clocks_adopt(races->clocks, access->slot, write->slot, write->clock);
    else if (unordered)
        worse(found, iterates ? TC_PYRACE_ITERATED : TC_PYRACE_PLAIN, write);
    keep(races, read_of(races, location, access->slot), access, false, TC_PYRACE_NO_UPDATE);
    if (found->grade)
        found->later = now(races, access, false, TC_PYRACE_NO_UPDATE);
    return found->grade != TC_PYRACE_NONE;
}

/* Whether the write completes an update: the same activation read it, and met nothing since that
 * orders threads.  `check` is where it read it. */
static enum tc_pyrace_update completes(struct tc_pyraces *races, const struct location *location,
                                       const struct tc_pyrace_access *access, uint64_t *check) {
    if (access->operation != TC_PYRACE_WRITE && access->operation != TC_PYRACE_DELETE)
        return access->operation == TC_PYRACE_MODIFY ? TC_PYRACE_UPDATE : TC_PYRACE_NO_UPDATE;
    uint32_t clock = tc_pyrace_clocks_now(races->clocks, access->slot);
    const struct tc_pyrace_note *note = note_at(races, access);
    bool read, polls;
    if (location && location->hot.only == access->slot) {
        *check = location->hot.read_place;
        polls = location->hot.read_polls;
        read = location->hot.read_frame == access->frame && location->hot.read_clock == clock;
    } else {
        *check = note->place;
        polls = note->polls;
        read = note->object == access->object && note->key == access->key &&
               note->kind == access->kind && note->frame == access->frame && note->clock == clock;
    }
    return !read ? TC_PYRACE_NO_UPDATE : polls ? TC_PYRACE_ANSWER : TC_PYRACE_UPDATE;
}

/* Whether one of two writes can be lost: an answer only to another one. */
static bool loses(uint8_t one, uint8_t other) {
    return one == TC_PYRACE_UPDATE || other == TC_PYRACE_UPDATE || (one && other);
}

static void compare_with_reads(struct tc_pyraces *races, struct location *location,
                               const struct tc_pyrace_access *access, enum tc_pyrace_update modify,
                               struct tc_pyrace_found *found) {
    bool change = access->operation == TC_PYRACE_CHANGE;
    for (int i = 0; i < READS; i++) {
        struct tc_pyrace_side *read = &location->reads[i];
        if (read->slot == access->slot)
            read->modify = read->modify > modify ? read->modify : (uint8_t)modify;
        else if (is_unordered(races, read, access->slot))
            worse(found,
                  change ? TC_PYRACE_ITERATED
                  : read->modify && modify && loses(read->modify, (uint8_t)modify)
                      ? TC_PYRACE_STALE
                      : TC_PYRACE_PLAIN,
                  read);
    }
}

/* A plain write of an item of what no other thread has looked at: arrays that a thread fills would
 * take a location for every item. */
static bool is_own_item(struct tc_pyraces *races, const struct tc_pyrace_access *access,
                        bool modify) {
    if (modify || access->kind != TC_PYRACE_ITEM || access->operation != TC_PYRACE_WRITE)
        return false;
    const struct object *object = object_at(races, access->object, access->slot);
    if (!object || object->only != access->slot)
        return false;
    *tc_pyraces_own_at(&races->surface, access->object) =
        (struct tc_pyrace_own){access->object, access->slot};
    return true;
}

static bool on_write(struct tc_pyraces *races, const struct tc_pyrace_access *access,
                     struct tc_pyrace_found *found) {
    struct location *location = find_location(races, access);
    bool change = access->operation == TC_PYRACE_CHANGE;
    uint64_t check = 0;
    enum tc_pyrace_update modify = completes(races, location, access, &check);
    found->check = modify == TC_PYRACE_UPDATE ? check : 0;
    if (!location && is_own_item(races, access, modify != TC_PYRACE_NO_UPDATE))
        return false;
    if (!location && !(location = make_location(races, access)))
        return false;
    if (location->hot.only != access->slot) {
        location->hot.only = 0;
        const struct tc_pyrace_side *write = &location->write;
        if (!change && is_unordered(races, write, access->slot))
            worse(found, loses((uint8_t)modify, write->modify) ? TC_PYRACE_LOST : TC_PYRACE_PLAIN,
                  write);
        compare_with_reads(races, location, access, modify, found);
        if (found->grade)
            found->later = now(races, access, true, modify);
    }
    keep(races, &location->write, access, true, modify);
    location->hot.write_clock = location->write.clock;
    location->hot.modify = location->write.modify;
    return found->grade != TC_PYRACE_NONE;
}

/* The object is being made: what was at its address before is another one's. */
static void on_birth(struct tc_pyraces *races, const struct tc_pyrace_access *access) {
    struct location *location = find_location(races, access);
    if (!location)
        return;
    location->hot.only = access->slot;
    location->hot.read_clock = location->hot.write_clock = 0;
    memset(&location->write, 0, sizeof location->write);
    memset(location->reads, 0, sizeof location->reads);
}

bool tc_pyraces_access(struct tc_pyraces *races, const struct tc_pyrace_access *access,
                       struct tc_pyrace_found *found) {
    found->grade = TC_PYRACE_NONE;
    found->check = 0;
    switch ((enum tc_pyrace_operation)access->operation) {
    case TC_PYRACE_BIRTH:
        on_birth(races, access);
        return false;
    case TC_PYRACE_READ:
    case TC_PYRACE_ITERATE:
        return on_read(races, access, found);
    case TC_PYRACE_WRITE:
    case TC_PYRACE_MODIFY:
    case TC_PYRACE_DELETE:
    case TC_PYRACE_CHANGE:
        return on_write(races, access, found);
    case TC_PYRACE_HAND: /* the caller makes sends and receives of them */
    case TC_PYRACE_TAKE:
    case TC_PYRACE_POLL:
        return false;
    }
    return false;
}
