/* gil.c: see gil.h.
 *
 * The parts, by their distance from the first mutex, and what is in between:
 *
 *     -72  the state of the thread that had the lock last
 *     -64  an int: whether it is taken
 *     -48  condition: it was given up
 *       0  mutex of all this
 *      40  condition: another thread took it
 *      88  mutex of that
 *
 * Taking it: lock the mutex; while it is taken, wait for 5 ms at a time; signal the second
 * condition; unlock.  Giving it up: lock; signal the first condition; unlock.
 */
#include "python/gil.h"

#include <errno.h>
#include <stddef.h>

#include "preload/interpreter.h"
#include "preload/object.h"
#include "preload/process.h"
#include "preload/race/race.h"
#include "python/frames.h"
#include "python/inject.h"
#include "python/objects.h"

#include "preload/poison.h"

#define GIVEN  (-48)
#define TAKEN  40
#define SECOND 88
#define LOCKED (-64)
#define BEGIN  (-72)
#define END    128
#define GILS   64 /* interpreters at a time with a lock of their own; more are not watched */

struct gil {
    const char *mutex; /* NULL: free */
};

static struct gil gils[GILS];
static unsigned gil_count; /* highest in use, plus one */

static __thread struct {
    struct gil *held;
    bool waits; /* its request was recorded */
    bool given, taken;
} local __attribute__((tls_model("initial-exec")));

/* An interpreter ends: whoever asks for its lock from now on goes away instead of getting it, so
 * that the thread that ends it, and keeps it for ever, keeps nobody waiting. */
static bool over;

static struct gil *gil_of(const void *part) {
    unsigned count = __atomic_load_n(&gil_count, __ATOMIC_ACQUIRE);
    for (unsigned i = 0; i < count; i++) {
        ptrdiff_t at = (const char *)part - gils[i].mutex;
        if (gils[i].mutex && (at == 0 || at == GIVEN || at == TAKEN || at == SECOND))
            return &gils[i];
    }
    return NULL;
}

static bool is_taken(const struct gil *gil) {
    return __atomic_load_n((const int *)(gil->mutex + LOCKED), __ATOMIC_RELAXED) != 0;
}

static struct tc_ref object_of(struct tc_thread *self, const struct gil *gil, uint32_t stack) {
    return tc_py_ref(self, gil->mutex, TC_OBJECT_GIL, stack);
}

bool tc_py_gil_held(void) {
    return local.held != NULL;
}

static bool is_part(const void *part) {
    return gil_of(part) != NULL;
}

static void part_used(const void *part) {
    struct gil *gil = gil_of(part);
    ptrdiff_t at = (const char *)part - gil->mutex;
    if (at == 0)
        local.given = local.taken = false;
    else if (at == GIVEN)
        local.given = true;
    else if (at == TAKEN)
        local.taken = true;
}

static void part_waits(const void *mutex, struct tc_site site) {
    struct gil *gil = gil_of(mutex);
    struct tc_thread *self = mutex == gil->mutex && !local.waits ? tc_enter() : NULL;
    if (!self)
        return;
    uint32_t stack = tc_stack(self, site);
    struct tc_ref object = object_of(self, gil, stack);
    local.waits = true;
    tc_event_time(self);
    tc_event(self, TC_EV_REQUEST, object, stack, 0, 0);
    tc_wait_begin(self, TC_EV_REQUEST, object, stack);
    tc_leave(self);
}

static void tell_given(const struct gil *gil) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    tc_event(self, TC_EV_RELEASE, object_of(self, gil, 0), 0, 0, 0);
    tc_leave(self);
}

static void gave_up(struct gil *gil) {
    local.held = NULL;
    if (!over)
        tell_given(gil);
}

static void took(struct gil *gil, struct tc_site site) {
    local.held = gil;
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    uint32_t stack = tc_stack(self, site);
    tc_py_keep_pending();
    if (local.waits)
        tc_wait_end(self);
    tc_event(self, TC_EV_ACQUIRE, object_of(self, gil, stack), stack, 0, 0);
    tc_leave(self);
}

/* A thread that wanted it and goes away, as the interpreter ends. */
static void did_not_take(struct gil *gil, struct tc_site site) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    uint32_t stack = tc_stack(self, site);
    tc_wait_end(self);
    tc_event(self, TC_EV_REQUEST_FAILED, object_of(self, gil, stack), stack, 0, ECANCELED);
    tc_leave(self);
}

static void part_unlocks(const void *mutex, struct tc_site site) {
    struct gil *gil = gil_of(mutex);
    if (mutex != gil->mutex)
        return;
    if (local.held == gil && local.given && !is_taken(gil))
        gave_up(gil);
    else if (local.taken && is_taken(gil) && !over)
        took(gil, site);
    else if (local.waits)
        did_not_take(gil, site);
    local.waits = false;
}

static void part_destroyed(const void *mutex) {
    struct gil *gil = gil_of(mutex);
    if (mutex != gil->mutex)
        return;
    if (local.held == gil)
        gave_up(gil);
    struct tc_thread *self = tc_enter();
    if (self) {
        tc_object_destroy(self, (void *)gil->mutex, TC_OBJECT_GIL, 0);
        tc_leave(self);
    }
    __atomic_store_n(&gil->mutex, NULL, __ATOMIC_RELEASE);
}

static struct gil *place_for(const char *mutex) {
    struct gil *free_place = NULL;
    for (unsigned i = 0; i < GILS; i++) {
        if (gils[i].mutex == mutex)
            return &gils[i];
        if (!gils[i].mutex && !free_place)
            free_place = &gils[i];
    }
    return free_place;
}

static void begin(struct gil *gil, const char *mutex) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    tc_memory_freed(self, (uintptr_t)mutex + GIVEN, (uintptr_t)mutex + END, 0);
    struct tc_ref object = tc_object_init(self, (void *)mutex, TC_OBJECT_GIL, TC_ATTR_PYTHON, 0, 0);
    tc_object_set_name(self, object, "GIL");
    tc_leave(self);
    /* Its insides are guarded by its mutex, which is not recorded for itself. */
    tc_race_allow((uintptr_t)mutex + BEGIN, END - BEGIN);
    over = false;
    __atomic_store_n(&gil->mutex, mutex, __ATOMIC_RELEASE);
    unsigned index = (unsigned)(gil - gils);
    if (index >= gil_count)
        __atomic_store_n(&gil_count, index + 1, __ATOMIC_RELEASE);
    __atomic_store_n(&tc_interpreter.is_part, is_part, __ATOMIC_RELEASE);
}

static bool is_known_there(uintptr_t address, uint8_t type) {
    struct tc_object *object = tc_object_lookup(address, type);
    return object && object->state == TC_OBJECT_LIVE;
}

/* A forked child makes its lock again in the same place: what this thread held is no more. */
static void cond_made(const void *cond, uintptr_t caller) {
    const char *mutex = (const char *)cond - TAKEN;
    uintptr_t base = (uintptr_t)mutex;
    if (!is_known_there(base + GIVEN, TC_OBJECT_COND) || !is_known_there(base, TC_OBJECT_MUTEX) ||
        !is_known_there(base + SECOND, TC_OBJECT_MUTEX) || !tc_py_is_inside((const void *)caller))
        return;
    tc_py_look((const void *)caller);
    struct gil *gil = place_for(mutex);
    if (!gil)
        return;
    if (local.held == gil)
        gave_up(gil);
    begin(gil, mutex);
}

void tc_py_gil_ends(void) {
    if (over)
        return;
    if (local.held)
        tell_given(local.held);
    over = true;
}

void tc_py_gil_watch(void) {
    tc_interpreter.part_used = part_used;
    tc_interpreter.part_waits = part_waits;
    tc_interpreter.part_unlocks = part_unlocks;
    tc_interpreter.part_destroyed = part_destroyed;
    tc_interpreter.cond_made = cond_made;
}
