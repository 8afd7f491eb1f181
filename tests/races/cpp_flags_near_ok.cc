// expect: none
// Two flags side by side: the second thread stores its own before it looks at the first one's,
// which was stored long ago; and a count beside a flag is changed before the flag is looked at.
#include <atomic>

#include "race.h"

std::atomic<bool> done[2];
struct {
    std::atomic<int> users{0};
    std::atomic<bool> ready{false};
} thing;
int value, other;

void *first(void *unused) {
    USE(done[1].load());
    value = other = 5;
    thing.ready.store(true, std::memory_order_release);
    done[0].store(true, std::memory_order_release);
    return unused;
}

void *second(void *unused) {
    later();
    done[1].store(true, std::memory_order_release);
    while (!done[0].load(std::memory_order_acquire))
        pause_ms(1);
    value++;
    return unused;
}

void *third(void *unused) {
    later();
    thing.users.fetch_add(1, std::memory_order_relaxed);
    while (!thing.ready.load(std::memory_order_acquire))
        pause_ms(1);
    other++;
    return unused;
}

int main() {
    pthread_t threads[] = {start(first, nullptr), start(second, nullptr), start(third, nullptr)};
    for (pthread_t thread : threads)
        finish(thread);
    printf("%d %d\n", value, other);
}
