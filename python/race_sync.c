/* race_sync.c: what orders Python threads: starts and ends of threads, locks, hand-overs.
 *
 * A channel of the model is the address of what orders: a lock, a queue, a container by which
 * things are handed over; or the number of a thread.
 */
#include <string.h>

#include "preload/enter.h"
#include "preload/sys.h"
#include "python/race_rules.h"
#include "python/race_watch.h"
#include "python/races.h"

#include "preload/poison.h"

#define THREAD_CHANNEL(index) ((uint64_t)1 << 63 | (index))
#define ENDS                  (1u << 12)

__thread struct tc_pyrace_self tc_pyrace_self __attribute__((tls_model("initial-exec")));
struct tc_pyrace_watch tc_pyrace_watch;

static struct {
    uint32_t thread[TC_PYRACE_SLOTS]; /* the index of the thread in a slot */
    /* Locks that are released by the end of a thread, and tell that by being free. */
    struct end {
        const void *lock; /* a lock, or a handle */
        uint32_t thread;
        uint16_t slot;
    } ends[ENDS];
} threads;

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
                                             tc_pyraces_epoch(tc_pyrace_watch.races, slot)};
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

void tc_pyraces_announced(uint32_t index) {
    if (!tc_pyrace_watch.on || !in_interpreter())
        return;
    unsigned slot = tc_pyrace_slot(); /* in a forked child this begins anew */
    tc_pyrace_watch.threads = true;
    if (slot)
        tc_pyraces_send(tc_pyrace_watch.races, slot, THREAD_CHANNEL(index));
}

/* Needs no interpreter: it only makes the slot free. */
void tc_pyraces_thread_ended(void) {
    if (tc_pyrace_watch.on && tc_pyrace_self.slot &&
        tc_pyrace_self.generation == tc_process.generation + 1)
        tc_pyraces_end(tc_pyrace_watch.races, tc_pyrace_self.slot);
    tc_pyrace_self.slot = 0;
}

static struct end *end_at(const void *lock) {
    return &threads.ends[((uintptr_t)lock >> 4) * 0x9e3779b1u >> 7 & (ENDS - 1)];
}

/* The calling thread's end releases the lock. */
void tc_pyraces_ends_with(const void *lock) {
    unsigned slot = tc_pyrace_watch.on ? tc_pyrace_slot() : 0;
    if (slot)
        *end_at(lock) = (struct end){lock, threads.thread[slot], (uint16_t)slot};
}

/* True: the lock was that of a thread, which has ended. */
static bool learn_end(const void *lock, unsigned slot) {
    const struct end *end = end_at(lock);
    if (end->lock != lock)
        return false;
    tc_pyraces_learn_thread(tc_pyrace_watch.races, slot, end->slot);
    return true;
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

/* An Event that says it is set: as if one had waited for it. */
void tc_pyrace_learn_event(PyObject *event) {
    PyObject *type, *value, *trace;
    tc_py.PyErr_Fetch(&type, &value, &trace);
    PyObject *condition = tc_py.PyObject_GetAttrString(event, "_cond");
    PyObject *lock = condition ? tc_py.PyObject_GetAttrString(condition, "_lock") : NULL;
    if (lock)
        tc_pyrace_learn(lock);
    tc_py.Py_DecRef(lock);
    tc_py.Py_DecRef(condition);
    tc_py.PyErr_Restore(type, value, trace);
}

void tc_pyraces_lock_made(const void *lock) {
    if (!tc_pyrace_watch.threads)
        return;
    tc_pyraces_forget_channel(tc_pyrace_watch.races, (uintptr_t)lock);
    if (end_at(lock)->lock == lock)
        end_at(lock)->lock = NULL;
}

void tc_pyraces_acquired(const void *lock) {
    unsigned slot = tc_pyrace_watch.threads ? tc_pyrace_slot() : 0;
    if (!slot || learn_end(lock, slot))
        return;
    enum tc_pyrace_order order = tc_pyrace_order();
    if (order == TC_ORDER_BOTH || order == TC_ORDER_RECEIVE)
        tc_pyraces_receive(tc_pyrace_watch.races, slot, (uintptr_t)lock);
}

void tc_pyraces_releasing(const void *lock) {
    unsigned slot = tc_pyrace_watch.threads ? tc_pyrace_slot() : 0;
    if (!slot)
        return;
    enum tc_pyrace_order order = tc_pyrace_order();
    if (order == TC_ORDER_BOTH || order == TC_ORDER_SEND)
        tc_pyraces_send(tc_pyrace_watch.races, slot, (uintptr_t)lock);
}

void tc_pyraces_sent(const void *channel) {
    tc_pyrace_send(channel);
}

void tc_pyraces_received(const void *channel) {
    tc_pyrace_receive(channel);
}
