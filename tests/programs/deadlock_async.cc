// expect: deadlock (hang)
// A task needs the lock with which its result is waited for.
#include <future>
#include <mutex>
#include <unistd.h>
static std::mutex m;
static int total;
static void add(int x) {
    std::lock_guard g(m);
    total += x;
}
int main() {
    alarm(20);
    std::lock_guard g(m);
    auto f = std::async(std::launch::async, add, 3);
    f.get();
}
