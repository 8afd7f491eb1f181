/* Timer. */
#include <math.h>
#include <string.h>

#include "testing.h"

namespace {

void count_up(void *counter) {
    ++*static_cast<std::atomic<int> *>(counter);
}

} // namespace

TEST(Timer, RefusesBadArguments) {
    threading_timer *timer = nullptr;
    EXPECT_EQ(threading_timer_create(nullptr, 1, count_up, nullptr), EINVAL);
    EXPECT_EQ(threading_timer_create(&timer, 1, nullptr, nullptr), EINVAL);
    EXPECT_EQ(threading_timer_create(&timer, -1, count_up, nullptr), EINVAL);
    EXPECT_EQ(threading_timer_create(&timer, NAN, count_up, nullptr), EINVAL);
    EXPECT_EQ(timer, nullptr);
}

TEST(Timer, CallsItsFunctionOnce) {
    std::atomic<int> calls{0};
    threading_timer *timer;
    ASSERT_EQ(threading_timer_create(&timer, 0, count_up, &calls), 0);
    EXPECT_FALSE(threading_timer_is_alive(timer));
    EXPECT_EQ(threading_timer_join(timer, kForever), EINVAL);
    EXPECT_EQ(threading_timer_start(timer), 0);
    EXPECT_EQ(threading_timer_start(timer), EALREADY);
    EXPECT_EQ(threading_timer_join(timer, kForever), 0);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(threading_timer_cancel(timer), 0);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(threading_timer_destroy(timer), 0);
}

TEST(Timer, MayBeCancelled) {
    std::atomic<int> calls{0};
    threading_timer *timer;
    ASSERT_EQ(threading_timer_create(&timer, 1000, count_up, &calls), 0);
    ASSERT_EQ(threading_timer_set_name(timer, "watchdog"), 0);
    EXPECT_STREQ(threading_thread_name(threading_timer_thread(timer)), "watchdog");
    EXPECT_EQ(threading_timer_start(timer), 0);
    EXPECT_TRUE(threading_timer_is_alive(timer));
    EXPECT_EQ(threading_timer_destroy(timer), EBUSY);
    EXPECT_EQ(threading_timer_join(timer, kSoon), ETIMEDOUT);
    EXPECT_EQ(threading_timer_cancel(timer), 0);
    EXPECT_EQ(threading_timer_join(timer, kForever), 0);
    EXPECT_FALSE(threading_timer_is_alive(timer));
    EXPECT_EQ(calls, 0);
    EXPECT_EQ(threading_timer_destroy(timer), 0);
}

TEST(Timer, MayBeCancelledBeforeItsStart) {
    std::atomic<int> calls{0};
    threading_timer *timer;
    ASSERT_EQ(threading_timer_create(&timer, 0, count_up, &calls), 0);
    EXPECT_EQ(threading_timer_cancel(timer), 0);
    EXPECT_EQ(threading_timer_start(timer), 0);
    EXPECT_EQ(threading_timer_join(timer, kForever), 0);
    EXPECT_EQ(calls, 0);
    EXPECT_EQ(threading_timer_destroy(timer), 0);
}
