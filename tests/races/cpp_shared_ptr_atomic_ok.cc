// expect: none
// tsan: data-race
// compiled: data-race
// why: libstdc++ 12 gives the pointer's lock back relaxed after a load (its bug 101761)
// A configuration is replaced through std::atomic<std::shared_ptr> while others read it.
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "race.h"

std::atomic<std::shared_ptr<std::vector<int>>> current;

int main() {
    current = std::make_shared<std::vector<int>>(10, 0);
    auto read = [] {
        for (int i = 0; i < 100; i++) {
            auto mine = current.load();
            USE((*mine)[3]);
        }
    };
    std::thread one(read), two(read), three([] {
        for (int i = 0; i < 50; i++)
            current.store(std::make_shared<std::vector<int>>(10, i));
    });
    one.join();
    two.join();
    three.join();
    printf("%d\n", (*current.load())[3]);
    return 0;
}
