// expect: data-race
// stripped: possible
// A thread counts the latch down before it writes its result.
#include <latch>
#include <thread>

#include "race.h"

std::latch done(1);
int result;

int main() {
    std::thread worker([] {
        done.count_down();
        pause_ms(5);
        result = 1;
    });
    done.wait();
    later();
    USE(result);
    worker.join();
}
