/* Thread: its life, its attributes, who is alive, and threads that end in other ways. */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include <string>

#include "testing.h"

namespace {

void nothing(void *) {}

threading_thread *create(void (*target)(void *) = nothing, void *arg = nullptr,
                         const threading_thread_options *options = nullptr) {
    threading_thread *thread = nullptr;
    EXPECT_EQ(threading_thread_create(&thread, target, arg, options), 0);
    return thread;
}

bool is_enumerated(threading_thread *thread) {
    threading_thread *threads[64];
    size_t count = threading_enumerate(threads, 64);
    for (size_t i = 0; i < count; i++)
        if (threads[i] == thread)
            return true;
    return false;
}

void wait_for(void *event) {
    threading_event_wait(static_cast<threading_event *>(event), kForever);
}

} // namespace

TEST(Thread, RefusesBadArguments) {
    threading_thread *thread = nullptr;
    threading_thread_options options = {nullptr, 7};
    EXPECT_EQ(threading_thread_create(nullptr, nothing, nullptr, nullptr), EINVAL);
    EXPECT_EQ(threading_thread_create(&thread, nullptr, nullptr, nullptr), EINVAL);
    EXPECT_EQ(threading_thread_create(&thread, nothing, nullptr, &options), EINVAL);
    EXPECT_EQ(thread, nullptr);
}

TEST(Thread, IsStartedOnceAndJoinedOften) {
    threading_thread *thread = create();
    EXPECT_EQ(threading_thread_join(thread, kForever), EINVAL);
    EXPECT_FALSE(threading_thread_is_alive(thread));
    EXPECT_EQ(threading_thread_ident(thread), 0u);
    EXPECT_EQ(threading_thread_native_id(thread), 0);
    EXPECT_EQ(threading_thread_start(thread), 0);
    EXPECT_NE(threading_thread_ident(thread), 0u);
    EXPECT_NE(threading_thread_native_id(thread), 0);
    EXPECT_EQ(threading_thread_start(thread), EALREADY);
    EXPECT_EQ(threading_thread_join(thread, -5), EINVAL);
    for (int i = 0; i < 3; i++)
        EXPECT_EQ(threading_thread_join(thread, kForever), 0);
    EXPECT_EQ(threading_thread_join(thread, 0), 0);
    EXPECT_FALSE(threading_thread_is_alive(thread));
    EXPECT_EQ(threading_thread_start(thread), EALREADY);
    EXPECT_EQ(threading_thread_destroy(thread), 0);
}

TEST(Thread, IsAliveUntilItsTargetReturns) {
    threading_event go = THREADING_EVENT_INIT;
    threading_thread *thread = create(wait_for, &go);
    size_t before = threading_active_count();
    ASSERT_EQ(threading_thread_start(thread), 0);
    EXPECT_TRUE(threading_thread_is_alive(thread));
    EXPECT_TRUE(is_enumerated(thread));
    EXPECT_EQ(threading_active_count(), before + 1);
    EXPECT_EQ(threading_thread_join(thread, kSoon), ETIMEDOUT);
    EXPECT_EQ(threading_thread_join(thread, 0), ETIMEDOUT);
    EXPECT_EQ(threading_thread_destroy(thread), EBUSY);
    EXPECT_EQ(threading_thread_set_daemon(thread, true), EBUSY);
    threading_event_set(&go);
    EXPECT_EQ(threading_thread_join(thread, kForever), 0);
    EXPECT_FALSE(is_enumerated(thread));
    EXPECT_EQ(threading_active_count(), before);
    EXPECT_EQ(threading_thread_destroy(thread), 0);
}

TEST(Thread, MayBeJoinedByMany) {
    threading_event go = THREADING_EVENT_INIT;
    threading_thread *thread = create(wait_for, &go);
    ASSERT_EQ(threading_thread_start(thread), 0);
    Runner runner;
    for (int i = 0; i < 6; i++)
        runner.start([&] { EXPECT_EQ(threading_thread_join(thread, kForever), 0); });
    threading_event_set(&go);
    runner.join();
    EXPECT_EQ(threading_thread_destroy(thread), 0);
}

TEST(Thread, DoesNotJoinItself) {
    in_thread([] {
        threading_thread *self = threading_current_thread();
        EXPECT_EQ(threading_thread_join(self, kForever), EDEADLK);
        EXPECT_EQ(threading_thread_destroy(self), EBUSY);
    });
    EXPECT_EQ(threading_thread_join(threading_current_thread(), kForever), EDEADLK);
}

TEST(Thread, HasANameOfItsOwnOrACounter) {
    threading_thread_options options = {"worker", -1};
    threading_thread *named = create(nothing, nullptr, &options), *other = create();
    EXPECT_STREQ(threading_thread_name(named), "worker");
    EXPECT_EQ(strncmp(threading_thread_name(other), "Thread-", 7), 0);
    EXPECT_EQ(threading_thread_set_name(other, "renamed"), 0);
    EXPECT_EQ(threading_thread_set_name(other, nullptr), EINVAL);
    EXPECT_STREQ(threading_thread_name(other), "renamed");
    EXPECT_EQ(threading_thread_destroy(named), 0);
    EXPECT_EQ(threading_thread_destroy(other), 0);
    EXPECT_STREQ(threading_thread_name(threading_main_thread()), "MainThread");
}

TEST(Thread, InheritsDaemonFromItsCreator) {
    threading_thread *thread = create();
    EXPECT_FALSE(threading_thread_daemon(thread));
    EXPECT_EQ(threading_thread_set_daemon(thread, true), 0);
    EXPECT_TRUE(threading_thread_daemon(thread));
    EXPECT_EQ(threading_thread_destroy(thread), 0);
    Runner runner;
    runner.start(
        [] {
            EXPECT_TRUE(threading_thread_daemon(threading_current_thread()));
            threading_thread *child = create();
            EXPECT_TRUE(threading_thread_daemon(child));
            EXPECT_EQ(threading_thread_destroy(child), 0);
            threading_thread_options options = {nullptr, 0};
            child = create(nothing, nullptr, &options);
            EXPECT_FALSE(threading_thread_daemon(child));
            EXPECT_EQ(threading_thread_destroy(child), 0);
        },
        1);
}

TEST(Thread, KnowsItself) {
    threading_thread *self = threading_current_thread();
    EXPECT_EQ(self, threading_main_thread());
    EXPECT_EQ(threading_thread_ident(self), threading_get_ident());
    EXPECT_EQ(threading_thread_native_id(self), threading_get_native_id());
    EXPECT_EQ(threading_get_native_id(), getpid());
    EXPECT_TRUE(threading_thread_is_alive(self));
    EXPECT_FALSE(threading_thread_daemon(self));
    EXPECT_EQ(threading_thread_destroy(self), EINVAL);
    in_thread([self] {
        EXPECT_NE(threading_current_thread(), self);
        EXPECT_EQ(threading_thread_ident(threading_current_thread()), threading_get_ident());
        EXPECT_EQ(threading_thread_native_id(threading_current_thread()),
                  threading_get_native_id());
    });
}

TEST(Thread, RunsItsTargetInTheCaller) {
    static uint64_t where;
    threading_thread *thread = create([](void *) { where = threading_get_ident(); });
    EXPECT_EQ(threading_thread_run(thread), 0);
    EXPECT_EQ(where, threading_get_ident());
    EXPECT_EQ(threading_thread_start(thread), 0);
    EXPECT_EQ(threading_thread_join(thread, kForever), 0);
    EXPECT_NE(where, threading_get_ident());
    EXPECT_EQ(threading_thread_destroy(thread), 0);
}

TEST(Thread, EnumerateWritesNoMoreThanThereIsRoomFor) {
    threading_event go = THREADING_EVENT_INIT;
    Runner runner;
    for (int i = 0; i < 3; i++)
        runner.start([&] { wait_for(&go); });
    threading_thread *threads[2] = {nullptr, nullptr};
    EXPECT_EQ(threading_enumerate(nullptr, 0), 4u);
    EXPECT_EQ(threading_enumerate(threads, 1), 4u);
    EXPECT_NE(threads[0], nullptr);
    EXPECT_EQ(threads[1], nullptr);
    threading_event_set(&go);
}

TEST(Thread, AForeignThreadGetsADummy) {
    size_t before = threading_active_count();
    pthread_t foreign;
    auto routine = [](void *count) -> void * {
        threading_thread *self = threading_current_thread();
        EXPECT_EQ(self, threading_current_thread());
        EXPECT_EQ(strncmp(threading_thread_name(self), "Dummy-", 6), 0);
        EXPECT_TRUE(threading_thread_daemon(self));
        EXPECT_TRUE(threading_thread_is_alive(self));
        EXPECT_TRUE(is_enumerated(self));
        EXPECT_EQ(threading_active_count(), *static_cast<size_t *>(count) + 1);
        EXPECT_EQ(threading_thread_destroy(self), EINVAL);
        in_thread([self] { EXPECT_EQ(threading_thread_join(self, 0), EINVAL); });
        return nullptr;
    };
    ASSERT_EQ(pthread_create(&foreign, nullptr, routine, &before), 0);
    ASSERT_EQ(pthread_join(foreign, nullptr), 0);
    EXPECT_EQ(threading_active_count(), before);
}

TEST(Thread, MayEndByPthreadExit) {
    threading_thread *thread = create([](void *) { pthread_exit(nullptr); });
    ASSERT_EQ(threading_thread_start(thread), 0);
    EXPECT_EQ(threading_thread_join(thread, kForever), 0);
    EXPECT_FALSE(threading_thread_is_alive(thread));
    EXPECT_EQ(threading_thread_destroy(thread), 0);
}

TEST(Thread, ManyThatNobodyJoinsAreNoBurden) {
    std::vector<threading_thread *> threads;
    for (int i = 0; i < 300; i++) {
        threads.push_back(create());
        ASSERT_EQ(threading_thread_start(threads.back()), 0);
    }
    for (threading_thread *thread : threads) {
        while (threading_thread_destroy(thread) == EBUSY)
            sched_yield();
    }
}
