// expect: none
// Opposite orders, the second of which begins when a latch opens.
#include <latch>
#include <mutex>
#include <thread>

#include "program.h"

static std::mutex a, b;
static std::latch done(1);

static int tid;

/* Had the other thread nothing to wait for, it would make no call, and nobody would know of the
 * order. */
static void first() {
    await_blocked(&tid, &done, sizeof done);
    {
        std::lock_guard x(a);
        std::lock_guard y(b);
    }
    done.count_down();
}

static void second() {
    here_is(&tid);
    done.wait();
    std::lock_guard y(b);
    std::lock_guard x(a);
}

int main() {
    std::thread t(first), u(second);
    t.join();
    u.join();
}
