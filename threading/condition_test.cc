/* Condition: which threads notify wakes, and what a wait does to the lock. */
#include "testing.h"

namespace {

struct Waiters {
    threading_condition condition = THREADING_CONDITION_INIT;
    std::vector<int> woken;
    std::atomic<int> timed_out{0};

    /* Starts a waiter and returns when it waits. */
    void start(Runner *runner, int id, double timeout = kForever) {
        uint32_t before = __atomic_load_n(&condition.inside, __ATOMIC_ACQUIRE);
        runner->start([this, id, timeout] {
            ASSERT_EQ(threading_condition_acquire(&condition), 0);
            if (threading_condition_wait(&condition, timeout) == 0)
                woken.push_back(id);
            else
                timed_out++;
            ASSERT_EQ(threading_condition_release(&condition), 0);
        });
        wait_until([&] { return __atomic_load_n(&condition.inside, __ATOMIC_ACQUIRE) > before; });
        /* The lock is given up after the waiter is in the queue. */
        EXPECT_EQ(threading_condition_acquire(&condition), 0);
        EXPECT_EQ(threading_condition_release(&condition), 0);
    }

    void notify(size_t n) {
        EXPECT_EQ(threading_condition_acquire(&condition), 0);
        EXPECT_EQ(threading_condition_notify(&condition, n), 0);
        EXPECT_EQ(threading_condition_release(&condition), 0);
    }

    size_t count() {
        EXPECT_EQ(threading_condition_acquire(&condition), 0);
        size_t size = woken.size();
        EXPECT_EQ(threading_condition_release(&condition), 0);
        return size;
    }
};

} // namespace

TEST(Condition, NotifiesTheOldestFirst) {
    Waiters waiters;
    Runner runner;
    for (int i = 0; i < 5; i++)
        waiters.start(&runner, i);
    for (size_t i = 1; i <= 5; i++) {
        waiters.notify(1);
        wait_until([&] { return waiters.count() == i; });
    }
    EXPECT_EQ(waiters.woken, (std::vector<int>{0, 1, 2, 3, 4}));
    runner.join();
    EXPECT_EQ(threading_condition_destroy(&waiters.condition), 0);
}

TEST(Condition, NotifiesAsManyAsAskedFor) {
    Waiters waiters;
    Runner runner;
    for (int i = 0; i < 6; i++)
        waiters.start(&runner, i);
    waiters.notify(0);
    EXPECT_EQ(waiters.count(), 0u);
    waiters.notify(3);
    wait_until([&] { return waiters.count() >= 3; });
    threading_event never = THREADING_EVENT_INIT;
    EXPECT_EQ(threading_event_wait(&never, kSoon), ETIMEDOUT);
    EXPECT_EQ(waiters.count(), 3u);
    std::sort(waiters.woken.begin(), waiters.woken.end());
    EXPECT_EQ(waiters.woken, (std::vector<int>{0, 1, 2}));
    waiters.notify(3);
    runner.join();
    EXPECT_EQ(waiters.count(), 6u);
}

TEST(Condition, NotifyAllWakesAll) {
    Waiters waiters;
    Runner runner;
    for (int i = 0; i < 4; i++)
        waiters.start(&runner, i);
    EXPECT_EQ(threading_condition_destroy(&waiters.condition), EBUSY);
    EXPECT_EQ(threading_condition_acquire(&waiters.condition), 0);
    EXPECT_EQ(threading_condition_notify_all(&waiters.condition), 0);
    EXPECT_EQ(threading_condition_release(&waiters.condition), 0);
    runner.join();
    EXPECT_EQ(waiters.woken.size(), 4u);
    waiters.notify(10); /* nobody is left: no effect */
}

TEST(Condition, NeedsItsLock) {
    threading_condition condition = THREADING_CONDITION_INIT;
    EXPECT_EQ(threading_condition_wait(&condition, kSoon), EPERM);
    EXPECT_EQ(threading_condition_notify(&condition, 1), EPERM);
    EXPECT_EQ(threading_condition_notify_all(&condition), EPERM);
    EXPECT_EQ(threading_condition_release(&condition), EPERM);
    EXPECT_EQ(threading_condition_wait(&condition, -3), EINVAL);
    ASSERT_EQ(threading_condition_acquire(&condition), 0);
    in_thread([&] {
        EXPECT_EQ(threading_condition_wait(&condition, kSoon), EPERM);
        EXPECT_EQ(threading_condition_acquire(&condition, false, kForever), EBUSY);
    });
    EXPECT_EQ(threading_condition_wait(&condition, kSoon), ETIMEDOUT);
    EXPECT_EQ(threading_condition_wait(&condition, 0), ETIMEDOUT);
    EXPECT_EQ(threading_condition_destroy(&condition), EBUSY);
    EXPECT_EQ(threading_condition_release(&condition), 0);
    EXPECT_EQ(threading_condition_destroy(&condition), 0);
}

TEST(Condition, WorksWithALock) {
    threading_lock lock = THREADING_LOCK_INIT;
    threading_condition condition;
    EXPECT_EQ(threading_condition_init_with_lock(&condition, nullptr), EINVAL);
    EXPECT_EQ(threading_condition_init_with_rlock(&condition, nullptr), EINVAL);
    ASSERT_EQ(threading_condition_init_with_lock(&condition, &lock), 0);
    EXPECT_EQ(threading_condition_wait(&condition, kSoon), EPERM);
    ASSERT_EQ(threading_lock_acquire(&lock, true, kForever), 0);
    Runner runner;
    runner.start([&] {
        ASSERT_EQ(threading_condition_acquire(&condition), 0);
        EXPECT_EQ(threading_condition_notify(&condition, 1), 0);
        ASSERT_EQ(threading_condition_release(&condition), 0);
    });
    EXPECT_EQ(threading_condition_wait(&condition, kForever), 0);
    EXPECT_TRUE(threading_lock_locked(&lock));
    EXPECT_EQ(threading_condition_release(&condition), 0);
    EXPECT_FALSE(threading_lock_locked(&lock));
}

TEST(Condition, GivesUpAllLevelsOfAnRLockAndTakesThemAgain) {
    threading_rlock lock = THREADING_RLOCK_INIT;
    threading_condition condition;
    ASSERT_EQ(threading_condition_init_with_rlock(&condition, &lock), 0);
    for (int i = 0; i < 3; i++)
        ASSERT_EQ(threading_rlock_acquire(&lock, true, kForever), 0);
    Runner runner;
    runner.start([&] {
        ASSERT_EQ(threading_rlock_acquire(&lock, true, kForever), 0);
        EXPECT_EQ(threading_condition_notify(&condition, 1), 0);
        ASSERT_EQ(threading_rlock_release(&lock), 0);
    });
    EXPECT_EQ(threading_condition_wait(&condition, kForever), 0);
    for (int i = 0; i < 3; i++)
        EXPECT_EQ(threading_rlock_release(&lock), 0);
    EXPECT_EQ(threading_rlock_release(&lock), EPERM);
}

TEST(Condition, WaitForLooksAtThePredicate) {
    threading_condition condition = THREADING_CONDITION_INIT;
    std::atomic<int> value{0};
    auto is_three = [](void *state) { return *static_cast<std::atomic<int> *>(state) == 3; };
    EXPECT_EQ(threading_condition_wait_for(&condition, is_three, &value, kSoon), EPERM);
    EXPECT_EQ(threading_condition_wait_for(&condition, nullptr, &value, kSoon), EINVAL);
    ASSERT_EQ(threading_condition_acquire(&condition), 0);
    EXPECT_EQ(threading_condition_wait_for(&condition, is_three, &value, kSoon), ETIMEDOUT);
    Runner runner;
    runner.start([&] {
        for (int i = 0; i < 3; i++) {
            ASSERT_EQ(threading_condition_acquire(&condition), 0);
            value++;
            EXPECT_EQ(threading_condition_notify_all(&condition), 0);
            ASSERT_EQ(threading_condition_release(&condition), 0);
        }
    });
    EXPECT_EQ(threading_condition_wait_for(&condition, is_three, &value, kForever), 0);
    EXPECT_EQ(value, 3);
    EXPECT_EQ(threading_condition_release(&condition), 0);
    EXPECT_EQ(threading_condition_wait_for(&condition, is_three, &value, kForever), 0);
}

TEST(Condition, CarriesEveryItemOfAQueue) {
    threading_lock lock = THREADING_LOCK_INIT;
    threading_condition changed;
    ASSERT_EQ(threading_condition_init_with_lock(&changed, &lock), 0);
    int queued = 0, consumed = 0, left = 4000;
    Runner runner;
    for (int i = 0; i < 4; i++) {
        runner.start([&] {
            ASSERT_EQ(threading_lock_acquire(&lock, true, kForever), 0);
            while (left > 0) {
                left--;
                queued++;
                ASSERT_EQ(threading_condition_notify(&changed, 1), 0);
                threading_lock_release(&lock);
                threading_lock_acquire(&lock, true, kForever);
            }
            threading_condition_notify_all(&changed);
            threading_lock_release(&lock);
        });
        runner.start([&] {
            ASSERT_EQ(threading_lock_acquire(&lock, true, kForever), 0);
            for (;;) {
                while (!queued && left > 0)
                    ASSERT_EQ(threading_condition_wait(&changed, kForever), 0);
                if (!queued)
                    break;
                queued--;
                consumed++;
            }
            threading_lock_release(&lock);
        });
    }
    runner.join();
    EXPECT_EQ(consumed, 4000);
}
