/* race_model.c: the newest accesses of each location; see race_model.h.  Clocks are in
 * race_clocks.c.
 *
 * Objects are found by a hash of their address, with chains; each has a list of its locations.
 * A location keeps its newest write and the newest read of up to READS threads: when more read it,
 * the oldest is forgotten, which can hide a race and never makes one up.
 */
#include "python/race_model.h"

#include <string.h>

#include "preload/sys.h"
#include "python/race_clocks.h"

#define READS       3
#define BUCKET_BITS 17
#define FILTER_SIZE (1u << 17)

struct location {
    struct location *next; /* of the object; of the free ones */
    uint64_t key;
    struct tc_pyrace_side write, reads[READS];
    uint64_t read_frame, read_place; /* of the newest read: the first half of an update, perhaps */
    uint32_t read_clock;
    uint16_t read_slot;
    uint8_t kind;
};

struct object {
    struct object *next;
    uintptr_t address;
    struct location *locations;
};

struct tc_pyraces {
    struct tc_pyrace_clocks *clocks;
    struct object *buckets[1 << BUCKET_BITS];
    uint8_t filter[FILTER_SIZE];
    struct object *free_objects;
    struct location *free_locations;
    struct tc_arena arena;
    size_t locations;
    uint32_t hand; /* the next bucket to be forgotten when there are too many */
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
void tc_pyraces_forget_channel(struct tc_pyraces *races, uint64_t channel) {
    tc_pyrace_clocks_forget(races->clocks, channel);
}
const uint8_t *tc_pyraces_filter(const struct tc_pyraces *races) {
    return races->filter;
}
size_t tc_pyraces_locations(const struct tc_pyraces *races) {
    return races->locations;
}

static uint32_t bucket_of(uintptr_t address) {
    return (uint32_t)(((address >> 4) * 0x9e3779b97f4a7c15ull) >> (64 - BUCKET_BITS));
}

static void filter_set(struct tc_pyraces *races, uintptr_t object) {
    uint32_t hash = (uint32_t)((object >> 4) * 0x9e3779b1u) >> 12;
    races->filter[hash >> 3] |= (uint8_t)(1u << (hash & 7));
}

static void drop_object(struct tc_pyraces *races, struct object **link) {
    struct object *object = *link;
    *link = object->next;
    while (object->locations) {
        struct location *location = object->locations;
        object->locations = location->next;
        location->next = races->free_locations;
        races->free_locations = location;
        races->locations--;
    }
    object->next = races->free_objects;
    races->free_objects = object;
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

static struct object *object_at(struct tc_pyraces *races, uintptr_t address) {
    struct object *object = *find_object(races, address);
    if (object)
        return object;
    object = races->free_objects;
    if (object)
        races->free_objects = object->next;
    else if (!(object = tc_arena_take(&races->arena, sizeof *object)))
        return NULL;
    struct object **bucket = &races->buckets[bucket_of(address)];
    *object = (struct object){.next = *bucket, .address = address};
    *bucket = object;
    filter_set(races, address);
    return object;
}

/* The location, moved to the front of its object's list; NULL: no memory. */
static struct location *location_at(struct tc_pyraces *races,
                                    const struct tc_pyrace_access *access) {
    make_room(races);
    struct object *object = object_at(races, access->object);
    if (!object)
        return NULL;
    struct location **link = &object->locations, *location;
    while ((location = *link) && (location->key != access->key || location->kind != access->kind))
        link = &location->next;
    if (location) {
        *link = location->next;
    } else {
        if ((location = races->free_locations))
            races->free_locations = location->next;
        else if (!(location = tc_arena_take(&races->arena, sizeof *location)))
            return NULL;
        memset(location, 0, sizeof *location);
        location->key = access->key;
        location->kind = access->kind;
        races->locations++;
    }
    location->next = object->locations;
    object->locations = location;
    return location;
}

static bool is_unordered(const struct tc_pyraces *races, const struct tc_pyrace_side *earlier,
                         unsigned slot) {
    return earlier->slot && earlier->slot != slot &&
           !tc_pyrace_clocks_ordered(races->clocks, earlier->slot, earlier->clock, slot);
}

static void note(struct tc_pyrace_found *found, enum tc_pyrace_grade grade,
                 const struct tc_pyrace_side *earlier) {
    if (grade > found->grade) {
        found->grade = grade;
        found->earlier = *earlier;
    }
}

/* The side is this access from here on; what it was in the same place and epoch stays. */
static void keep(struct tc_pyraces *races, struct tc_pyrace_side *side,
                 const struct tc_pyrace_access *access, bool write, bool modify) {
    uint32_t clock = tc_pyrace_clocks_now(races->clocks, access->slot);
    if (side->slot == access->slot && side->clock == clock && side->place == access->place &&
        side->context) {
        side->modify |= modify;
        return;
    }
    *side = (struct tc_pyrace_side){.place = access->place,
                                    .clock = clock,
                                    .context = access->context(access->with),
                                    .slot = access->slot,
                                    .modify = modify,
                                    .write = write};
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

static void on_read(struct tc_pyraces *races, struct location *location,
                    const struct tc_pyrace_access *access, struct tc_pyrace_found *found) {
    const struct tc_pyrace_side *write = &location->write;
    bool unordered = is_unordered(races, write, access->slot);
    if (unordered && access->handed && access->handed(access->with))
        tc_pyrace_clocks_adopt(races->clocks, access->slot, write->slot, write->clock);
    else if (unordered)
        note(found, access->operation == TC_PYRACE_ITERATE ? TC_PYRACE_ITERATED : TC_PYRACE_PLAIN,
             write);
    struct tc_pyrace_side *side = read_of(races, location, access->slot);
    keep(races, side, access, false, false);
    found->later = *side;
    location->read_frame = access->frame;
    location->read_place = access->place;
    location->read_slot = access->slot;
    location->read_clock = tc_pyrace_clocks_now(races->clocks, access->slot);
}

/* Whether the write completes an update: the same activation read it, and met nothing since that
 * orders threads. */
static bool completes_update(const struct tc_pyraces *races, const struct location *location,
                             const struct tc_pyrace_access *access) {
    return access->operation == TC_PYRACE_MODIFY ||
           (location->read_slot == access->slot && location->read_frame == access->frame &&
            location->read_clock == tc_pyrace_clocks_now(races->clocks, access->slot));
}

static void on_write(struct tc_pyraces *races, struct location *location,
                     const struct tc_pyrace_access *access, struct tc_pyrace_found *found) {
    bool change = access->operation == TC_PYRACE_CHANGE;
    bool modify = !change && completes_update(races, location, access);
    const struct tc_pyrace_side *write = &location->write;
    if (!change && is_unordered(races, write, access->slot))
        note(found, modify || write->modify ? TC_PYRACE_LOST : TC_PYRACE_PLAIN, write);
    for (int i = 0; i < READS; i++) {
        const struct tc_pyrace_side *read = &location->reads[i];
        if (is_unordered(races, read, access->slot))
            note(found,
                 change                   ? TC_PYRACE_ITERATED
                 : read->modify && modify ? TC_PYRACE_STALE
                                          : TC_PYRACE_PLAIN,
                 read);
    }
    for (int i = 0; modify && i < READS; i++)
        if (location->reads[i].slot == access->slot)
            location->reads[i].modify = true;
    keep(races, &location->write, access, true, modify);
    found->later = location->write;
}

bool tc_pyraces_access(struct tc_pyraces *races, const struct tc_pyrace_access *access,
                       struct tc_pyrace_found *found) {
    found->grade = TC_PYRACE_NONE;
    struct location *location = location_at(races, access);
    if (!location)
        return false;
    if (access->operation == TC_PYRACE_BIRTH) {
        struct location *next = location->next;
        uint64_t key = location->key;
        uint8_t kind = location->kind;
        memset(location, 0, sizeof *location);
        location->next = next;
        location->key = key;
        location->kind = kind;
        return false;
    }
    if (access->operation == TC_PYRACE_READ || access->operation == TC_PYRACE_ITERATE)
        on_read(races, location, access, found);
    else
        on_write(races, location, access, found);
    return found->grade != TC_PYRACE_NONE;
}
