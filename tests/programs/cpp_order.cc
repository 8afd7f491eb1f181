// expect: lock-order-inversion
// std::mutex in opposite orders.
#include <chrono>
#include <mutex>
#include <thread>

struct Bank {
    std::mutex accounts, audit;
};

int main() {
    Bank bank;
    std::thread first([&] {
        std::lock_guard<std::mutex> outer(bank.accounts);
        std::lock_guard<std::mutex> inner(bank.audit);
    });
    std::thread second([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        std::lock_guard<std::mutex> outer(bank.audit);
        std::lock_guard<std::mutex> inner(bank.accounts);
    });
    first.join();
    second.join();
}
