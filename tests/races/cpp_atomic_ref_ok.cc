// expect: none
// Both threads use std::atomic_ref, main only afterwards the variable.
#include <atomic>

#include "race.h"

int value;

void *count(void *unused) {
    for (int i = 0; i < 100; i++)
        std::atomic_ref<int>(value).fetch_add(1, std::memory_order_relaxed);
    return unused;
}

int main() {
    both(count, count, nullptr);
    printf("%d\n", value);
}
