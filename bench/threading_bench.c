/* threading_bench.c: what an operation of threading.h costs, beside the pthread one it stands for.
 *
 * What: nanoseconds an operation, the best of several runs, and the ratio to its counterpart.  The
 *       runs of both alternate, so that a busy machine hurts them alike.
 * Threads: the uncontended figures are taken with a second thread alive, as no program with one
 *       thread needs a lock.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "threading.h"

enum { RUNS = 15, PAIRS = 200000, ROUNDS = 4000 };

static pthread_mutex_t plain_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t recursive_mutex;
static sem_t posix_semaphore;
static threading_lock lock = THREADING_LOCK_INIT;
static threading_rlock rlock = THREADING_RLOCK_INIT;
static threading_semaphore semaphore = THREADING_SEMAPHORE_INIT;
static threading_bounded_semaphore bounded = THREADING_BOUNDED_SEMAPHORE_INIT;
static threading_event event = THREADING_EVENT_INIT;
static threading_gil gil = THREADING_GIL_INIT;
static volatile int flag = 1;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void mutex_pairs(void) {
    for (int i = 0; i < PAIRS; i++) {
        pthread_mutex_lock(&plain_mutex);
        pthread_mutex_unlock(&plain_mutex);
    }
}

static void lock_pairs(void) {
    for (int i = 0; i < PAIRS; i++) {
        threading_lock_acquire(&lock, true, THREADING_FOREVER);
        threading_lock_release(&lock);
    }
}

static void recursive_pairs(void) {
    for (int i = 0; i < PAIRS; i++) {
        pthread_mutex_lock(&recursive_mutex);
        pthread_mutex_unlock(&recursive_mutex);
    }
}

static void rlock_pairs(void) {
    for (int i = 0; i < PAIRS; i++) {
        threading_rlock_acquire(&rlock, true, THREADING_FOREVER);
        threading_rlock_release(&rlock);
    }
}

static void sem_pairs(void) {
    for (int i = 0; i < PAIRS; i++) {
        sem_wait(&posix_semaphore);
        sem_post(&posix_semaphore);
    }
}

static void semaphore_pairs(void) {
    for (int i = 0; i < PAIRS; i++) {
        threading_semaphore_acquire(&semaphore, true, THREADING_FOREVER);
        threading_semaphore_release(&semaphore, 1);
    }
}

static void bounded_pairs(void) {
    for (int i = 0; i < PAIRS; i++) {
        threading_bounded_semaphore_acquire(&bounded, true, THREADING_FOREVER);
        threading_bounded_semaphore_release(&bounded, 1);
    }
}

static void loads(void) {
    for (int i = 0; i < PAIRS; i++)
        if (!flag)
            return;
}

static void event_waits(void) {
    for (int i = 0; i < PAIRS; i++)
        threading_event_wait(&event, THREADING_FOREVER);
}

static void gil_pairs(void) {
    for (int i = 0; i < PAIRS; i++) {
        threading_gil_acquire(&gil);
        threading_gil_release(&gil);
    }
}

static void checkpoints(void) {
    threading_gil_acquire(&gil);
    for (int i = 0; i < PAIRS; i++)
        threading_gil_checkpoint(&gil);
    threading_gil_release(&gil);
}

/* Rounds of a barrier, by the calling thread and parties - 1 others. */
static unsigned parties;
static pthread_barrier_t posix_barrier;
static threading_barrier barrier;

static void *posix_rounds(void *unused) {
    for (int i = 0; i < ROUNDS; i++)
        pthread_barrier_wait(&posix_barrier);
    return unused;
}

static void *our_rounds(void *unused) {
    for (int i = 0; i < ROUNDS; i++)
        threading_barrier_wait(&barrier, THREADING_FOREVER, NULL);
    return unused;
}

static void with_threads(void *(*rounds)(void *)) {
    pthread_t threads[64];
    for (unsigned i = 1; i < parties; i++)
        pthread_create(&threads[i], NULL, rounds, NULL);
    rounds(NULL);
    for (unsigned i = 1; i < parties; i++)
        pthread_join(threads[i], NULL);
}

static void posix_barrier_rounds(void) {
    with_threads(posix_rounds);
}

static void barrier_rounds(void) {
    with_threads(our_rounds);
}

static double time_of(void (*work)(void), double best) {
    double start = now();
    work();
    double taken = now() - start;
    return taken < best ? taken : best;
}

static void compare(const char *what, int times, const char *ours_name, void (*ours)(void),
                    const char *theirs_name, void (*theirs)(void)) {
    double our_best = 1e300, their_best = 1e300;
    for (int i = 0; i < RUNS; i++) {
        their_best = time_of(theirs, their_best);
        our_best = time_of(ours, our_best);
    }
    printf("%-26s %-18s %9.2f ns   %-22s %9.2f ns   ratio %5.2f\n", what, ours_name,
           our_best / times, theirs_name, their_best / times, our_best / their_best);
}

static void *idle(void *stop) {
    threading_event_wait(stop, THREADING_FOREVER);
    return NULL;
}

static void compare_barriers(void) {
    static const unsigned sizes[] = {2, 4, 8, 32};
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        parties = sizes[i];
        char what[32];
        snprintf(what, sizeof what, "round of %u threads", parties);
        pthread_barrier_init(&posix_barrier, NULL, parties);
        threading_barrier_init(&barrier, parties, NULL, NULL, THREADING_FOREVER);
        compare(what, ROUNDS, "Barrier", barrier_rounds, "pthread_barrier", posix_barrier_rounds);
        pthread_barrier_destroy(&posix_barrier);
        threading_barrier_destroy(&barrier);
    }
}

int main(void) {
    threading_event stop = THREADING_EVENT_INIT;
    pthread_t other;
    pthread_create(&other, NULL, idle, &stop);
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive_mutex, &attr);
    sem_init(&posix_semaphore, 0, 1);
    threading_event_set(&event);

    compare("acquire and release", PAIRS, "Lock", lock_pairs, "pthread_mutex", mutex_pairs);
    compare("acquire and release", PAIRS, "RLock", rlock_pairs, "recursive pthread_mutex",
            recursive_pairs);
    compare("acquire and release", PAIRS, "Semaphore", semaphore_pairs, "sem_t", sem_pairs);
    compare("acquire and release", PAIRS, "BoundedSemaphore", bounded_pairs, "sem_t", sem_pairs);
    compare("acquire and release", PAIRS, "GIL", gil_pairs, "pthread_mutex", mutex_pairs);
    compare("checkpoint, nobody asks", PAIRS, "GIL", checkpoints, "a volatile load", loads);
    compare("wait on a set event", PAIRS, "Event", event_waits, "a volatile load", loads);
    compare_barriers();
    threading_event_set(&stop);
    pthread_join(other, NULL);
    return 0;
}
