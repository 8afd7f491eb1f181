// expect: deadlock (hang)
// One of three threads leaves a C++ barrier a round early and does not say so.
#include <barrier>
#include <thread>
#include <unistd.h>
#include <vector>
int main() {
    alarm(20);
    std::barrier<> phase(3);
    std::vector<std::thread> v;
    for (int i = 0; i < 3; i++)
        v.emplace_back([&, i] {
            for (int r = 0; r < 2 + (i > 0); r++)
                phase.arrive_and_wait();
        });
    for (auto &t : v)
        t.join();
}
