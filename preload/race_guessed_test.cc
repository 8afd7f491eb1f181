// race_guessed_test.cc: movs on memory where movs count as atomic, made again and again, which the
// core settles without saving a register: they hand over what they handed over at first, no more.
#include "preload/race_fixture.h"

#include <pthread.h>

namespace {

using race::Access;
using race::LookForRaces;
using race::Pairs;
using race::Turns;
using recorder::Recorder;
using recorder::Trace;

pthread_mutex_t locks[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                            PTHREAD_MUTEX_INITIALIZER};
alignas(64) uint64_t words[4];

enum Word { kFlag, kData, kMore };
constexpr unsigned kMark = 0x10, kStore = 0x20, kLoad = 0x30, kWrite = 0x40, kRead = 0x50,
                   kPlain = 0x60;
constexpr unsigned kRounds = 5;

struct Step {
    enum Kind { kAccess, kLock, kTell, kLearn } kind;
    unsigned thread, what, number;
    bool write;
    uint32_t more;
};
using Steps = std::vector<Step>;

void Put(Steps *steps, unsigned thread, unsigned what, bool write, unsigned number,
         uint32_t more = TC_ACCESS_PLAIN_MOVE) {
    steps->push_back({Step::kAccess, thread, what, number, write, more});
}

// A new clock, and what others told by this lock; the lock of its own number nobody else takes.
void Meet(Steps *steps, unsigned thread, unsigned lock) {
    steps->push_back({Step::kLock, thread, lock, 0, false, 0});
}
void Tick(Steps *steps, unsigned thread) {
    Meet(steps, thread, thread);
}

// An atomic store or load of the flag of which nothing is put down: it orders, and is not met.
void Tell(Steps *steps, unsigned thread) {
    steps->push_back({Step::kTell, thread, kFlag, 0, false, 0});
}
void Learn(Steps *steps, unsigned thread) {
    steps->push_back({Step::kLearn, thread, kFlag, 0, false, 0});
}

// Something atomic is done to the flag, by a thread that does nothing else and that the others come
// after: they do not meet it.
void Mark(Steps *steps) {
    Put(steps, 2, kFlag, true, kMark, TC_ACCESS_ATOMIC | TC_ACCESS_MODIFY);
    for (unsigned thread : {2, 0, 1})
        Meet(steps, thread, 2);
}

// All accesses are made by the same line: for one to be the same again its stack has to be.
void Do(const Step &step) {
    uintptr_t word = reinterpret_cast<uintptr_t>(&words[step.what]);
    switch (step.kind) {
    case Step::kAccess:
        Access(&words[step.what], 8, step.write, step.number, step.more);
        break;
    case Step::kLock:
        pthread_mutex_lock(&locks[step.what]);
        pthread_mutex_unlock(&locks[step.what]);
        break;
    case Step::kTell:
        tc_race_atomic_release(word);
        break;
    case Step::kLearn:
        tc_race_atomic_acquire(word);
        break;
    }
}

void Perform(const Steps &steps) {
    Turns turns(3);
    for (const Step &step : steps)
        turns.In(step.thread, [&step] { Do(step); });
    turns.End();
}

// That movs on the flag are unordered is told as possible when they meet; not what is asked here.
bool IsOfTheFlag(unsigned number) {
    return number == kMark || number == kStore || number == kLoad;
}

class RaceGuessed : public Recorder {
  public:
    void Told(const Steps &steps, const Pairs &expected) {
        ASSERT_EQ(Run([&] {
                      LookForRaces();
                      Perform(steps);
                  }),
                  0);
        Trace trace;
        ASSERT_NO_FATAL_FAILURE(Read(&trace));
        Pairs told;
        for (const auto &pair : race::Told(trace))
            if (pair.first != kMark && !(IsOfTheFlag(pair.first) && IsOfTheFlag(pair.second)))
                told.insert(pair);
        EXPECT_EQ(told, expected);
    }
};

TEST_F(RaceGuessed, StoreAndLoadHandOverEachTime) {
    Steps steps;
    Mark(&steps);
    for (unsigned round = 0; round < kRounds; round++) {
        Put(&steps, 0, kData, true, kWrite);
        Put(&steps, 0, kFlag, true, kStore);
        Put(&steps, 1, kFlag, false, kLoad);
        Put(&steps, 1, kData, true, kRead);
        Put(&steps, 1, kFlag, true, kStore);
        Put(&steps, 0, kFlag, false, kLoad);
    }
    Told(steps, {});
}

TEST_F(RaceGuessed, WhatFollowsTheStoreIsNotHandedOver) {
    Steps steps;
    Mark(&steps);
    for (unsigned round = 0; round < kRounds; round++) {
        Put(&steps, 0, kFlag, true, kStore);
        Put(&steps, 1, kFlag, false, kLoad);
        Put(&steps, 1, kMore, false, kRead);
    }
    Put(&steps, 0, kData, true, kWrite, 0);
    Put(&steps, 1, kFlag, false, kLoad); // nothing new is there
    Put(&steps, 1, kData, false, kRead, 0);
    Told(steps, {{kWrite, kRead}});
}

TEST_F(RaceGuessed, LoadWithoutAStoreSinceLearnsNothing) {
    Steps steps;
    Mark(&steps);
    for (unsigned round = 0; round < kRounds; round++) {
        Put(&steps, 0, kFlag, false, kLoad);
        Put(&steps, 1, kFlag, false, kLoad);
        Tick(&steps, 0);
        Tick(&steps, 1);
    }
    Put(&steps, 0, kData, true, kWrite, 0);
    Tick(&steps, 0);
    Put(&steps, 1, kFlag, false, kLoad);
    Put(&steps, 1, kData, true, kPlain, 0);
    Told(steps, {{kWrite, kPlain}});
}

TEST_F(RaceGuessed, StoreThatIsMetByNobodyTells) {
    Steps steps;
    Mark(&steps);
    for (unsigned round = 0; round < kRounds; round++) {
        Put(&steps, 0, kData, true, kWrite);
        Put(&steps, 0, kFlag, true, kStore);
    }
    Learn(&steps, 1);
    Put(&steps, 1, kData, true, kRead);
    Told(steps, {});
}

TEST_F(RaceGuessed, LoadThatMeetsNobodyLearns) {
    Steps steps;
    Mark(&steps);
    for (unsigned round = 0; round < kRounds; round++) {
        Tick(&steps, 1);
        Put(&steps, 1, kFlag, false, kLoad);
    }
    Put(&steps, 1, kMore, false, kRead); // takes what the loads so far could learn
    Put(&steps, 0, kData, true, kWrite);
    Tell(&steps, 0);
    Put(&steps, 1, kFlag, false, kLoad);
    Put(&steps, 1, kData, true, kRead);
    Told(steps, {});
}

// What no mov does to such memory is plain, and races with a load that nothing orders with it: the
// last one alone.
TEST_F(RaceGuessed, PlainWriteRacesWithTheNewestLoad) {
    Steps steps;
    Mark(&steps);
    for (unsigned round = 0; round < kRounds; round++) {
        Put(&steps, 0, kFlag, false, kLoad);
        Tick(&steps, 0);
    }
    Meet(&steps, 1, 0);
    Put(&steps, 0, kFlag, false, kLoad);
    Put(&steps, 1, kFlag, true, kPlain, TC_ACCESS_MODIFY);
    Told(steps, {{kLoad, kPlain}});
}

TEST_F(RaceGuessed, PlainWriteAfterAllLoadsIsOrdered) {
    Steps steps;
    Mark(&steps);
    for (unsigned round = 0; round < kRounds; round++) {
        Put(&steps, 0, kFlag, false, kLoad);
        Tick(&steps, 0);
    }
    Meet(&steps, 1, 0);
    Put(&steps, 1, kFlag, true, kPlain, TC_ACCESS_MODIFY);
    Told(steps, {});
}

} // namespace
