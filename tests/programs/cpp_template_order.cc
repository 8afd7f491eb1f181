// expect: lock-order-inversion
// The locks are members of templates in namespaces, taken in inlined functions.
#include <mutex>
#include <thread>

#include "program.h"

namespace shop {
template <typename T> class Guarded {
  public:
    template <typename F> void with(F &&use) {
        std::unique_lock<std::mutex> guard(mutex_);
        use(value_);
    }

  private:
    std::mutex mutex_;
    T value_{};
};
} // namespace shop

shop::Guarded<int> stock;
shop::Guarded<double> prices;

int main() {
    std::thread first([] {
        stock.with([](int &) { prices.with([](double &price) { price++; }); });
        reach(1);
    });
    std::thread second([] {
        await(1);
        prices.with([](double &) { stock.with([](int &count) { count++; }); });
    });
    first.join();
    second.join();
}
