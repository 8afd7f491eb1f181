// expect: none
// std::call_once makes the thing for both.
#include <mutex>
#include <vector>

#include "race.h"

std::once_flag once;
std::vector<int> numbers;

void *use(void *unused) {
    std::call_once(once, [] { numbers.assign(10, 3); });
    USE(numbers[4]);
    return unused;
}

void *use_later(void *unused) {
    later();
    return use(unused);
}

int main() {
    both(use, use_later, nullptr);
}
