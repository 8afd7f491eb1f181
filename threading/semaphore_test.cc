/* Semaphore and BoundedSemaphore. */
#include <limits.h>

#include "testing.h"

TEST(Semaphore, CountsUnits) {
    threading_semaphore semaphore;
    ASSERT_EQ(threading_semaphore_init(&semaphore, 2), 0);
    EXPECT_EQ(threading_semaphore_acquire(&semaphore, true, kForever), 0);
    EXPECT_EQ(threading_semaphore_acquire(&semaphore, false, kForever), 0);
    EXPECT_EQ(threading_semaphore_value(&semaphore), 0u);
    EXPECT_EQ(threading_semaphore_acquire(&semaphore, false, kForever), EBUSY);
    EXPECT_EQ(threading_semaphore_acquire(&semaphore, true, kSoon), ETIMEDOUT);
    EXPECT_EQ(threading_semaphore_acquire(&semaphore, true, 0), ETIMEDOUT);
    EXPECT_EQ(threading_semaphore_release(&semaphore, 5), 0);
    EXPECT_EQ(threading_semaphore_value(&semaphore), 5u);
    EXPECT_EQ(threading_semaphore_destroy(&semaphore), 0);
}

TEST(Semaphore, RefusesBadArguments) {
    threading_semaphore semaphore = THREADING_SEMAPHORE_INIT;
    EXPECT_EQ(threading_semaphore_release(&semaphore, 0), EINVAL);
    EXPECT_EQ(threading_semaphore_acquire(&semaphore, false, 1), EINVAL);
    EXPECT_EQ(threading_semaphore_acquire(&semaphore, true, -7), EINVAL);
    EXPECT_EQ(threading_semaphore_release(&semaphore, UINT_MAX), EOVERFLOW);
    EXPECT_EQ(threading_semaphore_value(&semaphore), 1u);
    EXPECT_EQ(threading_semaphore_release(&semaphore, UINT_MAX - 1), 0);
    EXPECT_EQ(threading_semaphore_release(&semaphore, 1), EOVERFLOW);
}

TEST(Semaphore, WakesAsManyAsItIsGiven) {
    threading_semaphore semaphore;
    ASSERT_EQ(threading_semaphore_init(&semaphore, 0), 0);
    Runner runner;
    for (int i = 0; i < 5; i++)
        runner.start(
            [&] { EXPECT_EQ(threading_semaphore_acquire(&semaphore, true, kForever), 0); });
    wait_until([&] { return __atomic_load_n(&semaphore.word, __ATOMIC_RELAXED) >> 32 == 5; });
    EXPECT_EQ(threading_semaphore_destroy(&semaphore), EBUSY);
    EXPECT_EQ(threading_semaphore_release(&semaphore, 3), 0);
    wait_until([&] { return __atomic_load_n(&semaphore.word, __ATOMIC_RELAXED) >> 32 == 2; });
    EXPECT_EQ(threading_semaphore_value(&semaphore), 0u);
    EXPECT_EQ(threading_semaphore_release(&semaphore, 2), 0);
    runner.join();
    EXPECT_EQ(threading_semaphore_destroy(&semaphore), 0);
}

TEST(BoundedSemaphore, IsBoundedByItsInitialValue) {
    threading_bounded_semaphore semaphore;
    ASSERT_EQ(threading_bounded_semaphore_init(&semaphore, 2), 0);
    EXPECT_EQ(threading_bounded_semaphore_release(&semaphore, 1), EOVERFLOW);
    EXPECT_EQ(threading_bounded_semaphore_acquire(&semaphore, true, kForever), 0);
    EXPECT_EQ(threading_bounded_semaphore_release(&semaphore, 2), EOVERFLOW);
    EXPECT_EQ(threading_bounded_semaphore_value(&semaphore), 1u);
    EXPECT_EQ(threading_bounded_semaphore_release(&semaphore, 0), EINVAL);
    EXPECT_EQ(threading_bounded_semaphore_release(&semaphore, 1), 0);
    EXPECT_EQ(threading_bounded_semaphore_release(&semaphore, 1), EOVERFLOW);
    EXPECT_EQ(threading_bounded_semaphore_value(&semaphore), 2u);
    EXPECT_EQ(threading_bounded_semaphore_destroy(&semaphore), 0);
}

TEST(BoundedSemaphore, HasAnInitialiserForOne) {
    threading_bounded_semaphore semaphore = THREADING_BOUNDED_SEMAPHORE_INIT;
    EXPECT_EQ(threading_bounded_semaphore_acquire(&semaphore, false, kForever), 0);
    EXPECT_EQ(threading_bounded_semaphore_acquire(&semaphore, false, kForever), EBUSY);
    EXPECT_EQ(threading_bounded_semaphore_acquire(&semaphore, true, kSoon), ETIMEDOUT);
    EXPECT_EQ(threading_bounded_semaphore_release(&semaphore, 1), 0);
    EXPECT_EQ(threading_bounded_semaphore_release(&semaphore, 1), EOVERFLOW);
}

TEST(BoundedSemaphore, NeverLetsMoreInUnderContention) {
    threading_bounded_semaphore semaphore;
    ASSERT_EQ(threading_bounded_semaphore_init(&semaphore, 3), 0);
    std::atomic<int> inside{0}, most{0};
    {
        Runner runner;
        for (int i = 0; i < 8; i++)
            runner.start([&] {
                for (int round = 0; round < 2000; round++) {
                    ASSERT_EQ(threading_bounded_semaphore_acquire(&semaphore, true, 100), 0);
                    int now = ++inside;
                    if (now > most)
                        most = now;
                    inside--;
                    ASSERT_EQ(threading_bounded_semaphore_release(&semaphore, 1), 0);
                }
            });
    }
    EXPECT_LE(most, 3);
    EXPECT_EQ(threading_bounded_semaphore_value(&semaphore), 3u);
}
