// expect: none
// tsan: data-race
// why: libtsan of gcc 12 does not know pthread_rwlock_clockwrlock
// A shared timed mutex, taken with limits on either clock.
#include <chrono>
#include <shared_mutex>
#include <thread>

#include "race.h"

std::shared_timed_mutex mutex;
int data;

int main() {
    using namespace std::chrono_literals;
    auto writes = [] {
        for (int i = 0; i < 50; i++) {
            MUST(i % 2 ? mutex.try_lock_for(60s)
                       : mutex.try_lock_until(std::chrono::system_clock::now() + 60s));
            data++;
            mutex.unlock();
        }
    };
    auto reads = [] {
        for (int i = 0; i < 50; i++) {
            MUST(i % 2 ? mutex.try_lock_shared_for(60s)
                       : mutex.try_lock_shared_until(std::chrono::steady_clock::now() + 60s));
            USE(data);
            mutex.unlock_shared();
        }
    };
    std::thread one(writes), two(writes), three(reads);
    one.join();
    two.join();
    three.join();
    printf("%d\n", data);
}
