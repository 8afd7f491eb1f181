// expect: lock-order-inversion
// The creator of both threads allocated the locks just before: its first use of them comes too late
// to be theirs alone.
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>

struct Account {
    std::mutex lock;
    int balance = 0;
};

void transfer(Account &from, Account &to) {
    std::lock_guard<std::mutex> outer(from.lock), inner(to.lock);
    from.balance--;
    to.balance++;
}

int main() {
    auto a = std::make_unique<Account>(), b = std::make_unique<Account>();
    std::thread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        transfer(*b, *a);
    });
    transfer(*a, *b);
    other.join();
}
