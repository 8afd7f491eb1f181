/* object.h: the table of objects: what the recorder knows of each, found by address or by id.
 *
 * What: a hash of 256-byte blocks of addresses, each with the list of objects that begin in it, so
 *       that freed memory is looked through without scanning everything; and a directory by id.
 *       Both grow without a fixed limit.
 * Threads: look-ups take no lock and may miss an object that is being added or moved; whoever
 *          misses looks again under tc_objects_lock before adding.  All changes are under it.
 */
#ifndef TC_PRELOAD_OBJECT_H
#define TC_PRELOAD_OBJECT_H

#include "preload/churn.h"
#include "preload/process.h"
#include "preload/spawn.h"

enum tc_object_state { TC_OBJECT_FREE, TC_OBJECT_LIVE, TC_OBJECT_DEAD };

/* In two cache lines: what events touch, and the rest. */
struct tc_object {
    uintptr_t address;
    uint64_t order; /* tickets, unless they are stashed in the object itself */
    uint32_t id, attr;
    uint32_t order_epoch; /* when `order` counts: an older one means 0 (tc_process.epoch) */
    uint32_t left_out;    /* events that compact recording counted */
    uint16_t brief;       /* its class, when nothing may have been written of it */
    uint8_t type, state;
    bool told;              /* of a brief one: a record names its id */
    bool use_dead_told;     /* one USE_DEAD is enough */
    struct tc_object *next; /* in its block's list, or in the list of free structs */
    const char *name;       /* NULL: none */
    uint64_t record;        /* of a brief one that only waits named: its meta record's place */

    uint32_t stack, thread, value, size;
    uint32_t destroy_stack;
    uint32_t generation;    /* of the process that it was first seen in (tc_process.generation) */
    uint32_t written_epoch; /* when its meta record was written to the file */
    uint32_t left_out_told; /* of the events left out */
    union {
        struct tc_share share; /* kept by it, of an object that is no lock */
        struct tc_spawn spawn; /* of a thread, all events of which are kept */
    };
} __attribute__((aligned(64)));

extern struct tc_lock tc_objects_lock;
extern uint32_t tc_objects_count; /* the highest id given */
extern uint32_t tc_objects_kept;  /* how many objects the last compaction left */

/* The newest object of that type at the address, LIVE or DEAD; NULL: none. */
struct tc_object *tc_object_lookup(uintptr_t address, uint8_t type);

/* The directory by id: a page of it may be that of other ids by now. */
#define TC_OBJECT_PAGE_BITS 12
struct tc_object_page {
    uint32_t used; /* entries that are not NULL */
    struct tc_object_page *next_free;
    struct tc_object *objects[1 << TC_OBJECT_PAGE_BITS];
};
extern struct tc_object_page *tc_object_directory[1 << 17]; /* 512 million objects */

/* NULL: no such id, or forgotten. */
static inline struct tc_object *tc_object_by_id(uint32_t id) {
    uint32_t number = id >> TC_OBJECT_PAGE_BITS;
    if (TC_UNLIKELY(number >= sizeof tc_object_directory / sizeof tc_object_directory[0]))
        return NULL;
    struct tc_object_page *page = __atomic_load_n(&tc_object_directory[number], __ATOMIC_ACQUIRE);
    if (TC_UNLIKELY(!page))
        return NULL;
    uint32_t at = id & ((1 << TC_OBJECT_PAGE_BITS) - 1);
    struct tc_object *object = __atomic_load_n(&page->objects[at], __ATOMIC_ACQUIRE);
    return object && object->id == id ? object : NULL;
}

/* The object will be looked at soon. */
static inline void tc_object_prefetch(uint32_t id) {
    struct tc_object_page *page = tc_object_directory[id >> TC_OBJECT_PAGE_BITS & ((1 << 17) - 1)];
    if (page)
        __builtin_prefetch(page->objects[id & ((1 << TC_OBJECT_PAGE_BITS) - 1)], 1);
}

/* Whether an object begins in [low, high); takes no lock. */
bool tc_object_any(uintptr_t low, uintptr_t high);

/* False for sure means: nothing begins in the block of this address. */
#define TC_BLOCK_SHIFT 8
extern uint8_t tc_block_filter[1 << 16];
static inline bool tc_block_used(uintptr_t address) {
    uint64_t hash = (address >> TC_BLOCK_SHIFT) * 0x9e3779b97f4a7c15ull;
    return tc_block_filter[hash >> 48] >> (hash >> 45 & 7) & 1;
}

/* The tickets of an object that are not stashed. */
static inline uint64_t *tc_object_order(struct tc_object *object) {
    if (TC_UNLIKELY(object->order_epoch != tc_process.epoch)) {
        object->order = 0;
        object->order_epoch = tc_process.epoch;
    }
    return &object->order;
}

/* Under tc_objects_lock.  `new` gives an object with the next id, which has no address yet; `link`
 * puts it at one (an older generation there is forgotten); false, NULL: out of memory. */
struct tc_object *tc_object_new(uint8_t type);
bool tc_object_link(struct tc_object *object, uintptr_t address);
void tc_object_forget(struct tc_object *object);

/* Under tc_objects_lock: the object of a thread that is over becomes that of a new one (spawn.h).
 */
void tc_object_again(struct tc_object *object);

/* Under tc_objects_lock: calls `visit` for every object that begins in [low, high). */
void tc_object_range(uintptr_t low, uintptr_t high,
                     void (*visit)(struct tc_object *object, void *with), void *with);

/* Under tc_objects_lock: drops what is not at an address any more, and what is dead (compaction).
 */
void tc_object_drop_past(void);

/* Under tc_objects_lock: writes the object's meta record if that has not been done. */
void tc_object_write(struct tc_object *object);

/* The same of a brief object, without the lock: from here on a record may name it.  `for_now`: only
 * one that will be taken back does (compact_wait.c). */
void tc_object_tell(struct tc_object *object, bool for_now);

/* Whether a record may name the object already. */
static inline bool tc_object_is_told(const struct tc_object *object) {
    return !object->brief || __atomic_load_n(&object->told, __ATOMIC_ACQUIRE);
}

/* Bytes of an object of that type at its address. */
uint32_t tc_object_size(uint8_t type);

/* Under tc_objects_lock: copies a name, at most 255 bytes of it; false: out of memory. */
bool tc_object_keep_name(struct tc_object *object, const char *name);

/* In a forked child that found the table locked: everything is forgotten. */
void tc_object_reset(void);

/* In every forked child: all are ordinary objects. */
void tc_object_forked(void);

#endif
