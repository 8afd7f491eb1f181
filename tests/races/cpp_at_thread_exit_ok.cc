// expect: none
// tsan: data-race
// why: what libstdc++ does at a thread's end is in its library, where libtsan sees no atomics
// What a thread does before it ends is seen by who waits for the value it sets at its exit.
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "race.h"

int data, more;
std::mutex mutex;
std::condition_variable condition;
bool ready;

int main() {
    std::promise<int> promise;
    auto future = promise.get_future();
    std::thread one([&promise] {
        promise.set_value_at_thread_exit(1);
        data = 1;
    });
    int value = future.get();
    std::thread two([] {
        std::unique_lock<std::mutex> lock(mutex);
        ready = true;
        more = 2;
        std::notify_all_at_thread_exit(condition, std::move(lock));
    });
    {
        std::unique_lock<std::mutex> lock(mutex);
        condition.wait(lock, [] { return ready; });
        value += more;
    }
    printf("%d\n", value);
    one.join();
    two.join();
    printf("%d\n", data);
}
