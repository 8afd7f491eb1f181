// expect: deadlock (hang)
// A function-local static's initialiser needs a lock whose owner needs that static.
#include <chrono>
#include <mutex>
#include <thread>
#include <unistd.h>

std::mutex registry;

struct Settings {
    Settings() {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        std::lock_guard<std::mutex> guard(registry);
    }
    int value = 1;
};

Settings &settings() {
    static Settings instance;
    return instance;
}

int main() {
    alarm(20);
    std::thread first([] { settings(); });
    std::thread second([] {
        std::lock_guard<std::mutex> guard(registry);
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        settings();
    });
    first.join();
    second.join();
}
