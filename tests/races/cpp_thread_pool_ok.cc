// expect: none
// A pool of threads runs functions from a queue; a counter of the open ones ends it.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

#include "race.h"

class pool {
  public:
    explicit pool(int count) {
        for (int i = 0; i < count; i++)
            threads.emplace_back([this] { work(); });
    }
    ~pool() {
        {
            std::lock_guard<std::mutex> guard(lock);
            ending = true;
        }
        changed.notify_all();
        for (std::thread &thread : threads)
            thread.join();
    }
    void run(std::function<void()> task) {
        {
            std::lock_guard<std::mutex> guard(lock);
            tasks.push(std::move(task));
        }
        changed.notify_one();
    }

  private:
    void work() {
        for (;;) {
            std::function<void()> task;
            {
                std::unique_lock<std::mutex> guard(lock);
                changed.wait(guard, [this] { return ending || !tasks.empty(); });
                if (tasks.empty())
                    return;
                task = std::move(tasks.front());
                tasks.pop();
            }
            task();
        }
    }
    std::mutex lock;
    std::condition_variable changed;
    std::queue<std::function<void()>> tasks;
    std::vector<std::thread> threads;
    bool ending = false;
};

int main() {
    std::vector<int> squares(50);
    std::atomic<int> finished{0};
    {
        pool workers(3);
        for (int i = 0; i < 50; i++)
            workers.run([i, &squares, &finished] {
                squares[i] = i * i;
                finished++;
            });
    }
    printf("%d %d\n", squares[49], finished.load());
}
