/* tsan_interface.c: the rest of what a program that was built with -fsanitize=thread may call:
 * start, releases and acquires, ignored regions, objects of libraries.
 *
 * What: edges and ignored regions go to the core.  Stacks are taken from the stack itself, so that
 *       entering and leaving a function costs nothing.
 * Threads: any.
 */
#include <sched.h>

#include "preload/race/core.h"
#include "preload/race/tsan.h"

#include "preload/poison.h"

TSAN(void, __tsan_init, void) {
    tc_race_compiled();
}
extern __typeof__(__tsan_init) tc_own_tsan_init
    __attribute__((alias("__tsan_init"), visibility("hidden")));

/* The program's definition comes before ours in the search order of the loader. */
bool tc_race_runtime_is_foreign(void) {
    void (*volatile found)(void) = __tsan_init;
    return found != tc_own_tsan_init;
}
TSAN(void, __tsan_flush_memory, void) {}

/* Libc has it in the part that is linked into each program; where that comes after libtsan, the
 * program takes libtsan's. */
extern int __cxa_atexit(void (*function)(void *), void *argument, void *module);
int atexit(void (*function)(void));
TC_EXPORT int atexit(void (*function)(void)) {
    return __cxa_atexit((void (*)(void *))(void (*)(void))function, NULL, NULL);
}

TSAN(void, __tsan_acquire, void *address) {
    tc_race_atomic_acquire((uintptr_t)address);
}
TSAN(void, __tsan_release, void *address) {
    tc_race_atomic_release((uintptr_t)address);
}

void tc_tsan_ignore(int step) {
    struct tc_race_thread *thread = tc_race_local.thread;
    if (thread && (step > 0 || thread->ignore))
        thread->ignore += (uint32_t)step;
}
TSAN(void, __tsan_ignore_thread_begin, void) {
    tc_tsan_ignore(1);
}
TSAN(void, __tsan_ignore_thread_end, void) {
    tc_tsan_ignore(-1);
}

/* Objects whose accesses a library tells of. */
TSAN(void *, __tsan_external_register_tag, const char *type) {
    return (void *)type;
}
TSAN(void, __tsan_external_register_header, void *tag, const char *header) {
    (void)tag;
    (void)header;
}
TSAN(void, __tsan_external_assign_tag, void *address, void *tag) {
    (void)address;
    (void)tag;
}
TSAN(void, __tsan_external_read, void *address, void *caller, void *tag) {
    (void)caller;
    (void)tag;
    if (tc_race_local.key)
        tc_race_range(address, 1, 0, TC_SITE());
}
TSAN(void, __tsan_external_write, void *address, void *caller, void *tag) {
    (void)caller;
    (void)tag;
    if (tc_race_local.key)
        tc_race_range(address, 1, TC_ACCESS_WRITE, TC_SITE());
}

/* For tests that want two threads to meet without an edge between them.  Of 8 bytes in older
 * headers, of 4 in newer ones: the count of threads, and above it how often any has come. */
#define BARRIER_THREADS 1024u
TSAN(void, __tsan_testonly_barrier_init, uint32_t *barrier, uint32_t count) {
    *barrier = count % BARRIER_THREADS;
}
TSAN(void, __tsan_testonly_barrier_wait, uint32_t *barrier) {
    uint32_t before = __atomic_fetch_add(barrier, BARRIER_THREADS, __ATOMIC_SEQ_CST);
    uint32_t count = before % BARRIER_THREADS, round = before / BARRIER_THREADS / (count + !count);
    while (count && __atomic_load_n(barrier, __ATOMIC_SEQ_CST) / BARRIER_THREADS / count == round)
        sched_yield();
}
TSAN(unsigned long, __tsan_testonly_shadow_stack_current_size, void) {
    return 0;
}
