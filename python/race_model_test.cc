// race_model_test.cc: the model of Python races against a naive one, and what it is to say.
#include "python/race_model.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

namespace {

class Races : public ::testing::Test {
  protected:
    void SetUp() override {
        races = tc_pyraces_new();
        ASSERT_NE(races, nullptr);
    }
    void TearDown() override { tc_pyraces_free(races); }

    enum tc_pyrace_grade access(unsigned slot, int operation, uint64_t place, uint64_t frame = 1,
                                uintptr_t object = 0x1000, uint64_t key = 7, bool handed = false) {
        tc_pyrace_access access{};
        access.object = object;
        access.key = key;
        access.kind = kind;
        access.operation = static_cast<uint8_t>(operation);
        access.slot = static_cast<uint16_t>(slot);
        access.place = place;
        access.frame = frame;
        access.context = [](void *) -> uint32_t { return 1; };
        if (handed)
            access.handed = [](void *) { return true; };
        found = {};
        tc_pyraces_access(races, &access, &found);
        return found.grade;
    }

    uint8_t kind = TC_PYRACE_ATTRIBUTE;
    tc_pyraces *races = nullptr;
    tc_pyrace_found found{};
};

TEST_F(Races, UpdatesOfTwoThreadsAreLost) {
    unsigned a = tc_pyraces_begin(races), b = tc_pyraces_begin(races);
    EXPECT_EQ(access(a, TC_PYRACE_MODIFY, 10), TC_PYRACE_NONE);
    EXPECT_EQ(access(b, TC_PYRACE_MODIFY, 10), TC_PYRACE_LOST);
    EXPECT_EQ(found.earlier.slot, a);
    EXPECT_EQ(found.later.slot, b);
}

TEST_F(Races, AReadThenAWriteIsAnUpdate) {
    unsigned a = tc_pyraces_begin(races), b = tc_pyraces_begin(races);
    access(a, TC_PYRACE_READ, 10, 5);
    access(a, TC_PYRACE_WRITE, 11, 5);
    access(b, TC_PYRACE_READ, 10, 6);
    EXPECT_EQ(access(b, TC_PYRACE_WRITE, 11, 6), TC_PYRACE_LOST);
}

TEST_F(Races, AnAcquireBetweenTheHalvesEndsTheUpdate) {
    unsigned a = tc_pyraces_begin(races), b = tc_pyraces_begin(races);
    access(a, TC_PYRACE_WRITE, 9);
    access(b, TC_PYRACE_READ, 10, 6);
    tc_pyraces_receive(races, b, 99);
    EXPECT_EQ(access(b, TC_PYRACE_WRITE, 11, 6), TC_PYRACE_PLAIN);
}

TEST_F(Races, ALockOrders) {
    unsigned a = tc_pyraces_begin(races), b = tc_pyraces_begin(races);
    tc_pyraces_receive(races, a, 5);
    access(a, TC_PYRACE_MODIFY, 10);
    tc_pyraces_send(races, a, 5);
    tc_pyraces_receive(races, b, 5);
    EXPECT_EQ(access(b, TC_PYRACE_MODIFY, 10), TC_PYRACE_NONE);
}

TEST_F(Races, AnotherLockDoesNotOrder) {
    unsigned a = tc_pyraces_begin(races), b = tc_pyraces_begin(races);
    access(a, TC_PYRACE_MODIFY, 10);
    tc_pyraces_send(races, a, 5);
    tc_pyraces_receive(races, b, 6);
    EXPECT_EQ(access(b, TC_PYRACE_MODIFY, 10), TC_PYRACE_LOST);
}

TEST_F(Races, StartAndJoinOrder) {
    unsigned a = tc_pyraces_begin(races);
    access(a, TC_PYRACE_MODIFY, 10);
    tc_pyraces_send(races, a, 50);
    unsigned b = tc_pyraces_begin(races);
    tc_pyraces_receive(races, b, 50);
    EXPECT_EQ(access(b, TC_PYRACE_MODIFY, 11), TC_PYRACE_NONE);
    tc_pyraces_send(races, b, 51);
    tc_pyraces_end(races, b);
    tc_pyraces_receive(races, a, 51);
    EXPECT_EQ(access(a, TC_PYRACE_MODIFY, 12), TC_PYRACE_NONE);
}

TEST_F(Races, AStopFlagIsPlain) {
    unsigned a = tc_pyraces_begin(races), b = tc_pyraces_begin(races);
    EXPECT_EQ(access(a, TC_PYRACE_WRITE, 21), TC_PYRACE_NONE);
    EXPECT_EQ(access(b, TC_PYRACE_READ, 20), TC_PYRACE_PLAIN);
    EXPECT_EQ(access(a, TC_PYRACE_WRITE, 21), TC_PYRACE_PLAIN);
}

TEST_F(Races, WhatIsHandedOverIsOrderedFromThenOn) {
    unsigned a = tc_pyraces_begin(races), b = tc_pyraces_begin(races);
    access(a, TC_PYRACE_MODIFY, 10, 1, 0x2000);
    access(a, TC_PYRACE_WRITE, 11, 1, 0x1000);
    EXPECT_EQ(access(b, TC_PYRACE_READ, 12, 2, 0x1000, 7, true), TC_PYRACE_NONE);
    EXPECT_EQ(access(b, TC_PYRACE_MODIFY, 13, 2, 0x2000), TC_PYRACE_NONE);
}

TEST_F(Races, ANewObjectAtAnOldAddressHasNoPast) {
    unsigned a = tc_pyraces_begin(races), b = tc_pyraces_begin(races);
    access(a, TC_PYRACE_MODIFY, 10);
    EXPECT_TRUE(tc_pyraces_may_know(tc_pyraces_surface(races), 0x1000));
    tc_pyraces_forget(races, 0x1000);
    EXPECT_EQ(access(b, TC_PYRACE_MODIFY, 10), TC_PYRACE_NONE);
    access(a, TC_PYRACE_MODIFY, 10, 1, 0x3000);
    EXPECT_EQ(access(b, TC_PYRACE_BIRTH, 10, 1, 0x3000), TC_PYRACE_NONE);
    EXPECT_EQ(access(b, TC_PYRACE_MODIFY, 10, 1, 0x3000), TC_PYRACE_NONE);
}

TEST_F(Races, AContainerThatChangesWhileItIsGoneThrough) {
    unsigned a = tc_pyraces_begin(races), b = tc_pyraces_begin(races);
    access(a, TC_PYRACE_ITERATE, 10);
    EXPECT_EQ(access(b, TC_PYRACE_CHANGE, 11), TC_PYRACE_ITERATED);
    EXPECT_EQ(access(a, TC_PYRACE_ITERATE, 10), TC_PYRACE_ITERATED);
}

/* Items of a container that only one thread has touched need no look at the model; those of one
 * that another thread has looked at do. */
TEST_F(Races, AQuickWriteOfAnItemIsOnlyForWhatIsOnesOwn) {
    unsigned a = tc_pyraces_begin(races), b = tc_pyraces_begin(races);
    tc_pyrace_surface *surface = tc_pyraces_surface(races);
    auto quick = [&](unsigned slot, uint64_t key, uint64_t frame) {
        return tc_pyraces_quick_item(surface, tc_pyraces_notes(races, slot), 0x1000, key, slot,
                                     frame);
    };
    auto item = [&](unsigned slot, int operation, uint64_t key, uint64_t frame) {
        kind = TC_PYRACE_ITEM;
        return access(slot, operation, 10, frame, 0x1000, key);
    };
    EXPECT_FALSE(quick(a, 1, 5));
    item(a, TC_PYRACE_WRITE, 1, 5);
    EXPECT_TRUE(quick(a, 2, 5));
    EXPECT_FALSE(quick(b, 2, 5));
    item(a, TC_PYRACE_READ, 3, 5);
    EXPECT_FALSE(quick(a, 3, 5)) << "completes an update";
    EXPECT_TRUE(quick(a, 3, 6));
    item(b, TC_PYRACE_READ, 4, 6);
    EXPECT_FALSE(quick(a, 2, 5));
    EXPECT_EQ(item(a, TC_PYRACE_WRITE, 2, 5), TC_PYRACE_NONE);
    EXPECT_EQ(item(b, TC_PYRACE_MODIFY, 2, 6), TC_PYRACE_LOST);
    item(a, TC_PYRACE_WRITE, 9, 5);
    EXPECT_FALSE(quick(a, 9, 5));
    tc_pyraces_forget(races, 0x1000);
    item(a, TC_PYRACE_WRITE, 1, 5);
    EXPECT_TRUE(quick(a, 2, 5));
    tc_pyraces_forget(races, 0x1000);
    EXPECT_FALSE(quick(a, 2, 5));
}

TEST_F(Races, ChangesAloneAreAtomic) {
    unsigned a = tc_pyraces_begin(races), b = tc_pyraces_begin(races);
    access(a, TC_PYRACE_CHANGE, 10);
    EXPECT_EQ(access(b, TC_PYRACE_CHANGE, 11), TC_PYRACE_NONE);
}

TEST_F(Races, SlotsAreGivenAgainAndMayRunOut) {
    std::set<unsigned> slots;
    for (int i = 1; i < TC_PYRACE_SLOTS; i++)
        slots.insert(tc_pyraces_begin(races));
    EXPECT_EQ(slots.size(), TC_PYRACE_SLOTS - 1u);
    EXPECT_EQ(slots.count(0), 0u);
    EXPECT_EQ(tc_pyraces_begin(races), 0u);
    tc_pyraces_end(races, 17);
    EXPECT_EQ(tc_pyraces_begin(races), 17u);
}

TEST_F(Races, MemoryIsBounded) {
    unsigned a = tc_pyraces_begin(races);
    for (uintptr_t i = 0; i < 2u * TC_PYRACE_LOCATIONS; i++)
        access(a, TC_PYRACE_WRITE, 10, 1, 0x1000 + 32 * i);
    EXPECT_LE(tc_pyraces_locations(races), static_cast<size_t>(TC_PYRACE_LOCATIONS));
}

// Random threads, channels and locations, held against full vectors of every access.
TEST_F(Races, AgreesWithANaiveModel) {
    std::mt19937 random(20261124);
    auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    for (int round = 0; round < 2000; round++) {
        tc_pyraces_free(races);
        races = tc_pyraces_new();
        const unsigned threads = 2 + below(2);
        using Clock = std::map<unsigned, unsigned>;
        std::map<unsigned, Clock> clock, channel;
        struct Last {
            unsigned slot;
            unsigned epoch;
        };
        std::map<uintptr_t, Last> newest;
        std::vector<unsigned> slots;
        for (unsigned i = 0; i < threads; i++) {
            slots.push_back(tc_pyraces_begin(races));
            clock[slots.back()][slots.back()] = 1;
        }
        auto join = [](Clock &into, const Clock &from) {
            for (auto [slot, epoch] : from)
                into[slot] = std::max(into[slot], epoch);
        };
        for (int step = 0; step < 40; step++) {
            unsigned slot = slots[below(threads)];
            unsigned at = below(3);
            switch (below(4)) {
            case 0:
                tc_pyraces_send(races, slot, 100 + at);
                join(channel[at], clock[slot]);
                clock[slot][slot]++;
                break;
            case 1:
                tc_pyraces_receive(races, slot, 100 + at);
                join(clock[slot], channel[at]);
                clock[slot][slot]++;
                break;
            default:
                uintptr_t object = 0x1000 + 64 * at;
                auto last = newest.find(object);
                bool races_here = last != newest.end() && last->second.slot != slot &&
                                  last->second.epoch > clock[slot][last->second.slot];
                EXPECT_EQ(access(slot, TC_PYRACE_MODIFY, slot, slot, object),
                          races_here ? TC_PYRACE_LOST : TC_PYRACE_NONE);
                newest[object] = {slot, clock[slot][slot]};
            }
        }
    }
}

} // namespace
