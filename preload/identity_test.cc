// identity_test.cc: which object an address is: generations, copies, ends, forks and many of them.
#include "preload/recorder_fixture.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>

#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>

namespace {

using recorder::Recorder;
using recorder::Trace;

pthread_mutex_t mutex;
pthread_cond_t condition;

void Use(pthread_mutex_t *which) {
    pthread_mutex_lock(which);
    pthread_mutex_unlock(which);
}

// A second thread makes a process worth a file.
void BecomeThreaded() {
    std::thread([] {}).join();
}

TEST_F(Recorder, MemsetBeginsANewGeneration) {
    Run([] {
        BecomeThreaded();
        memset(&mutex, 0, sizeof mutex);
        Use(&mutex);
        memset(&mutex, 0, sizeof mutex);
        Use(&mutex);
    });
    Trace trace;
    Read(&trace);
    uint32_t second = trace.ObjectAt(&mutex), first = trace.ObjectAt(&mutex, second);
    ASSERT_NE(first, 0u);
    EXPECT_EQ(trace.CodesOf(1, first).size(), 2u);
    EXPECT_EQ(trace.CodesOf(1, second).size(), 2u);
    EXPECT_TRUE(tc_trace_object(trace.trace, second)->attr & TC_ATTR_NO_INIT_SEEN);
}

TEST_F(Recorder, CopyIsAnotherObject) {
    static pthread_mutex_t copy;
    Run([] {
        BecomeThreaded();
        pthread_mutex_init(&mutex, nullptr);
        Use(&mutex);
        memcpy(&copy, &mutex, sizeof copy);
        Use(&copy);
        Use(&mutex);
    });
    Trace trace;
    Read(&trace);
    EXPECT_EQ(trace.CodesOf(1, trace.ObjectAt(&mutex)).size(), 5u);
    EXPECT_EQ(trace.CodesOf(1, trace.ObjectAt(&copy)).size(), 2u);
}

TEST_F(Recorder, UseAfterDestroyIsToldOnce) {
    Run([] {
        pthread_mutex_init(&mutex, nullptr);
        pthread_mutex_destroy(&mutex);
        pthread_mutex_lock(&mutex);
        pthread_mutex_lock(&mutex);
    });
    Trace trace;
    Read(&trace);
    std::vector<uint8_t> expected = {TC_EV_INIT, TC_EV_DESTROY, TC_EV_USE_DEAD};
    EXPECT_EQ(trace.CodesOf(1, trace.ObjectAt(&mutex)), expected);
}

TEST_F(Recorder, DestroyedMemoryMayBecomeAnotherObjectSilently) {
    Run([] {
        BecomeThreaded();
        for (int i = 0; i < 3; i++) {
            pthread_cond_init(&condition, nullptr);
            pthread_cond_signal(&condition);
            pthread_cond_destroy(&condition);
            condition = PTHREAD_COND_INITIALIZER; // as a constructor does it
            pthread_cond_signal(&condition);
            pthread_cond_destroy(&condition);
        }
    });
    Trace trace;
    Read(&trace);
    for (const auto &event : trace.threads[1]) {
        EXPECT_NE(event.code, TC_EV_USE_DEAD);
        EXPECT_NE(event.code, TC_EV_REINIT);
    }
}

TEST_F(Recorder, SecondInitSaysWhichObjectFollows) {
    Run([] {
        BecomeThreaded();
        pthread_mutex_init(&mutex, nullptr);
        pthread_mutex_init(&mutex, nullptr);
        Use(&mutex);
    });
    Trace trace;
    Read(&trace);
    uint32_t second = trace.ObjectAt(&mutex), first = trace.ObjectAt(&mutex, second);
    std::vector<uint8_t> expected = {TC_EV_INIT, TC_EV_REINIT};
    EXPECT_EQ(trace.CodesOf(1, first), expected);
    for (const auto &event : trace.threads[1])
        if (event.code == TC_EV_REINIT) {
            EXPECT_EQ(event.arg, second);
        }
}

TEST_F(Recorder, FreedMemoryEndsItsObjects) {
    static char *memory;
    memory = static_cast<char *>(
        mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    Run([] {
        BecomeThreaded();
        auto *locks = reinterpret_cast<pthread_mutex_t *>(memory);
        for (int i = 0; i < 100; i++)
            Use(&locks[i]);
        Use(&mutex);
        tc_thread *self = tc_enter();
        tc_memory_freed(self, reinterpret_cast<uintptr_t>(locks),
                        reinterpret_cast<uintptr_t>(locks + 99), 0);
        tc_leave(self);
        Use(&locks[0]); // the same bytes: a new object
    });
    Trace trace;
    Read(&trace);
    auto *locks = reinterpret_cast<pthread_mutex_t *>(memory);
    std::vector<uint8_t> freed = {TC_EV_ACQUIRE, TC_EV_RELEASE, TC_EV_FREED};
    for (int i = 1; i < 99; i++)
        EXPECT_EQ(trace.CodesOf(1, trace.ObjectAt(&locks[i])), freed);
    EXPECT_EQ(trace.CodesOf(1, trace.ObjectAt(&locks[99])).size(), 2u);
    EXPECT_EQ(trace.CodesOf(1, trace.ObjectAt(&mutex)).size(), 2u);
    EXPECT_EQ(trace.CodesOf(1, trace.ObjectAt(&locks[0])).size(), 2u);
}

// Robust, shared and copied identities go by the table and must behave the same.
TEST_F(Recorder, RobustAndSharedMutexesAreObjectsToo) {
    static pthread_mutex_t kinds[3];
    Run([] {
        BecomeThreaded();
        for (int i = 0; i < 3; i++) {
            pthread_mutexattr_t attributes;
            pthread_mutexattr_init(&attributes);
            if (i != 1)
                pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
            if (i != 0)
                pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
            pthread_mutex_init(&kinds[i], &attributes);
            Use(&kinds[i]);
            Use(&kinds[i]);
        }
    });
    Trace trace;
    Read(&trace);
    for (int i = 0; i < 3; i++) {
        uint32_t object = trace.ObjectAt(&kinds[i]);
        std::vector<uint8_t> codes = trace.CodesOf(1, object);
        codes.erase(std::remove(codes.begin(), codes.end(), TC_EV_REQUEST), codes.end());
        EXPECT_EQ(codes.size(), 5u);
        uint32_t attr = tc_trace_object(trace.trace, object)->attr;
        EXPECT_EQ((attr & TC_ATTR_ROBUST) != 0, i != 1);
        EXPECT_EQ((attr & TC_ATTR_SHARED_PROCESS) != 0, i != 0);
    }
}

TEST_F(Recorder, MoreObjectsThanOneTableHolds) {
    constexpr int kMany = 50000;
    static pthread_mutex_t many[kMany];
    static pthread_cond_t conditions[kMany / 10];
    Run([] {
        BecomeThreaded();
        for (pthread_mutex_t &one : many)
            Use(&one);
        for (pthread_cond_t &one : conditions)
            pthread_cond_signal(&one);
        for (pthread_mutex_t &one : many)
            Use(&one);
        for (pthread_cond_t &one : conditions)
            pthread_cond_signal(&one);
    });
    Trace trace;
    Read(&trace);
    std::map<uint32_t, int> uses;
    for (const auto &event : trace.threads[1])
        uses[event.object]++;
    int mutexes = 0, signalled = 0;
    for (const auto &[id, count] : uses) {
        const tc_meta_object *object = tc_trace_object(trace.trace, id);
        mutexes += object && object->type == TC_OBJECT_MUTEX && count == 4;
        signalled += object && object->type == TC_OBJECT_COND && count == 2;
    }
    EXPECT_EQ(mutexes, kMany);
    EXPECT_EQ(signalled, kMany / 10);
}

// The same stream from before the file: one thread locks for long, then there are two.
TEST_F(Recorder, CompactionKeepsIdentityAndOrder) {
    Run([] {
        pthread_mutex_init(&mutex, nullptr);
        pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;
        pthread_mutex_lock(&outer);
        for (int i = 0; i < 300000; i++)
            Use(&mutex);
        std::thread([] { Use(&mutex); }).join();
        pthread_mutex_unlock(&outer);
    });
    Trace trace;
    Read(&trace);
    uint32_t object = trace.ObjectAt(&mutex);
    ASSERT_NE(object, 0u);
    EXPECT_FALSE(tc_trace_object(trace.trace, object)->attr & TC_ATTR_NO_INIT_SEEN);
    std::vector<uint8_t> codes = trace.CodesOf(1, object);
    size_t before = codes.size() - std::count(codes.begin(), codes.end(), TC_EV_STILL_HELD);
    EXPECT_LT(before, 200000u);
    EXPECT_EQ(trace.CodesOf(2, object).size(), 2u);
    for (const auto &event : trace.threads[2])
        if (event.object == object && event.code == TC_EV_ACQUIRE) {
            EXPECT_EQ(event.ticket, before + 1);
        }
    // STILL_HELD of the outer lock, then its release.
    EXPECT_EQ(trace.threads[1].front().code, TC_EV_STILL_HELD);
}

TEST_F(Recorder, StructsOfEndedThreadsAreUsedAgain) {
    static int *structs = static_cast<int *>(
        mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    Run([] {
        for (int i = 0; i < 500; i++)
            std::thread([] { Use(&mutex); }).join();
        for (tc_thread *thread = tc_threads; thread; thread = thread->next)
            ++*structs;
    });
    EXPECT_LT(*structs, 50);
    Trace trace;
    Read(&trace);
    EXPECT_EQ(tc_trace_thread_count(trace.trace), 501u);
    for (uint32_t thread = 2; thread <= 501; thread++)
        EXPECT_EQ(trace.threads[thread].back().code, TC_EV_THREAD_EXIT);
}

// Walked without a lock, by the hang watch, by a fork and by a thread that starts.
TEST_F(Recorder, ListOfThreadsIsWholeWhileStructsAreUsedAgain) {
    int status = Run([] {
        std::atomic<bool> over{false};
        std::atomic<int> broken{0};
        std::thread walker([&] {
            for (int most = 0; !over;) {
                int count = 0;
                for (tc_thread *thread = tc_threads; thread; thread = thread->next, count++)
                    broken += !__atomic_load_n(&thread->held, __ATOMIC_RELAXED);
                broken += count < most;
                most = std::max(most, count);
            }
        });
        for (int i = 0; i < 5000; i++)
            std::thread([] { Use(&mutex); }).join();
        over = true;
        walker.join();
        _exit(broken != 0);
    });
    EXPECT_EQ(status, 0);
}

} // namespace
