// expect: deadlock (hang)
// An atomic variable is changed, and who waits for it is not told.
#include <atomic>
#include <thread>
#include <unistd.h>
static std::atomic<int> state;
int main() {
    alarm(20);
    std::thread t([] {
        usleep(100000);
        state = 1;
    }); // forgets notify
    state.wait(0);
    t.join();
}
