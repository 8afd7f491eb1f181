// lock_graph_test.cc: the cycles of small random graphs against all of them, found the simple way.
#include "analyzer/checkers/lock_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

namespace {

using Cycle = std::vector<uint32_t>; // edges, the smallest number first

Cycle Canonical(Cycle cycle) {
    std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end()), cycle.end());
    return cycle;
}

struct Collected {
    std::set<Cycle> cycles;
    std::vector<uint32_t> lengths;
    bool twice = false;
};

bool Collect(void *context, const uint32_t *edges, uint32_t count) {
    auto *collected = static_cast<Collected *>(context);
    collected->twice |= !collected->cycles.insert(Canonical({edges, edges + count})).second;
    collected->lengths.push_back(count);
    return true;
}

struct Naive {
    std::vector<std::pair<uint32_t, uint32_t>> edges;
    std::set<Cycle> cycles;

    void Extend(std::vector<uint32_t> &path, std::set<uint32_t> &nodes, size_t longest) {
        uint32_t start = edges[path[0]].first, end = edges[path.back()].second;
        if (end == start) {
            if (path.size() > 1)
                cycles.insert(Canonical(path));
            return;
        }
        if (path.size() == longest || !nodes.insert(end).second)
            return;
        for (uint32_t e = 0; e < edges.size(); e++)
            if (edges[e].first == end) {
                path.push_back(e);
                Extend(path, nodes, longest);
                path.pop_back();
            }
        nodes.erase(end);
    }
};

TEST(LockGraph, FindsEveryCycleOnceShorterOnesFirst) {
    std::mt19937 random(1);
    for (int round = 0; round < 2000; round++) {
        uint32_t nodes = 2 + random() % 6, wanted = random() % 16, longest = 2 + random() % 6;
        tc_lock_graph *graph = tc_lock_graph_new();
        Naive naive;
        for (uint32_t i = 0; i < wanted; i++) {
            uint32_t from = random() % nodes * 1000, to = random() % nodes * 1000;
            uint32_t edge = tc_lock_graph_edge(graph, from, to);
            ASSERT_EQ(edge, tc_lock_graph_find(graph, from, to));
            if (edge == naive.edges.size())
                naive.edges.push_back({from, to});
            ASSERT_EQ(naive.edges[edge], std::make_pair(from, to));
        }
        for (uint32_t e = 0; e < naive.edges.size(); e++) {
            std::vector<uint32_t> path = {e};
            std::set<uint32_t> visited = {naive.edges[e].first};
            naive.Extend(path, visited, longest);
        }
        Collected found;
        bool whole = tc_lock_graph_cycles(graph, longest, 1 << 20, nullptr, Collect, &found);
        EXPECT_EQ(found.cycles, naive.cycles);
        EXPECT_FALSE(found.twice);
        EXPECT_TRUE(std::is_sorted(found.lengths.begin(), found.lengths.end()));
        EXPECT_TRUE(whole || longest < nodes);
        tc_lock_graph_free(graph);
    }
}

TEST(LockGraph, LeavesOutEdgesThatAreNotToBeUsed) {
    tc_lock_graph *graph = tc_lock_graph_new();
    tc_lock_graph_edge(graph, 1, 2);
    tc_lock_graph_edge(graph, 2, 1);
    Collected found;
    tc_lock_graph_cycles(
        graph, 8, 1000, [](void *, uint32_t edge) { return edge != 1; }, Collect, &found);
    EXPECT_TRUE(found.cycles.empty());
    tc_lock_graph_free(graph);
}

TEST(LockGraph, SaysWhenTheSearchWasCutShort) {
    tc_lock_graph *graph = tc_lock_graph_new();
    for (uint32_t from = 0; from < 30; from++)
        for (uint32_t to = 0; to < 30; to++)
            tc_lock_graph_edge(graph, from, to);
    Collected found;
    EXPECT_FALSE(tc_lock_graph_cycles(graph, 8, 100000, nullptr, Collect, &found));
    EXPECT_GE(found.cycles.size(), 30u * 29 / 2);
    tc_lock_graph_free(graph);
}

TEST(LockGraph, AVeryLongChainIsNoProblem) {
    tc_lock_graph *graph = tc_lock_graph_new();
    for (uint32_t i = 0; i < 200000; i++)
        tc_lock_graph_edge(graph, i, i + 1);
    Collected found;
    EXPECT_TRUE(tc_lock_graph_cycles(graph, 8, 1 << 20, nullptr, Collect, &found));
    EXPECT_TRUE(found.cycles.empty());
    tc_lock_graph_free(graph);
}

} // namespace
