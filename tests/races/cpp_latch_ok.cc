// expect: none
// A latch gathers what the threads wrote; a barrier separates their phases.
#include <barrier>
#include <latch>
#include <thread>

#include "race.h"

std::latch done(2);
std::barrier phase(2);
int results[2];

void work(int me) {
    for (int i = 0; i < 5; i++) {
        results[me] = i;
        phase.arrive_and_wait();
        USE(results[!me]);
        phase.arrive_and_wait();
    }
    done.count_down();
}

int main() {
    std::thread first(work, 0), second(work, 1);
    done.wait();
    printf("%d\n", results[0] + results[1]);
    first.join();
    second.join();
}
