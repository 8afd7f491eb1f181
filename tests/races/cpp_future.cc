// expect: data-race
// stripped: possible
// The task goes on with the data after it set the promise.
#include <future>
#include <thread>

#include "race.h"

int data;

int main() {
    std::promise<void> ready;
    std::thread worker([&] {
        ready.set_value();
        pause_ms(5);
        data = 1;
    });
    ready.get_future().wait();
    later();
    USE(data);
    worker.join();
}
