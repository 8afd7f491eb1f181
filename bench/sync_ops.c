/* sync_ops.c: what one operation costs.  Usage: sync_ops OPERATION COUNT
 *
 * Prints the nanoseconds of one round of the operation.  A second thread is alive all the time, so
 * that neither libc nor the shim takes a short cut for single-threaded programs.
 */
#include <pthread.h>
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

static void *contender(void *count) {
    for (long i = 0; i < *(long *)count; i++) {
        pthread_mutex_lock(&outer);
        turn++;
        pthread_mutex_unlock(&outer);
    }
    return NULL;
}

static void mutex_contended(long count) {
    pthread_t threads[2];
    long half = count / 2;
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, contender, &half))
            abort();
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

static const struct {
    const char *name;
    void (*run)(long count);
} operations[] = {
    {"mutex_pair", mutex_pair},           {"mutex_nested_4", mutex_nested_4},
    {"mutex_contended", mutex_contended}, {"read_lock_pair", read_lock_pair},
    {"write_lock_pair", write_lock_pair}, {"spin_pair", spin_pair},
    {"semaphore_pair", semaphore_pair},   {"condition_ping_pong", condition_ping_pong},
    {"create_join", create_join},
};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(int argc, char **argv) {
    long count = argc == 3 ? atol(argv[2]) : 0;
    for (size_t i = 0; count > 0 && i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (strcmp(argv[1], operations[i].name))
            continue;
        pthread_t idle;
        sem_init(&end, 0, 0);
        sem_init(&semaphore, 0, 0);
        pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
        if (pthread_create(&idle, NULL, stay, NULL))
            return 1;
        operations[i].run(count / 10 + 8); /* warm */
        double begin = now();
        operations[i].run(count);
        printf("%.2f\n", (now() - begin) / (double)count);
        sem_post(&end);
        pthread_join(idle, NULL);
        return 0;
    }
    fprintf(stderr, "usage: sync_ops OPERATION COUNT\n");
    return 2;
}
