// expect: none
// A bounded buffer with std::condition_variable; items are moved through it.
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "race.h"

std::mutex lock;
std::condition_variable changed;
std::deque<std::string> items;

int main() {
    std::thread producer([] {
        for (int i = 0; i < 50; i++) {
            std::string item(40 + i, 'i');
            std::unique_lock<std::mutex> guard(lock);
            changed.wait(guard, [] { return items.size() < 4; });
            items.push_back(std::move(item));
            changed.notify_all();
        }
    });
    size_t sum = 0;
    for (int i = 0; i < 50; i++) {
        std::unique_lock<std::mutex> guard(lock);
        changed.wait(guard, [] { return !items.empty(); });
        std::string item = std::move(items.front());
        items.pop_front();
        changed.notify_all();
        guard.unlock();
        sum += item.size();
    }
    producer.join();
    printf("%zu\n", sum);
}
