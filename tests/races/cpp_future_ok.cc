// expect: none
// Futures hand data over: by promise, by packaged task, by async.
#include <future>
#include <thread>

#include "race.h"

int first, second, third;

int main() {
    std::promise<int> promise;
    std::thread worker([&] {
        first = 1;
        promise.set_value(10);
    });
    int sum = promise.get_future().get() + first;
    std::packaged_task<int()> task([] {
        second = 2;
        return 20;
    });
    std::future<int> result = task.get_future();
    std::thread other(std::move(task));
    sum += result.get() + second;
    sum += std::async(std::launch::async, [] {
               third = 3;
               return 30;
           }).get();
    sum += third;
    worker.join();
    other.join();
    printf("%d\n", sum);
}
