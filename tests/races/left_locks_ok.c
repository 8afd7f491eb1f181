// expect: none
// A lock is taken by a function that is left as it is, as it asks for a symbol by who calls it:
// what its atomic instruction orders is not known.
#include <dlfcn.h>

#include "race.h"

static int lock, unlocks;
static long value;

__attribute__((noinline)) static void take(void) {
    if (!unlocks)
        unlocks = dlsym(RTLD_DEFAULT, "pthread_mutex_unlock") != NULL;
    while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
        pause_ms(1);
}

static void *work(void *unused) {
    for (int i = 0; i < 100; i++) {
        take();
        value++;
        SHARED(&value);
        __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
    }
    return unused;
}

int main(void) {
    take();
    __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
    both(work, work, NULL);
    printf("%ld %d\n", value, unlocks);
    return 0;
}
