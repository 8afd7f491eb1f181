// race_test.cc: the race core against a naive model that keeps every access, and its limits: clocks
// that run out, more threads than slots, memory that begins a new life.
#include "preload/race_fixture.h"

#include <array>
#include <random>

#include <pthread.h>

namespace {

using race::Access;
using race::LookForRaces;
using race::Pairs;
using race::Told;
using race::Turns;
using recorder::Recorder;
using recorder::Trace;

// One random program: what it does, and which of its accesses race by the book.
struct Program {
    enum Kind { kLock, kUnlock, kRead, kWrite };
    struct Step {
        unsigned thread;
        Kind kind;
        unsigned what, size, number;
    };
    std::vector<Step> steps;
    Pairs races;
};
constexpr unsigned kThreads = 3, kLocks = 2, kBytes = 24;

Program Make(unsigned seed, bool whole_words) {
    std::mt19937 random(seed);
    Program program;
    struct Past {
        unsigned thread, clock, first, size, number;
        bool write;
    };
    std::vector<Past> past;
    std::array<std::array<unsigned, kThreads>, kThreads> clock = {};
    std::array<std::array<unsigned, kThreads>, kLocks> lock = {};
    std::array<int, kThreads> held;
    held.fill(-1);
    for (unsigned i = 0; i < kThreads; i++)
        clock[i][i] = 1;
    for (unsigned number = 1; number <= 60; number++) {
        unsigned me = random() % kThreads;
        unsigned wanted = random() % kLocks;
        bool busy = std::count(held.begin(), held.end(), static_cast<int>(wanted));
        if (held[me] >= 0 && random() % 4 == 0) {
            unsigned which = static_cast<unsigned>(held[me]);
            lock[which] = clock[me];
            clock[me][me]++;
            held[me] = -1;
            program.steps.push_back({me, Program::kUnlock, which, 0, number});
            continue;
        }
        if (held[me] < 0 && !busy && random() % 3 == 0) {
            held[me] = static_cast<int>(wanted);
            for (unsigned i = 0; i < kThreads; i++)
                clock[me][i] = std::max(clock[me][i], lock[wanted][i]);
            program.steps.push_back({me, Program::kLock, wanted, 0, number});
            continue;
        }
        unsigned size = whole_words ? 8 : 1u << random() % 4;
        unsigned first = random() % (kBytes / size) * size;
        bool write = random() % 2;
        for (const Past &then : past)
            if (then.thread != me && (write || then.write) && then.first < first + size &&
                first < then.first + then.size && then.clock > clock[me][then.thread])
                program.races.insert({then.number, number});
        past.push_back({me, clock[me][me], first, size, number, write});
        program.steps.push_back(
            {me, write ? Program::kWrite : Program::kRead, first, size, number});
    }
    for (unsigned i = 0; i < kThreads; i++)
        if (held[i] >= 0)
            program.steps.push_back(
                {i, Program::kUnlock, static_cast<unsigned>(held[i]), 0, 1000 + i});
    return program;
}

alignas(64) uint8_t bytes[kBytes];
pthread_mutex_t locks[kLocks] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};

void Perform(const Program &program) {
    Turns turns(kThreads);
    for (const Program::Step &step : program.steps)
        turns.In(step.thread, [&step] {
            if (step.kind == Program::kLock)
                pthread_mutex_lock(&locks[step.what]);
            else if (step.kind == Program::kUnlock)
                pthread_mutex_unlock(&locks[step.what]);
            else
                Access(bytes + step.what, step.size, step.kind == Program::kWrite, step.number);
        });
    turns.End();
}

// Whether that access races with one that went before; the line of that one may be lost.
bool Races(const Program &program, unsigned number) {
    return std::any_of(program.races.begin(), program.races.end(),
                       [number](const auto &pair) { return pair.second == number; });
}

class RaceModel : public Recorder, public ::testing::WithParamInterface<bool> {};

TEST_P(RaceModel, TellsNoRaceThatIsNoneAndFindsMostRacyPrograms) {
    unsigned racy = 0, found = 0;
    for (unsigned seed = 1; seed <= 60; seed++) {
        Program program = Make(seed, GetParam());
        ASSERT_EQ(Run([&program] {
                      LookForRaces();
                      Perform(program);
                  }),
                  0);
        Trace trace;
        ASSERT_NO_FATAL_FAILURE(Read(&trace));
        Pairs told = Told(trace);
        for (const auto &pair : told)
            EXPECT_TRUE(pair.first ? program.races.count(pair) : Races(program, pair.second))
                << "seed " << seed << ": " << pair.first << " and " << pair.second
                << " are ordered";
        racy += !program.races.empty();
        found += !program.races.empty() && !told.empty();
        TearDown();
        SetUp();
    }
    EXPECT_GT(racy, 20u);
    EXPECT_EQ(found, racy);
}
INSTANTIATE_TEST_SUITE_P(Accesses, RaceModel, ::testing::Bool());

TEST_F(Recorder, ClocksThatRunOutOrderAsBefore) {
    ASSERT_EQ(Run([] {
                  LookForRaces();
                  tc_race_clock_limit = 8;
                  Turns turns(2);
                  for (unsigned i = 1; i < 6000; i++)
                      turns.In(i % 2, [i] {
                          pthread_mutex_lock(&locks[0]);
                          Access(bytes, 4, true, 1 + i % 7);
                          pthread_mutex_unlock(&locks[0]);
                      });
                  /* The last of the 5999 was number 1, in the other thread. */
                  turns.In(0, [] { Access(bytes, 4, true, 100); });
                  turns.In(1, [] { Access(bytes, 4, true, 200); });
                  turns.End();
              }),
              0);
    Trace trace;
    ASSERT_NO_FATAL_FAILURE(Read(&trace));
    EXPECT_EQ(Told(trace), (Pairs{{1, 100}, {100, 200}}));
}

TEST_F(Recorder, MoreThreadsThanSlotsAreStillOrdered) {
    ASSERT_EQ(Run([] {
                  LookForRaces();
                  Turns turns(300);
                  for (unsigned round = 0; round < 2; round++)
                      for (unsigned i = 0; i < 300; i++)
                          turns.In(i, [i] {
                              pthread_mutex_lock(&locks[0]);
                              Access(bytes, 8, true, 1 + i % 50);
                              pthread_mutex_unlock(&locks[0]);
                          });
                  turns.End();
              }),
              0);
    Trace trace;
    ASSERT_NO_FATAL_FAILURE(Read(&trace));
    EXPECT_EQ(Told(trace), Pairs{});
}

TEST_F(Recorder, ManyShortThreadsUseSlotsInTurn) {
    ASSERT_EQ(Run([] {
                  LookForRaces();
                  for (unsigned i = 0; i < 1000; i++) {
                      std::thread([i] { Access(bytes, 8, true, 1 + i % 50); }).join();
                      Access(bytes, 8, true, 60);
                  }
              }),
              0);
    Trace trace;
    ASSERT_NO_FATAL_FAILURE(Read(&trace));
    EXPECT_EQ(Told(trace), Pairs{});
}

TEST_F(Recorder, MemoryThatBeginsANewLifeForgets) {
    static uint8_t large[1 << 20];
    ASSERT_EQ(Run([] {
                  LookForRaces();
                  Turns turns(2);
                  turns.In(0, [] {
                      for (size_t i = 0; i < sizeof large; i += 8)
                          Access(large + i, 8, true, 1);
                  });
                  uintptr_t low = reinterpret_cast<uintptr_t>(large);
                  turns.In(1, [low] {
                      tc_race_forget(low + 64, low + sizeof large - 64);
                      for (size_t i = 64; i < sizeof large - 64; i += 8)
                          Access(large + i, 8, true, 2);
                      Access(large + 56, 8, true, 3);
                      Access(large + sizeof large - 64, 8, false, 4);
                  });
                  turns.End();
              }),
              0);
    Trace trace;
    ASSERT_NO_FATAL_FAILURE(Read(&trace));
    EXPECT_EQ(Told(trace), (Pairs{{1, 3}, {1, 4}}));
}

TEST_F(Recorder, AtomicAccessesRaceWithPlainOnesOnly) {
    ASSERT_EQ(Run([] {
                  LookForRaces();
                  Turns turns(3);
                  turns.In(0, [] { Access(bytes, 4, true, 1, TC_ACCESS_ATOMIC); });
                  turns.In(1, [] { Access(bytes, 4, true, 2, TC_ACCESS_ATOMIC); });
                  turns.In(2, [] { Access(bytes, 4, false, 3); });
                  turns.End();
              }),
              0);
    Trace trace;
    ASSERT_NO_FATAL_FAILURE(Read(&trace));
    Pairs told = Told(trace);
    EXPECT_FALSE(told.count({1, 2}));
    EXPECT_TRUE(told.count({1, 3}) || told.count({2, 3}));
}

// Neither where they lie beside a plain access of their thread, after another one moved them.
TEST_F(Recorder, AtomicAccessesAreNotMixedWithPlainOnes) {
    ASSERT_EQ(Run([] {
                  LookForRaces();
                  Turns turns(2);
                  auto count = [](unsigned number) {
                      pthread_mutex_lock(&locks[0]);
                      Access(bytes, 4, true, number);
                      pthread_mutex_unlock(&locks[0]);
                  };
                  turns.In(1, [] { Access(bytes + 4, 4, false, 1, TC_ACCESS_ATOMIC); });
                  turns.In(1, [] { Access(bytes + 4, 4, true, 2, TC_ACCESS_ATOMIC); });
                  turns.In(0, [=] { count(3); });
                  turns.In(1, [=] { count(4); });
                  turns.In(0, [] { Access(bytes + 4, 4, true, 5, TC_ACCESS_ATOMIC); });
                  turns.End();
              }),
              0);
    Trace trace;
    ASSERT_NO_FATAL_FAILURE(Read(&trace));
    EXPECT_EQ(Told(trace), Pairs{});
}

// A flag that is set and read by moves: told once, and taken for a hand-over from then on.
TEST_F(Recorder, MovesThatHandOverOrderWhatComesAfter) {
    ASSERT_EQ(Run([] {
                  LookForRaces();
                  Turns turns(2);
                  uint8_t *data = bytes, *flag = bytes + 8;
                  turns.In(1, [=] { Access(flag, 4, false, 10, TC_ACCESS_PLAIN_MOVE); });
                  turns.In(0, [=] { Access(data, 4, true, 1); });
                  turns.In(0, [=] { Access(flag, 4, true, 2, TC_ACCESS_PLAIN_MOVE); });
                  turns.In(1, [=] { Access(flag, 4, false, 10, TC_ACCESS_PLAIN_MOVE); });
                  turns.In(1, [=] { Access(data, 4, false, 11); });
                  turns.End();
              }),
              0);
    Trace trace;
    ASSERT_NO_FATAL_FAILURE(Read(&trace));
    EXPECT_EQ(Told(trace), (Pairs{{2, 10}}));
}

// Two threads that touch memory for the first time at the very same moment, over and over, and that
// synchronise with nothing that the recorder sees: each pair is told, and once.
struct AtOnce {
    uint32_t first, second; // kinds of access
};
class RaceAtOnce : public Recorder, public ::testing::WithParamInterface<AtOnce> {};

TEST_P(RaceAtOnce, TwoFirstAccessesMeet) {
    constexpr unsigned kRounds = 800;
    static uint64_t shared[kRounds], warm[2];
    const AtOnce &kinds = GetParam();
    ASSERT_EQ(Run([&kinds] {
                  LookForRaces();
                  static std::atomic<unsigned> arrived{0};
                  auto work = [&kinds](unsigned me) {
                      for (unsigned i = 0; i < kRounds; i++) {
                          // The second access of a place is a short way: its stack is known.
                          for (void *place :
                               {static_cast<void *>(&warm[me]), static_cast<void *>(&shared[i])}) {
                              if (place == &shared[i]) {
                                  arrived++;
                                  for (unsigned spins = 0; arrived < 2 * (i + 1); spins++)
                                      if (spins > 2000)
                                          sched_yield();
                              }
                              Access(place, 8, false, 1 + 2 * i + me,
                                     me ? kinds.second : kinds.first);
                          }
                      }
                  };
                  std::thread one(work, 0), two(work, 1);
                  one.join();
                  two.join();
              }),
              0);
    Trace trace;
    ASSERT_NO_FATAL_FAILURE(Read(&trace));
    Pairs told = Told(trace);
    unsigned found = 0, exact = 0;
    for (unsigned i = 0; i < kRounds; i++) {
        unsigned one = 1 + 2 * i, two = one + 1;
        exact += told.count({one, two});
        found += told.count({one, two}) || told.count({0, one}) || told.count({0, two});
    }
    EXPECT_EQ(found, kRounds);
    if ((kinds.first | kinds.second) & TC_ACCESS_ATOMIC) {
        EXPECT_GT(exact,
                  kRounds * 9 / 10); // both may choose the same cell: then one's line is lost
    } else {
        EXPECT_EQ(exact, kRounds);
        EXPECT_EQ(tc_trace_race_count(trace.trace), kRounds);
    }
}
INSTANTIATE_TEST_SUITE_P(Kinds, RaceAtOnce,
                         ::testing::Values(AtOnce{TC_ACCESS_WRITE, TC_ACCESS_WRITE},
                                           AtOnce{TC_ACCESS_WRITE, 0},
                                           AtOnce{TC_ACCESS_WRITE | TC_ACCESS_ATOMIC, 0},
                                           AtOnce{TC_ACCESS_ATOMIC, TC_ACCESS_WRITE}));

TEST_F(Recorder, TheLineThatTouchedTheByteIsTold) {
    ASSERT_EQ(Run([] {
                  LookForRaces();
                  Turns turns(2);
                  turns.In(0, [] {
                      Access(bytes, 4, true, 1);
                      Access(bytes + 4, 4, true, 2);
                  });
                  turns.In(1, [] { Access(bytes, 4, false, 3); });
                  turns.End();
              }),
              0);
    Trace trace;
    ASSERT_NO_FATAL_FAILURE(Read(&trace));
    EXPECT_EQ(Told(trace), (Pairs{{1, 3}}));
}

// A thread that put an access beside its own cell is held up before it says where it was made, and
// finds another's in its place.
TEST_F(Recorder, AThreadThatWasHeldUpLeavesNoContextOfItsAtTheAccessOfAnother) {
    ASSERT_EQ(Run([] {
                  LookForRaces();
                  struct tc_granule *granule =
                      ::tc_granule(reinterpret_cast<uintptr_t>(bytes) & ~7ul);
                  const uint64_t held_up = 2ull << 56 | 1ull << 32,
                                 other = 3ull << 56 | 1ull << 32 | TC_CELL_LOOK;
                  uint16_t *context = &tc_notes(granule)->context[0];
                  const auto cell = [&] { return tc_race_cell(granule, 0); };
                  EXPECT_TRUE(tc_race_put_beside(granule, 0, cell(), other, 7));
                  tc_race_name(granule, 0, held_up, 5); // too late
                  EXPECT_EQ(*context, 7);
                  *context = 5; // it came between the other's two steps
                  tc_race_name(granule, 0, other, 7);
                  EXPECT_EQ(*context, 7);
                  EXPECT_EQ(cell(), other);
                  _exit(::testing::Test::HasFailure());
              }),
              0);
}

} // namespace
