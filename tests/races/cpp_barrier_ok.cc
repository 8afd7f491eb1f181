// expect: none
// std::barrier: each phase reads what the others wrote in the one before; its completion writes
// alone.
#include <barrier>
#include <thread>

#include "race.h"

int cells[3], phases;

int main() {
    std::barrier barrier(3, []() noexcept { phases++; });
    auto work = [&](int mine) {
        for (int round = 0; round < 20; round++) {
            int sum = cells[0] + cells[1] + cells[2];
            barrier.arrive_and_wait();
            cells[mine] = sum % 7 + mine;
            barrier.arrive_and_wait();
        }
    };
    std::thread one(work, 0), two(work, 1), three(work, 2);
    one.join();
    two.join();
    three.join();
    printf("%d\n", phases);
    return 0;
}
