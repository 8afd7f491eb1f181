/* hooks_threading.c: what a library of synchronisation objects, such as threading.h's, tells of its
 * operations by threadcheck/library.h.
 *
 * Threads: works for the calling thread.
 */
#include "threadcheck/library.h"

#include "preload/hook.h"
#include "preload/hook_thread.h"
#include "preload/hot.h"
#include "preload/object.h"
#include "preload/steer.h"

/* What becomes of a thread with each event: whether it blocks from here on, or was refused. */
enum { BLOCKS = 1, REFUSED = 2 };
#define EFFECT_BLOCKS(effect) (TC_EFFECT_##effect == TC_EFFECT_REQUEST ? BLOCKS : 0)

static const uint8_t traits[256] = {
#define TC_EVENT(code, NAME, OBJECT, EFFECT, MODE, flags, help)                                    \
    [code] = EFFECT_BLOCKS(EFFECT) | ((flags)&TC_FLAG_FAILED ? REFUSED : 0),
#include "threadcheck/events.def"
#undef TC_EVENT
};

static uint32_t stack_of(struct tc_thread *self, const struct tc_library_site *site) {
    return tc_stack_here(self,
                         (struct tc_site){site->return_address, site->cfa, site->frame_pointer, 0});
}

/* Threads are known by pthread_create's hook. */
static struct tc_ref ref_of(struct tc_thread *self, const struct tc_library_object *object,
                            uint32_t stack) {
    if (object->type == TC_OBJECT_THREAD)
        return tc_object_find(object->address, TC_OBJECT_THREAD);
    return tc_object_ref(self, object->address, object->type, stack);
}

static void tell_init(const struct tc_library_object *object, const struct tc_library_site *site,
                      bool by_first_use) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    uint32_t stack = stack_of(self, site);
    uintptr_t address = (uintptr_t)object->address;
    if (by_first_use)
        tc_memory_freed(self, address, address + 1, stack);
    struct tc_ref made =
        tc_object_init(self, (void *)address, object->type, by_first_use ? TC_ATTR_NO_INIT_SEEN : 0,
                       object->value, stack);
    if (object->name)
        tc_object_set_name(self, made, object->name);
    tc_leave(self);
}

static void tell_destroy(const struct tc_library_object *object,
                         const struct tc_library_site *site) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    tc_destroying(self, (void *)object->address, object->type, stack_of(self, site));
    tc_leave(self);
}

static void tell_name(const struct tc_library_object *object) {
    struct tc_thread *self = object->name ? tc_enter() : NULL;
    if (!self)
        return;
    if (object->type == TC_OBJECT_THREAD) {
        uint32_t index = tc_index_of_handle(self, (pthread_t)object->address);
        if (index)
            tc_thread_set_name(self, index, object->name);
    } else {
        tc_object_set_name(self, ref_of(self, object, 0), object->name);
    }
    tc_leave(self);
}

static void block(struct tc_thread *self, enum tc_event_code code, struct tc_ref object,
                  uint32_t stack, uint64_t arg) {
    tc_event_time(self);
    tc_event(self, code, object, stack, arg, 0);
    tc_wait_begin(self, code, object, stack);
}

/* A Lock that is released by another thread than took it is a signal: whoever waits for it does not
 * wait for its holder, and the hang watch must not think so. */
static void note_hand_over(struct tc_thread *self, struct tc_ref object) {
    struct tc_object *lock = tc_held_count(self, object.id) ? NULL : tc_object_by_id(object.id);
    if (lock)
        __atomic_or_fetch(&lock->attr, TC_ATTR_HANDED_OVER, __ATOMIC_RELAXED);
}

/* A lock that this thread took, or gives back, as before: the short way. */
static bool tell_hot(const struct tc_library_object *object, const struct tc_library_site *site,
                     enum tc_event_code code) {
    struct tc_thread *self = tc_active();
    bool acquires = code == TC_EV_ACQUIRE || code == TC_EV_ACQUIRE_TRY;
    bool is_lock = object->type == TC_OBJECT_PY_LOCK || object->type == TC_OBJECT_PY_RLOCK ||
                   object->type == TC_OBJECT_GIL;
    if (!self || !self->index || self->waiting.object || !is_lock ||
        (!acquires && code != TC_EV_RELEASE))
        return false;
    struct tc_hot hot = tc_hot_object(self, object->address, object->type);
    if (!hot.id)
        return false;
    enum tc_hot_hold hold = object->type == TC_OBJECT_PY_LOCK ? TC_HOT_ANY : TC_HOT_EXCLUSIVE;
    if (!acquires)
        return tc_hot_release(self, hot.id, hot.order, hold, site->cfa);
    struct tc_site here = {site->return_address, site->cfa, site->frame_pointer, 0};
    uint32_t epoch = tc_hot_epoch(), stack = tc_hot_known(self, here, epoch);
    if (!stack)
        stack = tc_hot_find(self, here, epoch);
    return stack && tc_hot_repeat(self, hot.id, hot.order, stack, (uint8_t)code, hold, site->cfa);
}

static void tell_event(const struct tc_library_object *object, const struct tc_library_site *site,
                       enum tc_event_code code, uint64_t arg, uint32_t result) {
    if (TC_LIKELY(!arg && !result && tell_hot(object, site, code)))
        return;
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    uint32_t stack = stack_of(self, site);
    struct tc_ref ref = ref_of(self, object, stack);
    if (code != TC_EV_RELEASE_WAIT) /* comes after its WAIT */
        tc_wait_end(self);
    if (code == TC_EV_ARRIVE && arg) {
        tc_event(self, code, ref, stack, 0, 0);
    } else if (traits[code] & BLOCKS || code == TC_EV_ARRIVE) {
        if (tc_held_count(self, ref.id))
            tc_materialise(self);
        block(self, code, ref, stack, arg);
    } else {
        if (code == TC_EV_RELEASE && object->type == TC_OBJECT_PY_LOCK)
            note_hand_over(self, ref);
        if (traits[code] & REFUSED && result != ETIMEDOUT && result != ECANCELED)
            tc_materialise(self);
        tc_event(self, code, ref, stack, arg, result);
    }
    tc_leave(self);
}

static void tell_wait(const struct tc_library_object *condition,
                      const struct tc_library_object *lock, const struct tc_library_site *site,
                      enum tc_event_code code) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    uint32_t stack = stack_of(self, site);
    struct tc_ref with = ref_of(self, lock, stack);
    if (!tc_held_count(self, with.id))
        tc_materialise(self);
    block(self, code, ref_of(self, condition, stack), stack, with.id);
    tc_leave(self);
}

static void steer(const struct tc_library_site *site) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    tc_stack(self, (struct tc_site){site->return_address, site->cfa, site->frame_pointer, 0});
    tc_leave(self);
}

void tc_steer_libraries(void) {
    tc_library.steer = steer;
}

TC_EXPORT struct tc_library tc_library = {
    .version = TC_LIBRARY_VERSION,
    .size = sizeof(struct tc_library),
    .init = tell_init,
    .destroy = tell_destroy,
    .set_name = tell_name,
    .event = tell_event,
    .wait = tell_wait,
};
