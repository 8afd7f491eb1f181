// libc_short_test.cc: what is done in libc's place leaves an object as libc itself would.
#include <cstring>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

extern "C" {
#include "preload/libc_short.h"
#include "preload/real.h"
}

namespace {

constexpr uint64_t kWaiter = 1ull << 32; // of a semaphore
constexpr unsigned kFlags = 8;           // below the readers of a read-write lock

pthread_rwlock_t ReadWriteLock(unsigned readers) {
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    lock.__data.__readers = readers;
    return lock;
}

sem_t Semaphore(uint64_t units) {
    sem_t sem;
    memset(&sem, 0, sizeof sem);
    memcpy(&sem, &units, sizeof units);
    return sem;
}

bool Unlock(pthread_mutex_t *mutex) {
    return tc_libc_is_locked_plain(mutex) && tc_libc_unlock_plain(mutex) == 0;
}

// What ours says when it does nothing.
template <typename Object> bool IsUntouched(const Object &now, const Object &before) {
    return memcmp(&now, &before, sizeof now) == 0;
}

template <typename Object, typename Ours, typename Libcs>
void ExpectTheSame(const Object &before, bool done, Ours ours, Libcs libcs) {
    Object by_us = before, by_libc = before;
    EXPECT_EQ(ours(&by_us), done && tc_process.libc_known);
    if (done && tc_process.libc_known) {
        EXPECT_EQ(libcs(&by_libc), 0);
        EXPECT_TRUE(IsUntouched(by_us, by_libc));
    } else {
        EXPECT_TRUE(IsUntouched(by_us, before));
    }
}

TEST(LibcShort, ThisLibcIsKnown) {
    EXPECT_EQ(tc_process.libc_known != 0, tc_libc_look());
#if defined(__x86_64__)
    EXPECT_TRUE(tc_libc_look());
#endif
}

pthread_mutex_t Mutex(int word, int kind) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    mutex.__data.__kind = kind;
    mutex.__data.__lock = word;
    if (word) {
        mutex.__data.__owner = gettid();
        mutex.__data.__nusers = 1;
    }
    return mutex;
}

TEST(LibcShort, LocksAMutexThatIsFree) {
    auto ours = [](pthread_mutex_t *mutex) { return tc_libc_lock(mutex, gettid()); };
    for (int word : {0, 1, 2})
        for (int kind : {0, 1, 2, 3, 16, 128})
            ExpectTheSame(Mutex(word, kind), word == 0 && kind == 0, ours,
                          tc_real.pthread_mutex_trylock);
}

TEST(LibcShort, UnlocksAMutexThatNobodyWaitsFor) {
    for (int word : {0, 1, 2})
        for (int kind : {0, 1, 2, 3, 128})
            ExpectTheSame(Mutex(word, kind), word == 1 && kind == 0, Unlock,
                          tc_real.pthread_mutex_unlock);
}

// Those who begin to wait while it is unlocked are woken: a lost one hangs the test.
TEST(LibcShort, WakesWhoeverWaits) {
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static long count;
    auto work = [](void *) -> void * {
        for (int i = 0; i < 200000; i++) {
            if (!tc_libc_lock(&mutex, gettid()))
                tc_real.pthread_mutex_lock(&mutex);
            count++;
            if (!Unlock(&mutex))
                tc_real.pthread_mutex_unlock(&mutex);
        }
        return nullptr;
    };
    pthread_t threads[3];
    for (pthread_t &thread : threads)
        pthread_create(&thread, nullptr, work, nullptr);
    for (pthread_t &thread : threads)
        pthread_join(thread, nullptr);
    EXPECT_EQ(count, 600000);
    EXPECT_EQ(mutex.__data.__lock, 0);
    EXPECT_EQ(mutex.__data.__nusers, 0u);
}

TEST(LibcShort, ReadsWhatNobodyWritesOrWaitsFor) {
    for (unsigned readers : {0u, 1u, 2u, 1000u})
        for (unsigned flags = 0; flags < kFlags; flags++)
            ExpectTheSame(ReadWriteLock(readers * kFlags + flags), flags == 0, tc_libc_read,
                          tc_real.pthread_rwlock_tryrdlock);
    ExpectTheSame(ReadWriteLock(0x7ffffff8u), false, tc_libc_read,
                  tc_real.pthread_rwlock_tryrdlock);
}

TEST(LibcShort, EndsAReadThatNobodyWaitsFor) {
    for (unsigned readers : {0u, 1u, 2u, 1000u})
        for (unsigned flags = 0; flags < kFlags; flags++)
            ExpectTheSame(ReadWriteLock(readers * kFlags + flags), flags == 0 && readers,
                          tc_libc_end_read, tc_real.pthread_rwlock_unlock);
}

TEST(LibcShort, TakesASpinlockThatIsFree) {
    for (int value : {1, 0, -1, -5}) {
        ExpectTheSame(value, value == 1, tc_libc_spin, tc_real.pthread_spin_trylock);
        ExpectTheSame(value, true, tc_libc_end_spin, tc_real.pthread_spin_unlock);
    }
}

TEST(LibcShort, TakesAUnitThatIsThere) {
    for (uint64_t waiters : {uint64_t{0}, kWaiter, 3 * kWaiter})
        for (uint64_t units : {0ull, 1ull, 2ull, 0x7fffffffull})
            ExpectTheSame(Semaphore(waiters + units), units != 0, tc_libc_take,
                          tc_real.sem_trywait);
}

TEST(LibcShort, GivesAUnitThatNobodyWaitsFor) {
    for (uint64_t waiters : {uint64_t{0}, kWaiter, 3 * kWaiter})
        for (uint64_t units : {0ull, 1ull, 2ull, 0x7ffffffeull, 0x7fffffffull})
            ExpectTheSame(Semaphore(waiters + units), !waiters && units < 0x7fffffff, tc_libc_post,
                          tc_real.sem_post);
}

} // namespace
