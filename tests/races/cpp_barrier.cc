// expect: data-race
// Threads read each other's cells before they have met at the std::barrier.
// stripped: possible
#include <barrier>
#include <thread>

#include "race.h"

int cells[2];

int main() {
    std::barrier barrier(2);
    auto work = [&](int mine) {
        cells[mine] = mine + 1;
        SHARED(cells);
        pause_ms(10 + 20 * mine);
        USE(cells[1 - mine]);
        barrier.arrive_and_wait();
    };
    std::thread one(work, 0), two(work, 1);
    one.join();
    two.join();
    puts("done");
    return 0;
}
