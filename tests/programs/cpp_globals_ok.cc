// expect: none
// Global objects lock in constructors and destructors; a detached thread outlives main's end.
#include <chrono>
#include <cstdio>
#include <mutex>
#include <thread>

std::mutex early;

struct Registry {
    Registry() {
        std::lock_guard<std::mutex> guard(early);
        std::thread([] { std::lock_guard<std::mutex> inner(inside()); }).join();
    }
    ~Registry() {
        std::lock_guard<std::mutex> guard(early);
        std::puts("gone");
    }
    static std::mutex &inside() {
        static std::mutex *forever = new std::mutex;
        return *forever;
    }
};
Registry registry;

int main() {
    std::thread([] {
        for (;;) {
            std::lock_guard<std::mutex> guard(Registry::inside());
            std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
    }).detach();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return 0;
}
