// expect: data-race
// stripped: possible
// One thread uses std::atomic_ref, the other writes the plain variable behind it.
#include <atomic>

#include "race.h"

int value;

void *count(void *unused) {
    for (int i = 0; i < 10; i++)
        std::atomic_ref<int>(value).fetch_add(1);
    return unused;
}

void *reset(void *unused) {
    later();
    value = 0;
    return unused;
}

int main() {
    both(count, reset, nullptr);
}
