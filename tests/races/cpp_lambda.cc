// expect: data-race
// A lambda captures a local variable by reference; the function goes on writing it.
#include <thread>

#include "race.h"

int main() {
    int total = 0;
    std::thread worker([&total] {
        total += 5;
        SHARED(&total);
    });
    later();
    total += 6;
    SHARED(&total);
    worker.join();
}
