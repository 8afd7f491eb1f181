// matrix_test.cc: the cases of Linux lockdep's self-test, for each kind of lock, generated.
// Source: lib/locking-selftest.c of Linux: AA, ABBA, ABBCCA, ABCABC, ABBCCDDA, ABCDBDDA, ABCDBCDA,
// double unlock, initialisation of a held lock, and what must not fail.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/scenarios/scenario.h"

namespace {

struct LockKind {
    std::string name;
    std::string declare; // "%" for the names
    std::string take, give, request;
    bool blocks;       // two holders exclude each other
    bool recursive;    // its owner may take it again
    std::string again; // what taking it twice is; empty: nothing
    std::string twice; // what releasing it twice is
};

const LockKind kKinds[] = {
    {"mutex", "mutex", "lock", "unlock", "request", true, false, "self-deadlock", "double-release"},
    {"recursive mutex", "mutex recursive", "lock", "unlock", "request", true, true, "",
     "double-release"},
    {"errorcheck mutex", "mutex errorcheck", "lock", "unlock", "request", true, false,
     "self-deadlock", "double-release"},
    {"rwlock write", "rwlock", "lock", "unlock", "request", true, false, "self-deadlock",
     "double-release"},
    {"rwlock read", "rwlock", "read", "unread", "request-read", false, true, "", "double-release"},
    {"spinlock", "spinlock", "lock", "unlock", "request", true, false, "self-deadlock",
     "double-release"},
    {"semaphore", "semaphore value=1", "take", "give", "request-unit", true, false, "deadlock", ""},
    {"Lock", "pylock", "lock", "unlock", "request", true, false, "self-deadlock", "double-release"},
    {"RLock", "rlock", "lock", "unlock", "request", true, true, "", "double-release"},
    {"user lock", "lock", "lock", "unlock", "request", true, false, "self-deadlock",
     "double-release"},
};

// Pairs of locks, each taken by a thread of its own.
struct Order {
    std::string name;
    std::vector<std::string> pairs;
    bool cycle;
};

const Order kOrders[] = {
    {"ABBA", {"AB", "BA"}, true},
    {"ABBCCA", {"AB", "BC", "CA"}, true},
    {"ABCABC", {"AB", "CA", "BC"}, true},
    {"ABBCCDDA", {"AB", "BC", "CD", "DA"}, true},
    {"ABCDBDDA", {"AB", "CD", "BD", "DA"}, true},
    {"ABCDBCDA", {"AB", "CD", "BC", "DA"}, true},
    {"ABAB", {"AB", "AB"}, false},
    {"ABBCAC", {"AB", "BC", "AC"}, false},
    {"ABCDACBD", {"AB", "CD", "AC", "BD"}, false},
};

std::string Section(const LockKind &first, const LockKind &second, char a, char b) {
    return first.take + " " + a + "; " + second.take + " " + b + "; " + second.give + " " + b +
           "; " + first.give + " " + a;
}

// What is expected, with the lines that follow.
std::string Expect(const std::string &kind, const std::string &lines) {
    return "# expect: " + (kind.empty() ? "none" : kind + " error") + "\n" + lines;
}

TEST(Matrix, OrdersOfEachKind) {
    for (const LockKind &kind : kKinds)
        for (const Order &order : kOrders) {
            std::string text = kind.declare + " A B C D\n";
            int thread = 1;
            for (const std::string &pair : order.pairs)
                text += "T" + std::to_string(thread++) + ": " +
                        Section(kind, kind, pair[0], pair[1]) + "\n";
            bool deadlocks = order.cycle && kind.blocks;
            EXPECT_EQ(CheckScenario(Expect(deadlocks ? "lock-order-inversion" : "", text)), "")
                << kind.name << " " << order.name << "\n"
                << text;
        }
}

TEST(Matrix, TwoKindsCrossed) {
    for (const LockKind &one : kKinds)
        for (const LockKind &two : kKinds) {
            std::string text = one.declare + " A\n" + two.declare + " B\n";
            text += "T1: " + Section(one, two, 'A', 'B') + "\n";
            text += "T2: " + Section(two, one, 'B', 'A') + "\n";
            bool deadlocks = one.blocks && two.blocks;
            EXPECT_EQ(CheckScenario(Expect(deadlocks ? "lock-order-inversion" : "", text)), "")
                << one.name << " and " << two.name;
        }
}

// Readers that meet a writer: who holds for reading blocks who asks for writing.
TEST(Matrix, ReadersAndWriters) {
    const std::string modes[] = {"lock", "read"};
    const std::string ends[] = {"unlock", "unread"};
    for (int bits = 0; bits < 16; bits++) {
        int hold1 = bits & 1, ask1 = bits >> 1 & 1, hold2 = bits >> 2 & 1, ask2 = bits >> 3 & 1;
        std::string text = "rwlock A B\n";
        text += "T1: " + modes[hold1] + " A; " + modes[ask1] + " B; " + ends[ask1] + " B; " +
                ends[hold1] + " A\n";
        text += "T2: " + modes[hold2] + " B; " + modes[ask2] + " A; " + ends[ask2] + " A; " +
                ends[hold2] + " B\n";
        bool deadlocks = !(ask1 && hold2) && !(ask2 && hold1);
        EXPECT_EQ(CheckScenario(Expect(deadlocks ? "lock-order-inversion" : "", text)), "") << text;
    }
}

TEST(Matrix, TakenTwice) {
    for (const LockKind &kind : kKinds) {
        std::string text = kind.declare + " A\nT1: " + kind.take + " A; ";
        text += kind.again.empty() ? kind.take + " A; " + kind.give + " A; " + kind.give + " A\n"
                                   : kind.request + " A\n";
        text += kind.again.empty() ? "" : "main: request-join T1\n";
        EXPECT_EQ(CheckScenario(Expect(kind.again, text)), "") << kind.name;
    }
}

TEST(Matrix, ReleasedTwice) {
    for (const LockKind &kind : kKinds) {
        std::string text = kind.declare + " A\nT1: " + kind.take + " A; " + kind.give + " A; " +
                           kind.give + " A\n";
        EXPECT_EQ(CheckScenario(Expect(kind.twice, text)), "") << kind.name;
    }
}

TEST(Matrix, InitialisedWhileHeld) {
    for (const LockKind &kind : kKinds) {
        if (kind.name == "semaphore")
            continue; // holding one means nothing to it
        std::string text = kind.declare + " A B\nT1: init A; " + kind.take +
                           " A; reinit A B; init B; " + kind.take + " B; " + kind.give + " B\n";
        EXPECT_EQ(CheckScenario(Expect("double-init", text)), "") << kind.name;
    }
}

// Under a gate of each kind, and after a join.
TEST(Matrix, OrdersThatCannotMeet) {
    for (const LockKind &kind : kKinds)
        for (const LockKind &gate : kKinds) {
            std::string text = kind.declare + " A B\n" + gate.declare + " G\n";
            for (int i = 0; i < 2; i++)
                text += "T" + std::to_string(i + 1) + ": " + gate.take + " G; " +
                        Section(kind, kind, i ? 'B' : 'A', i ? 'A' : 'B') + "; " + gate.give +
                        " G\n";
            bool deadlocks = kind.blocks && !gate.blocks;
            EXPECT_EQ(CheckScenario(Expect(deadlocks ? "lock-order-inversion" : "", text)), "")
                << kind.name << " under " << gate.name;
            std::string joined = kind.declare + " A B\nT1: " + Section(kind, kind, 'A', 'B') +
                                 "; exit\nmain: join T1; " + Section(kind, kind, 'B', 'A') + "\n";
            EXPECT_EQ(CheckScenario(Expect("", joined)), "") << kind.name;
        }
}

} // namespace
