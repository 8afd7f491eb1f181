// expect: data-race
// stripped: data-race or possible
// An atomic number with a point orders what was written before it, and nothing that comes after.
#include <atomic>
#include <thread>

#include "race.h"

std::atomic<double> ready{0};
std::atomic<float> level{0};
double published, corrected;

int main() {
    ready.exchange(1);
    std::thread reader([] {
        while (ready.load(std::memory_order_acquire) < 2.5)
            std::this_thread::yield();
        double sum = published + double(level.load(std::memory_order_relaxed));
        sum += corrected; // raced
        USE((int)sum);
    });
    published = 1.5;
    level.store(1.5F, std::memory_order_relaxed);
    ready.store(3, std::memory_order_release);
    later();
    corrected = published / 2; // raced
    reader.join();
}
