// expect: none
// A stop token ends a loop, and a callback of it runs in the thread that asks; the join orders the
// rest.
#include <stop_token>
#include <thread>

#include "race.h"

int rounds, asked;

int main() {
    std::jthread worker([](std::stop_token stop) {
        std::stop_callback callback(stop, [] { asked = 1; });
        do {
            rounds = rounds + 1;
            SHARED(&rounds);
            pause_ms(1);
        } while (!stop.stop_requested());
    });
    later();
    worker.request_stop();
    worker.join();
    printf("%d %d\n", rounds > 0, asked);
    return 0;
}
