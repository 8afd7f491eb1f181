// expect: lock-order-inversion
// The initialiser of a static takes a lock and gives it up; another thread asks for the static
// under that lock while the initialiser is still at work.
#include <chrono>
#include <mutex>
#include <thread>

std::mutex registry;

struct Settings {
    Settings() {
        { std::lock_guard<std::mutex> guard(registry); }
        std::this_thread::sleep_for(std::chrono::milliseconds(150));
    }
    int value = 1;
};

Settings &settings() {
    static Settings instance;
    return instance;
}

int main() {
    std::thread first([] { settings(); });
    std::thread second([] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        std::lock_guard<std::mutex> guard(registry);
        settings();
    });
    first.join();
    second.join();
}
