/* scenarios.c: the scenarios of scenarios.py, in C; both must print the same.
 *
 * What: an outcome is printed as Python's: True, False, None, or the exception that an errno
 *       stands for.
 * Threads: output is by one thread at a time, as each scenario waits for its threads.
 */
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scenarios.h"

const char *truth(bool value) {
    return value ? "True" : "False";
}

/* An acquire or a wait: True or False, or an exception. */
const char *got(int result) {
    switch (result) {
    case 0:
        return "True";
    case EBUSY:
    case ETIMEDOUT:
        return "False";
    default:
        return did(result);
    }
}

/* A call that gives None, or an exception. */
const char *did(int result) {
    switch (result) {
    case 0:
        return "None";
    case EINVAL:
    case EOVERFLOW:
        return "ValueError";
    case EPERM:
    case EDEADLK:
    case EALREADY:
    case EBUSY:
        return "RuntimeError";
    case ECANCELED:
        return "BrokenBarrierError";
    case ENOENT:
        return "AttributeError";
    default:
        return "?";
    }
}

/* Words up to NULL. */
void say(const char *scenario, ...) {
    va_list words;
    char line[400];
    size_t length = (size_t)snprintf(line, sizeof line, "%s:", scenario);
    va_start(words, scenario);
    for (const char *word; (word = va_arg(words, const char *));)
        length += (size_t)snprintf(line + length, sizeof line - length, " %s", word);
    va_end(words);
    printf("%s\n", line);
    fflush(stdout);
}

threading_thread *start(void (*target)(void *), void *arg) {
    threading_thread *thread;
    if (threading_thread_create(&thread, target, arg, NULL) || threading_thread_start(thread))
        abort();
    return thread;
}

void finish(threading_thread *thread) {
    if (threading_thread_join(thread, THREADING_FOREVER) || threading_thread_destroy(thread))
        abort();
}

void in_thread(void (*target)(void *), void *arg) {
    finish(start(target, arg));
}

static void lock_elsewhere(void *arg) {
    threading_lock *lock = arg;
    const char *result = did(threading_lock_release(lock));
    say("lock released by another thread", result, truth(threading_lock_locked(lock)), NULL);
}

static void lock_scenario(void) {
    threading_lock lock = THREADING_LOCK_INIT;
    const char *w[6];
    w[0] = got(threading_lock_acquire(&lock, true, FOREVER));
    w[1] = got(threading_lock_acquire(&lock, false, FOREVER));
    w[2] = got(threading_lock_acquire(&lock, true, SOON));
    w[3] = got(threading_lock_acquire(&lock, true, 0));
    say("lock", w[0], w[1], w[2], w[3], truth(threading_lock_locked(&lock)), NULL);
    w[0] = got(threading_lock_acquire(&lock, false, 1));
    w[1] = got(threading_lock_acquire(&lock, false, 0));
    w[2] = got(threading_lock_acquire(&lock, true, -2));
    w[3] = got(threading_lock_acquire(&lock, true, NAN));
    say("lock arguments", w[0], w[1], w[2], w[3], NULL);
    w[0] = did(threading_lock_release(&lock));
    w[1] = did(threading_lock_release(&lock));
    say("lock release", w[0], w[1], truth(threading_lock_locked(&lock)), NULL);
    threading_lock_acquire(&lock, true, FOREVER);
    in_thread(lock_elsewhere, &lock);
    w[0] = got(threading_lock_acquire(&lock, true, 0));
    w[1] = did(threading_lock_release(&lock));
    w[2] = got(threading_lock_acquire(&lock, true, 5));
    w[3] = did(threading_lock_release(&lock));
    w[4] = got(threading_lock_acquire(&lock, false, FOREVER));
    w[5] = did(threading_lock_release(&lock));
    say("lock taken with time-outs", w[0], w[1], w[2], w[3], w[4], w[5], NULL);
}

static void rlock_elsewhere(void *arg) {
    threading_rlock *lock = arg;
    const char *w[5];
    w[0] = got(threading_rlock_acquire(lock, false, FOREVER));
    w[1] = got(threading_rlock_acquire(lock, true, SOON));
    w[2] = did(threading_rlock_release(lock));
    w[3] = got(threading_rlock_acquire(lock, false, 1));
    w[4] = got(threading_rlock_acquire(lock, true, -3));
    say("rlock elsewhere", w[0], w[1], w[2], w[3], w[4], NULL);
}

static void rlock_still_held(void *lock) {
    say("rlock still held", got(threading_rlock_acquire(lock, false, FOREVER)), NULL);
}

static void rlock_free(void *lock) {
    const char *first = got(threading_rlock_acquire(lock, false, FOREVER));
    say("rlock free", first, did(threading_rlock_release(lock)), NULL);
}

static void rlock_scenario(void) {
    threading_rlock lock = THREADING_RLOCK_INIT;
    const char *w[3];
    w[0] = got(threading_rlock_acquire(&lock, true, FOREVER));
    w[1] = got(threading_rlock_acquire(&lock, false, FOREVER));
    w[2] = got(threading_rlock_acquire(&lock, true, 5));
    say("rlock", w[0], w[1], w[2], NULL);
    in_thread(rlock_elsewhere, &lock);
    w[0] = did(threading_rlock_release(&lock));
    w[1] = did(threading_rlock_release(&lock));
    say("rlock release", w[0], w[1], NULL);
    in_thread(rlock_still_held, &lock);
    w[0] = did(threading_rlock_release(&lock));
    w[1] = did(threading_rlock_release(&lock));
    say("rlock last release", w[0], w[1], NULL);
    in_thread(rlock_free, &lock);
}

static void semaphore_waiter(void *arg) {
    struct counted *counted = arg;
    if (threading_semaphore_acquire(&counted->semaphore, true, 5) == 0)
        __atomic_add_fetch(&counted->good, 1, __ATOMIC_RELAXED);
}

static void semaphore_scenario(void) {
    struct counted counted = {.good = 0};
    threading_semaphore *s = &counted.semaphore;
    const char *w[5];
    char tries[64] = "";
    threading_semaphore_init(s, 2);
    w[0] = got(threading_semaphore_acquire(s, true, FOREVER));
    w[1] = got(threading_semaphore_acquire(s, false, FOREVER));
    w[2] = got(threading_semaphore_acquire(s, false, FOREVER));
    w[3] = got(threading_semaphore_acquire(s, true, SOON));
    w[4] = got(threading_semaphore_acquire(s, true, 0));
    say("semaphore", w[0], w[1], w[2], w[3], w[4], NULL);
    w[0] = got(threading_semaphore_acquire(s, false, 1));
    w[1] = did(threading_semaphore_release(s, 0));
    say("semaphore arguments", w[0], w[1], NULL);
    w[0] = did(threading_semaphore_release(s, 5));
    for (int i = 0; i < 6; i++) {
        strcat(tries, i ? "," : "");
        strcat(tries, got(threading_semaphore_acquire(s, false, FOREVER)));
    }
    say("semaphore above its start", w[0], tries, NULL);
    threading_thread *threads[3];
    for (int i = 0; i < 3; i++)
        threads[i] = start(semaphore_waiter, &counted);
    threading_semaphore_release(s, 3);
    for (int i = 0; i < 3; i++)
        finish(threads[i]);
    say("semaphore wakes", "3", truth(counted.good == 3), NULL);
}

static void bounded_scenario(void) {
    threading_bounded_semaphore s;
    const char *w[5];
    char tries[64] = "";
    threading_bounded_semaphore_init(&s, 2);
    w[0] = did(threading_bounded_semaphore_release(&s, 1));
    w[1] = got(threading_bounded_semaphore_acquire(&s, true, FOREVER));
    w[2] = did(threading_bounded_semaphore_release(&s, 2));
    w[3] = did(threading_bounded_semaphore_release(&s, 1));
    w[4] = did(threading_bounded_semaphore_release(&s, 1));
    say("bounded over-release", w[0], w[1], w[2], w[3], w[4], NULL);
    for (int i = 0; i < 3; i++) {
        strcat(tries, i ? "," : "");
        strcat(tries, got(threading_bounded_semaphore_acquire(&s, false, FOREVER)));
    }
    say("bounded value unchanged", tries, NULL);
    w[0] = did(threading_bounded_semaphore_release(&s, 0));
    w[1] = got(threading_bounded_semaphore_acquire(&s, false, 1));
    say("bounded arguments", w[0], w[1], NULL);
    s = (threading_bounded_semaphore)THREADING_BOUNDED_SEMAPHORE_INIT;
    w[0] = got(threading_bounded_semaphore_acquire(&s, true, FOREVER));
    w[1] = got(threading_bounded_semaphore_acquire(&s, false, FOREVER));
    w[2] = did(threading_bounded_semaphore_release(&s, 1));
    w[3] = did(threading_bounded_semaphore_release(&s, 1));
    say("bounded default", w[0], w[1], w[2], w[3], NULL);
}

static void event_waiter(void *arg) {
    struct counted *counted = arg;
    if (threading_event_wait(&counted->event, 5) == 0)
        __atomic_add_fetch(&counted->good, 1, __ATOMIC_RELAXED);
}

/* Both bits: all of them sleep or are about to, having read the word. */
static bool event_waits(threading_event *event, uint32_t count) {
    return __atomic_load_n(&event->waiters, __ATOMIC_ACQUIRE) == count &&
           __atomic_load_n(&event->word, __ATOMIC_ACQUIRE) & 2;
}

static void event_scenario(void) {
    struct counted counted = {.event = THREADING_EVENT_INIT};
    threading_event *e = &counted.event;
    const char *w[10];
    w[0] = truth(threading_event_is_set(e));
    w[1] = got(threading_event_wait(e, SOON));
    w[2] = got(threading_event_wait(e, 0));
    w[3] = did(threading_event_set(e));
    w[4] = truth(threading_event_is_set(e));
    w[5] = got(threading_event_wait(e, FOREVER));
    w[6] = got(threading_event_wait(e, 0));
    w[7] = did(threading_event_set(e));
    w[8] = did(threading_event_clear(e));
    w[9] = truth(threading_event_is_set(e));
    say("event", w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9], NULL);
    threading_thread *threads[3];
    for (int i = 0; i < 3; i++)
        threads[i] = start(event_waiter, &counted);
    while (!event_waits(e, 3))
        sched_yield();
    usleep(20000);
    threading_event_set(e);
    threading_event_clear(e);
    for (int i = 0; i < 3; i++)
        finish(threads[i]);
    say("event pulse wakes those who wait", "3", truth(counted.good == 3),
        truth(threading_event_is_set(e)), NULL);
}

static void exit_handler(void) {
    say("at exit", "handler", NULL);
}

static void later(void *unused) {
    (void)unused;
    usleep(50000);
    say("at exit", "thread of a thread", NULL);
}

static void late(void *unused) {
    (void)unused;
    usleep(100000);
    say("at exit", "late thread", NULL);
    start(later, NULL);
}

static void never(void *unused) {
    (void)unused;
    sleep(1000);
    say("at exit", "daemon", NULL);
}

static int at_exit(void) {
    static const struct threading_thread_options daemon = {NULL, 1};
    threading_thread *thread;
    atexit(exit_handler);
    if (threading_thread_create(&thread, never, NULL, &daemon) || threading_thread_start(thread))
        abort();
    start(late, NULL);
    say("at exit", "main returns", NULL);
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "at_exit"))
        return at_exit();
    lock_scenario();
    rlock_scenario();
    condition_scenarios();
    semaphore_scenario();
    bounded_scenario();
    event_scenario();
    barrier_scenario();
    thread_scenarios();
    char command[4096], text[16];
    snprintf(command, sizeof command, "'%s' at_exit", argv[0]);
    int status = system(command);
    snprintf(text, sizeof text, "%d", WEXITSTATUS(status));
    say("exit status", text, NULL);
    return 0;
}
