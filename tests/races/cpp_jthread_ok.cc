// expect: none
// A jthread is asked to stop, and joined by its destructor.
#include <stop_token>
#include <thread>

#include "race.h"

int main() {
    long counted = 0;
    {
        std::jthread worker([&](std::stop_token stop) {
            while (!stop.stop_requested()) {
                counted++;
                pause_ms(1);
            }
        });
        later();
    }
    printf("%d\n", counted > 0);
}
