// expect: none
// A pointer with a version, sixteen bytes, and a structure of 24: libatomic stores and loads both.
#include <atomic>

#include "race.h"

struct pair {
    long *data;
    long version;
};
struct wide {
    long *data;
    long version, more;
};
std::atomic<pair> early{pair{nullptr, 0}}, late{pair{nullptr, 0}};
std::atomic<wide> largest{wide{nullptr, 0, 0}};

void *give(void *unused) {
    early.store(pair{new long(42), 1}, std::memory_order_release);
    later();
    late.store(pair{new long(43), 1}, std::memory_order_release);
    largest.store(wide{new long(44), 1, 1}, std::memory_order_release);
    return unused;
}

template <class T> long take_from(std::atomic<T> &from) {
    T got;
    while (!(got = from.load(std::memory_order_acquire)).data)
        pause_ms(1);
    long value = ++*got.data;
    delete got.data;
    return value;
}

void *take(void *unused) {
    long one = take_from(late), two = take_from(early), three = take_from(largest);
    printf("%ld %ld %ld\n", one, two, three);
    return unused;
}

int main() {
    /* What libatomic finds out of the processor it does when a function is first called. */
    early.store(early.load());
    largest.store(largest.load());
    both(give, take, nullptr);
}
