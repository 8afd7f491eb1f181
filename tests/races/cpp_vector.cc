// expect: data-race
// Two threads push to one vector.
#include <vector>

#include "race.h"

std::vector<int> numbers;

void *push(void *unused) {
    for (int i = 0; i < 10; i++)
        numbers.push_back(i);
    return unused;
}

void *push_later(void *unused) {
    later();
    return push(unused);
}

int main() {
    both(push, push_later, nullptr);
}
