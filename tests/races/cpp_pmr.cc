// expect: data-race
// Two threads take memory from one resource that is made for one thread only.
#include <memory_resource>
#include <thread>
#include <vector>

#include "race.h"

std::pmr::monotonic_buffer_resource arena(1 << 20);

int main() {
    auto work = [](int wait) {
        pause_ms(wait);
        std::pmr::vector<int> numbers(&arena);
        for (int i = 0; i < 100; i++)
            numbers.push_back(i);
        SHARED(numbers.data());
    };
    std::thread one(work, 1), two(work, 30);
    one.join();
    two.join();
    puts("done");
    return 0;
}
