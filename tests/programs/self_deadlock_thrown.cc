// expect: self-deadlock (hang)
// also: deadlock
// An exception leaves a function that holds its lock by hand; the next call waits for ever.
#include <mutex>
#include <stdexcept>
#include <thread>
#include <unistd.h>
static std::mutex m;
static int parsed;
static void parse(int x) {
    m.lock();
    if (x < 0)
        throw std::runtime_error("negative");
    parsed += x;
    m.unlock();
}
int main() {
    alarm(20);
    std::thread t([] {
        for (int x : {1, -1, 2})
            try {
                parse(x);
            } catch (const std::exception &) {
            }
    });
    t.join();
}
