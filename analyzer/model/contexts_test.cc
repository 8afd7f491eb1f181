// contexts_test.cc: numbers of chains differ when the chains do; what was seen lately is known.
#include "analyzer/model/contexts.h"

#include <gtest/gtest.h>

#include <set>

namespace {

TEST(Contexts, EqualChainsAndOnlyTheyHaveEqualNumbers) {
    std::set<uint64_t> numbers = {TC_HELD_NOTHING};
    size_t chains = 1;
    for (uint32_t a = 1; a <= 50; a++)
        for (uint32_t b = 0; b <= 50; b++)
            for (uint32_t stack = 0; stack < 20; stack++)
                for (uint8_t code = 0x20; code < 0x23; code++) {
                    uint64_t one = tc_contexts_link(TC_HELD_NOTHING, a, stack, code);
                    uint64_t number = b ? tc_contexts_link(one, b, stack, 0x20) : one;
                    EXPECT_GT(number, TC_HELD_NOTHING);
                    EXPECT_EQ(one, tc_contexts_link(TC_HELD_NOTHING, a, stack, code));
                    chains += numbers.insert(number).second;
                }
    EXPECT_EQ(numbers.size(), 1 + 50u * 51 * 20 * 3);
    EXPECT_EQ(chains, numbers.size());
}

TEST(Contexts, AreSeenByThreadAndVersion) {
    tc_contexts *contexts = tc_contexts_new();
    EXPECT_FALSE(tc_contexts_seen(contexts, 7, 1, 0));
    EXPECT_TRUE(tc_contexts_seen(contexts, 7, 1, 0));
    EXPECT_FALSE(tc_contexts_seen(contexts, 7, 2, 0));
    EXPECT_FALSE(tc_contexts_seen(contexts, 7, 1, 1));
    EXPECT_FALSE(tc_contexts_seen(contexts, 8, 1, 0));
    EXPECT_TRUE(tc_contexts_seen(contexts, 7, 1, 0));
    tc_contexts_free(contexts);
}

// Never said to be seen when it was not; known again as long as few others came in between.
TEST(Contexts, ForgetsTheOldestFirst) {
    tc_contexts *contexts = tc_contexts_new();
    uint64_t number = TC_HELD_NOTHING;
    size_t known = 0;
    for (uint32_t i = 0; i < 1000000; i++) {
        number = tc_contexts_link(number, i, 1, 0x20);
        ASSERT_FALSE(tc_contexts_seen(contexts, number, 1, 0));
        known += tc_contexts_seen(contexts, number, 1, 0);
    }
    EXPECT_EQ(known, 1000000u);
    tc_contexts_free(contexts);
}

} // namespace
