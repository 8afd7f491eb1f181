/* tsan_interface.c: the rest of what a program that was built with -fsanitize=thread may call:
 * start, releases and acquires, ignored regions, objects of libraries, Java.
 *
 * What: edges and ignored regions go to the core.  Stacks are taken from the stack itself, so that
 *       entering and leaving a function costs nothing.
 * Threads: any.
 */
#include <sched.h>

#include "preload/race/core.h"
#include "preload/race/tsan.h"

#include "preload/poison.h"

TSAN(void, __tsan_init, void) {}
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

/* What a Java machine tells. */
TSAN(void, __tsan_java_init, unsigned long heap, unsigned long size) {
    (void)heap;
    (void)size;
}
TSAN(int, __tsan_java_fini, void) {
    return 0;
}
TSAN(void, __tsan_java_alloc, unsigned long address, unsigned long size) {
    tc_race_forget(address, address + size);
}
TSAN(void, __tsan_java_free, unsigned long address, unsigned long size) {
    tc_race_forget(address, address + size);
}
TSAN(void, __tsan_java_move, unsigned long from, unsigned long to, unsigned long size) {
    tc_race_forget(from, from + size);
    tc_race_forget(to, to + size);
}
TSAN(unsigned long, __tsan_java_find, unsigned long *from, unsigned long to) {
    (void)from;
    (void)to;
    return 0;
}
/* What it is about to finalise nobody can be using any more. */
TSAN(void, __tsan_java_finalize, void) {
    struct tc_race_thread *thread = tc_race_local.thread;
    if (thread && !thread->busy)
        tc_race_know_all(thread);
}
TSAN(void, __tsan_java_mutex_lock, unsigned long address) {
    tc_race_atomic_acquire(address);
}
TSAN(void, __tsan_java_mutex_unlock, unsigned long address) {
    tc_race_atomic_release(address);
}
TSAN(void, __tsan_java_mutex_read_lock, unsigned long address) {
    tc_race_atomic_acquire(address);
}
TSAN(void, __tsan_java_mutex_read_unlock, unsigned long address) {
    tc_race_atomic_release(address);
}
TSAN(void, __tsan_java_mutex_lock_rec, unsigned long address, int levels) {
    (void)levels;
    tc_race_atomic_acquire(address);
}
TSAN(int, __tsan_java_mutex_unlock_rec, unsigned long address) {
    tc_race_atomic_release(address);
    return 1;
}
TSAN(int, __tsan_java_acquire, unsigned long address) {
    tc_race_atomic_acquire(address);
    return 0;
}
TSAN(int, __tsan_java_release, unsigned long address) {
    tc_race_atomic_release(address);
    return 0;
}
TSAN(int, __tsan_java_release_store, unsigned long address) {
    tc_race_atomic_release(address);
    return 0;
}

/* For tests that want two threads to meet without an edge between them. */
TSAN(void, __tsan_testonly_barrier_init, uint64_t *barrier, uint32_t count) {
    *barrier = count;
}
TSAN(void, __tsan_testonly_barrier_wait, uint64_t *barrier) {
    uint64_t count = (uint32_t)__atomic_load_n(barrier, __ATOMIC_RELAXED);
    uint64_t arrived = __atomic_fetch_add(barrier, 1ull << 32, __ATOMIC_SEQ_CST) >> 32;
    uint64_t round = arrived / count;
    while ((__atomic_load_n(barrier, __ATOMIC_SEQ_CST) >> 32) / count == round)
        sched_yield();
}
TSAN(unsigned long, __tsan_testonly_shadow_stack_current_size, void) {
    return 0;
}
