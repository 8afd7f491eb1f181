// expect: none
// Opposite orders, the second of which begins when a future is there.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <unistd.h>

static std::mutex a, b;
static std::promise<void> done;

/* Waits until the other thread sleeps in its wait: had it nothing to wait for, it would make no
 * call, and nobody would know of the order. */
static std::atomic<int> tid;
static void until_it_waits() {
    for (char text[256] = ""; !strstr(text, ") S ");) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        if (FILE *file =
                tid ? fopen(("/proc/self/task/" + std::to_string(tid) + "/stat").c_str(), "r")
                    : nullptr) {
            if (!fgets(text, sizeof text, file))
                text[0] = 0;
            fclose(file);
        }
    }
}

static void first() {
    until_it_waits();
    {
        std::lock_guard x(a);
        std::lock_guard y(b);
    }
    done.set_value();
}

static void second() {
    tid = gettid();
    done.get_future().wait();
    std::lock_guard y(b);
    std::lock_guard x(a);
}

int main() {
    std::thread t(first), u(second);
    t.join();
    u.join();
}
