// expect: none
// Lambdas capture by value, by move, and by reference to what is read only after the join.
#include <memory>
#include <thread>

#include "race.h"

int main() {
    int total = 1, result = 0;
    auto owned = std::make_unique<int>(4);
    std::thread worker([total, owned = std::move(owned), &result] { result = total + *owned; });
    total++;
    worker.join();
    printf("%d\n", total + result);
}
