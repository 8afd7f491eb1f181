// seen_test.cc: the filter counts what it was told, and seldom believes more.
#include <gtest/gtest.h>

extern "C" {
#include "preload/seen.h"
}

namespace {

// Keys as contexts make them: steps over small numbers.
uint64_t Key(uint64_t i) {
    return tc_seen_step(tc_seen_step(12345, i << 33 | i % 7), i);
}

// How many of 100,000 other keys look as if they had been seen `times` times.
int Mistaken(uint64_t from, unsigned times) {
    int count = 0;
    for (uint64_t i = from; i < from + 100000; i++)
        count += tc_seen(Key(i), times);
    return count;
}

void Tell(uint64_t keys, unsigned times) {
    tc_seen_begin();
    for (uint64_t i = 0; i < keys; i++)
        for (unsigned time = 0; time < times; time++)
            tc_seen_count(Key(i), times);
}

} // namespace

TEST(Seen, CountsUpToItsNumber) {
    tc_seen_begin();
    EXPECT_FALSE(tc_seen(7, 3));
    EXPECT_EQ(tc_seen_count(7, 3), 1u);
    EXPECT_EQ(tc_seen_count(7, 3), 2u);
    EXPECT_FALSE(tc_seen(7, 3));
    EXPECT_EQ(tc_seen_count(7, 3), 3u);
    EXPECT_TRUE(tc_seen(7, 3));
    EXPECT_EQ(tc_seen_count(7, 3), 3u);
    EXPECT_FALSE(tc_seen(8, 3));
}

TEST(Seen, ForgetsNothing) {
    Tell(50000, 4);
    for (uint64_t i = 0; i < 50000; i++)
        ASSERT_TRUE(tc_seen(Key(i), 4)) << i;
}

TEST(Seen, IsSeldomMistaken) {
    Tell(10000, 4);
    EXPECT_EQ(Mistaken(1000000, 4), 0);
    Tell(100000, 4);
    EXPECT_LT(Mistaken(1000000, 4), 100);
}

// What is new is known to be, but for a few; what it counts it may count too high.
TEST(Seen, KnowsTheFirstTime) {
    Tell(30000, 4);
    int first = 0;
    for (uint64_t i = 1000000; i < 1010000; i++)
        first += tc_seen_count(Key(i), 4) == 1;
    EXPECT_GE(first, 9980);
}

TEST(Seen, WithoutMemoryAllIsNew) {
    tc_seen_words = nullptr;
    EXPECT_EQ(tc_seen_count(7, 3), 1u);
    EXPECT_FALSE(tc_seen(7, 1));
}
