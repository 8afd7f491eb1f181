// expect: none
// The C++ library's part in the initialisation of a local static is linked into the program, unless
// the compiler's own runtime brings one.
#include <cstdint>

#include "race.h"

extern "C" __attribute__((weak)) int __cxa_guard_acquire(uint64_t *guard) {
    char *bytes = reinterpret_cast<char *>(guard), unused = 0;
    while (!__atomic_load_n(bytes, __ATOMIC_ACQUIRE)) {
        unused = 0;
        if (__atomic_compare_exchange_n(bytes + 1, &unused, 1, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE)) {
            if (!__atomic_load_n(bytes, __ATOMIC_ACQUIRE))
                return 1;
            __atomic_store_n(bytes + 1, 0, __ATOMIC_RELEASE);
        }
        pause_ms(1);
    }
    return 0;
}

extern "C" __attribute__((weak)) void __cxa_guard_release(uint64_t *guard) {
    char *bytes = reinterpret_cast<char *>(guard);
    __atomic_exchange_n(bytes, 1, __ATOMIC_ACQ_REL);
    __atomic_store_n(bytes + 1, 0, __ATOMIC_RELEASE);
}

extern "C" __attribute__((weak)) void __cxa_guard_abort(uint64_t *guard) {
    __atomic_store_n(reinterpret_cast<char *>(guard) + 1, 0, __ATOMIC_RELEASE);
}

struct config {
    int value;
    config() : value(getpid() > 0 ? 3 : 0) {}
};

static __attribute__((noinline)) config &get() {
    static config only;
    return only;
}

void *work(void *wait) {
    if (wait)
        later();
    MUST(get().value == 3);
    return nullptr;
}

int main() {
    pthread_t one = start(work, nullptr), two = start(work, &one);
    finish(one);
    finish(two);
    puts("done");
}
