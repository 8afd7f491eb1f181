// expect: data-race
// A writer takes the std::shared_mutex as readers do.
#include <shared_mutex>
#include <thread>

#include "race.h"

std::shared_mutex lock;
long value;

int main() {
    auto work = [] {
        for (int i = 0; i < 10; i++) {
            std::shared_lock hold(lock);
            value++;
            SHARED(&value);
            pause_ms(2);
        }
    };
    std::thread one(work), two(work);
    one.join();
    two.join();
    puts("done");
    return 0;
}
