// expect: none
// A store publishes; the first instruction that shows that the word is an atomic one adds to it
// later.
#include <atomic>

#include "race.h"

std::atomic<int> stage{0};
int value;

void *give(void *unused) {
    value = 5;
    stage.store(1, std::memory_order_release);
    return unused;
}

void *take(void *unused) {
    later();
    while (stage.fetch_add(2, std::memory_order_acq_rel) % 2 == 0)
        pause_ms(1);
    printf("%d\n", ++value);
    return unused;
}

int main() {
    both(give, take, nullptr);
}
