// expect: data-race
// stripped: data-race or possible
// A thread counts in a variable of its maker, who looks at it meanwhile.
#include <chrono>
#include <cstdio>
#include <thread>
int main() {
    int progress = 0;
    std::thread t([&] {
        for (int i = 0; i < 5; i++) {
            progress += 20;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(12));
    if (progress == 1)
        std::puts("?");
    t.join();
    std::puts("x");
}
