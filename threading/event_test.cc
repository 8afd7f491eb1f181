/* Event. */
#include "testing.h"

TEST(Event, IsSetAndCleared) {
    threading_event event;
    ASSERT_EQ(threading_event_init(&event), 0);
    EXPECT_FALSE(threading_event_is_set(&event));
    EXPECT_EQ(threading_event_wait(&event, kSoon), ETIMEDOUT);
    EXPECT_EQ(threading_event_wait(&event, 0), ETIMEDOUT);
    EXPECT_EQ(threading_event_wait(&event, -2), EINVAL);
    EXPECT_EQ(threading_event_set(&event), 0);
    EXPECT_EQ(threading_event_set(&event), 0);
    EXPECT_TRUE(threading_event_is_set(&event));
    EXPECT_EQ(threading_event_wait(&event, kForever), 0);
    EXPECT_EQ(threading_event_wait(&event, 0), 0);
    EXPECT_EQ(threading_event_clear(&event), 0);
    EXPECT_EQ(threading_event_clear(&event), 0);
    EXPECT_FALSE(threading_event_is_set(&event));
    EXPECT_EQ(threading_event_destroy(&event), 0);
}

static uint32_t waiting(threading_event *event) {
    uint32_t waiters = __atomic_load_n(&event->waiters, __ATOMIC_ACQUIRE);
    return __atomic_load_n(&event->word, __ATOMIC_ACQUIRE) & 2 ? waiters : 0;
}

TEST(Event, WakesAllThatWait) {
    threading_event event = THREADING_EVENT_INIT;
    Runner runner;
    for (int i = 0; i < 4; i++)
        runner.start([&] { EXPECT_EQ(threading_event_wait(&event, kForever), 0); });
    wait_until([&] { return waiting(&event) == 4; });
    EXPECT_EQ(threading_event_destroy(&event), EBUSY);
    EXPECT_EQ(threading_event_set(&event), 0);
    EXPECT_EQ(threading_event_destroy(&event), 0); /* waits for those who leave */
    runner.join();
}

TEST(Event, APulseWakesThoseWhoWaitAndNobodyElse) {
    threading_event event = THREADING_EVENT_INIT;
    Runner runner;
    std::atomic<int> entering{0};
    for (int i = 0; i < 4; i++)
        runner.start([&] {
            entering++;
            EXPECT_EQ(threading_event_wait(&event, kForever), 0);
        });
    wait_until([&] { return waiting(&event) == 4; });
    /* A waiter has read the word before it counts as waiting only if it also sleeps or is about to:
     * pulses go on until all are out. */
    while (__atomic_load_n(&event.waiters, __ATOMIC_ACQUIRE)) {
        threading_event_set(&event);
        threading_event_clear(&event);
    }
    runner.join();
    EXPECT_EQ(threading_event_wait(&event, kSoon), ETIMEDOUT);
}

/* The waiter owns the event and it goes away as soon as the wait is over. */
TEST(Event, MayBeDestroyedByTheThreadThatItWoke) {
    for (int round = 0; round < 300; round++) {
        Runner runner;
        auto event = std::make_unique<threading_event>();
        ASSERT_EQ(threading_event_init(event.get()), 0);
        runner.start([raw = event.get()] { threading_event_set(raw); });
        EXPECT_EQ(threading_event_wait(event.get(), kForever), 0);
        EXPECT_EQ(threading_event_destroy(event.get()), 0);
        event.reset();
    }
}

TEST(Event, PassesAPingAndAPong) {
    threading_event ping = THREADING_EVENT_INIT, pong = THREADING_EVENT_INIT;
    Runner runner;
    runner.start([&] {
        for (int i = 0; i < 2000; i++) {
            ASSERT_EQ(threading_event_wait(&ping, kForever), 0);
            threading_event_clear(&ping);
            threading_event_set(&pong);
        }
    });
    for (int i = 0; i < 2000; i++) {
        threading_event_set(&ping);
        ASSERT_EQ(threading_event_wait(&pong, kForever), 0);
        threading_event_clear(&pong);
    }
}
