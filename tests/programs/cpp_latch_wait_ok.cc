// expect: none
// Threads block for 1.3 s in a latch and in an atomic wait, without any pthread call: no hang.
#include <atomic>
#include <chrono>
#include <latch>
#include <mutex>
#include <thread>

std::mutex lock;

int main() {
    std::latch open(1);
    std::atomic<bool> flag{false};
    std::thread first([&] {
        std::lock_guard<std::mutex> guard(lock);
        open.wait();
    });
    std::thread second([&] { flag.wait(false); });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    std::thread third([&] { std::lock_guard<std::mutex> guard(lock); });
    std::this_thread::sleep_for(std::chrono::milliseconds(1250));
    flag = true;
    flag.notify_one();
    open.count_down();
    first.join();
    second.join();
    third.join();
}
