// The same without the telling: what one thread writes in a fiber of its own, or after another was
// told of less, is raced on.
#include <pthread.h>
#include <sanitizer/tsan_interface.h>
#include <stdio.h>

/* Accesses of such a function are not told, not even atomic ones. */
#if defined(__clang__)
#define UNSEEN __attribute__((disable_sanitizer_instrumentation, noinline))
#else
#define UNSEEN __attribute__((no_sanitize("thread"), noinline))
#endif

static long late;
static int turn, channel;

UNSEEN static void pass(int to) {
    __atomic_store_n(&turn, to, __ATOMIC_SEQ_CST);
}
UNSEEN static void await(int mine) {
    while (__atomic_load_n(&turn, __ATOMIC_SEQ_CST) != mine)
        ;
}

static void *first(void *unused) {
    __tsan_release(&channel);
    late = 1;
    pass(1);
    return unused;
}

static void *second(void *unused) {
    await(1);
    __tsan_acquire(&channel);
    late++;
    return unused;
}

int main(void) {
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, first, NULL);
    pthread_create(&threads[1], NULL, second, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    printf("%ld\n", late);
    return 0;
}
