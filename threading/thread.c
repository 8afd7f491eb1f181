/* thread.c: Thread: create, start, join, and its attributes.
 *
 * A thread's pthread is joinable and is joined by the first who joins the Thread, so that nothing
 * of it runs when join returns; others wait for that one.
 */
#include "thread.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void threading_set_phase(threading_thread *thread, enum threading_phase phase) {
    __atomic_store_n(&thread->phase, phase, __ATOMIC_RELEASE);
    threading_futex_wake(&thread->phase, UINT32_MAX);
}

void threading_tell_channel(const threading_thread *thread, const struct tc_library_site *site,
                            enum tc_event_code code) {
    struct tc_library_object channel = {thread, thread->name, 0, TC_OBJECT_CHANNEL};
    if (THREADING_WATCHED())
        THREADING_TELL(&channel, site, code, 0, 0);
}

/* The name that debuggers, top and threadcheck show: Linux keeps 15 characters.  The main thread's
 * would be the process's. */
static void show_name(const threading_thread *thread) {
    char text[16];
    strncpy(text, thread->name, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    if (thread->kind == THREADING_MADE_HERE)
        pthread_setname_np(thread->native, text);
    struct tc_library_object object = threading_thread_object(thread);
    if (THREADING_WATCHED())
        threading_watch->set_name(&object);
}

/* Also after pthread_exit and cancellation. */
static void end(void *argument) {
    threading_release_attributes();
    threading_set_phase(argument, THREADING_ENDED);
}

static void *threading_run_thread(void *argument) {
    threading_thread *self = argument;
    threading_self.thread = self;
    self->native = pthread_self();
    self->native_id = gettid();
    show_name(self);
    pthread_cleanup_push(end, self);
    threading_set_phase(self, THREADING_RUNNING);
    self->target(self->arg);
    pthread_cleanup_pop(1);
    return NULL;
}

int threading_thread_create(threading_thread **thread, void (*target)(void *), void *arg,
                            const struct threading_thread_options *options) {
    int daemon = options ? options->daemon : -1;
    if (!thread || !target || daemon < -1 || daemon > 1)
        return EINVAL;
    if (daemon == -1) {
        threading_thread *self = threading_current_thread();
        daemon = self ? self->daemon : 1;
    }
    threading_thread *made = calloc(1, sizeof *made);
    if (!made)
        return ENOMEM;
    made->target = target;
    made->arg = arg;
    made->daemon = daemon;
    bool named = options && options->name;
    if (named ? threading_name_set(&made->name, options->name)
              : threading_name_new(&made->name, "Thread")) {
        free(made);
        return ENOMEM;
    }
    *thread = made;
    return 0;
}

static int mark_started(threading_thread *thread) {
    threading_word_lock(&threading_registry_guard);
    bool fresh = threading_phase(thread) == THREADING_NEW;
    if (fresh) {
        __atomic_store_n(&thread->phase, THREADING_STARTING, __ATOMIC_RELEASE);
        threading_registry_add(thread);
        __atomic_add_fetch(&thread->pins, 1, __ATOMIC_RELAXED);
    }
    threading_word_unlock(&threading_registry_guard);
    return fresh ? 0 : EALREADY;
}

static void mark_not_started(threading_thread *thread) {
    threading_word_lock(&threading_registry_guard);
    threading_registry_remove(thread);
    threading_word_unlock(&threading_registry_guard);
    threading_set_phase(thread, THREADING_NEW);
}

/* Threads that nobody joins would keep their stacks; those whose pthread has ended are joined here.
 * Not under threadcheck, where it would show as an order between threads that there is not. */
static void reap_some(void) {
    threading_word_lock(&threading_registry_guard);
    for (threading_thread *thread = threading_registry, *next; thread; thread = next) {
        next = thread->next;
        uint32_t phase = THREADING_ENDED;
        if (!__atomic_compare_exchange_n(&thread->phase, &phase, THREADING_REAPING, false,
                                         __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            continue;
        if (pthread_tryjoin_np(thread->native, NULL) == 0) {
            threading_registry_remove(thread);
            threading_set_phase(thread, THREADING_GONE);
        } else {
            threading_set_phase(thread, THREADING_ENDED);
        }
    }
    threading_word_unlock(&threading_registry_guard);
}

int threading_thread_start(threading_thread *thread) {
    int result = mark_started(thread);
    if (result)
        return result;
    if (!THREADING_WATCHED())
        reap_some();
    pthread_t native;
    if (pthread_create(&native, NULL, threading_run_thread, thread)) {
        mark_not_started(thread);
        result = EAGAIN;
    }
    while (!result && threading_phase(thread) == THREADING_STARTING)
        threading_futex_wait(&thread->phase, THREADING_STARTING, THREADING_NEVER);
    threading_unpin(thread);
    return result;
}

/* Under threadcheck by trying, so that the join is not told as requested a second time. */
static void join_pthread(pthread_t native) {
    const struct timespec while_it_ends = {0, 20000};
    if (THREADING_WATCHED())
        while (pthread_tryjoin_np(native, NULL) == EBUSY)
            nanosleep(&while_it_ends, NULL);
    else
        pthread_join(native, NULL);
}

/* Joins the pthread; uncancellable, as somebody must finish it. */
static void threading_reap(threading_thread *thread) {
    int state;
    struct tc_library_site site = TC_LIBRARY_SITE();
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    join_pthread(thread->native);
    threading_word_lock(&threading_registry_guard);
    threading_registry_remove(thread);
    threading_word_unlock(&threading_registry_guard);
    threading_tell_channel(thread, &site, TC_EV_HAPPENS_BEFORE);
    threading_set_phase(thread, THREADING_GONE);
    pthread_setcancelstate(state, NULL);
}

THREADING_MAY_BE_CANCELLED int threading_wait_for_end(threading_thread *thread, uint64_t deadline) {
    bool by_main = threading_known_self() == threading_main_thread();
    for (int result = 0;;) {
        uint32_t phase = threading_phase(thread);
        if (phase == THREADING_GONE || (phase == THREADING_EXITING && !by_main))
            return 0;
        if (phase == THREADING_ENDED) {
            if (__atomic_compare_exchange_n(&thread->phase, &phase, THREADING_REAPING, false,
                                            __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
                threading_reap(thread);
            continue;
        }
        if (result)
            return result;
        result = threading_futex_wait_cancellable(&thread->phase, phase, deadline);
    }
}

static int tell_join_failed(threading_thread *thread, const struct tc_library_site *site,
                            int result) {
    struct tc_library_object object = threading_thread_object(thread);
    if (THREADING_WATCHED())
        THREADING_TELL(&object, site, TC_EV_THREAD_JOIN_FAILED, 0, result);
    return result;
}

void threading_tell_join_request(const threading_thread *thread, const struct tc_library_site *site,
                                 bool timed) {
    struct tc_library_object object = threading_thread_object(thread);
    if (THREADING_WATCHED() && threading_phase(thread) < THREADING_ENDED)
        THREADING_TELL(&object, site,
                       timed ? TC_EV_THREAD_JOIN_TIMED_REQUEST : TC_EV_THREAD_JOIN_REQUEST, 0, 0);
}

static void unpin(void *thread) {
    threading_unpin(thread);
}

int threading_thread_join(threading_thread *thread, double timeout) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    if (!threading_timeout_valid(timeout))
        return EINVAL;
    if (thread == threading_known_self())
        return tell_join_failed(thread, &site, EDEADLK);
    if (threading_phase(thread) <= THREADING_STARTING || thread->kind == THREADING_DUMMY)
        return EINVAL;
    int result;
    threading_tell_join_request(thread, &site, timeout != THREADING_FOREVER);
    __atomic_add_fetch(&thread->pins, 1, __ATOMIC_RELAXED);
    pthread_cleanup_push(unpin, thread);
    result = threading_wait_for_end(thread, threading_deadline(timeout));
    pthread_cleanup_pop(1);
    if (result)
        return tell_join_failed(thread, &site, result);
    threading_tell_channel(thread, &site, TC_EV_HAPPENS_AFTER);
    return 0;
}

int threading_thread_run(threading_thread *thread) {
    if (!thread->target)
        return EINVAL;
    thread->target(thread->arg);
    return 0;
}

/* Whether nobody uses a thread that never ran or has ended; it is taken off the list if so. */
static bool take_away(threading_thread *thread) {
    threading_word_lock(&threading_registry_guard);
    uint32_t phase = threading_phase(thread);
    bool idle = (phase == THREADING_NEW || phase == THREADING_ENDED || phase == THREADING_GONE) &&
                !__atomic_load_n(&thread->pins, __ATOMIC_ACQUIRE) &&
                thread != threading_self.thread;
    if (idle)
        threading_registry_remove(thread);
    threading_word_unlock(&threading_registry_guard);
    return idle;
}

int threading_thread_destroy(threading_thread *thread) {
    if (thread->kind != THREADING_MADE_HERE)
        return EINVAL;
    if (!take_away(thread))
        return EBUSY;
    if (threading_phase(thread) == THREADING_ENDED)
        threading_reap(thread);
    free(thread->name);
    free(thread);
    return 0;
}

const char *threading_thread_name(const threading_thread *thread) {
    return thread->name;
}

/* Of a thread that runs, its name is the system's, too. */
int threading_thread_set_name(threading_thread *thread, const char *name) {
    if (!name)
        return EINVAL;
    char *copy = strdup(name);
    if (!copy)
        return ENOMEM;
    char *old = __atomic_exchange_n(&thread->name, copy, __ATOMIC_ACQ_REL);
    if (old != threading_main_name)
        free(old);
    if (threading_phase(thread) == THREADING_RUNNING)
        show_name(thread);
    return 0;
}

bool threading_thread_daemon(const threading_thread *thread) {
    return thread->daemon;
}

int threading_thread_set_daemon(threading_thread *thread, bool daemon) {
    if (threading_phase(thread) != THREADING_NEW)
        return EBUSY;
    thread->daemon = daemon;
    return 0;
}

uint64_t threading_thread_ident(const threading_thread *thread) {
    return threading_phase(thread) < THREADING_RUNNING ? 0 : (uint64_t)thread->native;
}

pid_t threading_thread_native_id(const threading_thread *thread) {
    return threading_phase(thread) < THREADING_RUNNING ? 0 : thread->native_id;
}

bool threading_thread_is_alive(const threading_thread *thread) {
    return threading_phase(thread) == THREADING_RUNNING;
}
