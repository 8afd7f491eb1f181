// expect: none
// A sum of doubles by atomic additions (a loop of compare and exchange), and a largest value.
#include <atomic>
#include <thread>

#include "race.h"

std::atomic<double> sum{0}, largest{0};
double published;
std::atomic<float> flag{0};

int main() {
    std::thread threads[3];
    for (auto &thread : threads)
        thread = std::thread([] {
            for (int i = 0; i < 100; i++) {
                sum.fetch_add(0.5, std::memory_order_relaxed);
                double now = largest.load(std::memory_order_relaxed);
                while (now < i && !largest.compare_exchange_weak(now, i, std::memory_order_relaxed))
                    ;
            }
        });
    std::thread reader([] {
        while (flag.load(std::memory_order_acquire) == 0)
            std::this_thread::yield();
        published += 1;
    });
    later();
    published = 2;
    flag.store(1, std::memory_order_release);
    for (auto &thread : threads)
        thread.join();
    reader.join();
    printf("%g %g %g\n", sum.load(), largest.load(), published);
}
