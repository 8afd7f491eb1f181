// confirm: lock-order-inversion
// The C++ library is among the frames of the stacks that have to be met again.
#include <memory>
#include <mutex>
#include <thread>

#include <unistd.h>

#include "tests/programs/order.h"

struct Account {
    std::mutex lock;
    int balance = 0;
};

static void transfer(Account &from, Account &to) {
    std::lock_guard<std::mutex> outer(from.lock), inner(to.lock);
    from.balance--;
    to.balance++;
}

int main(int argc, char **argv) {
    auto a = std::make_unique<Account>(), b = std::make_unique<Account>();
    std::thread first([&] {
        transfer(*a, *b);
        reach(1);
    });
    std::thread second([&] {
        if (argc > 1 && argv[1])
            await(1);
        else
            usleep(50000);
        transfer(*b, *a);
    });
    first.join();
    second.join();
}
