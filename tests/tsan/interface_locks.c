// Two locks of the program's own, which it tells of by tsan_interface.h, are taken in both orders.
#include <pthread.h>
#include <sanitizer/tsan_interface.h>
#include <stdio.h>

/* Accesses of such a function are not told, not even atomic ones. */
#if defined(__clang__)
#define UNSEEN __attribute__((disable_sanitizer_instrumentation, noinline))
#else
#define UNSEEN __attribute__((no_sanitize("thread"), noinline))
#endif

static int locks[2], turn;

UNSEEN static void take(int *lock) {
    __tsan_mutex_pre_lock(lock, 0);
    while (__atomic_exchange_n(lock, 1, __ATOMIC_SEQ_CST))
        ;
    __tsan_mutex_post_lock(lock, 0, 0);
}
UNSEEN static void give(int *lock) {
    __tsan_mutex_pre_unlock(lock, 0);
    __atomic_store_n(lock, 0, __ATOMIC_SEQ_CST);
    __tsan_mutex_post_unlock(lock, 0);
}

UNSEEN static void pass(int to) {
    __atomic_store_n(&turn, to, __ATOMIC_SEQ_CST);
}
UNSEEN static void await(long mine) {
    while (__atomic_load_n(&turn, __ATOMIC_SEQ_CST) < mine)
        ;
}

static void *work(void *arg) {
    long first = (long)arg;
    await(first);
    take(&locks[first]);
    take(&locks[!first]);
    give(&locks[!first]);
    give(&locks[first]);
    pass(1);
    return NULL;
}

int main(void) {
    for (int i = 0; i < 2; i++)
        __tsan_mutex_create(&locks[i], 0);
    pthread_t threads[2];
    for (long i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    puts("done");
    return 0;
}
