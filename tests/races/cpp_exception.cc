// expect: data-race
// A function writes shared data and leaves by an exception; another thread reads it.
#include <stdexcept>

#include "race.h"

int value;

__attribute__((noinline)) void fail() {
    value = 1;
    throw std::runtime_error("no");
}

void *write_it(void *unused) {
    try {
        fail();
    } catch (const std::runtime_error &) {
    }
    return unused;
}

void *read_it(void *unused) {
    later();
    USE(value);
    return unused;
}

int main() {
    both(write_it, read_it, nullptr);
}
