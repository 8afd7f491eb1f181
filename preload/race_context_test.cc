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
    EXPECT_EQ(RaceAfter(30000), (Pairs{{30000, 0x20000}}));
}

TEST_F(RaceContext, OfTooManyPlacesRacesAreTold) {
    EXPECT_EQ(RaceAfter(60000), (Pairs{{0, 0x20000}}));
}

// What the ways to a context find at one place, called from here and there.
struct Found {
    uint32_t context, again, stack;
};

} // namespace

extern "C" __attribute__((noinline)) void TouchFrom(Found *found) {
    struct tc_site site = TC_SITE();
    struct tc_race_thread *thread = tc_race_local.thread;
    found->again = tc_race_context_again(thread, 8, site.return_address, site.cfa);
    found->context = tc_race_context(thread, 8, site);
    found->stack = thread->contexts->context[found->context].stack;
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

TEST_F(RaceContext, ShortWayTellsCallersApart) {
    EXPECT_EQ(Run([] {
                  LookForRaces();
                  Turns turns(1);
                  turns.In(0, [] {
                      static uint64_t word;
                      Access(&word, 8, true, 1); // the locks that it holds are known then
                      struct tc_race_thread *thread = tc_race_local.thread;
                      Found first[2], found;
                      Here(&first[0]);
                      There(&first[1]);
                      EXPECT_NE(first[0].stack, 0u);
                      EXPECT_NE(first[0].stack, first[1].stack);
                      Here(&found);
                      EXPECT_EQ(found.again, 0u); // rewritten code has to come the long way
                      thread->begun = thread->slot;
                      for (unsigned turn = 0; turn < 8; turn++) {
                          (turn % 2 ? There : Here)(&found);
                          EXPECT_EQ(found.again, first[turn % 2].context);
                          EXPECT_EQ(found.context, first[turn % 2].context);
                      }
                      pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
                      pthread_mutex_lock(&lock);
                      Access(&word, 8, true, 2);
                      Here(&found);
                      EXPECT_EQ(found.again, 0u);
                      EXPECT_NE(found.context, first[0].context);
                      EXPECT_EQ(found.stack, first[0].stack);
                      pthread_mutex_unlock(&lock);
                      if (::testing::Test::HasFailure())
                          _exit(1);
                  });
                  turns.End();
              }),
              0);
}

} // namespace
