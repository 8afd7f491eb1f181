/* identity.c: finds the object at an address, or registers it; see identity.h. */
#include "preload/identity.h"

#include <string.h>

#include "preload/file.h"
#include "preload/thread.h"

#include "preload/poison.h"

static struct tc_place mutex_place(pthread_mutex_t *mutex) {
    int kind = TC_MUTEX_KIND(mutex);
    if (kind >= 0 && (kind & (TC_MUTEX_ROBUST | TC_MUTEX_SHARED)))
        return (struct tc_place){0};
    return (struct tc_place){tc_mutex_stash(mutex), tc_mutex_order(mutex)};
}

static struct tc_place place_of(const void *address, uint8_t type) {
    switch (type) {
    case TC_OBJECT_MUTEX:
        return mutex_place((pthread_mutex_t *)address);
    case TC_OBJECT_RWLOCK:
        return tc_rwlock_place((pthread_rwlock_t *)address);
    case TC_OBJECT_SEMAPHORE:
        return tc_sem_place((sem_t *)address);
    default:
        return (struct tc_place){0};
    }
}

/* What a stash says about the object at its address. */
enum stash_word { STASH_NONE, STASH_LIVE, STASH_STALE, STASH_DEAD };

static enum stash_word stash_read(const struct tc_stash *stash, const void *address) {
    uint32_t word = stash->check - tc_stash_hash(address);
    if (!stash->id || word < 2 || word > 2 * tc_process.epoch + 1)
        return STASH_NONE;
    if (word & 1)
        return STASH_DEAD;
    return word == 2 * tc_process.epoch ? STASH_LIVE : STASH_STALE;
}

static void stash_write(struct tc_place place, const void *address, uint32_t id, bool dead) {
    if (!place.stash)
        return;
    place.stash->id = id;
    __atomic_store_n(&place.stash->check, tc_stash_check(address) + dead, __ATOMIC_RELEASE);
}

/* Of an object that is linked to its address. */
static void begin_stash(struct tc_place place, const struct tc_object *object) {
    pthread_mutex_t *mutex = (pthread_mutex_t *)object->address;
    *place.order = 0;
    if (object->type == TC_OBJECT_MUTEX && tc_mutex_counts(mutex))
        *tc_mutex_counted(mutex) = 0;
    stash_write(place, mutex, object->id, false);
}

/* Whether memory at which an object was destroyed still shows that; else it was used anew. */
static bool shows_destroyed(const struct tc_object *object) {
    const void *address = (const void *)object->address;
    struct tc_place place = place_of(address, object->type);
    if (object->type == TC_OBJECT_MUTEX && TC_MUTEX_KIND((pthread_mutex_t *)address) == -1)
        return true;
    if (object->type == TC_OBJECT_COND)
        return ((const pthread_cond_t *)address)->__data.__wrefs & 4;
    if (place.stash)
        return place.stash->id == object->id && stash_read(place.stash, address) == STASH_DEAD;
    return object->type == TC_OBJECT_SPIN || object->type == TC_OBJECT_BARRIER ||
           object->type >= TC_OBJECT_PY_LOCK; /* their library tells of every new one */
}

/* Whether the live object of the table is the one at the address now. */
static bool is_current(const struct tc_object *object, struct tc_place place) {
    if (!place.stash)
        return true;
    enum stash_word says = stash_read(place.stash, (const void *)object->address);
    return place.stash->id == object->id && (says == STASH_LIVE || says == STASH_STALE);
}

/* The reference to a live object of the table; an identity of an older epoch is renewed. */
static struct tc_ref adopt(struct tc_object *object, struct tc_place place) {
    const void *address = (const void *)object->address;
    if (!place.stash)
        return (struct tc_ref){object->id, object->attr, tc_object_order(object)};
    if (stash_read(place.stash, address) == STASH_STALE) {
        begin_stash(place, object);
    }
    return (struct tc_ref){object->id, object->attr, place.order};
}

struct tc_ref tc_object_ref_of(uint32_t id) {
    struct tc_object *object = tc_object_by_id(id);
    if (!object || object->state != TC_OBJECT_LIVE || !object->address)
        return (struct tc_ref){.id = id};
    struct tc_place place = place_of((const void *)object->address, object->type);
    return is_current(object, place) ? adopt(object, place) : (struct tc_ref){.id = id};
}

static uint32_t first_attr(struct tc_thread *self, const void *address, uint8_t type) {
    uint32_t attr = 0;
    if (type == TC_OBJECT_MUTEX) {
        const pthread_mutex_t *mutex = address;
        attr = TC_MUTEX_KIND(mutex) < 0 ? 0 : tc_mutex_kind_attr(TC_MUTEX_KIND(mutex));
        if (mutex->__data.__lock && mutex->__data.__owner != self->tid)
            attr |= TC_ATTR_HELD_WHEN_SEEN;
    } else if (type == TC_OBJECT_RWLOCK) {
        const pthread_rwlock_t *lock = address;
        attr = (lock->__data.__flags ? TC_ATTR_PREFER_WRITER : 0) |
               (lock->__data.__shared ? TC_ATTR_SHARED_PROCESS : 0);
    }
    return attr;
}

static uint32_t stack_attr(struct tc_thread *self, uintptr_t address) {
    bool on_stack = address >= (uintptr_t)__builtin_frame_address(0) && address < self->stack_high;
    return on_stack ? TC_ATTR_ON_STACK : 0;
}

static uint32_t fresh_attr(uintptr_t address) {
    uint32_t count = tc_fresh.next - tc_fresh.first;
    for (uint32_t i = 1; i <= count && i <= TC_FRESH_BLOCKS; i++) {
        const struct tc_fresh_block *block =
            &tc_fresh.blocks[(tc_fresh.next - i) % TC_FRESH_BLOCKS];
        if (address - block->low < block->size)
            return TC_ATTR_FRESH;
    }
    return 0;
}

/* Under the lock: a new generation. */
static struct tc_object *register_at(struct tc_thread *self, const void *address, uint8_t type,
                                     uint32_t attr, uint32_t value, uint32_t stack) {
    struct tc_object *object = tc_object_new(type);
    if (!object)
        return NULL;
    object->attr = attr | stack_attr(self, (uintptr_t)address) | fresh_attr((uintptr_t)address);
    object->stack = stack;
    object->thread = self->index;
    object->value = value;
    if (!tc_object_link(object, (uintptr_t)address))
        return NULL;
    struct tc_place place = place_of(address, type);
    if (place.stash)
        begin_stash(place, object);
    if (tc_process.mode != TC_MODE_FILE)
        return object;
    if (type != TC_OBJECT_THREAD && object->id < TC_SPARSE_IDS)
        object->brief = tc_churn_class(object);
    if (!object->brief)
        tc_object_write(object);
    return object;
}

static uint32_t seen_value(const void *address, uint8_t type) {
    int value = 0;
    if (type == TC_OBJECT_SEMAPHORE)
        sem_getvalue((sem_t *)address, &value); /* reads one word */
    return (uint32_t)value;
}

/* The way of all kinds when no short cut knew the object. */
static TC_COLD struct tc_ref ref_slow(struct tc_thread *self, const void *address, uint8_t type,
                                      uint32_t stack) {
    struct tc_place place = place_of(address, type);
    struct tc_ref found = {0};
    uint32_t dead = 0;
    struct tc_lock_state state = tc_lock_take(&tc_objects_lock);
    struct tc_object *object = tc_object_lookup((uintptr_t)address, type);
    if (object && object->state == TC_OBJECT_DEAD && shows_destroyed(object)) {
        dead = object->use_dead_told ? 0 : object->id;
        object->use_dead_told = true;
    } else {
        if (!object || object->state == TC_OBJECT_DEAD || !is_current(object, place))
            object = register_at(self, address, type,
                                 first_attr(self, address, type) | TC_ATTR_NO_INIT_SEEN,
                                 seen_value(address, type), stack);
        if (object)
            found = adopt(object, place_of(address, type));
        else
            tc_lose(TC_LOSS_MEMORY, 1);
    }
    tc_lock_give(&tc_objects_lock, state);
    if (dead) {
        tc_materialise(self);
        tc_event(self, TC_EV_USE_DEAD, (struct tc_ref){.id = dead}, stack, 0, 0);
    }
    return found;
}

struct tc_ref tc_mutex_ref_slow(struct tc_thread *self, pthread_mutex_t *mutex, uint32_t stack) {
    return ref_slow(self, mutex, TC_OBJECT_MUTEX, stack);
}

struct tc_ref tc_mutex_ref(struct tc_thread *self, pthread_mutex_t *mutex, uint32_t stack) {
    int kind = TC_MUTEX_KIND(mutex);
    struct tc_place place = mutex_place(mutex);
    if (TC_LIKELY(kind >= 0 && tc_place_live(place, mutex)))
        return (struct tc_ref){place.stash->id, tc_mutex_kind_attr(kind), place.order};
    if (!place.stash)
        return tc_object_ref(self, mutex, TC_OBJECT_MUTEX, stack);
    return ref_slow(self, mutex, TC_OBJECT_MUTEX, stack);
}

struct tc_ref tc_rwlock_ref(struct tc_thread *self, pthread_rwlock_t *lock, uint32_t stack) {
    struct tc_place place = tc_rwlock_place(lock);
    if (TC_LIKELY(tc_place_live(place, lock)))
        return (struct tc_ref){place.stash->id, lock->__data.__flags ? TC_ATTR_PREFER_WRITER : 0,
                               place.order};
    return tc_object_ref(self, lock, TC_OBJECT_RWLOCK, stack);
}

struct tc_ref tc_sem_ref(struct tc_thread *self, sem_t *sem, uint32_t stack) {
    struct tc_place place = tc_sem_place(sem);
    if (TC_LIKELY(tc_place_live(place, sem)))
        return (struct tc_ref){place.stash->id, 0, place.order};
    return tc_object_ref(self, sem, TC_OBJECT_SEMAPHORE, stack);
}

/* A look without the lock: it may miss the object, but what it finds says itself what it is. */
static struct tc_object *look_unlocked(uintptr_t address, uint8_t type) {
    struct tc_object *object = tc_object_lookup(address, type);
    bool same = object && object->state == TC_OBJECT_LIVE &&
                object->order_epoch == tc_process.epoch && object->address == address &&
                object->type == type;
    return same ? object : NULL;
}

/* A thread finds the objects that it used last without a look-up.  Nothing needs to be invalidated:
 * a struct that serves another object now says so itself. */
struct tc_ref tc_object_ref(struct tc_thread *self, const void *address, uint8_t type,
                            uint32_t stack) {
    uintptr_t key = (uintptr_t)address;
    struct tc_object **cached = tc_cache_entry(self, key, type);
    struct tc_object *object = *cached;
    bool stashed = place_of(address, type).stash != NULL;
    if (TC_LIKELY(object && object->address == key && object->type == type &&
                  object->state == TC_OBJECT_LIVE && !stashed))
        return (struct tc_ref){object->id, object->attr, tc_object_order(object)};
    if (stashed)
        return ref_slow(self, address, type, stack);
    object = look_unlocked(key, type);
    if (object) {
        *cached = object;
        return (struct tc_ref){object->id, object->attr, &object->order};
    }
    struct tc_ref found = ref_slow(self, address, type, stack);
    *cached = tc_object_by_id(found.id);
    return found;
}

struct tc_ref tc_object_find(const void *address, uint8_t type) {
    struct tc_place place = place_of(address, type);
    struct tc_object *there = place.stash ? NULL : look_unlocked((uintptr_t)address, type);
    if (there)
        return (struct tc_ref){there->id, there->attr, &there->order};
    if (place.stash) {
        enum stash_word says = stash_read(place.stash, address);
        struct tc_object *known = tc_object_by_id(place.stash->id);
        if (says == STASH_NONE)
            return (struct tc_ref){0};
        if (says == STASH_LIVE && known && known->address == (uintptr_t)address)
            return (struct tc_ref){known->id, known->attr, place.order};
    }
    struct tc_lock_state state = tc_lock_take(&tc_objects_lock);
    struct tc_object *object = tc_object_lookup((uintptr_t)address, type);
    struct tc_ref found = {0};
    if (object && object->state == TC_OBJECT_LIVE && is_current(object, place))
        found = adopt(object, place);
    tc_lock_give(&tc_objects_lock, state);
    return found;
}

uint32_t tc_object_dead(const void *address, uint8_t type) {
    struct tc_lock_state state = tc_lock_take(&tc_objects_lock);
    struct tc_object *object = tc_object_lookup((uintptr_t)address, type);
    uint32_t id = 0;
    if (object && object->state == TC_OBJECT_DEAD && shows_destroyed(object))
        id = object->id;
    tc_lock_give(&tc_objects_lock, state);
    return id;
}

struct tc_ref tc_object_init(struct tc_thread *self, void *address, uint8_t type, uint32_t attr,
                             uint32_t value, uint32_t stack) {
    struct tc_ref fresh = {0}, past = {0};
    struct tc_lock_state state = tc_lock_take(&tc_objects_lock);
    struct tc_object *object = tc_object_lookup((uintptr_t)address, type);
    bool live = object && object->state == TC_OBJECT_LIVE &&
                object->generation == tc_process.generation; /* a forked child has to */
    bool again = live && !(object->attr & TC_ATTR_ON_STACK);
    /* On a stack it is most often another call's variable; the analyzer can tell. */
    bool doubtful = live && !again && object->stack != stack;
    if (again)
        past = (struct tc_ref){object->id, object->attr, NULL};
    object = register_at(self, address, type, attr, value, stack);
    if (object)
        fresh = adopt(object, place_of(address, type));
    else
        tc_lose(TC_LOSS_MEMORY, 1);
    tc_lock_give(&tc_objects_lock, state);
    if (doubtful || (past.id && fresh.id))
        tc_materialise(self);
    if (past.id && fresh.id)
        tc_event(self, TC_EV_REINIT, past, stack, fresh.id, 0);
    tc_event(self, TC_EV_INIT, fresh, stack, value, 0);
    return fresh;
}

struct tc_ref tc_object_first(struct tc_thread *self, const void *address, uint8_t type,
                              uint32_t attr, uint32_t stack) {
    struct tc_ref found = {0};
    struct tc_lock_state state = tc_lock_take(&tc_objects_lock);
    struct tc_object *object = tc_object_lookup((uintptr_t)address, type);
    if (!object || object->state != TC_OBJECT_LIVE)
        object = register_at(self, address, type, attr | TC_ATTR_NO_INIT_SEEN, 0, stack);
    if (object)
        found = adopt(object, place_of(address, type));
    else
        tc_lose(TC_LOSS_MEMORY, 1);
    tc_lock_give(&tc_objects_lock, state);
    return found;
}

void tc_object_destroy(struct tc_thread *self, void *address, uint8_t type, uint32_t stack) {
    struct tc_ref object = tc_object_find(address, type);
    if (!object.id && type == TC_OBJECT_MUTEX) /* a static one, never used: it may be used later */
        object = ref_slow(self, address, type, stack);
    if (!object.id)
        return;
    tc_event(self, TC_EV_DESTROY, object, stack, 0, 0);
    struct tc_lock_state state = tc_lock_take(&tc_objects_lock);
    struct tc_object *dead = tc_object_by_id(object.id);
    if (dead && dead->address == (uintptr_t)address) {
        if (dead->state == TC_OBJECT_LIVE)
            tc_churn_ended(dead);
        dead->state = TC_OBJECT_DEAD;
        dead->destroy_stack = stack;
        stash_write(place_of(address, type), address, object.id, true);
    }
    tc_lock_give(&tc_objects_lock, state);
}

struct freed {
    struct tc_thread *self;
    uint32_t stack;
    bool held; /* the thread holds one of the objects */
};

/* Under the lock. */
static void look_whether_held(struct tc_object *object, void *with) {
    struct freed *freed = with;
    freed->held |= tc_held_count(freed->self, object->id) != 0;
}

/* Under the lock, which appending an event does not take. */
static void free_one(struct tc_object *object, void *with) {
    struct freed *freed = with;
    if (object->type == TC_OBJECT_THREAD)
        return;
    struct tc_place place = place_of((const void *)object->address, object->type);
    if (object->state == TC_OBJECT_LIVE && is_current(object, place)) {
        tc_event(freed->self, TC_EV_FREED, adopt(object, place), freed->stack, 0, 0);
        if (place.stash)
            place.stash->check = 0;
    }
    tc_object_forget(object);
}

void tc_memory_freed(struct tc_thread *self, uintptr_t low, uintptr_t high, uint32_t stack) {
    struct freed freed = {self, stack, false};
    struct tc_lock_state state = tc_lock_take(&tc_objects_lock);
    if (tc_process.mode == TC_MODE_MEMORY) {
        tc_object_range(low, high, look_whether_held, &freed);
        if (freed.held) {
            tc_lock_give(&tc_objects_lock, state);
            tc_materialise(self);
            state = tc_lock_take(&tc_objects_lock);
        }
    }
    tc_object_range(low, high, free_one, &freed);
    tc_lock_give(&tc_objects_lock, state);
}

void tc_object_set_name(struct tc_thread *self, struct tc_ref ref, const char *name) {
    (void)self;
    struct tc_lock_state state = tc_lock_take(&tc_objects_lock);
    struct tc_object *object = tc_object_by_id(ref.id);
    if (object && tc_object_keep_name(object, name) && tc_process.mode == TC_MODE_FILE &&
        tc_object_is_told(object)) {
        struct tc_meta_name record = {.id = object->id};
        tc_meta_put(TC_META_OBJECT_NAME, &record, sizeof(record), object->name,
                    strlen(object->name));
    }
    tc_lock_give(&tc_objects_lock, state);
}
