// expect: deadlock (hang)
// The future of a task is dropped, which waits for it, with the lock held that it needs.
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
    (void)std::async(std::launch::async, add, 3);
}
