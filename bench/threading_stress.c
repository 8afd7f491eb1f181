/* threading_stress.c: many threads on one object of each kind of threading.h, and what must hold.
 *
 * usage: threading_stress [seconds for each kind] [threads] [kind...]
 * By hand, 60 s with 64 threads: ./bazelw run -c opt //bench:threading_stress -- 60 64
 * Threads: `inside` and the counters next to it are protected by the object under test alone, so
 *   that a failure to exclude shows.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "threading.h"

#define FOREVER THREADING_FOREVER
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static bool stop;
static long rounds, inside, done;
static unsigned threads = 64;

static threading_lock lock = THREADING_LOCK_INIT;
static threading_rlock rlock = THREADING_RLOCK_INIT;
static threading_condition condition = THREADING_CONDITION_INIT;
static threading_bounded_semaphore slots;
static threading_semaphore items;
static threading_event event = THREADING_EVENT_INIT;
static threading_barrier barrier;
static threading_gil gil;
static threading_local local = THREADING_LOCAL_INIT;

static bool stopped(void) {
    return __atomic_load_n(&stop, __ATOMIC_RELAXED);
}

static unsigned random_of(unsigned *state) {
    *state = *state * 1664525 + 1013904223;
    return *state >> 16;
}

static void critical(void) {
    MUST(inside++ == 0);
    rounds++;
    MUST(--inside == 0);
}

static void lock_work(unsigned *state) {
    int kind = random_of(state) % 3;
    int result = kind == 0   ? threading_lock_acquire(&lock, false, FOREVER)
                 : kind == 1 ? threading_lock_acquire(&lock, true, 0.0001)
                             : threading_lock_acquire(&lock, true, FOREVER);
    if (result) {
        MUST(kind == 0 ? result == EBUSY : kind == 1 && result == ETIMEDOUT);
        return;
    }
    critical();
    MUST(threading_lock_release(&lock) == 0);
}

static void rlock_work(unsigned *state) {
    int levels = 1 + random_of(state) % 4;
    for (int i = 0; i < levels; i++)
        MUST(threading_rlock_acquire(&rlock, true, FOREVER) == 0);
    critical();
    for (int i = 0; i < levels; i++)
        MUST(threading_rlock_release(&rlock) == 0);
}

/* A queue of tokens: what is put in is taken out. */
static long queued;

static void condition_work(unsigned *state) {
    bool put = random_of(state) % 2;
    MUST(threading_condition_acquire(&condition) == 0);
    if (put) {
        queued++;
        MUST(threading_condition_notify(&condition, 1 + random_of(state) % 2) == 0);
    } else {
        while (queued == 0 && !stopped())
            if (threading_condition_wait(&condition, 0.0005) == ETIMEDOUT)
                break;
        queued -= queued > 0;
        rounds++;
    }
    MUST(queued >= 0);
    MUST(threading_condition_release(&condition) == 0);
}

static void semaphore_work(unsigned *state) {
    if (random_of(state) % 2) {
        MUST(threading_semaphore_release(&items, 1) == 0);
        __atomic_add_fetch(&inside, 1, __ATOMIC_RELAXED);
    } else if (threading_semaphore_acquire(&items, true, 0.0005) == 0) {
        __atomic_sub_fetch(&inside, 1, __ATOMIC_RELAXED);
    }
    __atomic_add_fetch(&rounds, 1, __ATOMIC_RELAXED);
}

static void bounded_work(unsigned *state) {
    double timeout = random_of(state) % 2 ? FOREVER : 0.001;
    if (threading_bounded_semaphore_acquire(&slots, true, timeout))
        return;
    MUST(__atomic_add_fetch(&inside, 1, __ATOMIC_RELAXED) <= 3);
    __atomic_add_fetch(&rounds, 1, __ATOMIC_RELAXED);
    __atomic_sub_fetch(&inside, 1, __ATOMIC_RELAXED);
    MUST(threading_bounded_semaphore_release(&slots, 1) == 0);
}

static void event_work(unsigned *state) {
    switch (random_of(state) % 4) {
    case 0:
        MUST(threading_event_set(&event) == 0);
        break;
    case 1:
        MUST(threading_event_clear(&event) == 0);
        break;
    default: {
        int result = threading_event_wait(&event, 0.0005);
        MUST(result == 0 || result == ETIMEDOUT);
    }
    }
    __atomic_add_fetch(&rounds, 1, __ATOMIC_RELAXED);
}

static void in_round(void *unused) {
    (void)unused;
    critical();
}

static void barrier_work(unsigned *state) {
    unsigned index = threads;
    switch (random_of(state) % 64) {
    case 0:
        MUST(threading_barrier_reset(&barrier) == 0);
        break;
    case 1:
        MUST(threading_barrier_abort(&barrier) == 0);
        MUST(threading_barrier_reset(&barrier) == 0);
        break;
    default: {
        int result = threading_barrier_wait(&barrier, random_of(state) % 8 ? 0.5 : 0.0001, &index);
        MUST(result == ECANCELED || (result == 0 && index < threading_barrier_parties(&barrier)));
        if (result)
            threading_barrier_reset(&barrier);
    }
    }
}

static void gil_work(unsigned *state) {
    MUST(threading_gil_acquire(&gil) == 0);
    for (int i = 0; i < 100; i++) {
        critical();
        if (random_of(state) % 16 == 0) {
            THREADING_ALLOW_THREADS_BEGIN(&gil)
            THREADING_ALLOW_THREADS_END(&gil)
        }
        MUST(threading_gil_checkpoint(&gil) == 0);
    }
    MUST(threading_gil_release(&gil) == 0);
}

static void released(void *unused) {
    (void)unused;
    __atomic_sub_fetch(&inside, 1, __ATOMIC_RELAXED);
}

static void local_work(unsigned *state) {
    static const char *const names[] = {"a", "b", "c"};
    const char *name = names[random_of(state) % 3];
    void *value = NULL;
    __atomic_add_fetch(&inside, 1, __ATOMIC_RELAXED);
    MUST(threading_local_set(&local, name, state, released) == 0);
    MUST(threading_local_get(&local, name, &value) == 0 && value == state);
    if (random_of(state) % 2)
        MUST(threading_local_del(&local, name) == 0);
    __atomic_add_fetch(&rounds, 1, __ATOMIC_RELAXED);
}

static void count(void *unused) {
    (void)unused;
    __atomic_add_fetch(&rounds, 1, __ATOMIC_RELAXED);
}

static void thread_work(unsigned *state) {
    threading_thread *thread;
    MUST(threading_thread_create(&thread, count, NULL, NULL) == 0);
    if (threading_thread_start(thread) == 0 && random_of(state) % 2)
        MUST(threading_thread_join(thread, FOREVER) == 0);
    while (threading_thread_destroy(thread) == EBUSY)
        threading_thread_join(thread, FOREVER);
}

static void timer_work(unsigned *state) {
    threading_timer *timer;
    MUST(threading_timer_create(&timer, random_of(state) % 3 / 1000.0, count, NULL) == 0);
    if (threading_timer_start(timer) == 0) {
        if (random_of(state) % 2)
            MUST(threading_timer_cancel(timer) == 0);
        MUST(threading_timer_join(timer, FOREVER) == 0);
    }
    MUST(threading_timer_destroy(timer) == 0);
}

static void set_up(void) {
    MUST(threading_bounded_semaphore_init(&slots, 3) == 0);
    MUST(threading_semaphore_init(&items, 0) == 0);
    MUST(threading_barrier_init(&barrier, 4, in_round, NULL, FOREVER) == 0);
    MUST(threading_gil_init(&gil, 0.0005) == 0);
}

static void semaphore_check(void) {
    MUST(inside == (long)threading_semaphore_value(&items));
    inside = 0;
}

/* All objects must be free again: destroy says so. */
static void tear_down(void) {
    MUST(inside == 0);
    MUST(threading_lock_destroy(&lock) == 0 && threading_rlock_destroy(&rlock) == 0);
    MUST(threading_condition_destroy(&condition) == 0 && threading_event_destroy(&event) == 0);
    MUST(threading_bounded_semaphore_value(&slots) == 3);
    MUST(threading_bounded_semaphore_destroy(&slots) == 0);
    MUST(threading_semaphore_destroy(&items) == 0 && threading_barrier_destroy(&barrier) == 0);
    MUST(threading_gil_destroy(&gil) == 0);
    MUST(threading_local_destroy(&local) == 0);
}

struct kind {
    const char *name;
    void (*work)(unsigned *state);
    void (*check)(void);
};
static const struct kind kinds[] = {
    {"lock", lock_work, NULL},           {"rlock", rlock_work, NULL},
    {"condition", condition_work, NULL}, {"semaphore", semaphore_work, semaphore_check},
    {"bounded", bounded_work, NULL},     {"event", event_work, NULL},
    {"barrier", barrier_work, NULL},     {"gil", gil_work, NULL},
    {"local", local_work, NULL},         {"thread", thread_work, NULL},
    {"timer", timer_work, NULL},
};

static void run(void *argument) {
    const struct kind *kind = argument;
    unsigned state = (unsigned)threading_get_native_id();
    while (!stopped())
        kind->work(&state);
    __atomic_add_fetch(&done, 1, __ATOMIC_RELAXED);
}

static void stress(const struct kind *kind, double seconds) {
    threading_thread **all = calloc(threads, sizeof *all);
    struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    MUST(all);
    stop = false;
    rounds = done = 0;
    set_up();
    for (unsigned i = 0; i < threads; i++) {
        MUST(threading_thread_create(&all[i], run, (void *)kind, NULL) == 0);
        MUST(threading_thread_start(all[i]) == 0);
    }
    nanosleep(&time, NULL);
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < threads; i++) {
        MUST(threading_thread_join(all[i], FOREVER) == 0);
        MUST(threading_thread_destroy(all[i]) == 0);
    }
    MUST(done == (long)threads);
    if (kind->check)
        kind->check();
    tear_down();
    free(all);
    printf("%-10s %u threads, %ld rounds\n", kind->name, threads, rounds);
    fflush(stdout);
}

int main(int argc, char **argv) {
    double seconds = argc > 1 ? atof(argv[1]) : 60;
    if (argc > 2)
        threads = (unsigned)atoi(argv[2]);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        bool wanted = argc <= 3;
        for (int j = 3; j < argc; j++)
            wanted = wanted || !strcmp(argv[j], kinds[i].name);
        if (wanted)
            stress(&kinds[i], seconds);
    }
    return 0;
}
