// recorder_test.cc: what threads do arrives in the trace, in order, whole, and counted when lost.
#include "preload/recorder_fixture.h"

extern "C" {
#include "preload/file.h"
}

#include <atomic>
#include <random>

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

namespace {

using recorder::Event;
using recorder::Recorder;
using recorder::Trace;

pthread_mutex_t mutexes[8];
pthread_mutex_t recursive;
pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
sem_t semaphore;

// What the threads of a child did, told to the parent through shared memory.
struct Log {
    struct Entry {
        uint8_t code;
        const void *address;
    };
    static constexpr size_t kMax = 200000;
    std::atomic<size_t> count;
    uint32_t thread;
    Entry entries[kMax];

    void Add(uint8_t code, const void *address) {
        size_t at = count.load(std::memory_order_relaxed);
        entries[at] = {code, address};
        count.store(at + 1, std::memory_order_release);
    }
};

constexpr int kThreads = 4;
Log *logs;

Log *MapLogs() {
    void *memory = mmap(nullptr, kThreads * sizeof(Log), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return static_cast<Log *>(memory);
}

uint32_t MyIndex() {
    tc_thread *self = tc_enter();
    uint32_t index = tc_thread_index(self);
    tc_leave(self);
    return index;
}

void InitObjects() {
    for (pthread_mutex_t &mutex : mutexes)
        pthread_mutex_init(&mutex, nullptr);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive, &attributes);
    sem_init(&semaphore, 0, 3);
}

int rounds;

// Random operations that never block for ever; the log leaves out what only says that it waited.
void *Work(void *argument) {
    Log *log = static_cast<Log *>(argument);
    std::minstd_rand random(static_cast<unsigned>(log - logs) + 1);
    log->thread = MyIndex();
    for (int i = 0; i < rounds; i++) {
        pthread_mutex_t *first = &mutexes[random() % 4], *second = &mutexes[4 + random() % 4];
        switch (random() % 5) {
        case 0:
            pthread_mutex_lock(first);
            log->Add(TC_EV_ACQUIRE, first);
            log->Add(TC_EV_RELEASE, first);
            pthread_mutex_unlock(first);
            break;
        case 1: // released in the order of acquisition
            pthread_mutex_lock(first);
            log->Add(TC_EV_ACQUIRE, first);
            pthread_mutex_lock(second);
            log->Add(TC_EV_ACQUIRE, second);
            log->Add(TC_EV_RELEASE, first);
            pthread_mutex_unlock(first);
            log->Add(TC_EV_RELEASE, second);
            pthread_mutex_unlock(second);
            break;
        case 2:
            for (int level = 0; level < 3; level++) {
                pthread_mutex_lock(&recursive);
                log->Add(TC_EV_ACQUIRE, &recursive);
            }
            for (int level = 0; level < 3; level++) {
                log->Add(TC_EV_RELEASE, &recursive);
                pthread_mutex_unlock(&recursive);
            }
            break;
        case 3: {
            bool write = random() % 4 == 0;
            write ? pthread_rwlock_wrlock(&rwlock) : pthread_rwlock_rdlock(&rwlock);
            log->Add(write ? TC_EV_ACQUIRE : TC_EV_ACQUIRE_SHARED, &rwlock);
            log->Add(write ? TC_EV_RELEASE : TC_EV_RELEASE_SHARED, &rwlock);
            pthread_rwlock_unlock(&rwlock);
            break;
        }
        default:
            sem_wait(&semaphore);
            log->Add(TC_EV_ACQUIRE_COUNTED, &semaphore);
            log->Add(TC_EV_RELEASE_COUNTED, &semaphore);
            sem_post(&semaphore);
        }
    }
    return nullptr;
}

void RunThreads() {
    pthread_t threads[kThreads];
    for (int i = 0; i < kThreads; i++)
        pthread_create(&threads[i], nullptr, Work, &logs[i]);
    for (pthread_t thread : threads)
        pthread_join(thread, nullptr);
}

bool IsWait(uint8_t code) {
    return tc_event_table[code].effect == TC_EFFECT_REQUEST;
}

void ExpectSameAsLog(const Trace &trace, const Log &log, bool whole) {
    size_t at = 0, count = log.count;
    auto stream = trace.threads.find(log.thread);
    ASSERT_NE(stream, trace.threads.end());
    for (const Event &event : stream->second) {
        const tc_meta_object *object = tc_trace_object(trace.trace, event.object);
        ASSERT_NE(object, nullptr);
        if (IsWait(event.code) || object->type == TC_OBJECT_THREAD)
            continue;
        if (at == count)
            break; // killed between recording and logging
        ASSERT_EQ(event.code, log.entries[at].code) << "entry " << at;
        ASSERT_EQ(object->address, reinterpret_cast<uint64_t>(log.entries[at].address));
        at++;
    }
    if (whole)
        EXPECT_EQ(at, count);
    else
        EXPECT_GE(at + 1, count); // what was logged as about to happen may not have
}

// Merging the threads by tickets must use up every stream: no ticket twice, none missing.
void ExpectTicketsAreAnOrder(const Trace &trace) {
    std::map<uint32_t, uint64_t> last;
    std::map<uint32_t, size_t> at;
    bool moved = true;
    while (moved) {
        moved = false;
        for (const auto &[thread, events] : trace.threads)
            for (size_t &next = at[thread]; next < events.size(); next++, moved = true) {
                const Event &event = events[next];
                if (!(tc_event_table[event.code].flags & TC_FLAG_ORDERED))
                    continue;
                uint64_t &taken = last[event.object];
                if (event.ticket && event.ticket != taken + 1)
                    break;
                taken++;
            }
    }
    for (const auto &[thread, events] : trace.threads)
        EXPECT_EQ(at[thread], events.size()) << "thread " << thread << " waits for ever";
}

TEST_F(Recorder, OneThreadWithoutMisuseLeavesNothing) {
    int status = Run([] {
        InitObjects();
        for (int i = 0; i < 100000; i++) {
            pthread_mutex_lock(&mutexes[i % 8]);
            pthread_mutex_unlock(&mutexes[i % 8]);
        }
    });
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(Files().empty());
}

TEST_F(Recorder, MisuseOfOneThreadIsWritten) {
    Run([] {
        pthread_mutex_init(&mutexes[0], nullptr);
        pthread_mutex_lock(&mutexes[0]);
        pthread_mutex_unlock(&mutexes[0]);
        pthread_mutex_unlock(&mutexes[0]);
    });
    Trace trace;
    Read(&trace);
    std::vector<uint8_t> expected = {TC_EV_INIT, TC_EV_ACQUIRE, TC_EV_RELEASE, TC_EV_RELEASE};
    EXPECT_EQ(trace.CodesOf(1, trace.ObjectAt(&mutexes[0])), expected);
    EXPECT_NE(trace.threads[1].back().code, TC_EV_RELEASE); // PROCESS_EXIT comes last
}

TEST_F(Recorder, EveryEventOfEveryThreadArrivesInOrder) {
    logs = MapLogs();
    rounds = 30000;
    int status = Run([] {
        InitObjects();
        RunThreads();
    });
    ASSERT_EQ(status, 0);
    Trace trace;
    Read(&trace);
    EXPECT_EQ(tc_trace_lost(trace.trace), 0u);
    EXPECT_EQ(trace.damage.bad_records + trace.damage.empty_slots, 0u);
    for (int i = 0; i < kThreads; i++)
        ExpectSameAsLog(trace, logs[i], true);
    ExpectTicketsAreAnOrder(trace);
    EXPECT_TRUE(tc_trace_header(trace.trace)->flags & TC_HEADER_FINISHED);
}

TEST_F(Recorder, KillLeavesAllThatHappened) {
    for (int attempt = 0; attempt < 5; attempt++) {
        logs = MapLogs();
        rounds = 40000;
        Run([] {
            InitObjects();
            pthread_t thread;
            pthread_create(&thread, nullptr, Work, &logs[0]);
            while (logs[0].count < 3000)
                ;
            kill(getpid(), SIGKILL);
        });
        Trace trace;
        Read(&trace);
        EXPECT_EQ(trace.damage.bad_records, 0u);
        ExpectSameAsLog(trace, logs[0], false);
        EXPECT_FALSE(tc_trace_header(trace.trace)->flags & TC_HEADER_FINISHED);
        TearDown();
        SetUp();
    }
}

// The limit makes the disk "full"; no signal may come of it.
void LimitFileSize(rlim_t size) {
    rlimit limit = {size, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &limit);
}

// Fills what is there while it holds the seventh mutex; `last` says whether there is a reserve.
void FillDisk(bool last) {
    InitObjects();
    pthread_t thread;
    pthread_create(
        &thread, nullptr, [](void *) -> void * { return nullptr; }, nullptr);
    pthread_join(thread, nullptr);
    LimitFileSize(200 << 10);
    if (!last)
        tc_file.reserve = tc_file.reserve_end;
    pthread_mutex_lock(&mutexes[7]);
    logs[0].thread = MyIndex();
    for (int i = 0; i < rounds; i++) {
        pthread_mutex_lock(&mutexes[i % 7]);
        pthread_rwlock_rdlock(&rwlock);
        pthread_mutex_unlock(&mutexes[i % 7]);
        pthread_rwlock_unlock(&rwlock);
    }
    LimitFileSize(RLIM_INFINITY);
    usleep(30000);
    for (int i = 0; i < 5; i++) {
        pthread_mutex_lock(&mutexes[0]);
        pthread_mutex_unlock(&mutexes[0]);
    }
    pthread_mutex_unlock(&mutexes[7]);
}

TEST_F(Recorder, FullDiskIsCountedAndRecordingGoesOn) {
    logs = MapLogs();
    rounds = 60000;
    ASSERT_EQ(Run([] { FillDisk(false); }), 0);
    Trace trace;
    Read(&trace);
    uint64_t lost = tc_trace_lost(trace.trace);
    ASSERT_GT(lost, 0u);
    EXPECT_EQ(trace.lost_records, lost);
    EXPECT_EQ(trace.damage.bad_records, 0u);
    EXPECT_TRUE(tc_trace_header(trace.trace)->flags & TC_HEADER_NO_SPACE);
    std::vector<uint8_t> codes = trace.CodesOf(logs[0].thread, trace.ObjectAt(&mutexes[7]));
    std::vector<uint8_t> expected = {TC_EV_INIT, TC_EV_ACQUIRE, TC_EV_STILL_HELD, TC_EV_RELEASE};
    EXPECT_EQ(codes, expected);
    ExpectTicketsAreAnOrder(trace);
}

TEST_F(Recorder, OnAFullDiskTheReserveIsForWhatMatters) {
    logs = MapLogs();
    rounds = 60000;
    ASSERT_EQ(Run([] { FillDisk(true); }), 0);
    Trace trace;
    Read(&trace);
    EXPECT_EQ(tc_trace_lost(trace.trace), 0u);
    EXPECT_EQ(trace.damage.bad_records, 0u);
    EXPECT_TRUE(tc_trace_header(trace.trace)->flags & TC_HEADER_NO_SPACE);
    std::vector<uint8_t> codes = trace.CodesOf(logs[0].thread, trace.ObjectAt(&mutexes[7]));
    std::vector<uint8_t> expected = {TC_EV_INIT, TC_EV_ACQUIRE, TC_EV_RELEASE};
    EXPECT_EQ(codes, expected);
    ExpectTicketsAreAnOrder(trace);
}

TEST_F(Recorder, ForkedChildStartsOverWithWhatItHolds) {
    int status = Run([] {
        pthread_mutex_init(&mutexes[0], nullptr);
        pthread_mutex_lock(&mutexes[0]);
        if (fork() == 0) {
            pthread_mutex_unlock(&mutexes[0]);
            pthread_mutex_unlock(&mutexes[0]);
            _exit(0);
        }
        wait(nullptr);
    });
    ASSERT_EQ(status, 0);
    Trace trace;
    Read(&trace);
    uint32_t object = trace.ObjectAt(&mutexes[0]);
    std::vector<uint8_t> expected = {TC_EV_STILL_HELD, TC_EV_RELEASE, TC_EV_RELEASE};
    EXPECT_EQ(trace.CodesOf(1, object), expected);
    EXPECT_EQ(trace.threads[1].front().code, TC_EV_FORK_CHILD);
    EXPECT_TRUE(tc_trace_header(trace.trace)->flags & TC_HEADER_FORK_CHILD);
    // Where it was initialised is known although the parent did it.
    EXPECT_NE(tc_trace_stack(trace.trace, tc_trace_object(trace.trace, object)->stack).count, 0);
}

// After a fork that is how inherited locks are made usable.
TEST_F(Recorder, ForkedChildMayInitialiseAgain) {
    int status = Run([] {
        pthread_mutex_init(&mutexes[0], nullptr);
        if (fork() == 0) {
            pthread_mutex_init(&mutexes[0], nullptr);
            pthread_mutex_lock(&mutexes[0]);
            pthread_mutex_unlock(&mutexes[0]);
            pthread_mutex_unlock(&mutexes[0]);
            _exit(0);
        }
        wait(nullptr);
    });
    ASSERT_EQ(status, 0);
    Trace trace;
    Read(&trace);
    for (const Event &event : trace.threads[1])
        EXPECT_NE(event.code, TC_EV_REINIT);
}

TEST_F(Recorder, ClosedDescriptorIsFoundAgain) {
    logs = MapLogs();
    rounds = 40000;
    int status = Run([] {
        InitObjects();
        pthread_t thread;
        pthread_create(
            &thread, nullptr, [](void *) -> void * { return nullptr; }, nullptr);
        pthread_join(thread, nullptr);
        for (int fd = 3; fd < 2000; fd++)
            close(fd);
        while (open("/dev/null", O_RDWR) >= 0 && dup(0) < 1100)
            ;
        RunThreads();
    });
    ASSERT_EQ(status, 0);
    Trace trace;
    Read(&trace);
    EXPECT_EQ(tc_trace_lost(trace.trace), 0u);
    for (int i = 0; i < kThreads; i++)
        ExpectSameAsLog(trace, logs[i], true);
}

TEST_F(Recorder, ManyHeldAtOnce) {
    static pthread_mutex_t many[3000];
    int status = Run([] {
        pthread_t thread;
        pthread_create(
            &thread, nullptr, [](void *) -> void * { return nullptr; }, nullptr);
        pthread_join(thread, nullptr);
        for (pthread_mutex_t &mutex : many)
            pthread_mutex_lock(&mutex);
        for (pthread_mutex_t &mutex : many)
            pthread_mutex_unlock(&mutex);
    });
    ASSERT_EQ(status, 0);
    Trace trace;
    Read(&trace);
    std::vector<uint8_t> expected = {TC_EV_ACQUIRE, TC_EV_RELEASE};
    for (pthread_mutex_t &mutex : many)
        EXPECT_EQ(trace.CodesOf(1, trace.ObjectAt(&mutex)), expected);
}

} // namespace
