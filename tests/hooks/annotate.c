/* Annotations change nothing, under threadcheck or not. */
#include "threadcheck/annotate.h"

#include <semaphore.h>
#include <stdlib.h>

#include "show.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static sem_t sem;
static int own;

static void *work(void *arg) {
    tc_name_thread("a thread with a name that is longer than sixteen characters");
    for (int i = 0; i < 100; i++) {
        tc_lock_request(&own, 0);
        pthread_mutex_lock(&m);
        tc_lock_acquired(&own, 0);
        tc_assert_held(&own);
        tc_assert_held(&m);
        tc_lock_released(&own, 0);
        pthread_mutex_unlock(&m);
        tc_assert_not_held(&m);
        ANNOTATE_HAPPENS_BEFORE(arg);
        ANNOTATE_HAPPENS_AFTER(arg);
    }
    return arg;
}

int main(void) {
    errno = 77;
    tc_name(&m, "m");
    tc_name(&rw, "rw");
    pthread_spin_init(&spin, 0);
    tc_name(&spin, "spin");
    sem_init(&sem, 0, 1);
    tc_name(&sem, "sem");
    tc_name(&own, NULL);
    tc_lock_created(&own, "own", TC_LOCK_RECURSIVE);
    tc_ignore_begin();
    tc_ignore_end();
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, work, &own);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    tc_lock_acquired(&own, TC_LOCK_TRY);
    tc_lock_acquired(&own, TC_LOCK_TRY);
    tc_lock_released(&own, 0);
    tc_lock_released(&own, 0);
    tc_lock_request(&own, TC_LOCK_TIMED);
    tc_lock_failed(&own, ETIMEDOUT);
    tc_lock_destroyed(&own);
    void *block = malloc(1000);
    tc_memory_reused(block, 1000);
    free(block);
    printf("errno %d\n", errno);
    return tc_present() < 0;
}
