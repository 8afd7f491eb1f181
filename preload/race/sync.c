/* sync.c: what is known at each object that orders threads: a mutex, a channel, an atomic word.
 *
 * What: by the id of an object, or by an address, a vector of clocks: what whoever releases or
 *       sends there knew; whoever acquires or receives learns it.  Releases of readers are kept
 *       apart: the next writer learns them, the next reader need not.
 * Threads: look-ups take no lock, and begin anew where an entry was taken out meanwhile, as that
 * may have led them into another list; an entry has a lock of its own, for which nobody waits for
 * ever, and whose key is looked at again once it is held. When it cannot be got, the entry is
 * marked to know everything, which orders too much rather than too little: no false alarm comes of
 * it.
 */
#include <string.h>

#include "preload/race/core.h"
#include "preload/race/parts.h"

#include "preload/poison.h"

#define BUCKETS (1u << 17)

struct vector {
    uint32_t size; /* slots that there is room for */
    uint32_t count;
    struct vector *next_free;
    uint32_t clock[];
};

struct tc_sync {
    uint64_t key;
    struct tc_sync *next;
    uint32_t lock;
    uint32_t knows_all; /* was released while its lock could not be got */
    uint32_t version;   /* of what is known; never 0 once there is something */
    struct vector *exclusive, *shared;
};

static struct tc_sync *buckets[BUCKETS];
static struct tc_sync *free_syncs;
static struct vector *free_vectors[3];
static const uint32_t vector_sizes[3] = {6, 32, TC_RACE_SLOTS};
static struct tc_arena arena;
static struct tc_lock table_lock;
static uint32_t taken_out; /* how many entries were, ever */

TC_RACE_INLINE struct tc_sync **bucket_of(uint64_t key) {
    return &buckets[(key * 0x9e3779b97f4a7c15ull) >> 47];
}

TC_RACE_INLINE uint64_t key_of(const struct tc_sync *sync) {
    return __atomic_load_n(&sync->key, __ATOMIC_RELAXED);
}

static TC_INTEGERS_ONLY struct tc_sync *find(uint64_t key) {
    for (;;) {
        uint32_t before = __atomic_load_n(&taken_out, __ATOMIC_ACQUIRE);
        struct tc_sync *sync = __atomic_load_n(bucket_of(key), __ATOMIC_ACQUIRE);
        while (sync && key_of(sync) != key)
            sync = __atomic_load_n(&sync->next, __ATOMIC_ACQUIRE);
        if (sync || __atomic_load_n(&taken_out, __ATOMIC_RELAXED) == before)
            return sync;
    }
}

/* An unused one, or NULL.  Its lock is left as it is: somebody late may be holding it to see that
 * the key is another. */
static struct tc_sync *take_entry(void) {
    struct tc_sync *sync = free_syncs;
    if (!sync)
        return tc_arena_take(&arena, sizeof *sync);
    free_syncs = sync->next;
    __atomic_store_n(&sync->knows_all, 0, __ATOMIC_RELAXED);
    return sync;
}

static struct tc_sync *find_or_add(uint64_t key) {
    struct tc_sync *sync = find(key);
    if (TC_LIKELY(sync != NULL))
        return sync;
    struct tc_lock_state state = tc_lock_take(&table_lock);
    sync = find(key);
    if (!sync) {
        sync = take_entry();
        if (sync) {
            struct tc_sync **bucket = bucket_of(key);
            __atomic_store_n(&sync->key, key, __ATOMIC_RELAXED);
            __atomic_store_n(&sync->next, *bucket, __ATOMIC_RELEASE);
            __atomic_store_n(bucket, sync, __ATOMIC_RELEASE);
        }
    }
    tc_lock_give(&table_lock, state);
    return sync;
}

static void vector_give(struct vector *vector) {
    for (unsigned class = 0; vector && class < 3; class ++)
        if (vector->size == vector_sizes[class]) {
            vector->next_free = free_vectors[class];
            free_vectors[class] = vector;
        }
}

/* A vector with room for `count`, holding what `old` held; NULL: out of memory. */
static struct vector *vector_grow(struct vector *old, uint32_t count) {
    unsigned class = 0;
    while (vector_sizes[class] < count)
        class ++;
    struct tc_lock_state state = tc_lock_take(&table_lock);
    struct vector *vector = free_vectors[class];
    if (vector)
        free_vectors[class] = vector->next_free;
    else
        vector = tc_arena_take(&arena, sizeof *vector + vector_sizes[class] * sizeof(uint32_t));
    if (vector) {
        memset(vector->clock, 0, vector_sizes[class] * sizeof(uint32_t));
        vector->size = vector_sizes[class];
        vector->count = old ? old->count : 0;
        if (old)
            memcpy(vector->clock, old->clock, old->count * sizeof(uint32_t));
        vector_give(old);
    }
    tc_lock_give(&table_lock, state);
    return vector;
}

/* With room for all slots that were ever used; NULL: out of memory. */
static struct vector *with_room(struct vector **place) {
    uint32_t count = __atomic_load_n(&tc_race_slots_used, __ATOMIC_ACQUIRE);
    struct vector *vector = *place;
    if (!vector || vector->size < count) {
        vector = vector_grow(vector, count);
        if (!vector)
            return NULL;
        *place = vector;
    }
    vector->count = count;
    return vector;
}

static bool add_to(struct vector **place, const struct tc_race_thread *thread, bool replace) {
    struct vector *vector = with_room(place);
    if (!vector)
        return false;
    uint32_t count = vector->count;
    if (replace)
        for (uint32_t i = 0; i < count; i++) /* mostly few */
            vector->clock[i] = thread->known[i];
    else
        tc_race_join(vector->clock, thread->known, count);
    return true;
}

TC_RACE_INLINE struct tc_race_lately *lately_of(struct tc_race_thread *thread, uint64_t key) {
    return &thread->lately[(key ^ key >> 3 ^ key >> 9) % TC_RACE_LATELY];
}

/* Under the entry's lock: something was added.  Who knew all that was there goes on doing so. */
TC_RACE_INLINE void changed(struct tc_sync *sync, struct tc_race_lately *lately) {
    uint32_t before = sync->version, now = before + 1 ? before + 1 : 1;
    __atomic_store_n(&sync->version, now, __ATOMIC_RELEASE);
    if (lately && before && lately->version == before)
        lately->version = now;
}

enum got { GOT, GOT_NONE, GOT_BUSY };

/* The entry of a key, locked; with `add`, made where there is none.  Where the thread found it last
 * another may be by now. */
static enum got lock_entry(struct tc_race_thread *thread, uint64_t key, bool add,
                           struct tc_sync **entry) {
    struct tc_race_lately *lately = lately_of(thread, key);
    for (;;) {
        struct tc_sync *sync = lately->key == key ? lately->sync : NULL;
        if (!sync || key_of(sync) != key)
            sync = add ? find_or_add(key) : find(key);
        *entry = sync;
        if (!sync)
            return GOT_NONE;
        if (!tc_race_lock(&sync->lock))
            return GOT_BUSY;
        if (TC_LIKELY(key_of(sync) == key)) {
            if (lately->key != key || lately->sync != sync)
                *lately = (struct tc_race_lately){key, sync, 0};
            return GOT;
        }
        tc_race_unlock(&sync->lock);
    }
}

void tc_sync_acquire(struct tc_race_thread *thread, uint64_t key, bool shared) {
    struct tc_sync *sync;
    enum got got = lock_entry(thread, key, false, &sync);
    tc_race_wash(thread);
    if (got != GOT) {
        if (got == GOT_BUSY)
            tc_race_know_all(thread);
        return;
    }
    if (sync->exclusive)
        tc_race_join(thread->known, sync->exclusive->clock, sync->exclusive->count);
    if (sync->shared && !shared)
        tc_race_join(thread->known, sync->shared->clock, sync->shared->count);
    if (!shared)
        lately_of(thread, key)->version = sync->version;
    bool all = __atomic_load_n(&sync->knows_all, __ATOMIC_RELAXED);
    tc_race_unlock(&sync->lock);
    if (TC_UNLIKELY(all))
        tc_race_know_all(thread);
}

void tc_sync_release(struct tc_race_thread *thread, uint64_t key, bool shared, bool replace) {
    struct tc_sync *sync;
    if (thread->used)
        thread->known[thread->slot] = thread->clock;
    enum got got = lock_entry(thread, key, true, &sync);
    if (got != GOT) {
        if (got == GOT_BUSY) {
            __atomic_store_n(&sync->knows_all, 1, __ATOMIC_RELAXED);
            tc_race_tick(thread);
        }
        return;
    }
    if (!add_to(shared ? &sync->shared : &sync->exclusive, thread, replace))
        __atomic_store_n(&sync->knows_all, 1, __ATOMIC_RELAXED);
    if (replace && !shared && sync->shared) /* a writer has learnt all that the readers told */
        memset(sync->shared->clock, 0, sync->shared->count * sizeof(uint32_t));
    changed(sync, lately_of(thread, key));
    tc_race_unlock(&sync->lock);
    tc_race_tick(thread);
}

void tc_sync_tell(struct tc_race_thread *thread, uint64_t key, uint32_t slot, uint32_t clock,
                  const uint32_t *known) {
    struct tc_sync *sync;
    enum got got = lock_entry(thread, key, true, &sync);
    struct vector *vector = got == GOT ? with_room(&sync->exclusive) : NULL;
    if (vector) {
        if (known)
            tc_race_join(vector->clock, known, vector->count);
        if (vector->clock[slot] < clock)
            vector->clock[slot] = clock;
        changed(sync, NULL); /* nor need the thread know that itself */
    } else if (got != GOT_NONE) {
        __atomic_store_n(&sync->knows_all, 1, __ATOMIC_RELAXED);
    }
    if (got == GOT)
        tc_race_unlock(&sync->lock);
}

void tc_sync_note(struct tc_race_thread *thread, uint64_t key) {
    struct tc_sync *sync;
    if (!thread->slot || lock_entry(thread, key, true, &sync) != GOT)
        return;
    uint32_t before = thread->known[thread->slot];
    thread->known[thread->slot] = thread->clock;
    if (!add_to(&sync->exclusive, thread, false))
        __atomic_store_n(&sync->knows_all, 1, __ATOMIC_RELAXED);
    changed(sync, lately_of(thread, key));
    tc_race_unlock(&sync->lock);
    thread->known[thread->slot] = before;
    thread->used = true; /* what it tells next is told with this clock */
}

/* The entry of a key, locked, if that can be had at once. */
TC_RACE_INLINE struct tc_sync *lock_quick(struct tc_sync *sync, uint64_t key) {
    if (!sync || __atomic_exchange_n(&sync->lock, 1, __ATOMIC_ACQUIRE))
        return NULL;
    if (TC_LIKELY(key_of(sync) == key))
        return sync;
    __atomic_store_n(&sync->lock, 0, __ATOMIC_RELEASE);
    return NULL;
}

TC_RACE_INLINE struct tc_sync *found_lately(const struct tc_race_lately *lately, uint64_t key) {
    return lately->key == key && key_of(lately->sync) == key ? lately->sync : find(key);
}

TC_RACE_INLINE void learn(uint32_t *known, const struct vector *vector) {
    for (uint32_t i = 0; vector && i < vector->count; i++)
        if (known[i] < vector->clock[i])
            known[i] = vector->clock[i];
}

TC_INTEGERS_ONLY bool tc_sync_acquire_quick(struct tc_race_thread *thread, uint64_t key) {
    struct tc_race_lately *lately = lately_of(thread, key);
    struct tc_sync *sync = found_lately(lately, key);
    if (thread->washed != __atomic_load_n(&tc_race_washes, __ATOMIC_ACQUIRE))
        return false;
    if (!sync)
        return true;
    if (__atomic_load_n(&sync->knows_all, __ATOMIC_RELAXED))
        return false;
    if (lately->key == key && lately->sync == sync && lately->version &&
        lately->version == __atomic_load_n(&sync->version, __ATOMIC_ACQUIRE))
        return true;
    if (!lock_quick(sync, key))
        return false;
    learn(thread->known, sync->exclusive);
    learn(thread->known, sync->shared);
    *lately = (struct tc_race_lately){key, sync, sync->version};
    __atomic_store_n(&sync->lock, 0, __ATOMIC_RELEASE);
    return true;
}

TC_INTEGERS_ONLY bool tc_sync_release_quick(struct tc_race_thread *thread, uint64_t key) {
    struct tc_race_lately *lately = lately_of(thread, key);
    struct tc_sync *sync = lock_quick(found_lately(lately, key), key);
    if (!sync)
        return false;
    uint32_t count = __atomic_load_n(&tc_race_slots_used, __ATOMIC_ACQUIRE);
    struct vector *vector = sync->exclusive;
    bool can = vector && vector->size >= count && thread->clock < tc_race_clock_limit;
    if (can) {
        if (thread->used)
            thread->known[thread->slot] = thread->clock;
        vector->count = count;
        for (uint32_t i = 0; i < count; i++)
            if (vector->clock[i] < thread->known[i])
                vector->clock[i] = thread->known[i];
        if (lately->key != key || lately->sync != sync)
            *lately = (struct tc_race_lately){key, sync, 0};
        changed(sync, lately);
    }
    __atomic_store_n(&sync->lock, 0, __ATOMIC_RELEASE);
    return can && tc_race_tick_quick(thread);
}

static uint32_t unknown_in(const struct vector *vector, const struct tc_race_thread *thread,
                           uint32_t *slots, uint32_t *clocks, uint32_t most) {
    uint32_t count = 0;
    for (uint32_t i = 1; vector && i < vector->count && count < most; i++)
        if (i != thread->slot && vector->clock[i] > thread->known[i]) {
            slots[count] = i;
            clocks[count++] = vector->clock[i];
        }
    return count;
}

uint32_t tc_sync_unknown(struct tc_race_thread *thread, uint64_t key, uint32_t *slots,
                         uint32_t *clocks, uint32_t most) {
    struct tc_sync *sync;
    if (lock_entry(thread, key, false, &sync) != GOT)
        return 0;
    uint32_t count = 0;
    if (!__atomic_load_n(&sync->knows_all, __ATOMIC_RELAXED)) {
        count = unknown_in(sync->exclusive, thread, slots, clocks, most);
        count += unknown_in(sync->shared, thread, slots + count, clocks + count, most - count);
    }
    tc_race_unlock(&sync->lock);
    return count;
}

/* Under the lock of the table.  An entry whose own lock cannot be got stays for ever. */
static void take_out(struct tc_sync **link) {
    struct tc_sync *sync = *link;
    if (!tc_race_lock(&sync->lock))
        return;
    vector_give(sync->exclusive);
    vector_give(sync->shared);
    sync->exclusive = sync->shared = NULL;
    __atomic_store_n(&sync->key, 0, __ATOMIC_RELAXED);
    changed(sync, NULL);
    tc_race_unlock(&sync->lock);
    __atomic_store_n(link, sync->next, __ATOMIC_RELEASE);
    __atomic_fetch_add(&taken_out, 1, __ATOMIC_RELEASE);
    __atomic_store_n(&sync->next, free_syncs, __ATOMIC_RELEASE);
    free_syncs = sync;
}

void tc_sync_forget(uint64_t key) {
    if (!find(key))
        return;
    struct tc_lock_state state = tc_lock_take(&table_lock);
    for (struct tc_sync **link = bucket_of(key); *link; link = &(*link)->next)
        if ((*link)->key == key) {
            take_out(link);
            break;
        }
    tc_lock_give(&table_lock, state);
}

static void vector_wash(struct vector *vector, const uint64_t *slots) {
    for (uint32_t i = 0; vector && i < vector->count; i++)
        if (slots[i / 64] >> i % 64 & 1)
            vector->clock[i] = 0;
}

void tc_sync_wash(const uint64_t *slots) {
    struct tc_lock_state state = tc_lock_take(&table_lock);
    for (uint32_t i = 0; i < BUCKETS; i++)
        for (struct tc_sync *sync = buckets[i]; sync; sync = sync->next)
            if (tc_race_lock(&sync->lock)) {
                vector_wash(sync->exclusive, slots);
                vector_wash(sync->shared, slots);
                tc_race_unlock(&sync->lock);
            }
    tc_lock_give(&table_lock, state);
}

void tc_sync_forked(void) {
    memset(buckets, 0, sizeof buckets);
    memset(free_vectors, 0, sizeof free_vectors);
    free_syncs = NULL;
    arena = (struct tc_arena){0};
    tc_lock_init(&table_lock);
}
