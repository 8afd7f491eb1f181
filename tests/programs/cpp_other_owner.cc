// expect: release-by-non-owner
// A unique_lock is moved to another thread, which unlocks it.
#include <mutex>
#include <thread>
#include <utility>

std::mutex lock;

int main() {
    std::unique_lock<std::mutex> guard(lock);
    std::thread thread([moved = std::move(guard)]() mutable { moved.unlock(); });
    thread.join();
}
