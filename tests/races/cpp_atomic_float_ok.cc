// expect: none
// Atomic numbers with a point, which clang moves by vector registers, and gcc where it converts
// what it loads: one says that plain data are ready, the others are looked at while they change.
#include <atomic>
#include <memory>
#include <thread>

#include "race.h"

struct gauge {
    long readings;
    std::atomic<float> level{0};
    std::atomic<double> sum{0};
};

std::atomic<double> ready{0};
std::atomic<float> progress{0};
double published[2];

int main() {
    auto gauge = std::make_unique<struct gauge>();
    std::thread reader([&] {
        while (ready.load(std::memory_order_acquire) < 2.5)
            std::this_thread::yield();
        double all = published[0] + published[1];
        while (double(gauge->level.load(std::memory_order_relaxed)) < 9)
            std::this_thread::yield();
        while (double(progress.load(std::memory_order_acquire)) < 1)
            std::this_thread::yield();
        printf("%g %g %ld\n", all, gauge->sum.load(std::memory_order_relaxed), gauge->readings);
    });
    later();
    published[0] = 1.5;
    published[1] = 2;
    ready.store(published[0] + 1, std::memory_order_release);
    for (int i = 0; i < 10; i++) {
        gauge->level.store(float(i), std::memory_order_relaxed);
        gauge->sum.store(gauge->sum.load(std::memory_order_relaxed) + i, std::memory_order_relaxed);
        pause_ms(1);
    }
    gauge->readings = 10;
    progress.store(gauge->level.load(std::memory_order_relaxed) / 9, std::memory_order_release);
    reader.join();
}
