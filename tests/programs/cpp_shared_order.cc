// expect: lock-order-inversion
// std::shared_mutex and std::recursive_mutex in opposite orders.
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "program.h"

std::shared_mutex table;
std::recursive_mutex row;

int main() {
    std::thread reader([] {
        {
            std::shared_lock<std::shared_mutex> outer(table);
            std::lock_guard<std::recursive_mutex> inner(row);
        }
        reach(1);
    });
    std::thread writer([] {
        await(1);
        std::lock_guard<std::recursive_mutex> outer(row);
        std::unique_lock<std::shared_mutex> inner(table);
    });
    reader.join();
    writer.join();
}
