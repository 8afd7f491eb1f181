/* Barrier: rounds, indices, the action, and the ways to break. */
#include <set>

#include "testing.h"

namespace {

void count_up(void *counter) {
    ++*static_cast<std::atomic<int> *>(counter);
}

void wait_for_waiters(threading_barrier *barrier, unsigned count) {
    wait_until([&] { return threading_barrier_n_waiting(barrier) == count; });
}

} // namespace

TEST(Barrier, RefusesBadArguments) {
    threading_barrier barrier;
    EXPECT_EQ(threading_barrier_init(&barrier, 0, nullptr, nullptr, kForever), EINVAL);
    EXPECT_EQ(threading_barrier_init(&barrier, 2, nullptr, nullptr, -3), EINVAL);
    ASSERT_EQ(threading_barrier_init(&barrier, 2, nullptr, nullptr, kForever), 0);
    EXPECT_EQ(threading_barrier_wait(&barrier, -3, nullptr), EINVAL);
    EXPECT_EQ(threading_barrier_n_waiting(&barrier), 0u);
    EXPECT_EQ(threading_barrier_parties(&barrier), 2u);
    EXPECT_EQ(threading_barrier_destroy(&barrier), 0);
}

TEST(Barrier, OfOneNeverBlocks) {
    threading_barrier barrier;
    std::atomic<int> actions{0};
    ASSERT_EQ(threading_barrier_init(&barrier, 1, count_up, &actions, kForever), 0);
    for (int i = 1; i <= 3; i++) {
        unsigned index = 9;
        EXPECT_EQ(threading_barrier_wait(&barrier, kForever, &index), 0);
        EXPECT_EQ(index, 0u);
        EXPECT_EQ(actions, i);
    }
}

TEST(Barrier, GivesEachThreadOfARoundAnotherIndexAndRunsTheActionOnce) {
    constexpr unsigned kParties = 5, kRounds = 400;
    threading_barrier barrier;
    std::atomic<int> actions{0};
    std::vector<std::atomic<unsigned>> seen(kRounds);
    ASSERT_EQ(threading_barrier_init(&barrier, kParties, count_up, &actions, kForever), 0);
    {
        Runner runner;
        for (unsigned i = 0; i < kParties; i++)
            runner.start([&] {
                for (unsigned round = 0; round < kRounds; round++) {
                    unsigned index;
                    ASSERT_EQ(threading_barrier_wait(&barrier, kForever, &index), 0);
                    EXPECT_GE(actions, (int)round + 1);
                    seen[round] |= 1u << index;
                }
            });
    }
    for (auto &indices : seen)
        EXPECT_EQ(indices, (1u << kParties) - 1);
    EXPECT_EQ(actions, (int)kRounds);
    EXPECT_EQ(threading_barrier_destroy(&barrier), 0);
}

TEST(Barrier, MoreThreadsThanPartiesTakeTurns) {
    threading_barrier barrier;
    std::atomic<int> passed{0};
    ASSERT_EQ(threading_barrier_init(&barrier, 3, nullptr, nullptr, kForever), 0);
    {
        Runner runner;
        for (int i = 0; i < 9; i++)
            runner.start([&] {
                while (passed < 900)
                    passed += threading_barrier_wait(&barrier, kForever, nullptr) == 0;
                threading_barrier_abort(&barrier); /* too few may be left to fill a round */
            });
    }
    EXPECT_GE(passed, 900);
    EXPECT_EQ(threading_barrier_destroy(&barrier), 0);
}

TEST(Barrier, ATimeOutBreaksItForAll) {
    threading_barrier barrier;
    ASSERT_EQ(threading_barrier_init(&barrier, 3, nullptr, nullptr, kForever), 0);
    Runner runner;
    runner.start(
        [&] { EXPECT_EQ(threading_barrier_wait(&barrier, kForever, nullptr), ECANCELED); });
    wait_for_waiters(&barrier, 1);
    unsigned index = 77;
    EXPECT_EQ(threading_barrier_wait(&barrier, kSoon, &index), ECANCELED);
    EXPECT_EQ(index, 77u);
    EXPECT_TRUE(threading_barrier_broken(&barrier));
    EXPECT_EQ(threading_barrier_wait(&barrier, kForever, nullptr), ECANCELED);
    EXPECT_EQ(threading_barrier_n_waiting(&barrier), 0u);
    runner.join();
    EXPECT_EQ(threading_barrier_reset(&barrier), 0);
    EXPECT_FALSE(threading_barrier_broken(&barrier));
    EXPECT_EQ(threading_barrier_destroy(&barrier), 0);
}

TEST(Barrier, ItsOwnTimeOutIsTheDefault) {
    threading_barrier barrier;
    ASSERT_EQ(threading_barrier_init(&barrier, 2, nullptr, nullptr, kSoon), 0);
    EXPECT_EQ(threading_barrier_wait(&barrier, kForever, nullptr), ECANCELED);
    EXPECT_TRUE(threading_barrier_broken(&barrier));
}

TEST(Barrier, ResetLetsWaitersGoAndStaysWhole) {
    threading_barrier barrier;
    ASSERT_EQ(threading_barrier_init(&barrier, 2, nullptr, nullptr, kForever), 0);
    Runner runner;
    runner.start(
        [&] { EXPECT_EQ(threading_barrier_wait(&barrier, kForever, nullptr), ECANCELED); });
    wait_for_waiters(&barrier, 1);
    EXPECT_EQ(threading_barrier_destroy(&barrier), EBUSY);
    EXPECT_EQ(threading_barrier_reset(&barrier), 0);
    EXPECT_FALSE(threading_barrier_broken(&barrier));
    runner.join();
    runner.start([&] { EXPECT_EQ(threading_barrier_wait(&barrier, kForever, nullptr), 0); });
    EXPECT_EQ(threading_barrier_wait(&barrier, kForever, nullptr), 0);
}

TEST(Barrier, AbortBreaksItUntilAReset) {
    threading_barrier barrier;
    ASSERT_EQ(threading_barrier_init(&barrier, 2, nullptr, nullptr, kForever), 0);
    Runner runner;
    runner.start(
        [&] { EXPECT_EQ(threading_barrier_wait(&barrier, kForever, nullptr), ECANCELED); });
    wait_for_waiters(&barrier, 1);
    EXPECT_EQ(threading_barrier_abort(&barrier), 0);
    runner.join();
    EXPECT_TRUE(threading_barrier_broken(&barrier));
    EXPECT_EQ(threading_barrier_wait(&barrier, kForever, nullptr), ECANCELED);
    EXPECT_EQ(threading_barrier_reset(&barrier), 0);
    runner.start([&] { EXPECT_EQ(threading_barrier_wait(&barrier, kForever, nullptr), 0); });
    EXPECT_EQ(threading_barrier_wait(&barrier, kForever, nullptr), 0);
}

TEST(Barrier, ItsActionMayAbortIt) {
    threading_barrier barrier;
    auto abort = [](void *self) {
        threading_barrier_abort(static_cast<threading_barrier *>(self));
    };
    ASSERT_EQ(threading_barrier_init(&barrier, 2, abort, &barrier, kForever), 0);
    Runner runner;
    runner.start(
        [&] { EXPECT_EQ(threading_barrier_wait(&barrier, kForever, nullptr), ECANCELED); });
    EXPECT_EQ(threading_barrier_wait(&barrier, kForever, nullptr), ECANCELED);
}

TEST(Barrier, ATimeOutDuringTheActionDoesNotBreakIt) {
    threading_barrier barrier;
    threading_event go = THREADING_EVENT_INIT;
    auto wait = [](void *event) {
        threading_event_wait(static_cast<threading_event *>(event), kForever);
    };
    ASSERT_EQ(threading_barrier_init(&barrier, 2, wait, &go, kForever), 0);
    Runner runner;
    runner.start([&] { EXPECT_EQ(threading_barrier_wait(&barrier, 2, nullptr), 0); });
    wait_for_waiters(&barrier, 1);
    runner.start([&] { EXPECT_EQ(threading_barrier_wait(&barrier, kForever, nullptr), 0); });
    wait_for_waiters(&barrier, 2);
    threading_event never = THREADING_EVENT_INIT;
    EXPECT_EQ(threading_event_wait(&never, 2.2), ETIMEDOUT);
    threading_event_set(&go);
    runner.join();
    EXPECT_FALSE(threading_barrier_broken(&barrier));
}

/* Whatever resets and time-outs do, nobody stays behind. */
TEST(Barrier, SurvivesResetsAndTimeOutsAtAnyTime) {
    threading_barrier barrier;
    ASSERT_EQ(threading_barrier_init(&barrier, 3, nullptr, nullptr, kForever), 0);
    std::atomic<bool> stop{false};
    std::atomic<long> passed{0};
    Runner runner;
    for (int i = 0; i < 6; i++)
        runner.start([&, i] {
            for (int round = 0; !stop; round++)
                passed += threading_barrier_wait(&barrier, i % 2 ? 0.001 : kForever, nullptr) == 0;
        });
    for (int i = 0; i < 500; i++) {
        sched_yield();
        EXPECT_EQ(threading_barrier_reset(&barrier), 0);
    }
    stop = true;
    threading_barrier_abort(&barrier);
    runner.join();
    EXPECT_EQ(threading_barrier_n_waiting(&barrier), 0u);
    EXPECT_EQ(threading_barrier_destroy(&barrier), 0);
}
