// expect: none
// A ring for one producer and one consumer, whose two indexes are atomic.
#include <atomic>

#include "race.h"

int ring[8];
std::atomic<unsigned> head{0}, tail{0};

void *produce(void *unused) {
    for (unsigned i = 0; i < 100; i++) {
        while (i - tail.load(std::memory_order_acquire) == 8)
            pause_ms(1);
        ring[i % 8] = (int)i;
        head.store(i + 1, std::memory_order_release);
    }
    return unused;
}

void *consume(void *unused) {
    int sum = 0;
    for (unsigned i = 0; i < 100; i++) {
        while (head.load(std::memory_order_acquire) == i)
            pause_ms(1);
        sum += ring[i % 8];
        tail.store(i + 1, std::memory_order_release);
    }
    printf("%d\n", sum);
    return unused;
}

int main() {
    both(produce, consume, nullptr);
}
