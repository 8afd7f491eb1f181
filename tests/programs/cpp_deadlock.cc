// expect: deadlock (hang)
// A thread waits for a future whose producer needs the waiter's mutex.
#include <chrono>
#include <future>
#include <mutex>
#include <unistd.h>

std::mutex lock;

int main() {
    alarm(20);
    auto answer = std::async(std::launch::async, [] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        std::lock_guard<std::mutex> guard(lock);
        return 42;
    });
    std::lock_guard<std::mutex> guard(lock);
    return answer.get() != 42;
}
