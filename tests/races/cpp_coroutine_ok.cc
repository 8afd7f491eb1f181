// expect: none
// A coroutine goes on in another thread, handed over under a lock.
#include <condition_variable>
#include <coroutine>
#include <deque>
#include <mutex>
#include <thread>

#include "race.h"

struct pool {
    std::mutex mutex;
    std::condition_variable condition;
    std::deque<std::coroutine_handle<>> ready;
    bool ended = false;
    void post(std::coroutine_handle<> handle) {
        std::lock_guard<std::mutex> lock(mutex);
        ready.push_back(handle);
        condition.notify_one();
    }
    void work() {
        for (;;) {
            std::unique_lock<std::mutex> lock(mutex);
            condition.wait(lock, [this] { return ended || !ready.empty(); });
            if (ready.empty())
                return;
            auto handle = ready.front();
            ready.pop_front();
            lock.unlock();
            handle.resume();
        }
    }
    void end() {
        std::lock_guard<std::mutex> lock(mutex);
        ended = true;
        condition.notify_all();
    }
} jobs;

struct task {
    struct promise_type {
        task get_return_object() { return {}; }
        std::suspend_never initial_suspend() { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
};
struct hop {
    bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<> handle) { jobs.post(handle); }
    void await_resume() {}
};

std::mutex results;
int total, finished;

task run(int number) {
    int local = number;
    for (int i = 0; i < 20; i++) {
        co_await hop{};
        local += i;
    }
    std::lock_guard<std::mutex> lock(results);
    total += local;
    if (++finished == 4)
        jobs.end();
}

int main() {
    for (int i = 0; i < 4; i++)
        run(i);
    std::thread one([] { jobs.work(); }), two([] { jobs.work(); });
    one.join();
    two.join();
    printf("%d\n", total);
}
