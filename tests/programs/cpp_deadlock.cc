// expect: deadlock (hang)
// A thread waits for a future whose producer needs the waiter's mutex.
#include <future>
#include <mutex>
#include <unistd.h>

#include "program.h"

std::mutex lock;

int main() {
    alarm(20);
    auto answer = std::async(std::launch::async, [] {
        await(1);
        std::lock_guard<std::mutex> guard(lock);
        return 42;
    });
    std::lock_guard<std::mutex> guard(lock);
    reach(1);
    return answer.get() != 42;
}
