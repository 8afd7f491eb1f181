// expect: none
// Threads fill parts, and the completion of a C++ barrier adds them up, in ten phases.
#include <barrier>
#include <cstdio>
#include <thread>
#include <vector>
int main() {
    int n = 0;
    std::vector<int> part(4);
    std::barrier b(4, [&]() noexcept {
        n = 0;
        for (int x : part)
            n += x;
    });
    std::vector<std::thread> v;
    for (int i = 0; i < 4; i++)
        v.emplace_back([&, i] {
            for (int k = 0; k < 10; k++) {
                part[i] = k;
                b.arrive_and_wait();
                if (n != 4 * k)
                    std::puts("?");
                b.arrive_and_wait();
            }
        });
    for (auto &t : v)
        t.join();
    std::puts("x");
}
