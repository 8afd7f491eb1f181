/* local: each thread's own attributes, and when they are released. */
#include <pthread.h>

#include <string>

#include "testing.h"

namespace {

std::atomic<int> released{0};

void release(void *value) {
    released += *static_cast<int *>(value);
}

void *get(threading_local *local, const char *name) {
    void *value = nullptr;
    EXPECT_EQ(threading_local_get(local, name, &value), 0) << name;
    return value;
}

} // namespace

TEST(Local, KeepsAttributesByName) {
    threading_local local;
    int one = 1, two = 2;
    void *value = &one;
    ASSERT_EQ(threading_local_init(&local), 0);
    EXPECT_EQ(threading_local_get(&local, "x", &value), ENOENT);
    EXPECT_EQ(value, &one);
    EXPECT_EQ(threading_local_del(&local, "x"), ENOENT);
    EXPECT_EQ(threading_local_set(&local, "x", &one, nullptr), 0);
    EXPECT_EQ(threading_local_set(&local, "y", &two, nullptr), 0);
    EXPECT_EQ(threading_local_set(&local, "null", nullptr, nullptr), 0);
    EXPECT_EQ(get(&local, "x"), &one);
    EXPECT_EQ(get(&local, "y"), &two);
    EXPECT_EQ(get(&local, "null"), nullptr);
    EXPECT_EQ(threading_local_del(&local, "x"), 0);
    EXPECT_EQ(threading_local_get(&local, "x", &value), ENOENT);
    EXPECT_EQ(threading_local_set(&local, nullptr, &one, nullptr), EINVAL);
    EXPECT_EQ(threading_local_get(&local, "y", nullptr), EINVAL);
    EXPECT_EQ(threading_local_destroy(&local), 0);
}

TEST(Local, IsAnotherForEachThreadAndEachLocal) {
    threading_local local = THREADING_LOCAL_INIT, other = THREADING_LOCAL_INIT;
    int one = 1, two = 2;
    ASSERT_EQ(threading_local_set(&local, "x", &one, nullptr), 0);
    in_thread([&] {
        void *value;
        EXPECT_EQ(threading_local_get(&local, "x", &value), ENOENT);
        EXPECT_EQ(threading_local_set(&local, "x", &two, nullptr), 0);
        EXPECT_EQ(get(&local, "x"), &two);
        EXPECT_EQ(threading_local_get(&other, "x", &value), ENOENT);
    });
    EXPECT_EQ(get(&local, "x"), &one);
    EXPECT_EQ(threading_local_destroy(&local), 0);
    EXPECT_EQ(threading_local_destroy(&other), 0);
}

TEST(Local, ReleasesWhatIsReplacedOrDeleted) {
    threading_local local = THREADING_LOCAL_INIT;
    int one = 1, ten = 10;
    released = 0;
    EXPECT_EQ(threading_local_set(&local, "x", &one, release), 0);
    EXPECT_EQ(released, 0);
    EXPECT_EQ(threading_local_set(&local, "x", &ten, release), 0);
    EXPECT_EQ(released, 1);
    EXPECT_EQ(threading_local_del(&local, "x"), 0);
    EXPECT_EQ(released, 11);
    EXPECT_EQ(threading_local_destroy(&local), 0);
    EXPECT_EQ(released, 11);
}

TEST(Local, ReleasesWhenItsThreadEndsBeforeJoinReturns) {
    threading_local local = THREADING_LOCAL_INIT;
    int one = 1, ten = 10;
    released = 0;
    in_thread([&] {
        EXPECT_EQ(threading_local_set(&local, "x", &one, release), 0);
        EXPECT_EQ(threading_local_set(&local, "y", &ten, release), 0);
        EXPECT_EQ(released, 0);
    });
    EXPECT_EQ(released, 11);
    EXPECT_EQ(threading_local_destroy(&local), 0);
}

TEST(Local, ReleasesForForeignThreadsAndThreadsThatExit) {
    static threading_local local = THREADING_LOCAL_INIT;
    static int one = 1;
    released = 0;
    auto routine = [](void *) -> void * {
        EXPECT_EQ(threading_local_set(&local, "x", &one, release), 0);
        pthread_exit(nullptr);
    };
    pthread_t foreign;
    ASSERT_EQ(pthread_create(&foreign, nullptr, routine, nullptr), 0);
    ASSERT_EQ(pthread_join(foreign, nullptr), 0);
    EXPECT_EQ(released, 1);
    in_thread([] {
        EXPECT_EQ(threading_local_set(&local, "x", &one, release), 0);
        pthread_exit(nullptr);
    });
    EXPECT_EQ(released, 2);
}

TEST(Local, ReleasesAllThreadsValuesWhenDestroyed) {
    threading_local local = THREADING_LOCAL_INIT;
    threading_event set = THREADING_EVENT_INIT, go = THREADING_EVENT_INIT;
    int one = 1, ten = 10;
    released = 0;
    Runner runner;
    runner.start([&] {
        EXPECT_EQ(threading_local_set(&local, "x", &one, release), 0);
        threading_event_set(&set);
        threading_event_wait(&go, kForever);
    });
    EXPECT_EQ(threading_local_set(&local, "x", &ten, release), 0);
    EXPECT_EQ(threading_event_wait(&set, kForever), 0);
    EXPECT_EQ(threading_local_destroy(&local), 0);
    EXPECT_EQ(released, 11);
    threading_event_set(&go);
    runner.join();
    EXPECT_EQ(released, 11);
}

TEST(Local, AReleaseMaySetAttributesAgain) {
    static threading_local local = THREADING_LOCAL_INIT;
    static int rounds;
    rounds = 0;
    static void (*again)(void *) = [](void *value) {
        if (++rounds < 3) {
            EXPECT_EQ(threading_local_set(&local, "again", value, again), 0);
        }
    };
    in_thread([] { EXPECT_EQ(threading_local_set(&local, "x", nullptr, again), 0); });
    EXPECT_EQ(rounds, 3);
    EXPECT_EQ(threading_local_destroy(&local), 0);
}

TEST(Local, IsFreshAfterADestroyAtTheSamePlace) {
    threading_local local = THREADING_LOCAL_INIT;
    int one = 1;
    void *value;
    ASSERT_EQ(threading_local_set(&local, "x", &one, nullptr), 0);
    local = THREADING_LOCAL_INIT; /* also without one */
    EXPECT_EQ(threading_local_get(&local, "x", &value), ENOENT);
    ASSERT_EQ(threading_local_set(&local, "x", &one, nullptr), 0);
    EXPECT_EQ(threading_local_destroy(&local), 0);
    EXPECT_EQ(threading_local_get(&local, "x", &value), ENOENT);
    EXPECT_EQ(threading_local_destroy(&local), 0);
}

TEST(Local, StandsManyThreads) {
    threading_local local = THREADING_LOCAL_INIT;
    static int one = 1;
    released = 0;
    {
        Runner runner;
        for (int i = 0; i < 8; i++)
            runner.start([&] {
                for (int round = 0; round < 500; round++) {
                    std::string name = "a" + std::to_string(round % 10);
                    ASSERT_EQ(threading_local_set(&local, name.c_str(), &one, release), 0);
                    EXPECT_EQ(get(&local, name.c_str()), &one);
                }
            });
    }
    EXPECT_EQ(released, 8 * 500);
    EXPECT_EQ(threading_local_destroy(&local), 0);
}
