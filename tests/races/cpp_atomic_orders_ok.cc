// expect: none
// std::atomic in every order that hands data over, by store and load, exchange and
// compare-exchange.
#include <atomic>

#include "race.h"

struct channel {
    std::atomic<int> ready{0};
    int data = 0;
} channels[6];

void *produce(void *unused) {
    later();
    for (channel &each : channels)
        each.data = 42;
    channels[0].ready.store(1);
    channels[1].ready.store(1, std::memory_order_release);
    channels[2].ready.exchange(1, std::memory_order_acq_rel);
    int none = 0;
    channels[3].ready.compare_exchange_strong(none, 1, std::memory_order_release,
                                              std::memory_order_relaxed);
    channels[4].ready.fetch_add(1, std::memory_order_release);
    channels[5].ready = 1;
    return unused;
}

void *consume(void *unused) {
    int sum = 0;
    while (!channels[0].ready.load())
        pause_ms(1);
    sum += channels[0].data;
    while (!channels[1].ready.load(std::memory_order_acquire))
        pause_ms(1);
    sum += channels[1].data;
    while (!channels[2].ready.load(std::memory_order_consume))
        pause_ms(1);
    sum += channels[2].data;
    int one = 1;
    while (!channels[3].ready.compare_exchange_weak(one, 2, std::memory_order_acquire)) {
        one = 1;
        pause_ms(1);
    }
    sum += channels[3].data;
    while (!channels[4].ready.fetch_and(-1, std::memory_order_acquire))
        pause_ms(1);
    sum += channels[4].data;
    while (!channels[5].ready)
        pause_ms(1);
    sum += channels[5].data;
    printf("%d\n", sum);
    return unused;
}

int main() {
    both(produce, consume, nullptr);
}
