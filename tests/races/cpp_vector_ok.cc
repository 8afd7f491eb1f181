// expect: none
// Two threads push to one vector under a mutex, and fill elements of another side by side.
#include <mutex>
#include <vector>

#include "race.h"

std::mutex lock;
std::vector<int> numbers;
std::vector<int> cells(100);

void *push(void *odd) {
    for (int i = 0; i < 50; i++) {
        cells[2 * i + (odd != nullptr)] = i;
        std::lock_guard<std::mutex> guard(lock);
        numbers.push_back(i);
    }
    return nullptr;
}

int main() {
    pthread_t first = start(push, nullptr), second = start(push, &lock);
    finish(first);
    finish(second);
    printf("%zu %d\n", numbers.size(), cells[99]);
}
