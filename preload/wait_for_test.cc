// wait_for_test.cc: hangs and what only looks like one, and random graphs against a naive search.
#include <random>
#include <vector>

#include <gtest/gtest.h>

extern "C" {
#include "preload/wait_for.h"
}

namespace {

struct Thread {
    tc_wait_kind kind;
    uint32_t object;
    std::vector<tc_wait_hold> holds;
};

struct Result {
    uint32_t stuck;
    bool nobody;
    std::vector<bool> who;
};

// Thread i is the object 100 + i.
Result Judge(const std::vector<Thread> &threads) {
    std::vector<tc_wait_thread> raw;
    for (size_t i = 0; i < threads.size(); i++)
        raw.push_back({static_cast<uint32_t>(100 + i), threads[i].object, threads[i].kind,
                       threads[i].holds.data(), static_cast<uint32_t>(threads[i].holds.size()),
                       false});
    Result result;
    result.stuck = tc_wait_for_stuck(raw.data(), static_cast<uint32_t>(raw.size()));
    result.nobody = tc_wait_for_nobody_left(raw.data(), static_cast<uint32_t>(raw.size()));
    for (const auto &thread : raw)
        result.who.push_back(thread.stuck);
    return result;
}

TEST(WaitFor, TwoLocksCrossed) {
    Result result = Judge({{TC_WAIT_LOCK, 2, {{1, false}}}, {TC_WAIT_LOCK, 1, {{2, false}}}});
    EXPECT_EQ(result.stuck, 2u);
}

TEST(WaitFor, ALockThatItsWaiterHolds) {
    EXPECT_EQ(Judge({{TC_WAIT_LOCK, 1, {{1, false}}}}).stuck, 1u);
}

TEST(WaitFor, AHolderThatRunsEndsTheWait) {
    Result result = Judge({{TC_WAIT_LOCK, 1, {}}, {TC_WAIT_NONE, 0, {{1, false}}}});
    EXPECT_EQ(result.stuck, 0u);
    EXPECT_FALSE(result.nobody);
}

TEST(WaitFor, JoinWhileHoldingWhatTheThreadNeeds) {
    EXPECT_EQ(Judge({{TC_WAIT_JOIN, 101, {{1, false}}}, {TC_WAIT_LOCK, 1, {}}}).stuck, 2u);
}

TEST(WaitFor, ReadersDoNotKeepReadersOut) {
    EXPECT_EQ(Judge({{TC_WAIT_SHARED, 1, {{2, false}}}, {TC_WAIT_LOCK, 2, {{1, true}}}}).stuck, 0u);
}

TEST(WaitFor, RecursiveReadBehindAWaitingWriter) {
    EXPECT_EQ(Judge({{TC_WAIT_SHARED, 1, {{1, true}}}, {TC_WAIT_LOCK, 1, {}}}).stuck, 2u);
}

TEST(WaitFor, TwoUpgradesOfOneReadLock) {
    EXPECT_EQ(Judge({{TC_WAIT_LOCK, 1, {{1, true}}}, {TC_WAIT_LOCK, 1, {{1, true}}}}).stuck, 2u);
}

TEST(WaitFor, ASignalMayStillComeAsLongAsSomebodyRuns) {
    Result result = Judge({{TC_WAIT_OTHER, 1, {}}, {TC_WAIT_NONE, 0, {}}});
    EXPECT_EQ(result.stuck, 0u);
    EXPECT_FALSE(result.nobody);
}

TEST(WaitFor, NobodyIsLeftToSignal) {
    Result result = Judge({{TC_WAIT_JOIN, 101, {}}, {TC_WAIT_OTHER, 1, {}}});
    EXPECT_EQ(result.stuck, 0u);
    EXPECT_TRUE(result.nobody);
}

TEST(WaitFor, WhoWaitsForAStuckThreadIsStuckToo) {
    Result result = Judge({{TC_WAIT_LOCK, 2, {{1, false}}},
                           {TC_WAIT_LOCK, 1, {{2, false}}},
                           {TC_WAIT_JOIN, 100, {}},
                           {TC_WAIT_NONE, 0, {}}});
    EXPECT_EQ(result.stuck, 3u);
    EXPECT_TRUE(result.who[2]);
    EXPECT_FALSE(result.who[3]);
}

// Naive: with exclusive locks each thread waits for one other at most; follow it n times.
TEST(WaitFor, RandomGraphsAgreeWithFollowingEachThread) {
    std::mt19937 random(7);
    for (int round = 0; round < 3000; round++) {
        size_t count = 1 + random() % 8;
        std::vector<Thread> threads(count);
        std::vector<int> owner(6, -1);
        for (uint32_t lock = 0; lock < 6; lock++) {
            if (random() % 3 == 0)
                continue;
            owner[lock] = static_cast<int>(random() % count);
            threads[static_cast<size_t>(owner[lock])].holds.push_back({lock + 1, false});
        }
        for (auto &thread : threads) {
            thread.kind = random() % 4 ? TC_WAIT_LOCK : TC_WAIT_NONE;
            thread.object = static_cast<uint32_t>(1 + random() % 6);
        }
        Result result = Judge(threads);
        for (size_t i = 0; i < count; i++) {
            int at = static_cast<int>(i);
            for (size_t step = 0; at >= 0 && step <= count; step++) {
                const Thread &thread = threads[static_cast<size_t>(at)];
                at = thread.kind == TC_WAIT_LOCK ? owner[thread.object - 1] : -1;
            }
            ASSERT_EQ(result.who[i], at >= 0) << "round " << round << " thread " << i;
        }
    }
}

} // namespace
