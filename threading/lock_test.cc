/* Lock and RLock: results of every call, ownership, and mutual exclusion. */
#include <math.h>

#include "testing.h"

TEST(Lock, AcquiresAndReleases) {
    threading_lock lock = THREADING_LOCK_INIT;
    EXPECT_FALSE(threading_lock_locked(&lock));
    EXPECT_EQ(threading_lock_acquire(&lock, true, kForever), 0);
    EXPECT_TRUE(threading_lock_locked(&lock));
    EXPECT_EQ(threading_lock_release(&lock), 0);
    EXPECT_FALSE(threading_lock_locked(&lock));
}

TEST(Lock, IsNotReentrant) {
    threading_lock lock;
    ASSERT_EQ(threading_lock_init(&lock), 0);
    ASSERT_EQ(threading_lock_acquire(&lock, true, kForever), 0);
    EXPECT_EQ(threading_lock_acquire(&lock, false, kForever), EBUSY);
    EXPECT_EQ(threading_lock_acquire(&lock, true, kSoon), ETIMEDOUT);
    EXPECT_EQ(threading_lock_acquire(&lock, true, 0), ETIMEDOUT);
    EXPECT_EQ(threading_lock_release(&lock), 0);
    EXPECT_EQ(threading_lock_acquire(&lock, true, 0), 0);
    EXPECT_EQ(threading_lock_release(&lock), 0);
}

TEST(Lock, RefusesBadTimeOuts) {
    threading_lock lock = THREADING_LOCK_INIT;
    EXPECT_EQ(threading_lock_acquire(&lock, false, 1), EINVAL);
    EXPECT_EQ(threading_lock_acquire(&lock, false, 0), EINVAL);
    EXPECT_EQ(threading_lock_acquire(&lock, true, -2), EINVAL);
    EXPECT_EQ(threading_lock_acquire(&lock, true, -0.5), EINVAL);
    EXPECT_EQ(threading_lock_acquire(&lock, true, NAN), EINVAL);
    EXPECT_FALSE(threading_lock_locked(&lock));
    EXPECT_EQ(threading_lock_acquire(&lock, true, INFINITY), 0);
    EXPECT_EQ(threading_lock_release(&lock), 0);
}

TEST(Lock, ReleaseOfAnUnlockedOneIsRefused) {
    threading_lock lock = THREADING_LOCK_INIT;
    EXPECT_EQ(threading_lock_release(&lock), EPERM);
    ASSERT_EQ(threading_lock_acquire(&lock, true, kForever), 0);
    EXPECT_EQ(threading_lock_release(&lock), 0);
    EXPECT_EQ(threading_lock_release(&lock), EPERM);
}

TEST(Lock, MayBeReleasedByAnyThread) {
    threading_lock lock = THREADING_LOCK_INIT;
    ASSERT_EQ(threading_lock_acquire(&lock, true, kForever), 0);
    in_thread([&] { EXPECT_EQ(threading_lock_release(&lock), 0); });
    EXPECT_FALSE(threading_lock_locked(&lock));
}

TEST(Lock, IsNotDestroyedWhileHeld) {
    threading_lock lock = THREADING_LOCK_INIT;
    ASSERT_EQ(threading_lock_set_name(&lock, "one"), 0);
    ASSERT_EQ(threading_lock_acquire(&lock, true, kForever), 0);
    EXPECT_EQ(threading_lock_destroy(&lock), EBUSY);
    EXPECT_TRUE(threading_lock_locked(&lock));
    EXPECT_EQ(threading_lock_release(&lock), 0);
    EXPECT_EQ(threading_lock_destroy(&lock), 0);
}

TEST(Lock, KeepsErrno) {
    threading_lock lock = THREADING_LOCK_INIT;
    ASSERT_EQ(threading_lock_acquire(&lock, true, kForever), 0);
    errno = 77;
    EXPECT_EQ(threading_lock_acquire(&lock, true, kSoon), ETIMEDOUT);
    EXPECT_EQ(errno, 77);
    EXPECT_EQ(threading_lock_release(&lock), 0);
}

TEST(Lock, ExcludesOthersUnderContention) {
    threading_lock lock = THREADING_LOCK_INIT;
    long count = 0;
    {
        Runner runner;
        for (int i = 0; i < 8; i++)
            runner.start([&] {
                for (int round = 0; round < 5000; round++) {
                    double timeout = round % 3 ? kForever : 100;
                    ASSERT_EQ(threading_lock_acquire(&lock, true, timeout), 0);
                    count++;
                    ASSERT_EQ(threading_lock_release(&lock), 0);
                }
            });
    }
    EXPECT_EQ(count, 8 * 5000);
}

TEST(RLock, IsReentrant) {
    threading_rlock lock = THREADING_RLOCK_INIT;
    for (int i = 0; i < 3; i++)
        EXPECT_EQ(threading_rlock_acquire(&lock, i % 2, kForever), 0);
    for (int i = 0; i < 3; i++) {
        EXPECT_TRUE(threading_rlock_locked(&lock));
        EXPECT_EQ(threading_rlock_release(&lock), 0);
    }
    EXPECT_FALSE(threading_rlock_locked(&lock));
    EXPECT_EQ(threading_rlock_release(&lock), EPERM);
}

TEST(RLock, BelongsToItsOwner) {
    threading_rlock lock;
    ASSERT_EQ(threading_rlock_init(&lock), 0);
    ASSERT_EQ(threading_rlock_acquire(&lock, true, kForever), 0);
    in_thread([&] {
        EXPECT_EQ(threading_rlock_release(&lock), EPERM);
        EXPECT_EQ(threading_rlock_acquire(&lock, false, kForever), EBUSY);
        EXPECT_EQ(threading_rlock_acquire(&lock, true, kSoon), ETIMEDOUT);
        EXPECT_EQ(threading_rlock_acquire(&lock, false, 1), EINVAL);
        EXPECT_EQ(threading_rlock_destroy(&lock), EBUSY);
    });
    EXPECT_EQ(threading_rlock_release(&lock), 0);
    EXPECT_EQ(threading_rlock_destroy(&lock), 0);
}

TEST(RLock, RefusesToOverflow) {
    threading_rlock lock = THREADING_RLOCK_INIT;
    ASSERT_EQ(threading_rlock_acquire(&lock, true, kForever), 0);
    lock.count = UINT32_MAX;
    EXPECT_EQ(threading_rlock_acquire(&lock, true, kForever), EAGAIN);
    EXPECT_EQ(lock.count, UINT32_MAX);
    lock.count = 1;
    EXPECT_EQ(threading_rlock_release(&lock), 0);
}

TEST(RLock, ExcludesOthersUnderContention) {
    threading_rlock lock = THREADING_RLOCK_INIT;
    long count = 0;
    {
        Runner runner;
        for (int i = 0; i < 8; i++)
            runner.start([&] {
                for (int round = 0; round < 3000; round++) {
                    for (int level = 0; level < 3; level++)
                        ASSERT_EQ(threading_rlock_acquire(&lock, true, kForever), 0);
                    count++;
                    for (int level = 0; level < 3; level++)
                        ASSERT_EQ(threading_rlock_release(&lock), 0);
                }
            });
    }
    EXPECT_EQ(count, 8 * 3000);
}
