// expect: lock-order-inversion
// The creator of both threads allocated the locks just before: its first use of them comes too late
// to be theirs alone.
#include <atomic>
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

std::atomic<bool> transferred{false}; // in time, but no tool that watches locks sees it

int main() {
    auto a = std::make_unique<Account>(), b = std::make_unique<Account>();
    std::thread other([&] {
        while (!transferred)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        transfer(*b, *a);
    });
    transfer(*a, *b);
    transferred = true;
    other.join();
}
