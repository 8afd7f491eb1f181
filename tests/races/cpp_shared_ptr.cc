// expect: data-race
// stripped: possible
// Two threads assign to the same shared_ptr.
#include <memory>

#include "race.h"

std::shared_ptr<int> pointer;

void *assign(void *unused) {
    pointer = std::make_shared<int>(1);
    return unused;
}

void *copy(void *unused) {
    std::shared_ptr<int> mine = pointer;
    return unused;
}

int main() {
    first_and_then(assign, copy, nullptr);
}
