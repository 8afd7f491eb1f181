// expect: none
// Each thread has its own object, whose destructor adds to the total under a lock when the thread
// ends.
#include <mutex>
#include <string>
#include <thread>

#include "race.h"

std::mutex lock;
long total;

struct tally {
    long count = 0;
    std::string name = "a name that is too long to lie in the object";
    ~tally() {
        std::lock_guard hold(lock);
        total += count + (long)name.size() - 44;
    }
};
thread_local tally mine;

int main() {
    auto work = [] {
        for (int i = 0; i < 1000; i++)
            mine.count++;
    };
    std::thread one(work), two(work);
    one.join();
    two.join();
    printf("%ld\n", total);
    return 0;
}
