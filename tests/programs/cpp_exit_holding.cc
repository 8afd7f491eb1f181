// expect: lock-held-at-thread-exit
// A thread locks a std::mutex without a guard and returns early.
#include <mutex>
#include <thread>

std::mutex lock;

int main() {
    std::thread thread([] { lock.lock(); });
    thread.join();
}
