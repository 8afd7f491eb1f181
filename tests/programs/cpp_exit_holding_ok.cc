// expect: none
// An exception unwinds through guards, a thread_local's destructor locks, a forced unwind by
// pthread_exit runs destructors.
#include <mutex>
#include <pthread.h>
#include <stdexcept>
#include <thread>

std::mutex lock, other;
int gone;

struct Local {
    ~Local() {
        std::lock_guard<std::mutex> guard(lock);
        gone++;
    }
    int value = 0;
};
thread_local Local local;

int main() {
    std::thread first([] {
        local.value = 1;
        try {
            std::lock_guard<std::mutex> one(lock);
            std::lock_guard<std::mutex> two(other);
            throw std::runtime_error("out");
        } catch (const std::runtime_error &) {
        }
    });
    first.join();
    std::thread second([] {
        local.value = 2;
        std::lock_guard<std::mutex> one(lock);
        std::lock_guard<std::mutex> two(other);
        pthread_exit(nullptr);
    });
    second.join();
    std::lock_guard<std::mutex> one(lock);
    return gone != 2;
}
