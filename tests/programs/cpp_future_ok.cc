// expect: none
// Promises, packaged tasks, shared futures, async by both policies, exceptions through futures.
#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

int main() {
    int sum = 0;
    std::vector<std::future<int>> futures;
    for (int i = 0; i < 8; i++)
        futures.push_back(std::async(i % 2 ? std::launch::async : std::launch::deferred, [i] {
            std::this_thread::sleep_for(1ms);
            return i;
        }));
    for (auto &future : futures)
        sum += future.get();
    std::promise<int> promise;
    std::shared_future<int> shared(promise.get_future());
    std::thread first([shared] { (void)shared.get(); }), second([shared] { shared.wait(); });
    if (shared.wait_for(1ms) != std::future_status::timeout)
        return 1;
    promise.set_value(7);
    first.join();
    second.join();
    std::packaged_task<int()> task([]() -> int { throw std::runtime_error("told"); });
    auto failed = task.get_future();
    std::thread runner(std::move(task));
    try {
        failed.get();
        return 2;
    } catch (const std::runtime_error &) {
        sum += shared.get();
    }
    runner.join();
    return sum != 35;
}
