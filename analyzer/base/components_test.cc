// components_test.cc: random graphs against naive reachability.
#include "analyzer/base/components.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace {

using Graph = std::vector<std::vector<uint32_t>>;

struct Result {
    uint32_t count;
    std::vector<uint32_t> of;
};

Result Components(const Graph &graph) {
    std::vector<uint32_t> first, target;
    for (const auto &out : graph) {
        first.push_back(target.size());
        target.insert(target.end(), out.begin(), out.end());
    }
    first.push_back(target.size());
    Result result = {0, std::vector<uint32_t>(graph.size(), 77)};
    result.count = tc_components(graph.size(), first.data(), target.data(), result.of.data());
    return result;
}

std::vector<std::vector<bool>> Reach(const Graph &graph) {
    size_t n = graph.size();
    std::vector<std::vector<bool>> reach(n, std::vector<bool>(n));
    for (size_t i = 0; i < n; i++)
        for (uint32_t to : graph[i])
            reach[i][to] = true;
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                if (reach[i][k] && reach[k][j])
                    reach[i][j] = true;
    return reach;
}

TEST(Components, OfNothingAreNone) {
    EXPECT_EQ(Components({}).count, 0u);
}

TEST(Components, ALoopAloneIsOneAsIsANodeWithoutEdges) {
    EXPECT_EQ(Components({{0}, {}}).count, 2u);
}

TEST(Components, ANumberIsAboveThoseItLeadsTo) {
    Result result = Components({{1}, {2}, {1, 3}, {}});
    EXPECT_EQ(result.count, 3u);
    EXPECT_EQ(result.of, (std::vector<uint32_t>{3, 2, 2, 1}));
}

TEST(Components, AgreeWithNaiveReachability) {
    std::mt19937 random(11);
    for (int round = 0; round < 2000; round++) {
        size_t n = 1 + random() % 12;
        Graph graph(n);
        for (size_t edges = random() % (2 * n + 1); edges > 0; edges--)
            graph[random() % n].push_back(random() % n);
        auto reach = Reach(graph);
        Result result = Components(graph);
        for (size_t i = 0; i < n; i++) {
            EXPECT_TRUE(result.of[i] >= 1 && result.of[i] <= result.count);
            for (size_t j = 0; j < n; j++) {
                bool together = i == j || (reach[i][j] && reach[j][i]);
                ASSERT_EQ(result.of[i] == result.of[j], together) << "round " << round;
                ASSERT_TRUE(!reach[i][j] || result.of[i] >= result.of[j]) << "round " << round;
            }
        }
    }
}

TEST(Components, AChainOfAMillionDoesNotEndTheStack) {
    const uint32_t kNodes = 1000000;
    Graph graph(kNodes);
    for (uint32_t n = 0; n + 1 < kNodes; n++)
        graph[n] = {n + 1};
    EXPECT_EQ(Components(graph).count, kNodes);
    graph[kNodes - 1] = {0};
    EXPECT_EQ(Components(graph).count, 1u);
}

} // namespace
