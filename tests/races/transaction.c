// expect: data-race
// As transaction_ok; one thread adds without the lock.
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

static void *wrong(void *unused) {
    later();
    value++;
    SHARED(&value);
    return unused;
}

int main(void) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    __get_cpuid_count(7, 0, &a, &b, &c, &d);
    elides = b >> 11 & 1;
    both(work, wrong, NULL);
    return 0;
}
