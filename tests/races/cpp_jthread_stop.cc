// expect: data-race
// A stop token ends a loop; what the loop wrote is read before the join.
#include <stop_token>
#include <thread>

#include "race.h"

int rounds;

int main() {
    std::jthread worker([](std::stop_token stop) {
        do {
            rounds = rounds + 1;
            SHARED(&rounds);
            pause_ms(1);
        } while (!stop.stop_requested());
    });
    later();
    USE(rounds);
    worker.request_stop();
    worker.join();
    puts("done");
    return 0;
}
