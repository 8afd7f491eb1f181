// expect: none
// Statics with initialisers that lock, throw once, nest, and are asked for by many threads.
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

std::mutex registry;
int attempts;

struct Inner {
    Inner() { std::lock_guard<std::mutex> guard(registry); }
};

struct Outer {
    Outer() {
        static Inner inner;
        std::lock_guard<std::mutex> guard(registry);
        if (attempts++ == 0)
            throw std::runtime_error("first try");
    }
    int value = 5;
};

int ask() {
    for (;;)
        try {
            static Outer outer;
            return outer.value;
        } catch (const std::runtime_error &) {
        }
}

int main() {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++)
        threads.emplace_back([] {
            if (ask() != 5)
                std::terminate();
        });
    for (auto &thread : threads)
        thread.join();
    return attempts != 2;
}
