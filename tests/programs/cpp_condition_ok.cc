// expect: none
// condition_variable and condition_variable_any, with time limits, predicates and
// notify_all_at_thread_exit.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
std::mutex lock;
std::shared_mutex shared;
std::condition_variable changed, at_exit;
std::condition_variable_any any;
int turn;
bool opened, gone;

int main() {
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; i++)
        threads.emplace_back([i] {
            std::unique_lock<std::mutex> guard(lock);
            changed.wait(guard, [i] { return turn == i; });
            changed.wait_for(guard, 1ms);
            changed.wait_until(guard, std::chrono::system_clock::now() + 1ms, [] { return false; });
            turn++;
            changed.notify_all();
        });
    for (int i = 0; i < 2; i++)
        threads.emplace_back([] {
            std::shared_lock<std::shared_mutex> guard(shared);
            any.wait(guard, [] { return opened; });
            any.wait_for(guard, 1ms, [] { return false; });
        });
    {
        std::this_thread::sleep_for(20ms);
        std::unique_lock<std::shared_mutex> guard(shared);
        opened = true;
        any.notify_all();
    }
    std::thread([] {
        std::unique_lock<std::mutex> guard(lock);
        gone = true;
        std::notify_all_at_thread_exit(at_exit, std::move(guard));
    }).detach();
    {
        std::unique_lock<std::mutex> guard(lock);
        at_exit.wait(guard, [] { return gone; });
    }
    for (auto &thread : threads)
        thread.join();
    return turn != 3;
}
