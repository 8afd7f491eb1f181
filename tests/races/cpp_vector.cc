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
    return push(unused);
}

int main() {
    first_and_then(push, push_later, nullptr);
}
