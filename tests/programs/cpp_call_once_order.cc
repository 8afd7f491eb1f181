// expect: lock-order-inversion
// std::call_once and a mutex in opposite orders.
#include <chrono>
#include <mutex>
#include <thread>

std::once_flag flag;
std::mutex lock;

void setup() {
    std::lock_guard<std::mutex> guard(lock);
}

int main() {
    std::thread first([] { std::call_once(flag, setup); });
    std::thread second([] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        std::lock_guard<std::mutex> guard(lock);
        std::call_once(flag, setup);
    });
    first.join();
    second.join();
}
