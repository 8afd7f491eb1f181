/* testing.h: what the tests of the library share: threads by lambda, and waiting for a state.
 * Threads: a Runner belongs to the test that made it. */
#ifndef THREADING_TESTING_H
#define THREADING_TESTING_H

#include <gtest/gtest.h>

#include <errno.h>
#include <sched.h>

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "threading.h"

constexpr double kForever = THREADING_FOREVER;
constexpr double kSoon = 0.02; /* a time-out that is meant to run out */

/* Runs functions in Threads and joins them at its end. */
class Runner {
  public:
    Runner() = default;
    Runner(const Runner &) = delete;
    ~Runner() { join(); }

    threading_thread *start(std::function<void()> work, int daemon = -1) {
        works_.push_back(std::make_unique<std::function<void()>>(std::move(work)));
        threading_thread_options options = {nullptr, daemon};
        threading_thread *thread = nullptr;
        EXPECT_EQ(threading_thread_create(&thread, call, works_.back().get(), &options), 0);
        EXPECT_EQ(threading_thread_start(thread), 0);
        threads_.push_back(thread);
        return thread;
    }

    void join() {
        for (threading_thread *thread : threads_) {
            EXPECT_EQ(threading_thread_join(thread, kForever), 0);
            EXPECT_EQ(threading_thread_destroy(thread), 0);
        }
        threads_.clear();
    }

  private:
    static void call(void *work) { (*static_cast<std::function<void()> *>(work))(); }

    std::vector<std::unique_ptr<std::function<void()>>> works_;
    std::vector<threading_thread *> threads_;
};

/* Runs one function in a Thread of its own. */
inline void in_thread(std::function<void()> work) {
    Runner().start(std::move(work));
}

template <typename Predicate> void wait_until(Predicate predicate) {
    while (!predicate())
        sched_yield();
}

#endif
