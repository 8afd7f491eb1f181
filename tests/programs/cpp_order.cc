// expect: lock-order-inversion
// std::mutex in opposite orders.
#include <mutex>
#include <thread>

#include "program.h"

struct Bank {
    std::mutex accounts, audit;
};

int main() {
    Bank bank;
    std::thread first([&] {
        {
            std::lock_guard<std::mutex> outer(bank.accounts);
            std::lock_guard<std::mutex> inner(bank.audit);
        }
        reach(1);
    });
    std::thread second([&] {
        await(1);
        std::lock_guard<std::mutex> outer(bank.audit);
        std::lock_guard<std::mutex> inner(bank.accounts);
    });
    first.join();
    second.join();
}
