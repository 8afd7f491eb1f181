// expect: double-release
// A std::mutex is unlocked by hand inside a lock_guard.
#include <mutex>
#include <thread>

std::mutex lock;

int main() {
    std::thread thread([] {
        std::lock_guard<std::mutex> guard(lock);
        lock.unlock();
    });
    thread.join();
}
