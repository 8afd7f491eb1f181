// expect: none
// Each thread has a shared_ptr of its own to one object; the last one that goes deletes it.
#include <memory>
#include <thread>
#include <vector>

#include "race.h"

struct thing {
    std::vector<int> numbers = std::vector<int>(100, 1);
    ~thing() { numbers[0] = 2; }
};

int main() {
    for (int i = 0; i < 5; i++) {
        auto pointer = std::make_shared<thing>();
        std::thread first([pointer]() mutable {
            USE(pointer->numbers[5]);
            pointer.reset();
        });
        std::thread second([pointer]() mutable {
            USE(pointer->numbers[5]);
            pointer.reset();
        });
        pointer.reset();
        first.join();
        second.join();
    }
}
