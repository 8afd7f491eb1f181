// confirm: lock-order-inversion
// The C++ library is among the frames of the stacks that have to be met again.
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>

struct Account {
    std::mutex lock;
    int balance = 0;
};

static void transfer(Account &from, Account &to) {
    std::lock_guard<std::mutex> outer(from.lock), inner(to.lock);
    from.balance--;
    to.balance++;
}

int main() {
    auto a = std::make_unique<Account>(), b = std::make_unique<Account>();
    std::thread first([&] { transfer(*a, *b); });
    std::thread second([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        transfer(*b, *a);
    });
    first.join();
    second.join();
}
