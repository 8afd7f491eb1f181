// expect: none
// An exception leaves a function that holds its lock by a guard.
#include <mutex>
#include <stdexcept>
#include <thread>
static std::mutex m;
static int parsed;
static void parse(int x) {
    std::lock_guard g(m);
    if (x < 0)
        throw std::runtime_error("negative");
    parsed += x;
}
int main() {
    std::thread t([] {
        for (int x : {1, -1, 2})
            try {
                parse(x);
            } catch (const std::exception &) {
            }
    });
    t.join();
    return parsed != 3;
}
