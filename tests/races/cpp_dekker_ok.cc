// expect: none
// tsan: data-race
// why: gcc's ThreadSanitizer does not know fences (it warns when it compiles)
// Dekker's lock: relaxed variables and fences.
#include <atomic>

#include "race.h"

std::atomic<bool> wants[2];
std::atomic<int> turn{0};
int value;

void enter(int me) {
    wants[me].store(true, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    while (wants[!me].load(std::memory_order_relaxed))
        if (turn.load(std::memory_order_relaxed) != me) {
            wants[me].store(false, std::memory_order_relaxed);
            while (turn.load(std::memory_order_relaxed) != me)
                pause_ms(1);
            wants[me].store(true, std::memory_order_relaxed);
            std::atomic_thread_fence(std::memory_order_seq_cst);
        }
    std::atomic_thread_fence(std::memory_order_acquire);
}

void leave(int me) {
    turn.store(!me, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    wants[me].store(false, std::memory_order_relaxed);
}

void *work(void *number) {
    int me = number != nullptr;
    for (int i = 0; i < 50; i++) {
        enter(me);
        value++;
        leave(me);
    }
    return nullptr;
}

int main() {
    pthread_t one = start(work, nullptr), two = start(work, &value);
    finish(one);
    finish(two);
    printf("%d\n", value);
}
