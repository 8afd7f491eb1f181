// expect: none
// Opposite orders, the second of which begins when a C++ semaphore was given.
#include <mutex>
#include <semaphore>
#include <thread>

#include "program.h"

static std::mutex a, b;
static std::binary_semaphore done(0);

static int tid;

/* Had the other thread nothing to wait for, it would make no call, and nobody would know of the
 * order. */
static void first() {
    await_blocked(&tid, &done, sizeof done);
    {
        std::lock_guard x(a);
        std::lock_guard y(b);
    }
    done.release();
}

static void second() {
    here_is(&tid);
    done.acquire();
    std::lock_guard y(b);
    std::lock_guard x(a);
}

int main() {
    std::thread t(first), u(second);
    t.join();
    u.join();
}
