/* shutdown.c: the process ends only after its threads that are not daemons.
 *
 * When: as in Python, before anything else that happens at exit.  What runs first of all in exit()
 *       are the destructors of the calling thread's thread-local objects, so one is registered for
 *       the main thread; handlers of atexit and destructors of static objects come after it.  An
 *       exit() of another thread waits in an atexit handler.
 */
#include "thread.h"

#include <stdlib.h>
#include <unistd.h>

extern int __cxa_thread_atexit_impl(void (*destroy)(void *), void *object, void *library);
extern void *__dso_handle;

/* One that must still end, pinned, or NULL. */
static threading_thread *next_to_wait_for(const threading_thread *self) {
    threading_word_lock(&threading_registry_guard);
    threading_thread *thread = threading_registry;
    for (; thread; thread = thread->next) {
        uint32_t phase = threading_phase(thread);
        if (thread->kind == THREADING_MADE_HERE && !thread->daemon && thread != self &&
            phase != THREADING_EXITING && phase != THREADING_GONE)
            break;
    }
    if (thread)
        __atomic_add_fetch(&thread->pins, 1, __ATOMIC_RELAXED);
    threading_word_unlock(&threading_registry_guard);
    return thread;
}

static void wait_for_threads(bool exits) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    threading_thread *self = threading_known_self();
    exits = exits || (self && self == threading_main_thread());
    if (exits && self && threading_phase(self) == THREADING_RUNNING)
        threading_set_phase(self, THREADING_EXITING);
    for (threading_thread *thread; (thread = next_to_wait_for(self));) {
        threading_tell_join_request(thread, &site, false);
        threading_wait_for_end(thread, THREADING_NEVER);
        threading_tell_channel(thread, &site, TC_EV_HAPPENS_AFTER);
        threading_unpin(thread);
    }
}

int threading_shutdown(void) {
    wait_for_threads(false);
    return 0;
}

static void at_exit(void) {
    wait_for_threads(true);
}

static void at_exit_of_main(void *unused) {
    (void)unused;
    wait_for_threads(true);
}

void threading_wait_at_exit(void) {
    atexit(at_exit);
    if (gettid() == getpid())
        __cxa_thread_atexit_impl(at_exit_of_main, NULL, &__dso_handle);
}
