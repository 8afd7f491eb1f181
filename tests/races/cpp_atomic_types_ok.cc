// expect: none
// Atomics of several sizes, relaxed: a bool, a pointer, a double, an enumeration, a bitmap.
#include <atomic>

#include "race.h"

enum class state : char { idle, busy };
std::atomic<bool> stop{false};
std::atomic<const char *> text{"none"};
std::atomic<double> level{0};
std::atomic<state> now{state::idle};
std::atomic<uint16_t> bits{0};

void *change(void *unused) {
    for (int i = 0; i < 20; i++) {
        text.store(i % 2 ? "odd" : "even", std::memory_order_relaxed);
        level.store(i, std::memory_order_relaxed);
        now.store(state::busy, std::memory_order_relaxed);
        bits.fetch_or(1 << i % 16, std::memory_order_relaxed);
        pause_ms(1);
    }
    stop.store(true, std::memory_order_relaxed);
    return unused;
}

void *look(void *unused) {
    while (!stop.load(std::memory_order_relaxed)) {
        USE(text.load(std::memory_order_relaxed));
        USE((int)level.load(std::memory_order_relaxed));
        USE((int)now.load(std::memory_order_relaxed));
        USE(bits.load(std::memory_order_relaxed));
        pause_ms(1);
    }
    return unused;
}

int main() {
    both(change, look, nullptr);
}
