// expect: data-race
// stripped: data-race or possible
// Two threads write different elements of a vector of bools, which share words.
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>
static std::vector<bool> done(64);
int main() {
    std::thread a([] {
        for (int i = 0; i < 64; i += 2)
            done[i] = true;
    }),
        b([] {
            std::this_thread::sleep_for(std::chrono::milliseconds(30));
            for (int i = 1; i < 64; i += 2)
                done[i] = true;
        });
    a.join();
    b.join();
    std::puts("x");
}
