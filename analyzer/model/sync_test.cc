// sync_test.cc: who happens before whom, on synthetic traces.
#include "analyzer/model/engine_fixture.h"

namespace {

class SyncTest : public EngineTest {};

TEST_F(SyncTest, OrdersByCreateAndJoin) {
    uint32_t a = Spawn();
    tc_writer_exit(w_, a);
    tc_writer_join(w_, main_, a, s_[0]);
    uint32_t b = Spawn();
    Run();
    EXPECT_TRUE(Before(a, main_));
    EXPECT_TRUE(Before(a, b)) << "through main";
    EXPECT_FALSE(Before(b, a));
}

TEST_F(SyncTest, DoesNotOrderByMutualExclusion) {
    uint32_t a = Spawn(), b = Spawn(), lock = Mutex();
    for (uint32_t thread : {a, b}) {
        Event(thread, TC_EV_ACQUIRE, lock);
        Event(thread, TC_EV_RELEASE, lock);
    }
    Run();
    EXPECT_EQ(tc_clock_get(ThreadOf(b)->clock, a), 0u);
}

TEST_F(SyncTest, AWakeUpReceivesWhatWasSignalledWhileItWaited) {
    uint32_t a = Spawn(), b = Spawn(), c = Spawn(), condition = Object(TC_OBJECT_COND);
    Event(a, TC_EV_SIGNAL, condition);
    Event(c, TC_EV_WAIT, condition);
    Event(b, TC_EV_SIGNAL, condition);
    Event(c, TC_EV_WOKEN, condition);
    Run();
    EXPECT_TRUE(Before(b, c));
    EXPECT_EQ(tc_clock_get(ThreadOf(c)->clock, a), 0u) << "signalled before the wait";
}

TEST_F(SyncTest, ATimeOutReceivesNothing) {
    uint32_t a = Spawn(), b = Spawn(), condition = Object(TC_OBJECT_COND);
    Event(a, TC_EV_WAIT_TIMED, condition);
    Event(b, TC_EV_SIGNAL, condition);
    Event(a, TC_EV_WOKEN, condition, 0, 0, 110);
    Run();
    EXPECT_EQ(tc_clock_get(ThreadOf(a)->clock, b), 0u);
}

TEST_F(SyncTest, ManySignalsWhileOneWaitsAreAllReceived) {
    uint32_t waiter = Spawn(), condition = Object(TC_OBJECT_COND);
    std::vector<uint32_t> signallers;
    Event(waiter, TC_EV_WAIT, condition);
    for (int i = 0; i < 20; i++) {
        signallers.push_back(Spawn());
        Event(signallers.back(), TC_EV_SIGNAL, condition);
    }
    Event(waiter, TC_EV_WOKEN, condition);
    Run();
    for (uint32_t thread : signallers)
        EXPECT_TRUE(Before(thread, waiter)) << thread;
}

TEST_F(SyncTest, OrdersByPostAndWait) {
    uint32_t a = Spawn(), b = Spawn(), c = Spawn(), semaphore = Object(TC_OBJECT_SEMAPHORE);
    Event(a, TC_EV_RELEASE_COUNTED, semaphore);
    Event(b, TC_EV_RELEASE_COUNTED, semaphore);
    Event(c, TC_EV_ACQUIRE_COUNTED, semaphore);
    Run();
    EXPECT_TRUE(Before(a, c) && Before(b, c));
}

TEST_F(SyncTest, OrdersByTheRoundsOfABarrier) {
    uint32_t a = Spawn(), b = Spawn(), barrier = Object(TC_OBJECT_BARRIER, 0, 2);
    Event(a, TC_EV_ARRIVE, barrier);
    Event(b, TC_EV_ARRIVE, barrier);
    Event(a, TC_EV_LEAVE, barrier);
    uint32_t known = 0;
    recorder_.look = [&](const tc_step &step) {
        // a has arrived for the second time; b leaves the first round only now.
        if (step.record->code == TC_EV_DESTROY_FAILED)
            known = tc_clock_get(step.thread->clock, a);
    };
    Event(a, TC_EV_ARRIVE, barrier);
    Event(b, TC_EV_LEAVE, barrier);
    Event(b, TC_EV_DESTROY_FAILED, barrier);
    Run();
    EXPECT_EQ(known, 2u) << "the first arrival, not the second";
    EXPECT_EQ(tc_clock_get(ThreadOf(a)->clock, b), 2u);
    EXPECT_EQ(ThreadOf(a)->blocked.object, ObjectOf(barrier));
    EXPECT_EQ(ThreadOf(b)->blocked.object, nullptr);
}

TEST_F(SyncTest, OrdersByOnceAndAnnotations) {
    uint32_t a = Spawn(), b = Spawn(), c = Spawn(), once = Object(TC_OBJECT_ONCE),
             channel = Object(TC_OBJECT_CHANNEL);
    Event(a, TC_EV_ACQUIRE, once);
    Event(a, TC_EV_RELEASE, once);
    Event(b, TC_EV_WAIT_PASSED, once);
    Event(b, TC_EV_HAPPENS_BEFORE, channel);
    Event(c, TC_EV_HAPPENS_AFTER, channel);
    Run();
    EXPECT_TRUE(Before(a, b) && Before(b, c) && Before(a, c));
}

} // namespace
