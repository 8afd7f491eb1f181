// cpp_mix.cc: a larger C++20 program: a pool, futures, latches, barriers, shared mutexes, stop
// tokens and statics at once.  Prints a checksum.
#include <atomic>
#include <barrier>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <functional>
#include <future>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <semaphore>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

class Cache {
  public:
    long get(long key) {
        {
            std::shared_lock<std::shared_mutex> guard(mutex_);
            auto found = values_.find(key);
            if (found != values_.end())
                return found->second;
        }
        std::unique_lock<std::shared_mutex> guard(mutex_);
        return values_.emplace(key, key * key % 1000).first->second;
    }

  private:
    std::shared_mutex mutex_;
    std::map<long, long> values_;
};

Cache &cache() {
    static Cache instance;
    return instance;
}

class Pool {
  public:
    explicit Pool(int size) : begun_(size) {
        for (int i = 0; i < size; i++)
            threads_.emplace_back([this](std::stop_token token) { work(token); });
        begun_.wait();
    }
    ~Pool() {
        for (auto &thread : threads_)
            thread.request_stop();
    }
    std::future<long> submit(std::function<long()> job) {
        std::packaged_task<long()> task(std::move(job));
        auto result = task.get_future();
        {
            std::lock_guard<std::mutex> guard(mutex_);
            jobs_.push_back(std::move(task));
        }
        changed_.notify_one();
        return result;
    }

  private:
    void work(std::stop_token token) {
        begun_.count_down();
        for (;;) {
            std::packaged_task<long()> task;
            {
                std::unique_lock<std::mutex> guard(mutex_);
                if (!changed_.wait(guard, token, [this] { return !jobs_.empty(); }))
                    return;
                task = std::move(jobs_.front());
                jobs_.pop_front();
            }
            task();
        }
    }
    std::latch begun_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<std::packaged_task<long()>> jobs_;
    std::vector<std::jthread> threads_;
};

int main() {
    long sum = 0;
    {
        Pool pool(4);
        std::vector<std::future<long>> results;
        for (long i = 0; i < 20000; i++)
            results.push_back(pool.submit([i] { return cache().get(i % 500); }));
        for (auto &result : results)
            sum += result.get();
    }
    std::counting_semaphore<3> places(3);
    std::vector<long> partial(4);
    std::barrier phase(4);
    {
        std::vector<std::jthread> threads;
        for (int me = 0; me < 4; me++)
            threads.emplace_back([&, me] {
                for (int round = 0; round < 500; round++) {
                    places.acquire();
                    partial[static_cast<size_t>(me)] += cache().get(round);
                    places.release();
                    phase.arrive_and_wait();
                }
            });
    }
    sum += std::accumulate(partial.begin(), partial.end(), 0l);
    std::once_flag once;
    std::vector<std::future<void>> tail;
    std::shared_timed_mutex timed;
    for (int i = 0; i < 8; i++)
        tail.push_back(std::async(std::launch::async, [&] {
            std::call_once(once, [&] { sum += 1; });
            if (timed.try_lock_shared_for(std::chrono::seconds(5)))
                timed.unlock_shared();
            std::unique_lock<std::shared_timed_mutex> guard(timed);
            sum += 1;
        }));
    for (auto &future : tail)
        future.get();
    std::printf("%ld\n", sum);
}
