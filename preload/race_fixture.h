// race_fixture.h: what the tests of the race core share: accesses at made-up places, threads that
// act in turns that the recorder does not see, and what the trace tells of races.
#ifndef TC_PRELOAD_RACE_FIXTURE_H
#define TC_PRELOAD_RACE_FIXTURE_H

#include "preload/recorder_fixture.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include <sched.h>

extern "C" {
#include "preload/race/core.h"
}

namespace race {

using recorder::Trace;

// Places in code that nobody else has: the instruction that the Nth access pretends to be made by.
constexpr uint64_t kCode = 0x10000;

inline void Access(const void *address, size_t size, bool write, unsigned number,
                   uint32_t more = 0) {
    tc_site site = {};
    site.return_address = kCode + number;
    site.cfa = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    tc_race_access(reinterpret_cast<uintptr_t>(address), size, (write ? TC_ACCESS_WRITE : 0) | more,
                   site);
}

// As the constructor does it, without the ways in.
inline void LookForRaces() {
    ASSERT_TRUE(tc_shadow_map());
    tc_race_mode = TC_RACE_CORE;
}

// Runs functions one after the other, each in the thread that it names, without an edge that the
// recorder could see.
class Turns {
  public:
    explicit Turns(unsigned count) : work_(count) {
        for (unsigned i = 0; i < count; i++)
            threads_.emplace_back([this, i] { Serve(i); });
    }
    void In(unsigned thread, const std::function<void()> &what) {
        work_[thread].store(&what, std::memory_order_release);
        while (work_[thread].load(std::memory_order_acquire))
            sched_yield();
    }
    void End() {
        const std::function<void()> leave = [] {};
        ended_ = true;
        for (unsigned i = 0; i < threads_.size(); i++) {
            In(i, leave);
            threads_[i].join();
        }
    }

  private:
    void Serve(unsigned me) {
        for (bool last = false; !last;) {
            const std::function<void()> *what = work_[me].load(std::memory_order_acquire);
            if (!what) {
                sched_yield();
                continue;
            }
            last = ended_;
            (*what)();
            work_[me].store(nullptr, std::memory_order_release);
        }
    }
    std::vector<std::atomic<const std::function<void()> *>> work_;
    std::vector<std::thread> threads_;
    std::atomic<bool> ended_{false};
};

// Pairs of access numbers, the smaller first.
using Pairs = std::set<std::pair<unsigned, unsigned>>;

inline Pairs Told(const Trace &trace) {
    Pairs pairs;
    for (uint32_t id = 1; id <= tc_trace_race_count(trace.trace); id++) {
        const tc_meta_race *race = tc_trace_race(trace.trace, id);
        unsigned number[2];
        for (int i = 0; i < 2; i++) {
            struct tc_trace_stack stack = tc_trace_stack(trace.trace, race->sides[i].stack);
            number[i] = stack.count ? static_cast<unsigned>(stack.frames[0] - kCode) : 0;
        }
        pairs.insert({std::min(number[0], number[1]), std::max(number[0], number[1])});
    }
    return pairs;
}

} // namespace race

#endif
