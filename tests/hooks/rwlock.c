/* Read-write locks: readers and writers against each other, and a writer that waits. */
#include <unistd.h>

#include "show.h"
#include "tests/programs/order.h"

static const struct timespec past = {1, 0}, broken = {1, 1000000000};

static void *attempts(void *arg) {
    pthread_rwlock_t *l = arg;
    struct timespec real = from_now(CLOCK_REALTIME, 5), mono = from_now(CLOCK_MONOTONIC, 5);
    int writes = 0;
    if (pthread_rwlock_trywrlock(l) == 0) {
        writes++;
        SHOW(pthread_rwlock_unlock(l));
    }
    if (pthread_rwlock_timedwrlock(l, &real) == 0) {
        writes++;
        SHOW(pthread_rwlock_clockrdlock(l, CLOCK_REALTIME, &past));
        SHOW(pthread_rwlock_unlock(l));
    }
    printf("writes %d\n", writes);
    SHOW(pthread_rwlock_timedwrlock(l, &broken));
    if (pthread_rwlock_clockwrlock(l, CLOCK_MONOTONIC, &mono) == 0)
        SHOW(pthread_rwlock_unlock(l));
    SHOW(pthread_rwlock_clockwrlock(l, CLOCK_PROCESS_CPUTIME_ID, &mono));
    SHOW(pthread_rwlock_timedrdlock(l, &broken));
    SHOW(pthread_rwlock_clockrdlock(l, 12345, &mono));
    int readers = 0;
    if (pthread_rwlock_tryrdlock(l) == 0)
        readers++;
    if (pthread_rwlock_timedrdlock(l, &past) == 0)
        readers++;
    if (pthread_rwlock_clockrdlock(l, CLOCK_MONOTONIC, &past) == 0)
        readers++;
    printf("readers %d\n", readers);
    while (readers--)
        SHOW(pthread_rwlock_unlock(l));
    return NULL;
}

static int writer_tid;

static void *write_it(void *arg) {
    pthread_rwlock_t *l = arg;
    here_is(&writer_tid);
    pthread_rwlock_wrlock(l);
    pthread_rwlock_unlock(l);
    return NULL;
}

static void writer_waits(pthread_rwlock_t *l) {
    pthread_t writer;
    writer_tid = 0;
    pthread_rwlock_rdlock(l);
    pthread_create(&writer, NULL, write_it, l);
    await_blocked(&writer_tid, l, sizeof *l);
    struct timespec soon = from_now(CLOCK_REALTIME, 20);
    int again = pthread_rwlock_tryrdlock(l);
    printf("tryrdlock with a writer waiting = %d\n", again);
    if (again == 0)
        pthread_rwlock_unlock(l);
    again = pthread_rwlock_timedrdlock(l, &soon);
    printf("timedrdlock with a writer waiting = %d\n", again);
    if (again == 0)
        pthread_rwlock_unlock(l);
    pthread_rwlock_unlock(l);
    pthread_join(writer, NULL);
}

int main(void) {
    for (int kind = 0; kind < 3; kind++) {
        printf("kind %d\n", kind);
        pthread_rwlockattr_t attr;
        pthread_rwlock_t l;
        pthread_rwlockattr_init(&attr);
        pthread_rwlockattr_setkind_np(&attr, kind);
        SHOW(pthread_rwlock_init(&l, &attr));
        in_thread(attempts, &l);
        SHOW(pthread_rwlock_rdlock(&l));
        in_thread(attempts, &l);
        SHOW(pthread_rwlock_unlock(&l));
        SHOW(pthread_rwlock_wrlock(&l));
        SHOW(pthread_rwlock_wrlock(&l));
        SHOW(pthread_rwlock_rdlock(&l));
        SHOW(pthread_rwlock_timedrdlock(&l, &past));
        SHOW(pthread_rwlock_timedwrlock(&l, &past));
        in_thread(attempts, &l);
        SHOW(pthread_rwlock_unlock(&l));
        writer_waits(&l);
        SHOW(pthread_rwlock_destroy(&l));
    }
    pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
    SHOW(pthread_rwlock_rdlock(&l));
    SHOW(pthread_rwlock_rdlock(&l));
    SHOW(pthread_rwlock_unlock(&l));
    SHOW(pthread_rwlock_unlock(&l));
    pthread_spinlock_t s;
    SHOW(pthread_spin_init(&s, PTHREAD_PROCESS_PRIVATE));
    SHOW(pthread_spin_lock(&s));
    SHOW(pthread_spin_trylock(&s));
    SHOW(pthread_spin_unlock(&s));
    SHOW(pthread_spin_trylock(&s));
    SHOW(pthread_spin_unlock(&s));
    SHOW(pthread_spin_destroy(&s));
    return 5;
}
