/* hook_thread.c: starting, ending and joining threads, for pthread_* and thrd_* alike.
 *
 * What: the pool of start records, the end of a thread, and what was joined or detached.
 * Threads: both tables are lock-free.
 *
 * A thread's end is recorded by the destructor of a thread-specific key, which puts itself off to
 * the last round, so that what other destructors lock is still recorded.  The key is made with the
 * first thread, so that a program without threads finds all of its keys free.
 */
#include "preload/hook_thread.h"

#include <limits.h>
#include <string.h>

#include "preload/hook_signal.h"
#include "preload/interpreter.h"
#include "preload/race/race.h"
#include "preload/spawn.h"
#include "preload/sys.h"

/* Starts in flight.  One more than that and a thread starts without its edge to its creator. */
#define STARTS 4096

static struct tc_start starts[STARTS];
static uint32_t next_start;

static struct tc_start *take_start(void) {
    for (unsigned i = 0; i < STARTS; i++) {
        unsigned place = __atomic_fetch_add(&next_start, 1, __ATOMIC_RELAXED) % STARTS;
        uint32_t expected = 0;
        if (__atomic_compare_exchange_n(&starts[place].taken, &expected, 1, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED))
            return &starts[place];
    }
    return NULL;
}

static void give_start(struct tc_start *start) {
    __atomic_store_n(&start->taken, 0, __ATOMIC_RELEASE);
}

/* What became of a thread, and its index, by the id of its object.  A place that is wanted by too
 * many forgets. */
#define FATES 65536
#define TRIES 8
enum fate { JOINABLE, DETACHED, JOINED };
static uint64_t fates[FATES]; /* object << 32 | thread index << 2 | enum fate */

static uint64_t *fate_place(uint32_t object, bool add) {
    uint32_t hash = object * 0x9e3779b1u >> 16;
    uint64_t *fallback = &fates[hash];
    for (unsigned i = 0; i < TRIES; i++) {
        uint64_t *place = &fates[(hash + i) % FATES];
        uint64_t seen = __atomic_load_n(place, __ATOMIC_RELAXED);
        if (seen >> 32 == object)
            return place;
        if (add && seen == 0 &&
            __atomic_compare_exchange_n(place, &seen, (uint64_t)object << 32, false,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            return place;
    }
    return add ? fallback : NULL;
}

static uint32_t known_of(uint32_t object) {
    const uint64_t *place = object ? fate_place(object, false) : NULL;
    return place ? (uint32_t)__atomic_load_n(place, __ATOMIC_RELAXED) : 0;
}

static enum fate fate_of(uint32_t object) {
    return (enum fate)(known_of(object) & 3);
}

static void set_fate(uint32_t object, uint32_t index, enum fate fate) {
    if (object)
        __atomic_store_n(fate_place(object, true), (uint64_t)object << 32 | index << 2 | fate,
                         __ATOMIC_RELAXED);
}

void tc_fates_forked(void) {
    if (next_start)
        memset(fates, 0, sizeof fates);
}

/* The key whose destructor sees a thread end.  Keys below 32 need no memory in a new thread. */
#define KEY_NONE  0
#define KEY_BEING 1
#define KEY_MADE  2
static pthread_key_t key;
static uint32_t key_state;

static void thread_ends(void *round) {
    uintptr_t number = (uintptr_t)round;
    if (number < PTHREAD_DESTRUCTOR_ITERATIONS &&
        pthread_setspecific(key, (void *)(number + 1)) == 0)
        return;
    struct tc_thread *self = tc_enter();
    if (self)
        tc_thread_exit(self);
}

static void make_key(void) {
    uint32_t expected = KEY_NONE;
    if (__atomic_load_n(&key_state, __ATOMIC_ACQUIRE) == KEY_MADE ||
        !__atomic_compare_exchange_n(&key_state, &expected, KEY_BEING, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED))
        return;
    if (pthread_key_create(&key, thread_ends) == 0 && key < 32)
        __atomic_store_n(&key_state, KEY_MADE, __ATOMIC_RELEASE);
}

void tc_watch_exit(void) {
    if (__atomic_load_n(&key_state, __ATOMIC_ACQUIRE) == KEY_MADE && !pthread_getspecific(key))
        pthread_setspecific(key, (void *)1);
}

static bool is_detached(const pthread_attr_t *attributes) {
    int state = PTHREAD_CREATE_JOINABLE;
    if (attributes)
        pthread_attr_getdetachstate(attributes, &state);
    return state == PTHREAD_CREATE_DETACHED;
}

/* What stack the thread is going to have: races forget what was in its place before. */
static void find_stack(struct tc_new_thread *thread, const pthread_attr_t *attributes) {
    pthread_attr_t usual;
    void *low = NULL;
    size_t size = 0;
    if (attributes && pthread_attr_getstack(attributes, &low, &size) == 0 &&
        (uintptr_t)low + size != 0) { /* the end of a stack that is not given is NULL */
        thread->stack_low = (uintptr_t)low;
    } else if (attributes) {
        pthread_attr_getstacksize(attributes, &thread->stack_size);
    } else if (pthread_attr_init(&usual) == 0) {
        pthread_attr_getstacksize(&usual, &thread->stack_size);
        pthread_attr_destroy(&usual);
    }
}

struct tc_start *tc_start_begin(struct tc_thread *self, uintptr_t routine, void *arg,
                                const pthread_attr_t *attributes, uint32_t stack) {
    bool detached = is_detached(attributes);
    make_key();
    tc_watch_exit();
    struct tc_start *start = take_start();
    if (!start)
        return NULL;
    tc_thread_prepare(self);
    struct tc_lock_state signals = tc_signals_hold(); /* once for all locks below */
    start->thread = tc_thread_announce(self, routine, stack, detached);
    if (tc_race_on())
        find_stack(&start->thread, attributes);
    start->routine.address = routine;
    start->arg = arg;
    set_fate(start->thread.object.id, start->thread.index, detached ? DETACHED : JOINABLE);
    tc_signals_let(signals);
    if (tc_interpreter.thread_announced) /* enters the recorder itself */
        tc_interpreter.thread_announced(start->thread.index);
    return start;
}

void tc_start_end(struct tc_new_thread thread, struct tc_start *start, const pthread_t *handle,
                  int error) {
    struct tc_thread *self = tc_enter();
    if (error == 0)
        tc_thread_bind(thread, *handle);
    else
        give_start(start);
    if (!self)
        return;
    if (error != 0)
        tc_thread_create_failed(self, thread, error);
    tc_leave(self);
}

struct tc_start tc_start_enter(struct tc_start *start) {
    struct tc_start copy = *start;
    give_start(start);
    struct tc_lock_state signals = tc_signals_hold();
    tc_thread_bind(copy.thread, pthread_self());
    struct tc_thread *self = tc_thread_start(copy.thread);
    if (self)
        tc_leave(self);
    tc_mask_changed(signals.signals); /* inherited, or given by an attribute */
    tc_watch_exit();
    tc_signals_let(signals);
    return copy;
}

struct tc_join tc_join_begin(struct tc_thread *self, pthread_t handle, uint32_t stack) {
    struct tc_join join = {.object = tc_object_find((void *)handle, TC_OBJECT_THREAD),
                           .stack = stack};
    enum fate fate = fate_of(join.object.id);
    if (fate != JOINABLE) {
        tc_misuse(self, TC_EV_THREAD_JOIN_FAILED, join.object, stack,
                  fate == JOINED ? ESRCH : EINVAL);
        join.told = true;
    }
    tc_spawn_join_begins(self, join.object.id);
    return join;
}

int tc_join_call(struct tc_join *join, enum tc_event_code request, void *function, long a, long b,
                 long c, long d) {
    struct tc_blocking call = {.object = join->object, .stack = join->stack, .request = request};
    return (int)tc_blocking_call(&call, function, a, b, c, d);
}

static bool is_misuse(int error) {
    return error != ETIMEDOUT && error != EBUSY;
}

void tc_join_end(const struct tc_join *join, int error) {
    struct tc_thread *self = tc_enter();
    if (!self) {
        tc_spawn_join_ends(NULL, join->object.id, TC_JOIN_FAILED);
        return;
    }
    if (error == 0) {
        set_fate(join->object.id, known_of(join->object.id) >> 2, JOINED);
        tc_event(self, TC_EV_THREAD_JOIN, join->object, join->stack, 0, 0);
    } else if (!join->told) {
        if (is_misuse(error))
            tc_materialise(self);
        tc_event(self, TC_EV_THREAD_JOIN_FAILED, join->object, join->stack, 0, (uint32_t)error);
    }
    tc_spawn_join_ends(self, join->object.id, error ? TC_JOIN_FAILED : TC_JOIN_JOINED);
    tc_leave(self);
}

void tc_detach_end(const struct tc_join *join, int error) {
    struct tc_thread *self = tc_enter();
    if (!self) {
        tc_spawn_join_ends(NULL, join->object.id, TC_JOIN_FAILED);
        return;
    }
    if (error == 0)
        set_fate(join->object.id, known_of(join->object.id) >> 2, DETACHED);
    else
        tc_materialise(self);
    tc_event(self, TC_EV_THREAD_DETACH, join->object, join->stack, 0, (uint32_t)error);
    tc_spawn_join_ends(self, join->object.id, error ? TC_JOIN_FAILED : TC_JOIN_DETACHED);
    tc_leave(self);
}

uint32_t tc_index_of_handle(struct tc_thread *self, pthread_t handle) {
    if (pthread_equal(handle, pthread_self()))
        return tc_thread_index(self);
    return known_of(tc_object_find((void *)handle, TC_OBJECT_THREAD).id) >> 2;
}
