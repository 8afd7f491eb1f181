// expect: data-race
// A coroutine's local variable is on the heap: it is written in one thread while another reads it.
#include <coroutine>
#include <thread>

#include "race.h"

struct generator {
    struct promise_type {
        int value = 0;
        generator get_return_object() {
            return {std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_always initial_suspend() { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        std::suspend_always yield_value(int v) {
            value += v;
            return {};
        }
        void return_void() {}
        void unhandled_exception() {}
    };
    std::coroutine_handle<promise_type> handle;
};

generator numbers() {
    for (int i = 1; i < 100; i++)
        co_yield i;
}

int main() {
    auto all = numbers();
    std::thread one([&all] {
        for (int i = 0; i < 10; i++)
            all.handle.resume();
    });
    later();
    all.handle.promise().value += 1;
    one.join();
    all.handle.destroy();
}
