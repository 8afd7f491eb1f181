// What the line of progress says, and when.
#include "analyzer/cmd/progress.h"

#include <string>

#include <gtest/gtest.h>

namespace {

constexpr uint64_t kSecond = 1000000000;

TEST(Progress, SaysNothingInTheFirstSecond) {
    tc_progress progress;
    char text[256];
    tc_progress_begin(&progress, "a trace", true, 5 * kSecond);
    EXPECT_FALSE(tc_progress_line(&progress, 0.5, 6 * kSecond - 1, text, sizeof text));
    EXPECT_FALSE(progress.shown);
}

TEST(Progress, TellsThePartAndWhatIsLeft) {
    tc_progress progress;
    char text[256];
    tc_progress_begin(&progress, "a trace", true, 5 * kSecond);
    ASSERT_TRUE(tc_progress_line(&progress, 0.25, 7 * kSecond, text, sizeof text));
    EXPECT_EQ(std::string(text),
              "\rthreadcheck: a trace [#####...............]  25 %, 6 s left\033[K");
}

TEST(Progress, IsDrawnTenTimesASecondAtMost) {
    tc_progress progress;
    char text[256];
    tc_progress_begin(&progress, "a trace", true, 0);
    EXPECT_TRUE(tc_progress_line(&progress, 0.5, 2 * kSecond, text, sizeof text));
    EXPECT_FALSE(tc_progress_line(&progress, 0.5, 2 * kSecond + 99999999, text, sizeof text));
    EXPECT_TRUE(tc_progress_line(&progress, 0.5, 2 * kSecond + 100000000, text, sizeof text));
}

TEST(Progress, StaysSilentWithoutATerminal) {
    tc_progress progress;
    char text[256];
    tc_progress_begin(&progress, "a trace", false, 0);
    EXPECT_FALSE(tc_progress_line(&progress, 0.5, 9 * kSecond, text, sizeof text));
}

TEST(Progress, HoldsPartsToTheirRange) {
    tc_progress progress;
    char text[256];
    tc_progress_begin(&progress, "a trace", true, 0);
    ASSERT_TRUE(tc_progress_line(&progress, 1.5, 2 * kSecond, text, sizeof text));
    EXPECT_NE(std::string(text).find("[####################] 100 %"), std::string::npos);
}

} // namespace
