// expect: deadlock (hang)
// A function-local static's initialiser needs a lock whose owner needs that static.
#include <mutex>
#include <thread>
#include <unistd.h>

#include "program.h"

std::mutex registry;

struct Settings {
    Settings() {
        reach(1);
        await(2);
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
        await(1);
        std::lock_guard<std::mutex> guard(registry);
        reach(2);
        settings();
    });
    first.join();
    second.join();
}
