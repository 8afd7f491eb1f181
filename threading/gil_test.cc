/* The GIL: ownership, drop requests, forced switches, nobody starves. */
#include <math.h>

#include "testing.h"

TEST(Gil, IsOwned) {
    threading_gil gil = THREADING_GIL_INIT;
    EXPECT_FALSE(threading_gil_held(&gil));
    EXPECT_EQ(threading_gil_release(&gil), EPERM);
    EXPECT_EQ(threading_gil_checkpoint(&gil), EPERM);
    EXPECT_EQ(threading_gil_acquire(&gil), 0);
    EXPECT_EQ(threading_gil_acquire(&gil), EDEADLK);
    EXPECT_TRUE(threading_gil_held(&gil));
    EXPECT_EQ(threading_gil_checkpoint(&gil), 0);
    in_thread([&] {
        EXPECT_FALSE(threading_gil_held(&gil));
        EXPECT_EQ(threading_gil_release(&gil), EPERM);
        EXPECT_EQ(threading_gil_checkpoint(&gil), EPERM);
    });
    EXPECT_EQ(threading_gil_destroy(&gil), EBUSY);
    EXPECT_EQ(threading_gil_release(&gil), 0);
    EXPECT_EQ(threading_gil_switches(&gil), 0u);
    EXPECT_EQ(threading_gil_destroy(&gil), 0);
}

TEST(Gil, NeedsAnInterval) {
    threading_gil gil;
    EXPECT_EQ(threading_gil_init(&gil, 0), EINVAL);
    EXPECT_EQ(threading_gil_init(&gil, -1), EINVAL);
    EXPECT_EQ(threading_gil_init(&gil, NAN), EINVAL);
    ASSERT_EQ(threading_gil_init(&gil, 0.001), 0);
    EXPECT_EQ(threading_gil_set_switch_interval(&gil, 0), EINVAL);
    EXPECT_EQ(threading_gil_set_switch_interval(&gil, 1e300), 0);
    EXPECT_EQ(threading_gil_set_switch_interval(&gil, 0.0005), 0);
}

/* A checkpoint that was asked for returns only after the other thread has had the GIL. */
TEST(Gil, ACheckpointSwitchesWhenAsked) {
    threading_gil gil;
    ASSERT_EQ(threading_gil_init(&gil, 0.0005), 0);
    std::atomic<bool> other_ran{false};
    ASSERT_EQ(threading_gil_acquire(&gil), 0);
    Runner runner;
    runner.start([&] {
        ASSERT_EQ(threading_gil_acquire(&gil), 0);
        other_ran = true;
        ASSERT_EQ(threading_gil_release(&gil), 0);
    });
    while (!other_ran)
        ASSERT_EQ(threading_gil_checkpoint(&gil), 0);
    EXPECT_TRUE(threading_gil_held(&gil));
    EXPECT_EQ(threading_gil_switches(&gil), 2u);
    EXPECT_EQ(threading_gil_release(&gil), 0);
}

TEST(Gil, NobodyStarves) {
    constexpr int kThreads = 6;
    threading_gil gil;
    ASSERT_EQ(threading_gil_init(&gil, 0.0002), 0);
    std::atomic<int> done{0};
    bool busy = false;
    Runner runner;
    for (int i = 0; i < kThreads; i++)
        runner.start([&] {
            ASSERT_EQ(threading_gil_acquire(&gil), 0);
            uint64_t first = threading_gil_switches(&gil);
            /* Until it was switched away and back a few times. */
            bool counted = false;
            while (done < kThreads) {
                ASSERT_FALSE(busy);
                busy = true;
                busy = false;
                ASSERT_EQ(threading_gil_checkpoint(&gil), 0);
                if (!counted && threading_gil_switches(&gil) > first + 5) {
                    counted = true;
                    done++;
                }
            }
            ASSERT_EQ(threading_gil_release(&gil), 0);
        });
    runner.join();
    EXPECT_EQ(done, kThreads);
    EXPECT_EQ(threading_gil_destroy(&gil), 0);
}

/* Threads that give the GIL up all the time do not keep one out that waits. */
TEST(Gil, BargingDoesNotStarveAWaiter) {
    threading_gil gil = THREADING_GIL_INIT;
    std::atomic<bool> stop{false};
    Runner runner;
    for (int i = 0; i < 3; i++)
        runner.start([&] {
            ASSERT_EQ(threading_gil_acquire(&gil), 0);
            while (!stop) {
                THREADING_ALLOW_THREADS_BEGIN(&gil);
                THREADING_ALLOW_THREADS_END(&gil);
            }
            ASSERT_EQ(threading_gil_release(&gil), 0);
        });
    for (int i = 0; i < 200; i++) {
        ASSERT_EQ(threading_gil_acquire(&gil), 0);
        ASSERT_EQ(threading_gil_release(&gil), 0);
    }
    stop = true;
}

TEST(Gil, ExcludesOthers) {
    threading_gil gil;
    ASSERT_EQ(threading_gil_init(&gil, 0.0001), 0);
    long count = 0;
    {
        Runner runner;
        for (int i = 0; i < 4; i++)
            runner.start([&, i] {
                ASSERT_EQ(threading_gil_acquire(&gil), 0);
                for (int round = 0; round < 20000; round++) {
                    count++;
                    if (round % 7 == i) {
                        THREADING_ALLOW_THREADS_BEGIN(&gil)
                        THREADING_ALLOW_THREADS_END(&gil)
                    } else {
                        ASSERT_EQ(threading_gil_checkpoint(&gil), 0);
                    }
                }
                ASSERT_EQ(threading_gil_release(&gil), 0);
            });
    }
    EXPECT_EQ(count, 4 * 20000);
}
