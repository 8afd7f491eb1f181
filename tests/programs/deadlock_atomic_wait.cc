// expect: deadlock (hang)
// An atomic variable is changed, and who waits for it is not told.
#include <atomic>
#include <thread>
#include <unistd.h>

#include "program.h"

static std::atomic<int> state;
static int tid;
int main() {
    alarm(20);
    std::thread t([] {
        await_blocked(&tid, &state, sizeof state);
        state = 1;
    }); // forgets notify
    here_is(&tid);
    state.wait(0);
    t.join();
}
