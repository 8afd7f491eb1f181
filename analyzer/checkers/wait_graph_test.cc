// wait_graph_test.cc: random wait-for graphs against a naive fixpoint and naive reachability.
#include "analyzer/checkers/wait_graph.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

namespace {

enum Kind { kRuns, kNeedsAll, kNeedsAny, kNever, kGone };

struct Node {
    Kind kind = kRuns;
    std::set<uint32_t> needs;
};

struct Naive {
    std::vector<Node> nodes;
    std::vector<bool> stuck;
    std::vector<std::vector<bool>> reach; // among the stuck

    void Solve() {
        size_t count = nodes.size();
        stuck.assign(count, true);
        for (bool changed = true; changed;) {
            changed = false;
            for (size_t n = 0; n < count; n++)
                if (stuck[n] && CanGoOn(n)) {
                    stuck[n] = false;
                    changed = true;
                }
        }
        for (size_t n = 0; n < count; n++)
            if (nodes[n].kind == kGone)
                stuck[n] = false;
        reach.assign(count, std::vector<bool>(count));
        for (size_t n = 0; n < count; n++)
            for (size_t m = 0; m < count; m++)
                reach[n][m] =
                    stuck[n] && stuck[m] && (nodes[n].kind == kNeedsAny || nodes[n].needs.count(m));
        for (size_t k = 0; k < count; k++)
            for (size_t n = 0; n < count; n++)
                for (size_t m = 0; m < count; m++)
                    if (reach[n][k] && reach[k][m])
                        reach[n][m] = true;
    }

    bool CanGoOn(size_t n) const {
        const Node &node = nodes[n];
        if (node.kind == kRuns)
            return true;
        if (node.kind == kNever || node.kind == kGone)
            return false;
        if (node.kind == kNeedsAny) {
            for (size_t m = 0; m < nodes.size(); m++)
                if (!stuck[m])
                    return true;
            return false;
        }
        for (uint32_t m : node.needs)
            if (stuck[m])
                return false;
        return true;
    }

    // In a group that leads nowhere else.
    bool IsCause(size_t n) const {
        for (size_t m = 0; m < nodes.size(); m++)
            if (reach[n][m] && !reach[m][n])
                return false;
        return stuck[n];
    }
};

TEST(WaitGraph, AgreesWithTheNaiveModel) {
    std::mt19937 random(7);
    for (int round = 0; round < 20000; round++) {
        uint32_t count = 1 + random() % 7;
        Naive naive;
        naive.nodes.resize(count);
        tc_wait_graph *graph = tc_wait_graph_new(count);
        for (uint32_t n = 0; n < count; n++) {
            Node &node = naive.nodes[n];
            unsigned dice = random() % 20;
            node.kind = dice < 2   ? kRuns
                        : dice < 4 ? kNeedsAny
                        : dice < 5 ? kNever
                        : dice < 6 ? kGone
                                   : kNeedsAll;
            if (node.kind == kNeedsAll)
                for (uint32_t i = 0; i < 1 + random() % 2; i++) {
                    uint32_t other = random() % count;
                    node.needs.insert(other);
                    tc_wait_graph_needs(graph, n, other);
                }
            if (node.kind == kNeedsAny)
                tc_wait_graph_needs_any(graph, n);
            if (node.kind == kNever)
                tc_wait_graph_block(graph, n);
            if (node.kind == kGone)
                tc_wait_graph_gone(graph, n);
        }
        naive.Solve();
        tc_wait_graph_solve(graph);
        std::map<uint32_t, uint32_t> first; // of each group
        for (uint32_t n = 0; n < count; n++) {
            ASSERT_EQ(tc_wait_graph_stuck(graph, n), naive.stuck[n]) << "round " << round;
            ASSERT_EQ(tc_wait_graph_is_cause(graph, n), naive.IsCause(n)) << "round " << round;
            if (!naive.stuck[n]) {
                ASSERT_EQ(tc_wait_graph_group(graph, n), UINT32_MAX);
                continue;
            }
            uint32_t group = tc_wait_graph_group(graph, n);
            ASSERT_LT(group, tc_wait_graph_group_count(graph));
            if (!naive.IsCause(n))
                continue;
            auto [it, fresh] = first.try_emplace(group, n);
            if (!fresh) {
                ASSERT_TRUE(naive.reach[n][it->second] && naive.reach[it->second][n]);
            }
        }
        ASSERT_EQ(first.size(), tc_wait_graph_group_count(graph));
        for (uint32_t n = 0; n < count; n++)
            if (naive.stuck[n] && !naive.IsCause(n)) {
                ASSERT_TRUE(naive.reach[n][first[tc_wait_graph_group(graph, n)]]);
            }
        tc_wait_graph_free(graph);
    }
}

} // namespace
