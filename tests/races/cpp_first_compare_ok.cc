// expect: none
// A store publishes a pointer; it is taken out by a compare-exchange, the first one of this word.
#include <atomic>

#include "race.h"

std::atomic<int *> box{nullptr};

void *give(void *unused) {
    box.store(new int(5), std::memory_order_release);
    return unused;
}

void *take(void *unused) {
    later();
    int *mine = nullptr;
    while (!mine || !box.compare_exchange_strong(mine, nullptr, std::memory_order_acquire)) {
        mine = box.load(std::memory_order_relaxed);
        pause_ms(1);
    }
    printf("%d\n", ++*mine);
    delete mine;
    return unused;
}

int main() {
    both(give, take, nullptr);
}
