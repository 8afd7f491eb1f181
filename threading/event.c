/* event.c: Event.
 *
 * One word holds the flag, whether anybody waits, and a count of sets: a waiter knows by the count
 * that it was set since, even if it was cleared at once (in Python, set notifies those who wait).
 * set touches the event with one atomic operation and never after it: the waiter it wakes may
 * destroy it.
 */
#include "event.h"

#include <pthread.h>
#include <sched.h>

#include "watch.h"

enum { SET = 1, WAITED = 2, ONE_SET = 4 };

static struct tc_library_object object_of(threading_event *event,
                                          const struct tc_library_site *site) {
    return threading_describe(event, event->name, 0, TC_OBJECT_PY_EVENT, &event->told, site);
}

static inline uint32_t load(const threading_event *event) {
    return __atomic_load_n(&event->word, __ATOMIC_ACQUIRE);
}

/* Whether it was set since the word was `then`. */
static inline bool was_set(uint32_t then, uint32_t now) {
    return (now & SET) || (then ^ now) / ONE_SET;
}

static void leave(void *argument) {
    __atomic_sub_fetch((uint32_t *)argument, 1, __ATOMIC_RELEASE);
}

THREADING_MAY_BE_CANCELLED static int sleep_until_set(threading_event *event, uint64_t deadline) {
    uint32_t word = load(event), then = word;
    int result = 0;
    while (!was_set(then, word) && !result) {
        if (!(word & WAITED) &&
            !__atomic_compare_exchange_n(&event->word, &word, word | WAITED, false,
                                         __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
            continue;
        result = threading_futex_wait_cancellable(&event->word, word | WAITED, deadline);
        word = load(event);
    }
    return was_set(then, word) ? 0 : result;
}

int threading_event_wait_until(threading_event *event, uint64_t deadline) {
    int result;
    __atomic_add_fetch(&event->waiters, 1, __ATOMIC_ACQUIRE);
    pthread_cleanup_push(leave, &event->waiters);
    result = sleep_until_set(event, deadline);
    pthread_cleanup_pop(1);
    return result;
}

void threading_event_wake_all(threading_event *event) {
    uint32_t word = load(event);
    do {
        if (word & SET)
            return;
    } while (!__atomic_compare_exchange_n(&event->word, &word, ((word | SET) & ~WAITED) + ONE_SET,
                                          false, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
    if (word & WAITED)
        threading_futex_wake(&event->word, UINT32_MAX);
}

struct telling_wait {
    struct tc_library_object object;
    const struct tc_library_site *site;
};

static void tell_cancelled(void *argument) {
    struct telling_wait *wait = argument;
    THREADING_TELL(&wait->object, wait->site, TC_EV_WOKEN, 0, ECANCELED);
}

THREADING_TELLING static int telling_wait(threading_event *event, double timeout) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    struct telling_wait wait = {object_of(event, &site), &site};
    if (!threading_timeout_valid(timeout))
        return EINVAL;
    if (load(event) & SET) {
        THREADING_TELL(&wait.object, &site, TC_EV_WAIT_PASSED, 0, 0);
        return 0;
    }
    THREADING_TELL(&wait.object, &site,
                   timeout == THREADING_FOREVER ? TC_EV_WAIT : TC_EV_WAIT_TIMED, 0, 0);
    int result;
    pthread_cleanup_push(tell_cancelled, &wait);
    result = threading_event_wait_until(event, threading_deadline(timeout));
    pthread_cleanup_pop(0);
    THREADING_TELL(&wait.object, &site, TC_EV_WOKEN, 0, result);
    return result;
}

int threading_event_wait(threading_event *event, double timeout) {
    if (THREADING_WATCHED())
        return telling_wait(event, timeout);
    if (THREADING_UNLIKELY(!threading_timeout_valid(timeout)))
        return EINVAL;
    if (THREADING_LIKELY(load(event) & SET))
        return 0;
    return threading_event_wait_until(event, threading_deadline(timeout));
}

bool threading_event_is_set(const threading_event *event) {
    return load(event) & SET;
}

int threading_event_set(threading_event *event) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    if (THREADING_WATCHED()) {
        struct tc_library_object object = object_of(event, &site);
        THREADING_TELL(&object, &site, TC_EV_SET, 0, 0);
    }
    threading_event_wake_all(event);
    return 0;
}

int threading_event_clear(threading_event *event) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    __atomic_and_fetch(&event->word, ~(uint32_t)SET, __ATOMIC_ACQ_REL);
    if (THREADING_WATCHED()) {
        struct tc_library_object object = object_of(event, &site);
        THREADING_TELL(&object, &site, TC_EV_CLEAR, 0, 0);
    }
    return 0;
}

int threading_event_init(threading_event *event) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    *event = (threading_event)THREADING_EVENT_INIT;
    if (THREADING_WATCHED()) {
        struct tc_library_object object = {event, NULL, 0, TC_OBJECT_PY_EVENT};
        threading_tell_init(&object, &event->told, &site);
    }
    return 0;
}

/* Threads that a set woke are on their way out of wait: they are waited for. */
static int destroy(threading_event *event) {
    while (__atomic_load_n(&event->waiters, __ATOMIC_ACQUIRE)) {
        if (load(event) & WAITED)
            return EBUSY;
        sched_yield();
    }
    return threading_name_set(&event->name, NULL);
}

int threading_event_destroy(threading_event *event) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    int result = destroy(event);
    if (!THREADING_WATCHED())
        return result;
    struct tc_library_object object = object_of(event, &site);
    return threading_tell_destroy(&object, &event->told, &site, result);
}

int threading_event_set_name(threading_event *event, const char *name) {
    struct tc_library_site site = TC_LIBRARY_SITE();
    int result = threading_name_set(&event->name, name);
    if (!THREADING_WATCHED())
        return result;
    struct tc_library_object object = object_of(event, &site);
    return threading_tell_name(&object, result);
}
