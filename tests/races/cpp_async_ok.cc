// expect: none
// std::async, a shared future and a promise hand data over, also an exception.
#include <future>
#include <stdexcept>
#include <vector>

#include "race.h"

int main() {
    std::vector<int> data(100, 1);
    auto sum = std::async(std::launch::async, [&] {
        long total = 0;
        for (int &value : data)
            total += value++;
        return total;
    });
    long first = sum.get();
    std::promise<std::vector<int>> promise;
    auto shared = promise.get_future().share();
    auto one = std::async(std::launch::async, [shared] { return shared.get().size(); });
    auto two = std::async(std::launch::async, [shared] { return shared.get()[5]; });
    promise.set_value(std::move(data));
    auto fails =
        std::async(std::launch::async, []() -> int { throw std::runtime_error("failed"); });
    try {
        fails.get();
    } catch (const std::runtime_error &error) {
        printf("%s %ld %zu %d\n", error.what(), first, one.get(), two.get());
    }
    return 0;
}
