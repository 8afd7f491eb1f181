// race_context_test.cc: contexts of accesses: there is one for each, however many places there are,
// and the short way to it leads where the long one does.
#include "preload/race_fixture.h"

#include <pthread.h>

extern "C" {
#include "preload/race/context.h"
}

namespace {

using race::Access;
using race::LookForRaces;
using race::Pairs;
using race::Told;
using race::Turns;
using recorder::Recorder;
using recorder::Trace;

class RaceContext : public Recorder {
  public:
    // A thread writes at `places` places, each to a word of its own, then both write to one word.
    Pairs RaceAfter(unsigned places) {
        EXPECT_EQ(Run([&] {
                      LookForRaces();
                      static uint64_t words[65536];
                      Turns turns(2);
                      turns.In(0, [&] {
                          for (unsigned number = 1; number < places; number++)
                              Access(&words[number], 8, true, number);
                          Access(&words[0], 8, true, places);
                      });
                      turns.In(1, [&] { Access(&words[0], 8, true, 0x20000); });
                      turns.End();
                  }),
                  0);
        Trace trace;
        Read(&trace);
        return Told(trace);
    }
};

TEST_F(RaceContext, SomePlacesAreToldWithTheirStacks) {
    EXPECT_EQ(RaceAfter(1000), (Pairs{{1000, 0x20000}}));
}

TEST_F(RaceContext, FurtherPlacesAreToldWithoutTheirStacks) {
    EXPECT_EQ(RaceAfter(25000), (Pairs{{25000, 0x20000}}));
}

TEST_F(RaceContext, OfTooManyPlacesRacesAreTold) {
    EXPECT_EQ(RaceAfter(60000), (Pairs{{0, 0x20000}}));
}

// What the ways to a context find at one place, called from here and there.
struct Found {
    uint32_t context, again, stack, unwound;
};

} // namespace

extern "C" __attribute__((noinline)) void TouchFrom(Found *found) {
    struct tc_site site = TC_SITE();
    struct tc_race_thread *thread = tc_race_local.thread;
    uint32_t before = *tc_race_unwound_at(site.return_address);
    found->again = tc_race_context_again(thread, 8, site.return_address, site.cfa);
    found->context = tc_race_context(thread, 8, site);
    found->stack = thread->contexts->context[found->context].stack;
    found->unwound = *tc_race_unwound_at(site.return_address) - before;
}

namespace {

volatile int sink;

__attribute__((noinline)) void Middle(Found *found) {
    TouchFrom(found);
    sink = sink + 1;
}

__attribute__((noinline)) void Here(Found *found) {
    Middle(found);
    sink = sink + 1;
}

__attribute__((noinline)) void There(Found *found) {
    Middle(found);
    sink = sink + 2;
}

// Calls from here and there by turns, all from one place: the outer frames are the same.
struct Calls {
    static constexpr unsigned kCount = 12, kShort = 4, kLocked = 10;
    Found found[kCount];
    void Make() {
        pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
        static uint64_t words[kCount];
        for (unsigned i = 0; i < kCount; i++) {
            if (i == kShort)
                tc_race_local.thread->begun = tc_race_local.thread->slot;
            if (i == kLocked)
                pthread_mutex_lock(&lock);
            Access(&words[i], 8, true, i); // the locks that are held are known then
            (i % 2 ? There : Here)(&found[i]);
        }
        pthread_mutex_unlock(&lock);
    }
};

TEST_F(RaceContext, ShortWayTellsCallersApart) {
    auto body = [] {
        Calls calls;
        calls.Make();
        const Found *found = calls.found;
        EXPECT_NE(found[0].stack, 0u);
        EXPECT_NE(found[0].stack, found[1].stack);
        for (unsigned i = 0; i < Calls::kCount; i++) {
            bool locked = i >= Calls::kLocked;
            EXPECT_EQ(found[i].stack, found[i % 2].stack);
            EXPECT_EQ(found[i].context != found[i % 2].context, locked);
            // Rewritten code has to come the long way first, and what is new has to.
            EXPECT_EQ(found[i].again, i < Calls::kShort || locked ? 0 : found[i].context);
        }
        if (::testing::Test::HasFailure())
            _exit(1);
    };
    EXPECT_EQ(Run([&] {
                  LookForRaces();
                  Turns turns(1);
                  turns.In(0, body);
                  turns.End();
              }),
              0);
}

// Two places of one function, called from two.
__attribute__((noinline)) void Twice(Found *found) {
    TouchFrom(&found[0]);
    sink = sink + 1;
    TouchFrom(&found[1]);
    sink = sink + 2;
}

__attribute__((noinline)) void TwiceHere(Found *found) {
    Twice(found);
    sink = sink + 1;
}

__attribute__((noinline)) void TwiceThere(Found *found) {
    Twice(found);
    sink = sink + 2;
}

TEST_F(RaceContext, CallerIsKnownFromAPlaceThatNeverHadItsStackCaptured) {
    auto body = [] {
        static uint64_t word;
        Access(&word, 8, true, 1);
        Found here[2], there[2];
        TwiceHere(here);
        TwiceThere(there);
        EXPECT_NE(here[0].stack, 0u);
        EXPECT_NE(here[0].stack, there[0].stack);
        for (const Found *found : {here, there}) {
            EXPECT_EQ(found[0].unwound, 1u);
            EXPECT_EQ(found[0].stack, found[1].stack);
            EXPECT_NE(found[0].context, found[1].context);
            if (!TC_LINK_REGISTER) {
                EXPECT_EQ(found[1].unwound, 0u);
            }
        }
        if (::testing::Test::HasFailure())
            _exit(1);
    };
    EXPECT_EQ(Run([&] {
                  LookForRaces();
                  Turns turns(1);
                  turns.In(0, body);
                  turns.End();
              }),
              0);
}

} // namespace
