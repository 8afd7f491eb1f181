// expect: none
// A thread pool with a work queue, futures, and a graceful end.
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

class Pool {
  public:
    explicit Pool(int size) {
        for (int i = 0; i < size; i++)
            workers_.emplace_back([this] { work(); });
    }
    ~Pool() {
        {
            std::lock_guard<std::mutex> guard(mutex_);
            stop_ = true;
        }
        changed_.notify_all();
        for (auto &worker : workers_)
            worker.join();
    }
    template <typename F> std::future<int> submit(F job) {
        auto task = std::make_shared<std::packaged_task<int()>>(std::move(job));
        auto result = task->get_future();
        {
            std::lock_guard<std::mutex> guard(mutex_);
            jobs_.push([task] { (*task)(); });
        }
        changed_.notify_one();
        return result;
    }

  private:
    void work() {
        for (;;) {
            std::function<void()> job;
            {
                std::unique_lock<std::mutex> guard(mutex_);
                changed_.wait(guard, [this] { return stop_ || !jobs_.empty(); });
                if (jobs_.empty())
                    return;
                job = std::move(jobs_.front());
                jobs_.pop();
            }
            job();
        }
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    std::queue<std::function<void()>> jobs_;
    std::vector<std::thread> workers_;
    bool stop_ = false;
};

int main() {
    Pool pool(4);
    std::vector<std::future<int>> results;
    for (int i = 0; i < 500; i++)
        results.push_back(pool.submit([i] { return i; }));
    int sum = 0;
    for (auto &result : results)
        sum += result.get();
    return sum != 124750;
}
