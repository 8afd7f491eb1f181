// sample_test.cc: what sampling may cost and what it looks at again: the budget, places,
// suspicions.
#include <gtest/gtest.h>

#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include <map>

extern "C" {
#include "preload/arch.h"
#include "preload/race/core.h"
#if TC_REWRITES
#include "preload/race/sample_cost.h"
#include "preload/race/sample_pick.h"
#include "preload/race/sample_place.h"
#endif
}

#if TC_REWRITES

namespace {

uint64_t Now(clockid_t clock) {
    timespec time;
    clock_gettime(clock, &time);
    return static_cast<uint64_t>(time.tv_sec) * 1000000000u + static_cast<uint64_t>(time.tv_nsec);
}

void Compute(uint64_t ns) {
    for (uint64_t end = Now(CLOCK_PROCESS_CPUTIME_ID) + ns; Now(CLOCK_PROCESS_CPUTIME_ID) < end;) {
    }
}

tc_race_side_of Side(uintptr_t address, uint32_t thread, bool write, uintptr_t pc) {
    tc_race_side_of side = {};
    side.address = address;
    side.size = 8;
    side.access = write ? TC_ACCESS_WRITE : 0;
    side.thread = thread;
    side.pc = pc;
    return side;
}

TEST(Budget, IsAFiftiethOfWhatTheProcessUsed) {
    Compute(20000000);
    tc_cost_begin();
    EXPECT_FALSE(tc_cost_allows(1)); // nothing is given in advance
    tc_cost_look();
    uint64_t used = tc_cost_used();
    EXPECT_GE(used, 20000000u);
    EXPECT_TRUE(tc_cost_allows(used / 50 - 1));
    EXPECT_FALSE(tc_cost_allows(used / 50 + 1));
    EXPECT_EQ(tc_cost_missing(used / 50 + 1000), (used / 50 + 1000) * 50 - used);
}

TEST(Budget, WhatWasSpentIsNotTheProcesss) {
    Compute(5000000);
    tc_cost_begin();
    tc_cost_look();
    uint64_t used = tc_cost_used();
    tc_cost_add(2000000);
    tc_cost_look();
    EXPECT_EQ(tc_cost_spent(), 2000000u);
    EXPECT_GE(tc_cost_used() + 2000000, used);
    EXPECT_LE(tc_cost_used() + 2000000, Now(CLOCK_PROCESS_CPUTIME_ID));
    EXPECT_FALSE(tc_cost_allows(tc_cost_used() / 50));
}

sem_t turns[2];

void *Answer(void *unused) {
    for (int i = 0; i < 2000; i++) {
        while (sem_wait(&turns[0])) {
        }
        sem_post(&turns[1]);
    }
    return unused;
}

TEST(Budget, SwitchesArePaidInAdvance) {
    tc_cost_begin();
    tc_cost_switches(Now(CLOCK_MONOTONIC), false);
    EXPECT_EQ(tc_cost_of_switches(Now(CLOCK_MONOTONIC), 20000000), 0u); // none is known
    sem_init(&turns[0], 0, 0);
    sem_init(&turns[1], 0, 0);
    pthread_t thread;
    ASSERT_EQ(pthread_create(&thread, nullptr, Answer, nullptr), 0);
    for (int i = 0; i < 2000; i++) {
        sem_post(&turns[0]);
        while (sem_wait(&turns[1])) {
        }
    }
    pthread_join(thread, nullptr);
    uint64_t now = Now(CLOCK_MONOTONIC);
    tc_cost_switches(now, false);
    uint64_t first = tc_cost_of_switches(now, 1000000);
    EXPECT_GT(first, 0u);
    EXPECT_GT(tc_cost_of_switches(now, 20000000), first);
    uint64_t before = tc_cost_spent();
    tc_cost_pay_in_advance(now, 1000000);
    EXPECT_EQ(tc_cost_spent(), before + first);
    // The second after a session is paid for once: the next session costs less.
    EXPECT_LT(tc_cost_of_switches(now + 1000000, 1000000), first);
}

// Not what the bytes mean: each is an instruction, and every third accesses memory.
bool DecodeThirds(const uint8_t *code, uint64_t room, tc_insn *insn) {
    *insn = {};
    insn->length = 1;
    insn->base = TC_RAX;
    insn->index = TC_NO_REGISTER;
    insn->size = reinterpret_cast<uintptr_t>(code) % 3 == 0 ? 8 : 0;
    insn->loads = insn->size != 0;
    return room != 0;
}

TEST(Instructions, OfAFunctionAreAllChosen) {
    tc_pick_begin(DecodeThirds);
    ASSERT_TRUE(tc_pick_find_modules());
    auto begin = reinterpret_cast<uintptr_t>(&Answer);
    std::map<uintptr_t, int> chosen;
    const int draws = 20000;
    for (int i = 1; i <= draws; i++) {
        tc_pick pick = {};
        ASSERT_TRUE(
            tc_pick_of_function(begin, static_cast<uint64_t>(i) * 0x9e3779b97f4a7c15u, &pick));
        chosen[pick.start]++;
    }
    uintptr_t first = chosen.begin()->first, last = chosen.rbegin()->first;
    EXPECT_EQ(first, begin + (3 - begin % 3) % 3);
    EXPECT_GT(last, first + 12);
    auto count = static_cast<int>((last - first) / 3 + 1);
    for (uintptr_t at = first; at <= last; at += 3)
        EXPECT_GT(chosen[at], draws / count / 2) << at - begin;
    EXPECT_EQ(static_cast<int>(chosen.size()), count); // and no other
}

TEST(Places, AreFoundByWhatIsFreed) {
    tc_places_forked();
    alignas(4096) static char memory[3 * 4096];
    auto base = reinterpret_cast<uintptr_t>(memory) + 4096;
    EXPECT_FALSE(tc_place_may_be_in(base, base + 4096));
    tc_place *place = tc_place_new(base + 64, 8);
    EXPECT_TRUE(tc_place_may_be_in(base, base + 4096));
    EXPECT_TRUE(tc_place_may_be_in(base + 64, base + 65));
    EXPECT_TRUE(tc_place_may_be_in(base - 4096, base + 4096));
    EXPECT_TRUE(tc_place_may_be_in(base - (1u << 20), base + (1u << 20)));
    EXPECT_FALSE(tc_place_may_be_in(base + 4096, base + 8192));
    EXPECT_FALSE(tc_place_may_be_in(base - 4096, base));
    EXPECT_EQ(tc_place_new(base + 64, 8), place);
    EXPECT_FALSE(tc_place_forget(base, base + 64));
    EXPECT_TRUE(tc_place_forget(base, base + 65));
    EXPECT_FALSE(tc_place_may_be_in(base, base + 4096));
}

TEST(Places, OfOneThreadBecomeDull) {
    tc_places_forked();
    static long variable;
    auto base = reinterpret_cast<uintptr_t>(&variable);
    for (int i = 0; i < 3; i++) {
        EXPECT_FALSE(tc_place_is_dull(base));
        tc_race_side_of side = Side(base, 1, true, 100);
        tc_place *place = tc_place_new(base, 8);
        EXPECT_EQ(tc_place_access(place, &side), i ? TC_PLACE_KNOWN : TC_PLACE_NEW);
        tc_place_over(place);
    }
    EXPECT_TRUE(tc_place_is_dull(base));
}

TEST(Suspicions, AreTriedAndDropped) {
    tc_places_forked();
    static long variable;
    auto base = reinterpret_cast<uintptr_t>(&variable);
    tc_place *place = tc_place_new(base, 8);
    tc_race_side_of one = Side(base, 1, false, 100), other = Side(base, 2, true, 200);
    EXPECT_EQ(tc_place_access(place, &one), TC_PLACE_NEW);
    EXPECT_EQ(tc_suspect_next(), nullptr);
    EXPECT_EQ(tc_place_access(place, &other), TC_PLACE_SUSPECT);
    for (int i = 0; i < TC_SUSPECT_TRIES; i++) {
        tc_suspect *suspect = tc_suspect_next();
        ASSERT_NE(suspect, nullptr);
        suspect->tries++;
    }
    EXPECT_EQ(tc_suspect_next(), nullptr);
    // The same two places of code are not suspected again.
    EXPECT_NE(tc_place_access(place, &one), TC_PLACE_SUSPECT);
}

TEST(Suspicions, ReadsAreNone) {
    tc_places_forked();
    static long variable;
    auto base = reinterpret_cast<uintptr_t>(&variable);
    tc_place *place = tc_place_new(base, 8);
    tc_race_side_of one = Side(base, 1, false, 300), other = Side(base, 2, false, 400);
    EXPECT_EQ(tc_place_access(place, &one), TC_PLACE_NEW);
    EXPECT_EQ(tc_place_access(place, &other), TC_PLACE_NEW);
    EXPECT_EQ(tc_suspect_next(), nullptr);
}

} // namespace

#endif
