/* object.c: the table of objects; see object.h. */
#include "preload/object.h"

#include <pthread.h>
#include <semaphore.h>
#include <string.h>

#include "threading.h"

#include "preload/file.h"

#include "preload/poison.h"

#define TABLE_FIRST 1024 /* blocks; a power of two */
#define PAGE_BITS   TC_OBJECT_PAGE_BITS
#define TOP_SIZE    (sizeof tc_object_directory / sizeof tc_object_directory[0])

struct block {
    uintptr_t key; /* address >> TC_BLOCK_SHIFT, plus one; 0: empty */
    struct tc_object *first;
};

struct table {
    size_t capacity, used;
    struct block blocks[];
};

static struct table *table;

struct tc_object_page *tc_object_directory[1 << 17];
static struct tc_object_page
    *free_pages; /* of ids that are all forgotten; never unmapped: see below */
static struct tc_object *free_objects;
static struct tc_arena arena;
uint8_t tc_block_filter[1 << 16];
struct tc_lock tc_objects_lock;
static struct tc_lock telling; /* within tc_objects_lock, or alone */
uint32_t tc_objects_count, tc_objects_kept;
static uint32_t last_reused; /* since the last compaction */

static uintptr_t block_key(uintptr_t address) {
    return (address >> TC_BLOCK_SHIFT) + 1;
}

static size_t block_hash(uintptr_t key) {
    return (size_t)((key * 0x9e3779b97f4a7c15ull) >> 20);
}

/* The block with this key, or the empty place where it would go. */
static struct block *block_find(struct table *in, uintptr_t key) {
    size_t mask = in->capacity - 1, at = block_hash(key) & mask;
    for (;; at = (at + 1) & mask) {
        uintptr_t seen = __atomic_load_n(&in->blocks[at].key, __ATOMIC_ACQUIRE);
        if (seen == key || !seen)
            return &in->blocks[at];
    }
}

static struct block *block_of(uintptr_t address) {
    struct table *now = __atomic_load_n(&table, __ATOMIC_ACQUIRE);
    if (!now)
        return NULL;
    struct block *block = block_find(now, block_key(address));
    return __atomic_load_n(&block->key, __ATOMIC_RELAXED) ? block : NULL;
}

struct tc_object *tc_object_lookup(uintptr_t address, uint8_t type) {
    struct block *block = block_of(address);
    if (!block)
        return NULL;
    struct tc_object *object = __atomic_load_n(&block->first, __ATOMIC_ACQUIRE);
    while (object && (object->address != address || object->type != type))
        object = __atomic_load_n(&object->next, __ATOMIC_ACQUIRE);
    return object;
}

static bool block_any(const struct block *block, uintptr_t low, uintptr_t high) {
    const struct tc_object *object = __atomic_load_n(&block->first, __ATOMIC_ACQUIRE);
    while (object && (object->address < low || object->address >= high))
        object = __atomic_load_n(&object->next, __ATOMIC_ACQUIRE);
    return object != NULL;
}

bool tc_object_any(uintptr_t low, uintptr_t high) {
    struct table *now = __atomic_load_n(&table, __ATOMIC_ACQUIRE);
    if (!now || low >= high)
        return false;
    uintptr_t first = block_key(low), last = block_key(high - 1);
    bool found = false;
    if (last - first < now->capacity) {
        for (uintptr_t key = first; key <= last && !found; key++)
            found = tc_block_used((key - 1) << TC_BLOCK_SHIFT) &&
                    block_any(block_find(now, key), low, high);
    } else {
        for (size_t i = 0; i < now->capacity && !found; i++)
            found = block_any(&now->blocks[i], low, high);
    }
    return found;
}

static bool directory_set(uint32_t id, struct tc_object *object) {
    if (id >> PAGE_BITS >= TOP_SIZE)
        return false;
    struct tc_object_page **place = &tc_object_directory[id >> PAGE_BITS], *page = *place;
    if (!page) {
        page = free_pages;
        if (page)
            free_pages = page->next_free;
        else if (!(page = tc_map(sizeof(*page))))
            return false;
        __atomic_store_n(place, page, __ATOMIC_RELEASE);
    }
    struct tc_object **entry = &page->objects[id & ((1u << PAGE_BITS) - 1)];
    page->used += (object != NULL) - (*entry != NULL);
    __atomic_store_n(entry, object, __ATOMIC_RELEASE);
    if (page->used || id >> PAGE_BITS == tc_objects_count >> PAGE_BITS)
        return true;
    __atomic_store_n(place, NULL, __ATOMIC_RELEASE);
    page->next_free = free_pages;
    free_pages = page;
    return true;
}

/* Doubles the table.  The old one stays for those who are reading it. */
static bool table_grow(void) {
    size_t capacity = table ? table->capacity * 2 : TABLE_FIRST;
    struct table *grown = tc_map(sizeof(*grown) + capacity * sizeof(struct block));
    if (!grown)
        return false;
    grown->capacity = capacity;
    for (size_t i = 0; table && i < table->capacity; i++) {
        struct block *from = &table->blocks[i];
        if (!from->first) /* blocks that became empty are dropped here */
            continue;
        *block_find(grown, from->key) = *from;
        grown->used++;
    }
    __atomic_store_n(&table, grown, __ATOMIC_RELEASE);
    return true;
}

static struct block *block_make(uintptr_t address) {
    if ((!table || table->used * 4 >= table->capacity * 3) && !table_grow())
        return NULL;
    struct block *block = block_find(table, block_key(address));
    if (!block->key) {
        table->used++;
        __atomic_store_n(&block->key, block_key(address), __ATOMIC_RELEASE);
    }
    uint64_t hash = (address >> TC_BLOCK_SHIFT) * 0x9e3779b97f4a7c15ull;
    __atomic_fetch_or(&tc_block_filter[hash >> 48], (uint8_t)(1u << (hash >> 45 & 7)),
                      __ATOMIC_RELAXED);
    return block;
}

static void unlink_object(struct tc_object *object) {
    if (!object->address)
        return;
    struct block *block = block_of(object->address);
    if (!block)
        return;
    for (struct tc_object **link = &block->first; *link; link = &(*link)->next)
        if (*link == object) {
            __atomic_store_n(link, object->next, __ATOMIC_RELEASE);
            return;
        }
}

/* Names are in blocks of one of few sizes, which are used again. */
#define NAME_STEP  32u
#define NAME_SIZES 8u
struct spare_name {
    struct spare_name *next;
};
static struct spare_name *spare_names[NAME_SIZES];

static void drop_name(struct tc_object *object) {
    if (!object->name)
        return;
    struct spare_name *block = (struct spare_name *)(uintptr_t)object->name;
    size_t size = strlen(object->name) / NAME_STEP;
    object->name = NULL;
    block->next = spare_names[size];
    spare_names[size] = block;
}

bool tc_object_keep_name(struct tc_object *object, const char *name) {
    size_t length = strnlen(name, NAME_STEP * NAME_SIZES - 1), size = length / NAME_STEP;
    struct spare_name *spare = spare_names[size];
    if (spare)
        spare_names[size] = spare->next;
    char *copy = spare ? (char *)spare : tc_arena_take(&arena, (size + 1) * NAME_STEP);
    if (!copy)
        return false;
    memcpy(copy, name, length);
    copy[length] = 0;
    drop_name(object);
    object->name = copy;
    return true;
}

static void release_struct(struct tc_object *object) {
    drop_name(object);
    directory_set(object->id, NULL);
    bool unknown =
        object->brief && !object->told; /* to the file, so that the id may be another's */
    if (object->record)
        unknown &= tc_meta_give(object->record);
    if (unknown)
        tc_churn_give_id(object->id);
    object->state = TC_OBJECT_FREE;
    object->address = 0;
    object->next = free_objects;
    free_objects = object;
}

void tc_object_forget(struct tc_object *object) {
    unlink_object(object);
    if (object->state == TC_OBJECT_LIVE)
        tc_churn_ended(object);
    object->state = TC_OBJECT_DEAD;
    if (object->type == TC_OBJECT_THREAD && tc_spawn_stays(object)) {
        object->address = 0;
        return;
    }
    if (object->brief || object->written_epoch == tc_process.epoch)
        release_struct(object); /* else the file will want to know of it */
}

/* As long as there is no file, ids that a compaction freed are given again: no event that names
 * them is left. */
static uint32_t next_id(void) {
    if (tc_process.mode != TC_MODE_MEMORY) {
        uint32_t again = tc_churn_take_id();
        return again ? again : tc_objects_count + 1;
    }
    while (tc_object_by_id(++last_reused))
        ;
    return last_reused;
}

struct tc_object *tc_object_new(uint8_t type) {
    struct tc_object *object = free_objects;
    if (object)
        free_objects = object->next;
    else if (!(object = tc_arena_take(&arena, sizeof(*object))))
        return NULL;
    memset(object, 0, sizeof(*object));
    object->type = type;
    object->generation = tc_process.generation;
    object->state = TC_OBJECT_LIVE;
    object->id = next_id();
    object->size = tc_object_size(type);
    if (!directory_set(object->id, object)) {
        object->next = free_objects;
        free_objects = object;
        return NULL;
    }
    if (object->id > tc_objects_count)
        tc_objects_count = object->id;
    return object;
}

bool tc_object_link(struct tc_object *object, uintptr_t address) {
    struct tc_object *past = tc_object_lookup(address, object->type);
    if (past)
        tc_object_forget(past);
    struct block *block = block_make(address);
    if (!block)
        return false;
    object->address = address;
    object->next = block->first;
    __atomic_store_n(&block->first, object, __ATOMIC_RELEASE);
    return true;
}

void tc_object_again(struct tc_object *object) {
    unlink_object(object);
    object->address = 0;
    object->state = TC_OBJECT_LIVE;
}

void tc_object_range(uintptr_t low, uintptr_t high,
                     void (*visit)(struct tc_object *object, void *with), void *with) {
    if (!table || low >= high)
        return;
    uintptr_t first = block_key(low), last = block_key(high - 1);
    bool each = last - first < table->capacity;
    size_t count = each ? last - first + 1 : table->capacity;
    for (size_t i = 0; i < count; i++) {
        struct block *block = each ? block_find(table, first + i) : &table->blocks[i];
        if (!block->key || block->key < first || block->key > last)
            continue;
        for (struct tc_object *object = block->first, *next; object; object = next) {
            next = object->next;
            if (object->address >= low && object->address < high)
                visit(object, with);
        }
    }
}

void tc_object_drop_past(void) {
    tc_objects_kept = last_reused = 0;
    uint32_t highest = 0;
    for (uint32_t id = 1; id <= tc_objects_count; id++) {
        struct tc_object *object = tc_object_by_id(id);
        if (!object)
            continue;
        if (object->state == TC_OBJECT_LIVE) {
            highest = id;
            tc_objects_kept++;
            continue;
        }
        unlink_object(object);
        release_struct(object);
    }
    tc_objects_count = highest;
}

static struct tc_meta_object record_of(const struct tc_object *object) {
    return (struct tc_meta_object){
        .id = object->id,
        .type = object->type,
        .attr = object->attr,
        .stack = object->stack,
        .thread = object->thread,
        .value = object->value,
        .address = object->address,
        .size = object->size,
    };
}

void tc_object_write(struct tc_object *object) {
    struct tc_meta_object record = record_of(object);
    if (object->written_epoch == tc_process.epoch ||
        !tc_meta_put(TC_META_OBJECT, &record, sizeof(record), NULL, 0))
        return;
    object->written_epoch = tc_process.epoch;
    __atomic_fetch_add(&tc_file.header->objects, 1, __ATOMIC_RELAXED);
    if (object->name) {
        struct tc_meta_name name = {.id = object->id};
        tc_meta_put(TC_META_OBJECT_NAME, &name, sizeof(name), object->name, strlen(object->name));
    }
}

static void tell(struct tc_object *object, bool for_now) {
    if (object->told || (for_now && object->record))
        return;
    if (for_now) {
        struct tc_meta_object record = record_of(object);
        record.attr |= TC_ATTR_NO_INIT_SEEN;
        object->record = tc_meta_take(&record);
        if (object->record)
            return;
    }
    object->attr |= TC_ATTR_NO_INIT_SEEN; /* that was left out */
    __atomic_store_n(&object->told, true, __ATOMIC_RELEASE);
    if (object->record) {
        object->record = 0; /* it stays */
        object->written_epoch = tc_process.epoch;
        __atomic_fetch_add(&tc_file.header->objects, 1, __ATOMIC_RELAXED);
        return;
    }
    tc_object_write(object);
}

void tc_object_tell(struct tc_object *object, bool for_now) {
    struct tc_lock_state state = tc_lock_take(&telling);
    tell(object, for_now);
    tc_lock_give(&telling, state);
}

uint32_t tc_object_size(uint8_t type) {
    switch (type) {
    case TC_OBJECT_MUTEX:
        return sizeof(pthread_mutex_t);
    case TC_OBJECT_RWLOCK:
        return sizeof(pthread_rwlock_t);
    case TC_OBJECT_SPIN:
        return sizeof(pthread_spinlock_t);
    case TC_OBJECT_COND:
        return sizeof(pthread_cond_t);
    case TC_OBJECT_SEMAPHORE:
        return sizeof(sem_t);
    case TC_OBJECT_BARRIER:
        return sizeof(pthread_barrier_t);
    case TC_OBJECT_ONCE:
        return sizeof(pthread_once_t);
    case TC_OBJECT_FUTEX:
        return sizeof(uint32_t);
    case TC_OBJECT_PY_LOCK:
        return sizeof(threading_lock);
    case TC_OBJECT_PY_RLOCK:
        return sizeof(threading_rlock);
    case TC_OBJECT_PY_CONDITION:
        return sizeof(threading_condition);
    case TC_OBJECT_PY_SEMAPHORE:
        return sizeof(threading_semaphore);
    case TC_OBJECT_PY_BOUNDED_SEMAPHORE:
        return sizeof(threading_bounded_semaphore);
    case TC_OBJECT_PY_EVENT:
        return sizeof(threading_event);
    case TC_OBJECT_PY_BARRIER:
        return sizeof(threading_barrier);
    case TC_OBJECT_GIL:
        return sizeof(threading_gil);
    default:
        return 1;
    }
}

void tc_object_reset(void) {
    memset(tc_object_directory, 0, sizeof(tc_object_directory));
    memset(spare_names, 0, sizeof(spare_names));
    free_pages = NULL;
    memset(tc_block_filter, 0, sizeof(tc_block_filter));
    table = NULL;
    free_objects = NULL;
    arena = (struct tc_arena){0};
    tc_objects_count = tc_objects_kept = last_reused = 0;
    tc_spawn_forked();
    tc_lock_init(&tc_objects_lock);
}

void tc_object_forked(void) {
    tc_lock_init(&telling);
    for (uint32_t id = 1; tc_churn_any && id <= tc_objects_count; id++) {
        struct tc_object *object = tc_object_by_id(id);
        if (!object)
            continue;
        object->brief = 0;
        object->told = false;
        object->record = 0;
    }
    tc_churn_forked();
    tc_spawn_forked();
}
