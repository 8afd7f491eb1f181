/* sync_ops.c: what one operation costs.  Usage: sync_ops OPERATION COUNT [BATCHES]
 *
 * Prints the nanoseconds of one round of the operation (elapsed, or where several threads work at a
 * time what they took of the processors: a busy machine changes that less), of the quickest of
 * BATCHES (1) runs of COUNT rounds each, and the peak of its memory in kB.  A second thread is
 * alive all the time, so that neither libc nor the shim takes a short cut for single-threaded
 * programs.
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t nested[4] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                    PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t turn_changed = PTHREAD_COND_INITIALIZER;
static sem_t semaphore, end;
static pthread_spinlock_t spin;
static pthread_barrier_t barrier;
static int turn;

static void *stay(void *unused) {
    sem_wait(&end);
    return unused;
}

static void *nothing(void *unused) {
    return unused;
}

/* Two pairs, one inside the other: the figure is for one pair. */
static void mutex_pair(long count) {
    for (long i = 0; i < count; i += 2) {
        pthread_mutex_lock(&outer);
        pthread_mutex_lock(&inner);
        pthread_mutex_unlock(&inner);
        pthread_mutex_unlock(&outer);
    }
}

static void mutex_nested_4(long count) {
    for (long i = 0; i < count; i += 4) {
        for (int k = 0; k < 4; k++)
            pthread_mutex_lock(&nested[k]);
        for (int k = 3; k >= 0; k--)
            pthread_mutex_unlock(&nested[k]);
    }
}

static void read_lock_pair(long count) {
    for (long i = 0; i < count; i++) {
        pthread_rwlock_rdlock(&rwlock);
        pthread_rwlock_unlock(&rwlock);
    }
}

static void write_lock_pair(long count) {
    for (long i = 0; i < count; i++) {
        pthread_rwlock_wrlock(&rwlock);
        pthread_rwlock_unlock(&rwlock);
    }
}

static void spin_pair(long count) {
    for (long i = 0; i < count; i++) {
        pthread_spin_lock(&spin);
        pthread_spin_unlock(&spin);
    }
}

static void semaphore_pair(long count) {
    for (long i = 0; i < count; i++) {
        sem_post(&semaphore);
        sem_wait(&semaphore);
    }
}

static void create_join(long count) {
    for (long i = 0; i < count; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, nothing, NULL))
            abort();
        pthread_join(thread, NULL);
    }
}

/* Takes every turn of one side: 0 or 1. */
static void take_turns(int side, long count) {
    pthread_mutex_lock(&outer);
    for (long i = 0; i < count; i++) {
        while (turn != side)
            pthread_cond_wait(&turn_changed, &outer);
        turn = !side;
        pthread_cond_signal(&turn_changed);
    }
    pthread_mutex_unlock(&outer);
}

static void *other_side(void *count) {
    take_turns(1, *(long *)count);
    return NULL;
}

static void condition_ping_pong(long count) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, other_side, &count))
        abort();
    take_turns(0, count);
    pthread_join(thread, NULL);
}

/* So many threads, each with its part of the rounds. */
static void share_out(int threads, long count, void *(*part)(void *)) {
    pthread_t handles[8];
    long each = count / threads;
    for (int i = 0; i < threads; i++)
        if (pthread_create(&handles[i], NULL, part, &each))
            abort();
    for (int i = 0; i < threads; i++)
        pthread_join(handles[i], NULL);
}

/* Threads that do nothing else meet at a lock whose sections are empty less often than one thinks:
 * once in some 700 times. */
static void *empty_sections(void *count) {
    for (long i = 0; i < *(long *)count; i++) {
        pthread_mutex_lock(&outer);
        turn++;
        pthread_mutex_unlock(&outer);
    }
    return NULL;
}

static void mutex_shared(long count) {
    share_out(2, count, empty_sections);
}

/* Two threads of which each waits for the lock each time: a section does not end before the other
 * one wants it, and none begins to want it again before the other has got it. */
struct waiter {
    struct waiter *other;
    bool wants, writes; /* the first is atomic */
    bool of_rwlock;
    long rounds;
};

static void until(const bool *flag, bool value) {
    for (int i = 0; __atomic_load_n(flag, __ATOMIC_ACQUIRE) != value; i++)
        if (i % 1000 == 999)
            sched_yield();
}

/* Long enough to fall asleep meanwhile. */
static void work(void) {
    for (int i = 0; i < 10000; i++)
        __asm__ volatile("" : "+r"(i));
}

static void lock_either(const struct waiter *me) {
    if (!me->of_rwlock)
        pthread_mutex_lock(&outer);
    else if (me->writes)
        pthread_rwlock_wrlock(&rwlock);
    else
        pthread_rwlock_rdlock(&rwlock);
}

static void *wait_each_time(void *argument) {
    struct waiter *me = argument;
    for (long i = 0; i < me->rounds; i++) {
        __atomic_store_n(&me->wants, true, __ATOMIC_RELEASE);
        lock_either(me);
        __atomic_store_n(&me->wants, false, __ATOMIC_RELEASE);
        if (i + 1 < me->rounds || !me->writes)
            until(&me->other->wants, true);
        work();
        if (me->of_rwlock)
            pthread_rwlock_unlock(&rwlock);
        else
            pthread_mutex_unlock(&outer);
        until(&me->other->wants, false);
    }
    return NULL;
}

static void contend(long count, bool of_rwlock) {
    struct waiter one = {.writes = true, .of_rwlock = of_rwlock, .rounds = count / 2};
    struct waiter two = {.of_rwlock = of_rwlock, .rounds = count / 2, .other = &one};
    pthread_t thread;
    one.other = &two;
    lock_either(&one); /* so that the other comes second */
    if (pthread_create(&thread, NULL, wait_each_time, &two))
        abort();
    until(&two.wants, true);
    if (of_rwlock)
        pthread_rwlock_unlock(&rwlock);
    else
        pthread_mutex_unlock(&outer);
    until(&two.wants, false);
    wait_each_time(&one);
    pthread_join(thread, NULL);
}

static void mutex_contended(long count) {
    contend(count, false);
}

static void rwlock_contended(long count) {
    contend(count, true);
}

/* Two threads that wait for each other by semaphores. */
static sem_t ping, pong;
static void *answer(void *count) {
    for (long i = 0; i < *(long *)count; i++) {
        sem_wait(&ping);
        sem_post(&pong);
    }
    return NULL;
}

static void semaphore_ping_pong(long count) {
    pthread_t thread;
    sem_init(&ping, 0, 0);
    sem_init(&pong, 0, 0);
    if (pthread_create(&thread, NULL, answer, &count))
        abort();
    for (long i = 0; i < count; i++) {
        sem_post(&ping);
        sem_wait(&pong);
    }
    pthread_join(thread, NULL);
    sem_destroy(&ping);
    sem_destroy(&pong);
}

static void *meet(void *count) {
    for (long i = 0; i < *(long *)count; i++)
        pthread_barrier_wait(&barrier);
    return NULL;
}

static void barrier_round(long count) {
    pthread_t thread;
    pthread_barrier_init(&barrier, NULL, 2);
    if (pthread_create(&thread, NULL, meet, &count))
        abort();
    meet(&count);
    pthread_join(thread, NULL);
    pthread_barrier_destroy(&barrier);
}

/* Threads (64, or what the name says) on 1,000 locks, two at a time in the order of their
 * addresses: a round is two pairs of one thread. */
enum { MANY_LOCKS = 1000, MOST_THREADS = 1000 };
#define MANY "locks_1000_threads_"
static pthread_mutex_t many[MANY_LOCKS];
static int many_threads = 64;

struct share {
    long rounds;
    unsigned seed;
};

static void *take_two(void *argument) {
    struct share *share = argument;
    for (long i = 0; i < share->rounds; i++) {
        share->seed = share->seed * 1103515245 + 12345;
        unsigned a = share->seed >> 8 & 511, b = a + 1 + (share->seed >> 18 & 255);
        pthread_mutex_lock(&many[a]);
        pthread_mutex_lock(&many[b]);
        pthread_mutex_unlock(&many[b]);
        pthread_mutex_unlock(&many[a]);
    }
    return NULL;
}

static void locks_1000(long count) {
    pthread_t threads[MOST_THREADS];
    struct share shares[MOST_THREADS];
    for (int i = 0; i < many_threads; i++) {
        shares[i] = (struct share){count / many_threads, (unsigned)i * 7919 + 1};
        if (pthread_create(&threads[i], NULL, take_two, &shares[i]))
            abort();
    }
    for (int i = 0; i < many_threads; i++)
        pthread_join(threads[i], NULL);
}

static const struct {
    const char *name;
    void (*run)(long count);
    bool of_processors;
} operations[] = {
    {"mutex_pair", mutex_pair, false},
    {"mutex_nested_4", mutex_nested_4, false},
    {"mutex_shared", mutex_shared, true},
    {"mutex_contended", mutex_contended, false},
    {"rwlock_contended", rwlock_contended, false},
    {"semaphore_ping_pong", semaphore_ping_pong, false},
    {"read_lock_pair", read_lock_pair, false},
    {"write_lock_pair", write_lock_pair, false},
    {"spin_pair", spin_pair, false},
    {"semaphore_pair", semaphore_pair, false},
    {"condition_ping_pong", condition_ping_pong, false},
    {"create_join", create_join, true},
    {"barrier_round", barrier_round, false},
    {MANY, locks_1000, true},
};

static double now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static long peak_memory(void) {
    char line[256];
    long peak = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (!strncmp(line, "VmHWM:", 6))
            peak = atol(line + 6);
    if (status)
        fclose(status);
    return peak;
}

/* Whether the name is this operation's; with a number of threads in it, that is taken. */
static bool is_operation(const char *name, const char *given) {
    if (strcmp(name, MANY))
        return !strcmp(name, given);
    if (strncmp(name, given, strlen(name)))
        return false;
    many_threads = atoi(given + strlen(name));
    return many_threads > 0 && many_threads <= MOST_THREADS;
}

int main(int argc, char **argv) {
    long count = argc >= 3 ? atol(argv[2]) : 0;
    int batches = argc > 3 ? atoi(argv[3]) : 1;
    for (size_t i = 0; count > 0 && i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (!is_operation(operations[i].name, argv[1]))
            continue;
        pthread_t idle;
        sem_init(&end, 0, 0);
        sem_init(&semaphore, 0, 0);
        pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
        if (pthread_create(&idle, NULL, stay, NULL))
            return 1;
        operations[i].run(count / 10 + 8); /* warm */
        clockid_t clock = operations[i].of_processors ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
        double least = 0;
        for (int batch = 0; batch < batches; batch++) {
            double begin = now(clock);
            operations[i].run(count);
            double spent = (now(clock) - begin) / (double)count;
            least = batch == 0 || spent < least ? spent : least;
        }
        printf("%.2f %ld\n", least, peak_memory());
        sem_post(&end);
        pthread_join(idle, NULL);
        return 0;
    }
    fprintf(stderr, "usage: sync_ops OPERATION COUNT [BATCHES]\n");
    return 2;
}
