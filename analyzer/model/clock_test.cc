// clock_test.cc: the shared clocks against a naive model of whole vectors, on random histories.
#include "analyzer/model/clock.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace {

using Vector = std::map<uint32_t, uint32_t>;

void Raise(Vector *to, const Vector &from) {
    for (const auto &entry : from)
        (*to)[entry.first] = std::max((*to)[entry.first], entry.second);
}

struct Kept {
    tc_snapshot *snapshot;
    Vector naive;
};

void ExpectSame(const tc_snapshot *snapshot, const Vector &naive,
                const std::vector<uint32_t> &threads) {
    for (uint32_t thread : threads) {
        auto found = naive.find(thread);
        ASSERT_EQ(tc_snapshot_get(snapshot, thread), found == naive.end() ? 0 : found->second)
            << "entry of thread " << thread;
    }
}

void RunRandomHistory(unsigned seed) {
    std::mt19937 random(seed);
    // Indices that lie in the same block, at its borders, and far away.
    const std::vector<uint32_t> threads = {1, 2, 3, 62, 63, 64, 65, 127, 128, 1000, 9999};
    std::vector<tc_clock *> clocks;
    std::vector<Vector> naive;
    std::vector<Kept> kept;
    for (uint32_t thread : threads) {
        clocks.push_back(tc_clock_new(thread));
        naive.push_back({{thread, 1}});
    }
    auto keep = [&](tc_snapshot *snapshot, const Vector &vector) {
        if (kept.size() < 30) {
            kept.push_back({snapshot, vector});
            return;
        }
        Kept &victim = kept[random() % kept.size()];
        tc_snapshot_drop(victim.snapshot);
        victim = {snapshot, vector};
    };
    for (int step = 0; step < 3000; step++) {
        size_t who = random() % threads.size();
        switch (random() % 5) {
        case 0: {
            tc_snapshot *sent = tc_clock_send(clocks[who]);
            naive[who][threads[who]]++;
            keep(sent, naive[who]);
            break;
        }
        case 1:
            keep(tc_clock_snapshot(clocks[who]), naive[who]);
            break;
        case 2:
        case 3:
            if (!kept.empty()) {
                const Kept &from = kept[random() % kept.size()];
                tc_clock_receive(clocks[who], from.snapshot);
                Raise(&naive[who], from.naive);
            }
            break;
        default:
            if (!kept.empty()) {
                size_t a = random() % kept.size(), b = random() % kept.size();
                Vector both = kept[a].naive;
                Raise(&both, kept[b].naive);
                keep(tc_snapshot_join(kept[a].snapshot, kept[b].snapshot), both);
            }
        }
        for (uint32_t thread : threads)
            ASSERT_EQ(tc_clock_get(clocks[who], thread),
                      naive[who].count(thread) ? naive[who][thread] : 0);
    }
    for (const Kept &one : kept)
        ExpectSame(one.snapshot, one.naive, threads);
    for (const Kept &one : kept)
        tc_snapshot_drop(one.snapshot);
    for (tc_clock *clock : clocks)
        tc_clock_free(clock);
}

TEST(Clock, AgreesWithWholeVectorsOnRandomHistories) {
    for (unsigned seed = 1; seed <= 40; seed++) {
        SCOPED_TRACE(seed);
        RunRandomHistory(seed);
        if (HasFatalFailure())
            return;
    }
}

TEST(Clock, OrdersWhatWasSentBeforeAndNothingElse) {
    tc_clock *a = tc_clock_new(1), *b = tc_clock_new(2);
    uint32_t before = tc_clock_get(a, 1);
    tc_snapshot *sent = tc_clock_send(a);
    uint32_t after = tc_clock_get(a, 1);
    tc_clock_receive(b, sent);
    tc_snapshot *at_b = tc_clock_snapshot(b);
    EXPECT_TRUE(tc_epoch_before(1, before, at_b));
    EXPECT_FALSE(tc_epoch_before(1, after, at_b));
    EXPECT_FALSE(tc_epoch_before(2, tc_clock_get(b, 2), sent));
    tc_snapshot_drop(sent);
    tc_snapshot_drop(at_b);
    tc_clock_free(a);
    tc_clock_free(b);
}

TEST(Clock, TellsWhetherAReceiveTaughtSomething) {
    tc_clock *a = tc_clock_new(1), *b = tc_clock_new(2);
    tc_snapshot *sent = tc_clock_send(a);
    EXPECT_FALSE(tc_clock_covers(b, sent));
    EXPECT_TRUE(tc_clock_receive(b, sent));
    EXPECT_TRUE(tc_clock_covers(b, sent));
    EXPECT_FALSE(tc_clock_receive(b, sent));
    tc_snapshot_drop(sent);
    tc_clock_free(a);
    tc_clock_free(b);
}

TEST(Clock, ASnapshotDoesNotChangeWhenItsClockGoesOn) {
    tc_clock *a = tc_clock_new(1), *b = tc_clock_new(2);
    tc_snapshot *moment = tc_clock_snapshot(a);
    tc_snapshot *again = tc_clock_snapshot(a);
    EXPECT_EQ(moment, again) << "the moment is the same as nothing happened in between";
    tc_snapshot *sent = tc_clock_send(b);
    tc_clock_receive(a, sent);
    EXPECT_EQ(tc_snapshot_get(moment, 2), 0u);
    EXPECT_EQ(tc_clock_get(a, 2), 2u);
    for (tc_snapshot *one : {moment, again, sent})
        tc_snapshot_drop(one);
    tc_clock_free(a);
    tc_clock_free(b);
}

} // namespace
