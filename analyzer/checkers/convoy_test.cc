// convoy_test.cc: stretches of waiting against a sweep over all waits at once.
#include "analyzer/checkers/convoy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

namespace {

struct Wait {
    uint32_t thread;
    uint64_t from, to;
};

// All stretches with two threads or more whose sum of waits is the greatest.
std::set<std::pair<uint32_t, uint64_t>> Naive(std::vector<Wait> waits) {
    std::sort(waits.begin(), waits.end(),
              [](const Wait &a, const Wait &b) { return a.from < b.from; });
    uint64_t best = 0;
    std::set<std::pair<uint32_t, uint64_t>> worst;
    for (size_t i = 0; i < waits.size();) {
        uint64_t to = waits[i].to, sum = 0;
        std::set<uint32_t> threads;
        size_t j = i;
        for (; j < waits.size() && waits[j].from <= to; j++) {
            to = std::max(to, waits[j].to);
            sum += waits[j].to - waits[j].from;
            threads.insert(waits[j].thread);
        }
        if (threads.size() > 1 && sum > best)
            worst.clear();
        if (threads.size() > 1 && sum >= best) {
            best = sum;
            worst.insert({(uint32_t)threads.size(), to - waits[i].from});
        }
        i = j;
    }
    return worst;
}

std::pair<uint32_t, uint64_t> Worst(const std::vector<Wait> &waits) {
    tc_convoys *convoys = tc_convoys_new();
    for (const Wait &wait : waits)
        tc_convoys_add(convoys, wait.thread, wait.from, wait.to);
    std::pair<uint32_t, uint64_t> worst;
    tc_convoys_worst(convoys, &worst.first, &worst.second);
    tc_convoys_free(convoys);
    return worst;
}

TEST(Convoy, OneThreadIsNone) {
    EXPECT_EQ(Worst({{1, 0, 10}, {1, 5, 20}}).first, 0u);
    EXPECT_EQ(Worst({}).first, 0u);
}

TEST(Convoy, AStretchGoesFromTheFirstWaitToTheLast) {
    EXPECT_EQ(Worst({{1, 0, 10}, {2, 5, 20}, {3, 15, 30}, {4, 100, 101}}),
              (std::pair<uint32_t, uint64_t>{3, 30}));
}

TEST(Convoy, ALongWaitJoinsStretchesThatEndedBefore) {
    EXPECT_EQ(Worst({{1, 10, 20}, {2, 30, 40}, {3, 5, 50}}),
              (std::pair<uint32_t, uint64_t>{3, 45}));
}

TEST(Convoy, AgreesWithASweepWhateverTheOrder) {
    std::mt19937 random(3);
    for (int round = 0; round < 3000; round++) {
        std::vector<Wait> waits;
        for (unsigned i = 0, n = random() % 25; i < n; i++) {
            uint64_t from = random() % 200;
            waits.push_back({(uint32_t)(random() % 6 + 1), from, from + random() % 20 + 1});
        }
        if (round % 2)
            std::sort(waits.begin(), waits.end(),
                      [](const Wait &a, const Wait &b) { return a.to < b.to; });
        auto worst = Worst(waits);
        auto naive = Naive(waits);
        EXPECT_TRUE(naive.empty() ? worst.first == 0 : naive.count(worst) == 1);
    }
}

TEST(Convoy, ManyStretchesKeepTheWorst) {
    std::vector<Wait> waits;
    for (uint64_t i = 0; i < 1000; i++) {
        waits.push_back({1, i * 100, i * 100 + 10});
        waits.push_back({2, i * 100 + 5, i * 100 + (i == 3 ? 40u : 20u)});
    }
    EXPECT_EQ(Worst(waits), (std::pair<uint32_t, uint64_t>{2, 40}));
}

} // namespace
