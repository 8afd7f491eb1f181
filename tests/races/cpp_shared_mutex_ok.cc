// expect: none
// tsan: data-race
// why: libtsan of gcc 12 does not know pthread_rwlock_clockwrlock
// std::shared_mutex and std::shared_timed_mutex: readers at a time, one writer alone.
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "race.h"

std::shared_mutex lock;
std::shared_timed_mutex timed;
long value, other;

int main() {
    auto work = [](int number) {
        for (int i = 0; i < 200; i++) {
            if (i % 10 == number) {
                std::unique_lock hold(lock);
                value++;
            } else {
                std::shared_lock hold(lock);
                USE(value);
            }
            if (i % 10 == number + 5) {
                if (timed.try_lock_for(std::chrono::seconds(60))) {
                    other++;
                    timed.unlock();
                }
            } else if (timed.try_lock_shared_for(std::chrono::seconds(60))) {
                USE(other);
                timed.unlock_shared();
            }
        }
    };
    std::thread one(work, 1), two(work, 2), three(work, 3);
    one.join();
    two.join();
    three.join();
    printf("%ld %ld\n", value, other);
    return 0;
}
