// histogram_test.cc: counts and quantiles against a sorted list.
#include "analyzer/base/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace {

TEST(Histogram, EmptyHasNoQuantile) {
    tc_histogram h = {};
    EXPECT_EQ(tc_histogram_quantile(&h, 0.99), 0u);
}

TEST(Histogram, KeepsExtremes) {
    tc_histogram h = {};
    tc_histogram_add(&h, 0);
    tc_histogram_add(&h, UINT64_MAX);
    EXPECT_EQ(h.max, UINT64_MAX);
    EXPECT_EQ(tc_histogram_quantile(&h, 0.5), 0u);
    EXPECT_EQ(tc_histogram_quantile(&h, 1), UINT64_MAX);
    tc_histogram_clear(&h);
}

TEST(Histogram, QuantilesAreWithinThreePercentOfASortedList) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 50; round++) {
        tc_histogram whole = {}, left = {}, right = {};
        std::vector<uint64_t> values;
        for (int i = 0; i < 500; i++) {
            uint64_t value = random() >> (random() % 64);
            values.push_back(value);
            tc_histogram_add(i % 2 ? &left : &right, value);
        }
        tc_histogram_merge(&whole, &left);
        tc_histogram_merge(&whole, &right);
        std::sort(values.begin(), values.end());
        EXPECT_EQ(whole.count, values.size());
        EXPECT_EQ(whole.max, values.back());
        for (double share : {0.01, 0.25, 0.5, 0.9, 0.99, 1.0}) {
            size_t index = std::max<size_t>(1, (size_t)std::ceil(share * values.size())) - 1;
            double exact = (double)values[index];
            double got = (double)tc_histogram_quantile(&whole, share);
            EXPECT_GE(got, exact * 0.999999);
            EXPECT_LE(got, exact * 1.0326 + 1);
        }
        tc_histogram_clear(&whole);
        tc_histogram_clear(&left);
        tc_histogram_clear(&right);
    }
}

} // namespace
