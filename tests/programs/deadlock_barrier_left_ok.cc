// expect: none
// A thread that leaves a C++ barrier early says so.
#include <barrier>
#include <thread>
#include <vector>
int main() {
    std::barrier<> phase(3);
    std::vector<std::jthread> v;
    for (int i = 0; i < 3; i++)
        v.emplace_back([&, i] {
            for (int r = 0; r < 2 + (i > 0); r++)
                phase.arrive_and_wait();
            phase.arrive_and_drop();
        });
}
