// expect: none
// std::condition_variable_any with a shared_mutex hands data over.
#include <condition_variable>
#include <shared_mutex>
#include <thread>

#include "race.h"

std::shared_mutex lock;
std::condition_variable_any changed;
bool ready;
int data;

int main() {
    std::thread producer([] {
        later();
        data = 5;
        std::unique_lock<std::shared_mutex> guard(lock);
        ready = true;
        changed.notify_one();
    });
    std::shared_lock<std::shared_mutex> guard(lock);
    changed.wait(guard, [] { return ready; });
    printf("%d\n", data);
    guard.unlock();
    producer.join();
}
