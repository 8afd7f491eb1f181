// expect: none
// A synchronised memory resource gives memory to threads that each fill containers of their own.
#include <map>
#include <memory_resource>
#include <string>
#include <thread>

#include "race.h"

std::pmr::synchronized_pool_resource pool;

int main() {
    long sums[3] = {};
    auto work = [&](int mine) {
        std::pmr::map<int, std::pmr::string> map(&pool);
        for (int i = 0; i < 500; i++)
            map[i % 50] = "a text of more than fifteen characters";
        for (auto &entry : map)
            sums[mine] += (long)entry.second.size();
    };
    std::thread one(work, 0), two(work, 1), three(work, 2);
    one.join();
    two.join();
    three.join();
    printf("%ld\n", sums[0] + sums[1] + sums[2]);
    return 0;
}
