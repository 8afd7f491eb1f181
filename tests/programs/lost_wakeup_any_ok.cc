// expect: none
// info: lost-wakeup
// A condition_variable_any guards itself with a mutex of its own: the waiter has looked at the
// predicate under the lock of the program, and its only wait, for something else, runs out.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <thread>

using namespace std::chrono_literals;
std::shared_mutex lock;
std::condition_variable_any changed;
bool opened;

int main() {
    {
        std::unique_lock<std::shared_mutex> guard(lock);
        opened = true;
        changed.notify_all();
    }
    bool seen = false;
    std::thread waiter([&] {
        std::shared_lock<std::shared_mutex> guard(lock);
        changed.wait(guard, [] { return opened; });
        seen = !changed.wait_for(guard, 1ms, [] { return false; });
    });
    waiter.join();
    return seen ? 0 : 1;
}
