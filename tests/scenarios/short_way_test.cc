// short_way_test.cc: random traces of all kinds of records, again and again in the same places, so
// that the engine takes its short way of repeats: it finds what the long way finds.  RunScenario
// compares the two.

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/scenarios/scenario.h"

namespace {

// What a thread does in a row; $L is a lock, $R a read-write lock, $S a semaphore.
const std::vector<std::string> kPieces = {
    "lock $L @a; unlock $L",
    "lock $L @a; lock A @b; lock B @c; unlock B; unlock A; unlock $L",
    "request $L @a; lock $L @a; unlock $L",
    "request-timed $L @a; timedlock $L @a; unlock $L",
    "trylock $L @d; unlock $L",
    "read $R @a; unread $R",
    "request-read $R @a; tryread $R @b; unread $R",
    "lock $R @a; lock $L @b; unlock $L; unlock $R",
    "request-unit $S @a; take $S @a; give $S @b",
    "trytake $S @a; give $S @c",
    "lock $L @a; take $S @a; give $S @b; unlock $L",
    "take $S @a; lock $L @b; unlock $L; give $S @c",
    "take $S @a; lock $L @b; unlock $L; lock $L @b; unlock $L; give $S @c",
    "time 1; lock $L @a; unlock $L",
};

// What comes seldom: after some of it an object is no more in order, and the short way is not
// taken.
const std::vector<std::string> kOdd = {
    "lock $L @a; lock $L @a; unlock $L; unlock $L",
    "unlock $L",
    "still-held $L @d; unlock $L",
    "orphan $L @d; unlock $L",
    "signal K @a",
    "lock $L @a; wait K $L @b; woken K $L @b; unlock $L",
    "handler 10; lock $L @a; unlock $L; return 10",
    "lost 3",
};

std::string Fill(std::string piece, std::mt19937 *random) {
    static const std::vector<std::pair<std::string, std::vector<std::string>>> names = {
        {"$L", {"C", "D", "E", "F", "G"}}, {"$R", {"R", "Q"}}, {"$S", {"S", "U"}}};
    for (const auto &[what, choices] : names) {
        std::string choice = choices[(*random)() % choices.size()];
        for (size_t at; (at = piece.find(what)) != std::string::npos;)
            piece.replace(at, what.size(), choice);
    }
    // So many stacks that records of all kinds meet in the slots of a thread's cache.
    for (size_t at = 0; (at = piece.find('@', at) + 2) != 1;)
        piece.insert(at, std::to_string((*random)() % 16));
    return piece;
}

TEST(ShortWay, FindsWhatTheLongWayFinds) {
    std::mt19937 random(11);
    size_t found = 0;
    for (int round = 0; round < 150; round++) {
        std::string text = "mutex A B C D\nmutex recursive E\nmutex errorcheck F\nmutex robust G\n"
                           "rwlock R Q\nsemaphore value=1 S\nsemaphore value=0 U\ncondition K\n";
        // Of a round mostly the same few pieces for each thread, with others in between.
        std::vector<std::string> usual;
        for (int i = 0; i < 32; i++)
            usual.push_back(Fill(kPieces[random() % kPieces.size()], &random));
        for (int i = 0; i < 500; i++) {
            size_t thread = random() % 4;
            std::string piece = usual[8 * thread + random() % 8];
            if (random() % 4 == 0)
                piece = Fill(kPieces[random() % kPieces.size()], &random);
            if (random() % 100 == 0)
                piece = Fill(kOdd[random() % kOdd.size()], &random);
            for (int repeats = random() % 3; repeats >= 0; repeats--)
                text += "T" + std::to_string(thread + 1) + ": " + piece + "\n";
        }
        text += "T1: exit\nT2: exit\nT3: exit\nT4: exit\n";
        Outcome outcome = RunScenario(text);
        ASSERT_EQ(outcome.error, "") << text;
        found += outcome.found.size();
    }
    EXPECT_GT(found, 300u); // it is about something
}

} // namespace
