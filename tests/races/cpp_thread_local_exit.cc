// expect: data-race
// Destructors of thread-local objects add to a total without a lock.
#include <thread>

#include "race.h"

long total;

struct tally {
    long count = 0;
    ~tally() {
        total += count;
        SHARED(&total);
    }
};
thread_local tally mine;

int main() {
    auto work = [](int wait) {
        mine.count = 5;
        pause_ms(wait);
    };
    std::thread one(work, 1), two(work, 30);
    one.join();
    two.join();
    puts("done");
    return 0;
}
