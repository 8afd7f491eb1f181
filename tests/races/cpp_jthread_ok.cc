// expect: none
// A jthread is asked to stop, and joined by its destructor.
#include <stop_token>
#include <thread>

#include "race.h"

int main() {
    long counted = 0;
    {
        std::jthread worker([&](std::stop_token stop) {
            do {
                counted++;
                pause_ms(1);
            } while (!stop.stop_requested());
        });
        later();
    }
    printf("%d\n", counted > 0);
}
