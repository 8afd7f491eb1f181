// expect: none
// A store publishes; an exchange takes the flag away again, the first one of this word.
#include <atomic>

#include "race.h"

std::atomic<int> ready{0};
int value;

void *give(void *unused) {
    value = 5;
    ready.store(1, std::memory_order_release);
    return unused;
}

void *take(void *unused) {
    later();
    while (!ready.exchange(0, std::memory_order_acquire))
        pause_ms(1);
    printf("%d\n", ++value);
    return unused;
}

int main() {
    both(give, take, nullptr);
}
