// expect: lock-order-inversion
// The initialiser of a static takes a lock and gives it up; another thread asks for the static
// under that lock while the initialiser is still at work.
#include <mutex>
#include <thread>

#include "program.h"

std::mutex registry;
int tid;

struct Settings {
    Settings() {
        { std::lock_guard<std::mutex> guard(registry); }
        reach(1);
        await_blocked(&tid, nullptr, 0);
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
        await(1);
        std::lock_guard<std::mutex> guard(registry);
        here_is(&tid);
        settings();
    });
    first.join();
    second.join();
}
