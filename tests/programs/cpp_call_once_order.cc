// expect: lock-order-inversion
// std::call_once and a mutex in opposite orders.
#include <mutex>
#include <thread>

#include "program.h"

std::once_flag flag;
std::mutex lock;

void setup() {
    std::lock_guard<std::mutex> guard(lock);
}

int main() {
    std::thread first([] {
        std::call_once(flag, setup);
        reach(1);
    });
    std::thread second([] {
        await(1);
        std::lock_guard<std::mutex> guard(lock);
        std::call_once(flag, setup);
    });
    first.join();
    second.join();
}
