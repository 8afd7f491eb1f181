// numbers_test.cc: against a map, with keys that are near each other and keys that are not.
#include "analyzer/base/numbers.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace {

TEST(Numbers, AreGivenInTheOrderOfTheKeys) {
    std::mt19937_64 random(3);
    for (uint64_t spread : {16ull, 1000ull, 1ull << 40, ~0ull}) {
        tc_numbers numbers = {};
        std::map<uint64_t, uint32_t> naive;
        EXPECT_EQ(tc_numbers_find(&numbers, 5), TC_NO_NUMBER);
        EXPECT_FALSE(tc_numbers_has(&numbers, 5));
        for (int i = 0; i < 20000; i++) {
            uint64_t key = random() % spread;
            if (random() % 4 == 0)
                key = (key % 8) << 32 | (random() % 8); // as two small numbers make it
            auto known = naive.find(key);
            ASSERT_EQ(tc_numbers_find(&numbers, key),
                      known == naive.end() ? TC_NO_NUMBER : known->second);
            ASSERT_EQ(tc_numbers_has(&numbers, key), known != naive.end());
            if (random() % 2)
                continue;
            bool fresh;
            uint32_t number = tc_numbers_add(&numbers, key, &fresh);
            ASSERT_EQ(fresh, known == naive.end());
            if (fresh)
                naive[key] = static_cast<uint32_t>(naive.size());
            ASSERT_EQ(number, naive[key]);
            ASSERT_EQ(numbers.count, naive.size());
        }
        for (const auto &[key, number] : naive)
            EXPECT_EQ(tc_numbers_find(&numbers, key), number);
        tc_numbers_clear(&numbers);
        EXPECT_EQ(tc_numbers_find(&numbers, naive.begin()->first), TC_NO_NUMBER);
    }
}

} // namespace
