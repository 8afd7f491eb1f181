/* race_sync.c: what orders Python threads: starts and ends of threads, locks, hand-overs.
 *
 * A channel of the model is the address of what orders: a lock, a queue, a container by which
 * things are handed over; or the number of a thread.
 */
#include <string.h>

#include "preload/enter.h"
#include "preload/interpreter.h"
#include "preload/sys.h"
#include "python/objects.h"
#include "python/race_rules.h"
#include "python/race_watch.h"

#include "preload/poison.h"

#define THREAD_CHANNEL(index) ((uint64_t)1 << 63 | (index))

__thread struct tc_pyrace_self tc_pyrace_self __attribute__((tls_model("initial-exec")));
struct tc_pyrace_watch tc_pyrace_watch;

static struct { uint32_t thread[TC_PYRACE_SLOTS]; /* the index of the thread in a slot */ } threads;

/* Threads. */

/* Also where the guard is on: a thread that starts another. */
static uint32_t own_index(void) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return tc_local.thread ? tc_thread_index(tc_local.thread) : 0;
    uint32_t index = tc_thread_index(self);
    tc_leave(self);
    return index;
}

/* A child knows nothing of what its parent's threads did. */
static bool begin_forked(void) {
    tc_pyraces_free(tc_pyrace_watch.races);
    memset(&threads, 0, sizeof threads);
    tc_pyrace_tell_forked();
    tc_pyrace_watch.threads = false;
    return tc_pyrace_watch.on = tc_pyrace_begin_model();
}

bool tc_pyrace_begin_model(void) {
    tc_pyrace_watch.races = tc_pyraces_new();
    if (!tc_pyrace_watch.races)
        return false;
    tc_pyrace_watch.surface = tc_pyraces_surface(tc_pyrace_watch.races);
    tc_pyrace_watch.generation = tc_process.generation + 1; /* not 0, which no thread has */
    return true;
}

unsigned tc_pyrace_begin_thread(void) {
    uint32_t index = own_index();
    if (!index)
        return 0;
    if (tc_pyrace_watch.generation != tc_process.generation + 1 && !begin_forked())
        return 0;
    unsigned slot = tc_pyraces_begin(tc_pyrace_watch.races);
    tc_pyrace_self = (struct tc_pyrace_self){tc_pyrace_watch.generation, (uint16_t)slot,
                                             tc_pyraces_epoch(tc_pyrace_watch.races, slot),
                                             tc_pyraces_notes(tc_pyrace_watch.races, slot)};
    if (slot) {
        threads.thread[slot] = index;
        tc_pyraces_receive(tc_pyrace_watch.races, slot, THREAD_CHANNEL(index));
        tc_pyraces_forget_channel(tc_pyrace_watch.races, THREAD_CHANNEL(index));
    }
    return slot;
}

uint32_t tc_pyrace_thread_of(unsigned slot) {
    return threads.thread[slot];
}

static bool in_interpreter(void) {
    void *running = tc_py_running();
    return running && running == tc_py.PyGILState_GetThisThreadState();
}

static void announced(uint32_t index) {
    if (!tc_pyrace_watch.on || !in_interpreter())
        return;
    unsigned slot = tc_pyrace_slot(); /* in a forked child this begins anew */
    tc_pyrace_watch.threads = true;
    tc_pyrace_look_for_channels();
    if (slot)
        tc_pyraces_send(tc_pyrace_watch.races, slot, THREAD_CHANNEL(index));
}

/* Needs no interpreter: it only makes the slot free. */
static void thread_ended(void) {
    if (tc_pyrace_watch.on && tc_pyrace_self.slot &&
        tc_pyrace_self.generation == tc_process.generation + 1)
        tc_pyraces_end(tc_pyrace_watch.races, tc_pyrace_self.slot);
    tc_pyrace_self.slot = 0;
}

/* What orders. */

void tc_pyrace_send(const void *channel) {
    unsigned slot = tc_pyrace_watch.threads ? tc_pyrace_slot() : 0;
    if (slot)
        tc_pyraces_send(tc_pyrace_watch.races, slot, (uintptr_t)channel);
}

void tc_pyrace_receive(const void *channel) {
    unsigned slot = tc_pyrace_watch.threads ? tc_pyrace_slot() : 0;
    if (slot)
        tc_pyraces_receive(tc_pyrace_watch.races, slot, (uintptr_t)channel);
}

void tc_pyrace_learn(const void *channel) {
    unsigned slot = tc_pyrace_watch.threads ? tc_pyrace_slot() : 0;
    if (slot)
        tc_pyraces_learn(tc_pyrace_watch.races, slot, (uintptr_t)channel);
}

/* What objects.h tells of. */

static bool is_lock(const void *object) {
    static PyObject *types[2];
    PyObject *type = ((const PyObject *)object)->type;
    if (type == types[0] || type == types[1])
        return true;
    uint8_t kind = tc_py_lock_type(object);
    if (kind)
        types[kind == TC_OBJECT_PY_RLOCK] = type;
    return kind != 0;
}

static enum tc_pyrace_order order_by(const void *object) {
    if (is_lock(object))
        return tc_pyrace_order();
    return tc_pyrace_class_orders() ? TC_ORDER_BOTH : TC_ORDER_NONE;
}

static void acquired(const void *object) {
    unsigned slot = tc_pyrace_watch.threads ? tc_pyrace_slot() : 0;
    if (!slot)
        return;
    enum tc_pyrace_order order = order_by(object);
    if (order == TC_ORDER_BOTH || order == TC_ORDER_RECEIVE)
        tc_pyraces_receive(tc_pyrace_watch.races, slot, (uintptr_t)object);
}

static void released(const void *object) {
    unsigned slot = tc_pyrace_watch.threads ? tc_pyrace_slot() : 0;
    if (!slot)
        return;
    enum tc_pyrace_order order = order_by(object);
    if (order == TC_ORDER_BOTH || order == TC_ORDER_SEND)
        tc_pyraces_send(tc_pyrace_watch.races, slot, (uintptr_t)object);
}

static void gone(const void *object) {
    if (tc_pyrace_watch.threads)
        tc_pyraces_forget_channel(tc_pyrace_watch.races, (uintptr_t)object);
}

/* Threads are known by their numbers already when they start (announced). */
static void not_needed(const void *token) {
    (void)token;
}

static const struct tc_py_listener listener = {
    .acquired = acquired,
    .released = released,
    .gone = gone,
    .starting = not_needed,
    .started = not_needed,
    .ending = tc_pyrace_send,
    .joined = tc_pyrace_receive,
};

void tc_pyrace_sync_begin(void) {
    tc_py_listener = &listener;
    tc_interpreter.thread_announced = announced;
    tc_interpreter.thread_ended = thread_ended;
}
