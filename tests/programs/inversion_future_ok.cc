// expect: none
// Opposite orders, the second of which begins when a future is there.
#include <future>
#include <mutex>
#include <thread>

#include "program.h"

static std::mutex a, b;
static std::promise<void> done;

static int tid;

/* Had the other thread nothing to wait for, it would make no call, and nobody would know of the
 * order. */
static void first() {
    await_blocked(&tid, nullptr, 0);
    {
        std::lock_guard x(a);
        std::lock_guard y(b);
    }
    done.set_value();
}

static void second() {
    here_is(&tid);
    done.get_future().wait();
    std::lock_guard y(b);
    std::lock_guard x(a);
}

int main() {
    std::thread t(first), u(second);
    t.join();
    u.join();
}
