/* hooks_annotate.c: what the program tells of itself by threadcheck/annotate.h.
 *
 * Threads: works for the calling thread.
 */
#include "threadcheck/annotate.h"

#include <string.h>

#include "preload/annotate.h"
#include "preload/hook.h"
#include "preload/object.h"
#include "preload/race/race.h"
#include "threadcheck/fnv.h"

/* Types of lock that an address may be known as, the likeliest first. */
static const uint8_t known_types[] = {
    TC_OBJECT_MUTEX,     TC_OBJECT_USER_LOCK, TC_OBJECT_RWLOCK, TC_OBJECT_SPIN,  TC_OBJECT_COND,
    TC_OBJECT_SEMAPHORE, TC_OBJECT_BARRIER,   TC_OBJECT_ONCE,   TC_OBJECT_GUARD, TC_OBJECT_CHANNEL,
};

static struct tc_ref find_any(const void *address) {
    for (size_t i = 0; i < sizeof known_types; i++) {
        struct tc_ref object = tc_object_find(address, known_types[i]);
        if (object.id)
            return object;
    }
    return (struct tc_ref){0};
}

/* An object that is named before its first use becomes known here. */
static struct tc_ref find_or_add(struct tc_thread *self, const void *address, unsigned long type,
                                 uint32_t stack) {
    switch (type) {
    case TC_OBJECT_MUTEX:
        return TC_REF(MUTEX, self, address, stack);
    case TC_OBJECT_RWLOCK:
        return TC_REF(RWLOCK, self, address, stack);
    case TC_OBJECT_SEMAPHORE:
        return TC_REF(SEMAPHORE, self, address, stack);
    case TC_OBJECT_SPIN:
    case TC_OBJECT_COND:
    case TC_OBJECT_BARRIER:
    case TC_OBJECT_ONCE:
    case TC_OBJECT_USER_LOCK:
    case TC_OBJECT_CHANNEL:
        return tc_object_ref(self, address, (uint8_t)type, stack);
    default:
        return find_any(address);
    }
}

static enum tc_event_code request_code(unsigned long flags) {
    if (flags & TC_LOCK_SHARED)
        return flags & TC_LOCK_TIMED ? TC_EV_REQUEST_SHARED_TIMED : TC_EV_REQUEST_SHARED;
    return flags & TC_LOCK_TIMED ? TC_EV_REQUEST_TIMED : TC_EV_REQUEST;
}

static enum tc_event_code acquire_code(unsigned long flags) {
    if (flags & TC_LOCK_SHARED)
        return flags & TC_LOCK_TRY     ? TC_EV_ACQUIRE_SHARED_TRY
               : flags & TC_LOCK_TIMED ? TC_EV_ACQUIRE_SHARED_TIMED
                                       : TC_EV_ACQUIRE_SHARED;
    return flags & TC_LOCK_TRY     ? TC_EV_ACQUIRE_TRY
           : flags & TC_LOCK_TIMED ? TC_EV_ACQUIRE_TIMED
                                   : TC_EV_ACQUIRE;
}

/* Whether the end of a lock is none: it is static, or may be as nobody said that it is not. */
static bool lives_on(const void *address, unsigned long number) {
    struct tc_ref lock = tc_object_find(address, TC_OBJECT_USER_LOCK);
    const struct tc_object *known = lock.id ? tc_object_by_id(lock.id) : NULL;
    unsigned long made = known ? known->value : 0;
    return (number | made) & TC_LOCK_LINKER_INIT ||
           (number & TC_LOCK_NOT_STATIC && !(made & TC_LOCK_NOT_STATIC));
}

static void annotate_lock(struct tc_thread *self, enum tc_annotation what, void *address,
                          const char *text, unsigned long number, uint32_t stack) {
    struct tc_ref lock;
    if (what == TC_ANNOTATE_LOCK_DESTROYED) {
        if (!lives_on(address, number))
            tc_destroying(self, address, TC_OBJECT_USER_LOCK, stack);
        return;
    }
    if (what == TC_ANNOTATE_LOCK_CREATED) {
        lock = tc_object_init(self, address, TC_OBJECT_USER_LOCK,
                              number & TC_LOCK_RECURSIVE ? TC_ATTR_RECURSIVE : 0,
                              (uint32_t)number & (TC_LOCK_LINKER_INIT | TC_LOCK_NOT_STATIC), stack);
        if (text)
            tc_object_set_name(self, lock, text);
        return;
    }
    lock = tc_object_ref(self, address, TC_OBJECT_USER_LOCK, stack);
    if (what == TC_ANNOTATE_LOCK_REQUEST) {
        if (tc_held_count(self, lock.id))
            tc_materialise(self);
        tc_event_time(self);
        tc_event(self, request_code(number), lock, stack, 0, 0);
        tc_wait_begin(self, request_code(number), lock, stack);
    } else if (what == TC_ANNOTATE_LOCK_ACQUIRED) {
        tc_wait_end(self);
        tc_event(self, acquire_code(number), lock, stack, 0, 0);
    } else if (what == TC_ANNOTATE_LOCK_FAILED) {
        tc_wait_end(self);
        tc_event(self, TC_EV_REQUEST_FAILED, lock, stack, 0, (uint32_t)number);
    } else {
        if (!tc_held_count(self, lock.id))
            tc_materialise(self);
        tc_event(self, number & TC_LOCK_SHARED ? TC_EV_RELEASE_SHARED : TC_EV_RELEASE, lock, stack,
                 0, 0);
    }
}

/* What stands for all locks of one name: a channel, found again by the text. */
static struct tc_ref class_of(struct tc_thread *self, const char *name, uint32_t stack) {
    /* Where no program's address is. */
    uint64_t key = tc_fnv(TC_FNV_BASIS, name, strlen(name)) | 1ull << 63;
    struct tc_ref class = tc_object_find((void *)key, TC_OBJECT_CHANNEL);
    if (class.id)
        return class;
    class = tc_object_ref(self, (void *)key, TC_OBJECT_CHANNEL, stack);
    if (class.id)
        tc_object_set_name(self, class, name);
    return class;
}

/* Also a process of one thread may break the order: it is to be seen from here on. */
static void annotate_order(struct tc_thread *self, struct tc_ref before, struct tc_ref after,
                           uint32_t stack) {
    if (!before.id || !after.id || before.id == after.id)
        return;
    tc_materialise(self);
    tc_event(self, TC_EV_LOCK_ORDER, before, stack, after.id, 0);
}

static void annotate(struct tc_thread *self, enum tc_annotation what, void *address,
                     const char *text, unsigned long number, uint32_t stack) {
    struct tc_ref object = {0};
    switch (what) {
    case TC_ANNOTATE_NAME:
        object = find_or_add(self, address, number, stack);
        if (object.id && text)
            tc_object_set_name(self, object, text);
        break;
    case TC_ANNOTATE_THREAD_NAME:
        if (text)
            tc_thread_set_name(self, tc_thread_index(self), text);
        break;
    case TC_ANNOTATE_HAPPENS_BEFORE:
    case TC_ANNOTATE_HAPPENS_AFTER:
        object = tc_object_ref(self, address, TC_OBJECT_CHANNEL, stack);
        tc_event(self,
                 what == TC_ANNOTATE_HAPPENS_BEFORE ? TC_EV_HAPPENS_BEFORE : TC_EV_HAPPENS_AFTER,
                 object, stack, 0, 0);
        break;
    case TC_ANNOTATE_IGNORE_BEGIN:
        tc_event(self, TC_EV_IGNORE_BEGIN, object, 0, 0, 0);
        break;
    case TC_ANNOTATE_IGNORE_END:
        tc_event(self, TC_EV_IGNORE_END, object, 0, 0, 0);
        break;
    case TC_ANNOTATE_ASSERT_HELD:
    case TC_ANNOTATE_ASSERT_NOT_HELD:
        object = find_or_add(self, address, number, stack);
        if (!object.id)
            break;
        if ((tc_held_count(self, object.id) > 0) != (what == TC_ANNOTATE_ASSERT_HELD))
            tc_materialise(self);
        tc_event(self, what == TC_ANNOTATE_ASSERT_HELD ? TC_EV_ASSERT_HELD : TC_EV_ASSERT_NOT_HELD,
                 object, stack, 0, 0);
        break;
    case TC_ANNOTATE_LOCK_ORDER:
        annotate_order(self, find_or_add(self, address, number % 256, stack),
                       find_or_add(self, text, number / 256, stack), stack);
        break;
    case TC_ANNOTATE_LOCK_CLASS_ORDER:
        if (address && text)
            annotate_order(self, class_of(self, address, stack), class_of(self, text, stack),
                           stack);
        break;
    case TC_ANNOTATE_MEMORY_REUSED:
        tc_memory_freed(self, (uintptr_t)address, (uintptr_t)address + number, stack);
        if (tc_race_on())
            tc_race_forget((uintptr_t)address, (uintptr_t)address + number);
        break;
    case TC_ANNOTATE_LOCK_CREATED:
    case TC_ANNOTATE_LOCK_DESTROYED:
    case TC_ANNOTATE_LOCK_REQUEST:
    case TC_ANNOTATE_LOCK_FAILED:
    case TC_ANNOTATE_LOCK_ACQUIRED:
    case TC_ANNOTATE_LOCK_RELEASED:
        annotate_lock(self, what, address, text, number, stack);
        break;
    }
}

void tc_annotate(enum tc_annotation what, const volatile void *address, const char *text,
                 unsigned long number, struct tc_site site) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    annotate(self, what, (void *)address, text, number, tc_stack(self, site));
    tc_leave(self);
}

TC_EXPORT void threadcheck_annotate(enum tc_annotation what, const volatile void *address,
                                    const char *text, unsigned long number) {
    tc_annotate(what, address, text, number, TC_SITE());
}
