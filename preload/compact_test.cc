// compact_test.cc: what a compact trace keeps, what it leaves out, and that it is sound.
#include <array>
#include <set>
#include <thread>

#include <semaphore.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preload/recorder_fixture.h"

using recorder::Event;
using recorder::Recorder;
using recorder::Trace;

namespace {

pthread_mutex_t a, b, c;
sem_t sem;

void *Nothing(void *) {
    return nullptr;
}

// A second thread, so that a file is made.
void Begin(const char *record) {
    snprintf(tc_options.record, sizeof tc_options.record, "%s", record);
    pthread_t thread;
    pthread_create(&thread, nullptr, Nothing, nullptr);
    pthread_join(thread, nullptr);
}

__attribute__((noinline)) void Pair(pthread_mutex_t *outer, pthread_mutex_t *inner) {
    pthread_mutex_lock(outer);
    pthread_mutex_lock(inner);
    pthread_mutex_unlock(inner);
    pthread_mutex_unlock(outer);
}

// Always the same place.
__attribute__((noinline)) pthread_mutex_t *Made(pthread_mutex_t *mutex) {
    asm volatile("" : "+r"(mutex));
    pthread_mutex_init(mutex, nullptr);
    pthread_mutex_lock(mutex);
    pthread_mutex_unlock(mutex);
    return mutex;
}

class Compact : public Recorder {
  protected:
    off_t Size() const {
        struct stat about;
        return stat((directory_ + "/" + Files()[0]).c_str(), &about) == 0 ? about.st_size : -1;
    }
};

size_t CountOf(const Trace &trace, uint8_t code, uint32_t object) {
    size_t count = 0;
    for (auto &[thread, stream] : trace.threads)
        for (const Event &event : stream)
            count += event.code == code && event.object == object;
    return count;
}

uint64_t Omitted(const Trace &trace, uint32_t object) {
    uint64_t count = 0;
    for (auto &[thread, stream] : trace.threads)
        for (const Event &event : stream)
            count += event.code == TC_EV_OMITTED && event.object == object ? event.arg : 0;
    return count;
}

} // namespace

TEST_F(Compact, RepeatsAreCountedAndTheTraceStaysSmall) {
    EXPECT_EQ(Run([] {
                  Begin("compact");
                  for (int i = 0; i < 1000000; i++)
                      Pair(&a, &b);
                  tc_process_exit(0, true);
              }),
              0);
    EXPECT_LT(Size(), 1 << 20);
    Trace trace;
    Read(&trace);
    uint32_t id = trace.ObjectAt(&b);
    size_t kept = CountOf(trace, TC_EV_ACQUIRE, id);
    EXPECT_GE(kept, 1u);
    EXPECT_LT(kept, 100u);
    EXPECT_EQ(kept, CountOf(trace, TC_EV_RELEASE, id));
    EXPECT_EQ(kept + Omitted(trace, id), 1000000u);
    EXPECT_EQ(trace.damage.bad_records, 0u);
}

// More contexts than are at hand, so that mutexes are counted in themselves: nothing of that is
// lost to one that is destroyed or still there in the end, and one whose memory went away unseen
// harms nothing.
TEST_F(Compact, WithManyContextsEachMutexIsCountedToTheEnd) {
    constexpr int kRounds = 3000;
    static std::array<pthread_mutex_t, 300> many;
    EXPECT_EQ(Run([] {
                  Begin("compact");
                  void *page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                  auto *unseen = static_cast<pthread_mutex_t *>(page);
                  pthread_mutex_init(unseen, nullptr);
                  for (int round = 0; round < kRounds; round++) {
                      for (pthread_mutex_t &lock : many)
                          Pair(&lock, &b);
                      Pair(unseen, &c);
                  }
                  pthread_mutex_destroy(&many[7]);
                  syscall(SYS_munmap, page, 4096);
                  tc_process_exit(0, true);
              }),
              0);
    Trace trace;
    Read(&trace);
    auto total = [&](const pthread_mutex_t &mutex) {
        uint32_t id = trace.ObjectAt(&mutex);
        return CountOf(trace, TC_EV_ACQUIRE, id) + Omitted(trace, id);
    };
    // An acquire that is put off and written in the end is counted, too.
    for (const pthread_mutex_t &lock : many)
        EXPECT_NEAR(total(lock), kRounds, 1);
    EXPECT_NEAR(total(b), kRounds * static_cast<double>(many.size()), 4);
    EXPECT_NEAR(total(c), kRounds, 1);
    EXPECT_EQ(trace.damage.bad_records, 0u);
}

// What was put off stands before what is new, in the order in which it was taken.
TEST_F(Compact, WhatIsNewStandsInItsHeldSet) {
    EXPECT_EQ(Run([] {
                  Begin("compact");
                  for (int i = 0; i < 1000; i++)
                      Pair(&a, &b);
                  pthread_mutex_lock(&a);
                  for (int i = 0; i < 1000; i++) {
                      pthread_mutex_lock(&b);
                      pthread_mutex_unlock(&b);
                  }
                  pthread_mutex_lock(&c);
                  pthread_mutex_unlock(&c);
                  pthread_mutex_unlock(&a);
                  tc_process_exit(0, true);
              }),
              0);
    Trace trace;
    Read(&trace);
    std::set<uint32_t> held, with_c;
    for (const Event &event : trace.threads[1]) {
        if (event.code == TC_EV_ACQUIRE) {
            if (event.object == trace.ObjectAt(&c))
                with_c = held;
            held.insert(event.object);
        } else if (event.code == TC_EV_RELEASE) {
            EXPECT_EQ(held.erase(event.object), 1u);
        }
    }
    EXPECT_EQ(with_c, std::set<uint32_t>{trace.ObjectAt(&a)});
    EXPECT_TRUE(held.empty());
}

// More locks than can be put off at once, given back in the order in which they were taken, and a
// try among them: what is written in the end is what was done.
TEST_F(Compact, ManyLocksPutOffAreWrittenAsTheyWereTaken) {
    static std::array<pthread_mutex_t, 100> many;
    EXPECT_EQ(Run([] {
                  Begin("compact");
                  for (int round = 0; round < 50; round++) {
                      for (pthread_mutex_t &lock : many)
                          pthread_mutex_lock(&lock);
                      for (pthread_mutex_t &lock : many)
                          pthread_mutex_unlock(&lock);
                  }
                  for (int round = 0; round < 50; round++) {
                      pthread_mutex_lock(&a);
                      if (pthread_mutex_trylock(&b) == 0 && round == 49)
                          pthread_mutex_lock(&c);
                      pthread_mutex_unlock(&a);
                      pthread_mutex_unlock(&b);
                  }
                  pthread_mutex_unlock(&c);
                  tc_process_exit(0, true);
              }),
              0);
    Trace trace;
    Read(&trace);
    std::set<uint32_t> held, with_c;
    for (const Event &event : trace.threads[1]) {
        if (event.code == TC_EV_ACQUIRE || event.code == TC_EV_ACQUIRE_TRY) {
            EXPECT_EQ(event.code == TC_EV_ACQUIRE_TRY, event.object == trace.ObjectAt(&b));
            if (event.object == trace.ObjectAt(&c))
                with_c = held;
            held.insert(event.object);
        } else if (event.code == TC_EV_RELEASE) {
            EXPECT_EQ(held.erase(event.object), 1u);
        }
    }
    EXPECT_EQ(with_c, (std::set<uint32_t>{trace.ObjectAt(&a), trace.ObjectAt(&b)}));
    EXPECT_TRUE(held.empty());
    EXPECT_EQ(trace.damage.bad_records, 0u);
}

// Tickets of an object are taken for what is kept only: those of all threads have no gap.
TEST_F(Compact, TicketsHaveNoGap) {
    EXPECT_EQ(Run([] {
                  Begin("compact");
                  std::array<std::thread, 4> threads;
                  for (std::thread &thread : threads)
                      thread = std::thread([] {
                          for (int i = 0; i < 20000; i++) {
                              Pair(&a, &b);
                              Pair(&b, &c);
                          }
                      });
                  for (std::thread &thread : threads)
                      thread.join();
                  tc_process_exit(0, true);
              }),
              0);
    Trace trace;
    Read(&trace);
    for (pthread_mutex_t *mutex : {&a, &b, &c}) {
        uint32_t id = trace.ObjectAt(mutex);
        uint64_t events = 0, last = 0;
        for (auto &[thread, stream] : trace.threads)
            for (const Event &event : stream) {
                if (event.object != id ||
                    (event.code != TC_EV_ACQUIRE && event.code != TC_EV_RELEASE))
                    continue;
                events++;
                last = std::max(last, event.ticket);
            }
        EXPECT_GT(events, 0u);
        EXPECT_LE(last, events);
    }
}

TEST_F(Compact, SemaphoreIsKeptUpToItsShare) {
    EXPECT_EQ(Run([] {
                  Begin("compact");
                  sem_init(&sem, 0, 0);
                  for (int i = 0; i < 100000; i++) {
                      sem_post(&sem);
                      sem_wait(&sem);
                  }
                  tc_process_exit(0, true);
              }),
              0);
    EXPECT_LT(Size(), 1 << 20);
    Trace trace;
    Read(&trace);
    uint32_t id = trace.ObjectAt(&sem);
    size_t kept = CountOf(trace, TC_EV_RELEASE_COUNTED, id);
    EXPECT_GT(kept, 1000u);
    EXPECT_LT(kept, 10000u);
    EXPECT_GT(Omitted(trace, id), 0u);
}

bool SomebodyWaits() {
    for (tc_thread *thread = __atomic_load_n(&tc_threads, __ATOMIC_ACQUIRE); thread;
         thread = thread->next)
        if (__atomic_load_n(&thread->waiting.object, __ATOMIC_RELAXED))
            return true;
    return false;
}

// A thread that waits shows for what and what it holds, also where it waited often before.
TEST_F(Compact, WaitIsThereWhileItLasts) {
    EXPECT_EQ(Run([] {
                  Begin("compact");
                  std::thread waiter([] {
                      for (;;)
                          Pair(&a, &b);
                  });
                  for (int i = 0; i < 200; i++) {
                      pthread_mutex_lock(&b);
                      usleep(1000);
                      while (i == 199 && !SomebodyWaits())
                          usleep(1000);
                      if (i < 199)
                          pthread_mutex_unlock(&b);
                      usleep(100);
                  }
                  usleep(200000); // it has said so and goes to sleep
                  kill(getpid(), SIGKILL);
              }),
              SIGKILL);
    Trace trace;
    Read(&trace);
    const std::vector<Event> &stream = trace.threads.rbegin()->second;
    ASSERT_GE(stream.size(), 2u);
    EXPECT_EQ(stream.back().code, TC_EV_REQUEST);
    EXPECT_EQ(stream.back().object, trace.ObjectAt(&b));
    EXPECT_EQ(stream[stream.size() - 2].code, TC_EV_STILL_HELD);
    EXPECT_EQ(stream[stream.size() - 2].object, trace.ObjectAt(&a));
    EXPECT_LT(CountOf(trace, TC_EV_REQUEST, trace.ObjectAt(&b)), 100u);
}

TEST_F(Compact, FullRecordingGoesOverAtItsLimit) {
    EXPECT_EQ(Run([] {
                  tc_options.trace_limit = 4 << 20;
                  Begin("full");
                  for (int i = 0; i < 4000000; i++)
                      Pair(&a, &b);
                  tc_process_exit(0, true);
              }),
              0);
    EXPECT_LT(Size(), 5 << 20);
    Trace trace;
    Read(&trace);
    EXPECT_TRUE(tc_trace_header(trace.trace)->flags & TC_HEADER_COMPACT);
    uint32_t id = trace.ObjectAt(&b);
    EXPECT_EQ(CountOf(trace, TC_EV_ACQUIRE, id) + Omitted(trace, id), 4000000u);
    EXPECT_EQ(tc_trace_lost(trace.trace), 0u);
}

// What a program makes and ends for ever leaves nothing but its first lives in the trace.
TEST_F(Compact, ObjectsMadeForEverAreToldOfAtFirstOnly) {
    EXPECT_EQ(Run([] {
                  Begin("compact");
                  for (int i = 0; i < 20000; i++) {
                      pthread_mutex_t brief = PTHREAD_MUTEX_INITIALIZER;
                      pthread_mutex_init(&brief, nullptr);
                      Pair(&a, &brief);
                      pthread_mutex_destroy(&brief);
                      sem_t signal;
                      sem_init(&signal, 0, 0);
                      sem_post(&signal);
                      sem_wait(&signal);
                      sem_destroy(&signal);
                  }
                  tc_process_exit(0, true);
              }),
              0);
    EXPECT_LT(Size(), 2 << 20);
    Trace trace;
    Read(&trace);
    EXPECT_LT(tc_trace_object_count(trace.trace), 10000u);
    EXPECT_EQ(tc_trace_lost(trace.trace), 0u);
    EXPECT_EQ(trace.damage.bad_records, 0u);
}

// A lock of a kind of which many have ended is told of once something happens with it.
TEST_F(Compact, BriefObjectIsToldOfWhenItMatters) {
    EXPECT_EQ(Run([] {
                  Begin("compact");
                  static pthread_mutex_t last;
                  for (volatile int i = 0; i < 1000; i++) { // one loop, not split into two
                      pthread_mutex_t *made = Made(i < 999 ? new pthread_mutex_t : &last);
                      if (made == &last)
                          continue;
                      pthread_mutex_destroy(made);
                      delete made;
                  }
                  Pair(&b, &last); // new
                  pthread_mutex_destroy(&last);
                  pthread_mutex_lock(&last); // misuse
                  tc_process_exit(0, true);
              }),
              0);
    Trace trace;
    Read(&trace);
    uint32_t id = 0;
    for (auto &[thread, stream] : trace.threads)
        for (const Event &event : stream)
            id = event.code == TC_EV_USE_DEAD ? event.object : id;
    ASSERT_NE(id, 0u);
    const tc_meta_object *object = tc_trace_object(trace.trace, id);
    ASSERT_NE(object, nullptr);
    EXPECT_EQ(object->type, TC_OBJECT_MUTEX);
    EXPECT_EQ(CountOf(trace, TC_EV_ACQUIRE, id), 1u); // within `b`
    EXPECT_EQ(CountOf(trace, TC_EV_DESTROY, id), 1u);
}

// A thread that does what many before it did has no chunk; one that does something new has all.
TEST_F(Compact, ThreadsMadeForEverTakeNoChunks) {
    EXPECT_EQ(Run([] {
                  Begin("compact");
                  for (long i = 0; i < 3000; i++) {
                      pthread_t thread;
                      pthread_create(
                          &thread, nullptr,
                          [](void *number) -> void * {
                              Pair(&a, &b);
                              if ((long)number == 2999)
                                  Pair(&b, &a);
                              return nullptr;
                          },
                          (void *)i);
                      pthread_join(thread, nullptr);
                  }
                  tc_process_exit(0, true);
              }),
              0);
    EXPECT_LT(Size(), 8 << 20);
    Trace trace;
    Read(&trace);
    const std::vector<Event> &last = trace.threads.rbegin()->second;
    ASSERT_GE(last.size(), 6u);
    EXPECT_EQ(last.front().code, TC_EV_THREAD_START);
    EXPECT_EQ(last.back().code, TC_EV_THREAD_EXIT);
    EXPECT_LT(trace.threads.size(), 2500u);
    EXPECT_EQ(tc_trace_lost(trace.trace), 0u);
}

// Above the limit there is some space for what must not be missed, and then no more: a loss that is
// counted, and nothing that the program sees.
TEST_F(Compact, TraceNeverOutgrowsItsLimitByMuch) {
    for (uint64_t limit : {1ull, 4096ull, 65536ull, 1ull << 20}) {
        EXPECT_EQ(Run([limit] {
                      tc_options.trace_limit = limit;
                      Begin("full");
                      static std::array<pthread_mutex_t, 60000> many; // each a life of its own
                      for (pthread_mutex_t &mutex : many)
                          if (pthread_mutex_init(&mutex, nullptr) != 0 ||
                              pthread_mutex_lock(&mutex) != 0 || pthread_mutex_unlock(&mutex) != 0)
                              abort();
                      tc_process_exit(0, true);
                  }),
                  0);
        EXPECT_LE((uint64_t)Size(), limit + limit / 4 + (1 << 20)) << limit;
        Trace trace;
        Read(&trace);
        EXPECT_TRUE(tc_trace_header(trace.trace)->flags & TC_HEADER_LIMIT) << limit;
        EXPECT_GT(tc_trace_lost(trace.trace), 0u) << limit;
        EXPECT_GT(tc_trace_header(trace.trace)->lost[TC_LOSS_LIMIT], 0u) << limit;
        EXPECT_EQ(trace.damage.bad_records, 0u) << limit;
        for (const std::string &name : Files())
            unlink((directory_ + "/" + name).c_str());
    }
}
