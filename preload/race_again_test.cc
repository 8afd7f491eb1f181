// race_again_test.cc: reads that are made again at a later clock, which the core renews without a
// look at others: what was written since is seen all the same, in each order and at the same
// moment.
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

pthread_mutex_t locks[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                            PTHREAD_MUTEX_INITIALIZER};
alignas(64) uint64_t words[4];

struct Step {
    enum Kind { kLock, kUnlock, kRead, kWrite } kind;
    unsigned thread, what, number;
};
using Steps = std::vector<Step>;

// All accesses are made by the same line: for a read to be the same again its stack has to be.
void Perform(unsigned threads, const Steps &steps) {
    Turns turns(threads);
    for (const Step &step : steps)
        turns.In(step.thread, [&step] {
            if (step.kind == Step::kLock)
                pthread_mutex_lock(&locks[step.what]);
            else if (step.kind == Step::kUnlock)
                pthread_mutex_unlock(&locks[step.what]);
            else
                Access(&words[step.what], 8, step.kind == Step::kWrite, step.number);
        });
    turns.End();
}

// A new clock for the thread, and all that others told by this lock.
void Meet(Steps *steps, unsigned thread, unsigned lock) {
    steps->push_back({Step::kLock, thread, lock, 0});
    steps->push_back({Step::kUnlock, thread, lock, 0});
}

// The places of accesses lie as far apart as instructions do: a thread remembers the stacks at more
// than one of them.
constexpr unsigned kRead = 0x10, kReadToo = 0x20, kWrite = 0x30, kOther = 0x40;

// Reads three times, each at a clock of its own: the last is renewed.
void ReadOften(Steps *steps, unsigned thread, unsigned what, unsigned number, unsigned lock) {
    for (unsigned times = 0; times < 3; times++) {
        steps->push_back({Step::kRead, thread, what, number});
        Meet(steps, thread, lock);
    }
}

class RaceAgain : public Recorder {
  public:
    void Told(unsigned threads, const Steps &steps, const Pairs &expected) {
        ASSERT_EQ(Run([&] {
                      LookForRaces();
                      Perform(threads, steps);
                  }),
                  0);
        Trace trace;
        ASSERT_NO_FATAL_FAILURE(Read(&trace));
        EXPECT_EQ(race::Told(trace), expected);
    }
};

TEST_F(RaceAgain, ReadThatIsRenewedRacesWithALaterWrite) {
    Steps steps;
    ReadOften(&steps, 0, 0, kRead, 1);
    Meet(&steps, 1, 1);
    steps.push_back({Step::kRead, 0, 0, kRead});
    steps.push_back({Step::kWrite, 1, 0, kWrite}); // after all reads but the last
    Told(2, steps, {{kRead, kWrite}});
}

// The write comes after all reads that were made, so that only what follows it races; and that is
// told of each place that reads.
TEST_F(RaceAgain, WriteIsSeenByTheNextRenewalAndByEachPlace) {
    Steps steps;
    ReadOften(&steps, 0, 0, kRead, 1);
    ReadOften(&steps, 0, 1, kReadToo, 1);
    Meet(&steps, 1, 1);
    steps.push_back({Step::kWrite, 1, 0, kWrite});
    ReadOften(&steps, 0, 0, kRead, 0); // nobody else takes that
    ReadOften(&steps, 0, 0, kReadToo, 0);
    Told(2, steps, {{kRead, kWrite}, {kReadToo, kWrite}});
}

// Nor is the word to look lost where a read of other bytes joins the first at the same clock.
TEST_F(RaceAgain, WriteIsSeenAfterItsThreadHasGoneOn) {
    Steps steps;
    ReadOften(&steps, 0, 0, kRead, 1);
    Meet(&steps, 1, 1);
    steps.push_back({Step::kWrite, 1, 0, kWrite});
    ReadOften(&steps, 1, 1, kOther, 2);
    ReadOften(&steps, 0, 1, kReadToo, 0);
    ReadOften(&steps, 0, 0, kRead, 0);
    Told(2, steps, {{kRead, kWrite}});
}

TEST_F(RaceAgain, WriteByAThreadOfTheSameCellIsSeen) {
    Steps steps;
    ReadOften(&steps, 0, 0, kRead, 1);
    Meet(&steps, TC_RACE_CELLS, 1); // slots are given out in order: it shares the first one's cell
    steps.push_back({Step::kWrite, TC_RACE_CELLS, 0, kWrite});
    ReadOften(&steps, 0, 0, kRead, 0);
    Told(TC_RACE_CELLS + 1, steps, {{kRead, kWrite}});
}

TEST_F(RaceAgain, OrderedReadsAndWritesAreNoRace) {
    Steps steps;
    for (unsigned round = 0; round < 6; round++)
        for (unsigned thread = 0; thread < 3; thread++) {
            ReadOften(&steps, thread, 0, kRead, 1);
            if (round == 3 && thread == 1) {
                steps.push_back({Step::kWrite, thread, 0, kWrite});
                Meet(&steps, thread, 1);
                Meet(&steps, 2, 1);
            }
            Meet(&steps, (thread + 1) % 3, 1);
        }
    Told(3, steps, {});
}

// What a thread that ended had looked at says nothing of the next one in its slot.
TEST_F(Recorder, ThreadThatTakesOverASlotLooksForItself) {
    constexpr unsigned kMany = 300;
    static uint64_t shared[kMany + 1];
    static std::atomic<unsigned> ended;
    auto meet = [] {
        pthread_mutex_lock(&locks[1]);
        pthread_mutex_unlock(&locks[1]);
    };
    // From `first` to `last`, each three times; `meeting`: at clocks of their own, after the write.
    auto read = [=](unsigned first, unsigned last, bool meeting) {
        for (unsigned i = first; i <= last; i++)
            for (unsigned times = 0; times < 3; times++) {
                if (meeting)
                    meet();
                Access(&shared[i], 8, false, 1);
            }
    };
    auto detached = [=](unsigned first, unsigned last, bool meeting) {
        unsigned before = ended;
        std::thread([=] {
            read(first, last, meeting);
            ended++;
        }).detach();
        while (ended == before)
            sched_yield();
    };
    ASSERT_EQ(Run([&] {
                  LookForRaces();
                  Turns turns(1);
                  turns.In(0, [] {
                      pthread_mutex_lock(&locks[1]);
                      for (unsigned i = 1; i <= kMany; i++)
                          Access(&shared[i], 8, true, 10 + i);
                      pthread_mutex_unlock(&locks[1]);
                  });
                  for (unsigned i = 1; i <= kMany; i++)
                      detached(i, i, true);
                  detached(0, kMany, false); // nobody wrote to the first
                  turns.End();
              }),
              0);
    Trace trace;
    ASSERT_NO_FATAL_FAILURE(Read(&trace));
    Pairs told = Told(trace);
    for (unsigned i = 1; i <= kMany; i++)
        EXPECT_TRUE(told.count({1, 10 + i}) || told.count({0, 1})) << i;
}

// Random programs as in race_test.cc, but longer, of few places, and mostly reads.
constexpr unsigned kThreads = 4;

struct Program {
    Steps steps;
    Pairs races;
};

Program Make(unsigned seed) {
    std::mt19937 random(seed);
    struct Past {
        unsigned thread, clock, what, number;
        bool write;
    };
    Program program;
    std::vector<Past> past;
    std::array<std::array<unsigned, kThreads>, kThreads> clock = {};
    std::array<std::array<unsigned, kThreads>, 2> lock = {};
    std::array<int, kThreads> held;
    held.fill(-1);
    for (unsigned i = 0; i < kThreads; i++)
        clock[i][i] = 1;
    auto unlock = [&](unsigned me) {
        unsigned which = static_cast<unsigned>(held[me]);
        lock[which] = clock[me];
        clock[me][me]++;
        held[me] = -1;
        program.steps.push_back({Step::kUnlock, me, which, 0});
    };
    unsigned unlocked = seed % 3 ? 40 : 0; // one access in so many is made without its lock
    for (unsigned i = 0; i < 500; i++) {
        unsigned me = random() % kThreads, what = random() % 4;
        bool alone = unlocked && random() % unlocked == 0, write = random() % 8 == 0;
        if (held[me] >= 0 && random() % 2) {
            unlock(me);
            continue;
        }
        unsigned wanted = what % 2;
        bool taken = std::count(held.begin(), held.end(), static_cast<int>(wanted));
        if (held[me] < 0 && !taken && !alone) {
            held[me] = static_cast<int>(wanted);
            for (unsigned j = 0; j < kThreads; j++)
                clock[me][j] = std::max(clock[me][j], lock[wanted][j]);
            program.steps.push_back({Step::kLock, me, wanted, 0});
        }
        if (held[me] != static_cast<int>(wanted) && !alone)
            continue;
        unsigned number = (1 + me * 8 + what * 2 + write) * kRead;
        for (const Past &then : past)
            if (then.thread != me && then.what == what && (write || then.write) &&
                then.clock > clock[me][then.thread])
                program.races.insert(
                    {std::min(then.number, number), std::max(then.number, number)});
        past.push_back({me, clock[me][me], what, number, write});
        program.steps.push_back({write ? Step::kWrite : Step::kRead, me, what, number});
    }
    for (unsigned i = 0; i < kThreads; i++)
        if (held[i] >= 0)
            unlock(i);
    return program;
}

TEST_F(Recorder, RandomProgramsOfFewPlacesAreJudgedAsByTheModel) {
    unsigned racy = 0, found = 0;
    for (unsigned seed = 1; seed <= 40; seed++) {
        Program program = Make(seed);
        ASSERT_EQ(Run([&program] {
                      LookForRaces();
                      Perform(kThreads, program.steps);
                  }),
                  0);
        Trace trace;
        ASSERT_NO_FATAL_FAILURE(Read(&trace));
        Pairs told = Told(trace);
        for (const auto &pair : told)
            EXPECT_TRUE(!pair.first || program.races.count(pair))
                << "seed " << seed << ": " << pair.first << " and " << pair.second
                << " are ordered";
        EXPECT_EQ(program.races.empty(), told.empty()) << "seed " << seed;
        racy += program.races.size();
        found += told.size();
        TearDown();
        SetUp();
    }
    EXPECT_GT(racy, 100u);
    EXPECT_GT(found, racy * 8 / 10); // of several threads' accesses the newest are kept
}

// A renewal and another thread's write at the very same moment, over and over.
TEST_F(Recorder, RenewalAndWriteMeet) {
    constexpr unsigned kRounds = 800;
    static uint64_t shared[kRounds], warm[2];
    static std::atomic<unsigned> arrived{0};
    auto ready = [](unsigned target) {
        arrived++;
        for (unsigned spins = 0; arrived < target; spins++)
            if (spins > 2000)
                sched_yield();
    };
    auto meet = [] {
        pthread_mutex_lock(&locks[1]);
        pthread_mutex_unlock(&locks[1]);
    };
    auto work = [=](unsigned me) {
        for (unsigned times = 0; times < 4; times++) {
            if (times == 3) {
                ready(2);
                meet();
            }
            for (unsigned i = 0; i < kRounds && (!me || times == 3); i++)
                for (uint64_t *word : {&warm[me], &shared[i]}) {
                    if (times == 3 && word == &shared[i])
                        ready(2 + 2 * (i + 1));
                    Access(word, 8, me, 1 + 2 * i + me);
                }
            if (times < 3)
                meet();
        }
    };
    ASSERT_EQ(Run([&] {
                  LookForRaces();
                  std::thread one(work, 0), two(work, 1);
                  one.join();
                  two.join();
              }),
              0);
    Trace trace;
    ASSERT_NO_FATAL_FAILURE(Read(&trace));
    Pairs told = Told(trace);
    for (unsigned i = 0; i < kRounds; i++)
        EXPECT_TRUE(told.count({1 + 2 * i, 2 + 2 * i})) << i;
    EXPECT_EQ(tc_trace_race_count(trace.trace), kRounds);
}

} // namespace
