/* fork_held.c: see fork_held.h.
 *
 * A held list is written by its thread alone: an entry is added after the lock was taken and
 * removed before it is given up, so what is read here, if late, is held less than is said, never
 * more.
 */
#include "preload/fork_held.h"

#include <pthread.h>

#include "preload/thread.h"

#include "preload/poison.h"

static __thread struct tc_fork_held *wanted __attribute__((tls_model("initial-exec")));

static void add_thread(struct tc_fork_held *into, const struct tc_thread *thread) {
    const struct tc_held_list *held = __atomic_load_n(&thread->held, __ATOMIC_ACQUIRE);
    uint32_t count = held ? __atomic_load_n(&held->count, __ATOMIC_ACQUIRE) : 0;
    for (uint32_t i = 0; i < count && into->count < TC_FORK_HELD_MAX; i++) {
        uint64_t entry = __atomic_load_n(&held->entries[i], __ATOMIC_RELAXED);
        into->entries[into->count].object = tc_held_object(entry);
        into->entries[into->count].stack = tc_held_stack(entry);
        into->entries[into->count].thread = thread->index;
        into->count++;
    }
}

static void collect(void) {
    struct tc_fork_held *into = wanted;
    if (!into)
        return;
    into->count = 0;
    for (const struct tc_thread *thread = __atomic_load_n(&tc_threads, __ATOMIC_ACQUIRE); thread;
         thread = thread->next)
        if (thread != tc_local.thread && thread->index &&
            __atomic_load_n(&thread->state, __ATOMIC_ACQUIRE) == TC_THREAD_LIVE)
            add_thread(into, thread);
}

void tc_fork_held_begin(void) {
    pthread_atfork(collect, NULL, NULL);
}

void tc_fork_held_into(struct tc_fork_held *held) {
    wanted = held;
    collect();
}

void tc_fork_held_tell(struct tc_thread *self, uint32_t stack, const struct tc_fork_held *held) {
    for (uint32_t i = 0; i < held->count; i++)
        tc_event(self, TC_EV_FORK_HELD, (struct tc_ref){.id = held->entries[i].object}, stack,
                 held->entries[i].thread, held->entries[i].stack);
}
