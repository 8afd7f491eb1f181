/* fork_held.c: see fork_held.h.
 *
 * A held list is written by its thread alone: an entry is added after the lock was taken and
 * removed before it is given up, so what is read here, if late, is held less than is said, never
 * more.
 */
#include "preload/fork_held.h"

#include <pthread.h>
#include <sys/mman.h>

#include "preload/sys.h"
#include "preload/thread.h"

#include "preload/object.h"
#include "preload/poison.h"

static __thread struct tc_fork_held *wanted __attribute__((tls_model("initial-exec")));

/* Shared with the children: 1 for one that replaced itself.  [0] is not used. */
static uint32_t *fates;
static int fate_pids[TC_FORK_FATES + 1]; /* whose each is */
static uint32_t fate_count;
static uint32_t *own_fate; /* in a child: its own, in the memory of its parent's */

/* A place for the fate of the child to come; 0: there is none left. */
static uint32_t new_fate(void) {
    if (!__atomic_load_n(&fates, __ATOMIC_ACQUIRE)) {
        long at = TC_SYSCALL_6(SYS_mmap, 0, (TC_FORK_FATES + 1) * sizeof *fates,
                               PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        uint32_t *none = NULL;
        if (at < 0 && at > -4096)
            return 0;
        if (!__atomic_compare_exchange_n(&fates, &none, (uint32_t *)at, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_ACQUIRE))
            tc_unmap((void *)at, (TC_FORK_FATES + 1) * sizeof *fates);
    }
    uint32_t fate = __atomic_add_fetch(&fate_count, 1, __ATOMIC_RELAXED);
    return fate <= TC_FORK_FATES ? fate : 0;
}

/* A Lock of Python's may be released by another thread than took it: the list of that one then says
 * too much. */
static bool is_past(uint32_t id) {
    const struct tc_object *object = tc_object_by_id(id);
    return !object || object->state != TC_OBJECT_LIVE ||
           __atomic_load_n(&object->attr, __ATOMIC_RELAXED) & TC_ATTR_HANDED_OVER;
}

static void add_thread(struct tc_fork_held *into, const struct tc_thread *thread) {
    const struct tc_held_list *held = __atomic_load_n(&thread->held, __ATOMIC_ACQUIRE);
    uint32_t count = held ? __atomic_load_n(&held->count, __ATOMIC_ACQUIRE) : 0;
    for (uint32_t i = 0; i < count && into->count < TC_FORK_HELD_MAX; i++) {
        uint64_t entry = __atomic_load_n(&held->entries[i], __ATOMIC_RELAXED);
        if (is_past(tc_held_object(entry)))
            continue;
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
    if (into->count && !into->fate && !(into->fate = new_fate()))
        into->count = 0;
}

void tc_fork_held_begin(void) {
    pthread_atfork(collect, NULL, NULL);
}

void tc_fork_held_into(struct tc_fork_held *held) {
    wanted = held;
    if (held)
        held->fate = 0;
    collect();
}

void tc_fork_held_tell(struct tc_thread *self, uint32_t stack, const struct tc_fork_held *held) {
    for (uint32_t i = 0; i < held->count; i++)
        tc_event(self, TC_EV_FORK_HELD, (struct tc_ref){.id = held->entries[i].object}, stack,
                 held->entries[i].thread, held->entries[i].stack);
}

void tc_fork_fate_parent(const struct tc_fork_held *held, int child) {
    if (held->fate)
        fate_pids[held->fate] = child;
}

void tc_fork_fate_child(const struct tc_fork_held *held) {
    own_fate = held->fate ? &fates[held->fate] : NULL;
    fates = NULL; /* its own children get another page */
    fate_count = 0;
}

void tc_fork_fate_exec(bool does) {
    if (own_fate)
        __atomic_store_n(own_fate, does, __ATOMIC_RELEASE);
}

void tc_fork_fates_tell(struct tc_thread *self) {
    for (uint32_t i = 1; fates && i <= fate_count && i <= TC_FORK_FATES; i++)
        if (__atomic_load_n(&fates[i], __ATOMIC_ACQUIRE) && fate_pids[i])
            tc_event(self, TC_EV_FORK_EXECED, (struct tc_ref){0}, 0, (uint64_t)fate_pids[i], 0);
}
