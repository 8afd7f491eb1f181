// expect: none
// A lock that is elided by transactions where the processor has them: the function that begins one
// is watched, too, and takes the lock.
#include <cpuid.h>
#include <immintrin.h>

#include "race.h"

static int lock, elides;
static long value;

__attribute__((target("rtm"), noinline)) static void add(void) {
    if (__atomic_load_n(&elides, __ATOMIC_RELAXED) && _xbegin() == _XBEGIN_STARTED) {
        if (__atomic_load_n(&lock, __ATOMIC_RELAXED))
            _xabort(1);
        value++;
        _xend();
        return;
    }
    while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
        pause_ms(1);
    value++;
    SHARED(&value);
    __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

static void *work(void *unused) {
    for (int i = 0; i < 100; i++)
        add();
    return unused;
}

int main(void) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    __get_cpuid_count(7, 0, &a, &b, &c, &d);
    elides = b >> 11 & 1;
    both(work, work, NULL);
    printf("%ld\n", value);
    return 0;
}
