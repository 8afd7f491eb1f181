// expect: none
// Every kind of standard mutex, in every way of locking, in one order.
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
std::mutex plain;
std::timed_mutex timed;
std::recursive_mutex recursive;
std::recursive_timed_mutex recursive_timed;
std::shared_mutex shared;
std::shared_timed_mutex shared_timed;

void work(int number) {
    for (int i = 0; i < 50; i++) {
        std::lock_guard<std::mutex> one(plain);
        std::unique_lock<std::timed_mutex> two(timed, 5s);
        std::lock_guard<std::recursive_mutex> three(recursive), again(recursive);
        std::unique_lock<std::recursive_timed_mutex> four(recursive_timed, 5s);
        if (number % 2) {
            std::shared_lock<std::shared_mutex> five(shared);
            std::shared_lock<std::shared_timed_mutex> six(shared_timed, 5s);
        } else {
            std::unique_lock<std::shared_mutex> five(shared);
            std::unique_lock<std::shared_timed_mutex> six(shared_timed,
                                                          std::chrono::system_clock::now() + 5s);
        }
    }
}

int main() {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++)
        threads.emplace_back(work, i);
    for (auto &thread : threads)
        thread.join();
}
