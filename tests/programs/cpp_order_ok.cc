// expect: none
// std::scoped_lock and std::lock take several mutexes in any order without a deadlock.
#include <mutex>
#include <thread>
#include <vector>

int main() {
    std::mutex a, b;
    std::recursive_mutex c;
    int count = 0;
    auto work = [&](bool reverse) {
        for (int i = 0; i < 500; i++) {
            if (reverse) {
                std::scoped_lock all(c, b, a);
                count++;
            } else {
                std::scoped_lock all(a, b, c);
                count++;
            }
            std::unique_lock<std::mutex> first(a, std::defer_lock), second(b, std::defer_lock);
            if (reverse)
                std::lock(second, first);
            else
                std::lock(first, second);
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++)
        threads.emplace_back(work, i % 2 != 0);
    for (auto &thread : threads)
        thread.join();
    return count != 2000;
}
