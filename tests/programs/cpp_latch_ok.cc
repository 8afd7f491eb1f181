// expect: none
// C++20: latch, barrier, counting_semaphore, atomic wait, jthread and stop tokens, which make no
// pthread call of their own.
#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <semaphore>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

int main() {
    std::latch begun(4), done(4);
    int phases = 0;
    auto phase = [&]() noexcept { phases++; };
    std::barrier barrier(4, phase);
    std::counting_semaphore<2> places(2);
    std::binary_semaphore single(1);
    std::atomic<int> flag{0};
    std::mutex lock;
    std::condition_variable_any changed;
    int total = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; i++)
            threads.emplace_back([&] {
                begun.arrive_and_wait();
                for (int k = 0; k < 10; k++) {
                    places.acquire();
                    {
                        std::lock_guard<std::mutex> guard(lock);
                        total++;
                    }
                    places.release();
                    if (single.try_acquire_for(1s))
                        single.release();
                    barrier.arrive_and_wait();
                }
                done.count_down();
                flag.wait(0);
            });
        std::jthread stopper([&](std::stop_token token) {
            std::unique_lock<std::mutex> guard(lock);
            changed.wait(guard, token, [] { return false; });
        });
        done.wait();
        flag = 1;
        flag.notify_all();
    }
    return total != 40 || phases != 10;
}
