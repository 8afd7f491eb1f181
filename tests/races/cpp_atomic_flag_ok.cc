// expect: none
// A spinlock made of std::atomic_flag.
#include <atomic>

#include "race.h"

std::atomic_flag busy = ATOMIC_FLAG_INIT;
int value;

void *count(void *unused) {
    for (int i = 0; i < 100; i++) {
        while (busy.test_and_set(std::memory_order_acquire))
            pause_ms(1);
        value++;
        busy.clear(std::memory_order_release);
    }
    return unused;
}

int main() {
    both(count, count, nullptr);
    printf("%d\n", value);
}
