// std_text_test.cc: the text format of RAPID: what it says arrives, what is wrong is named.
#include <cstdio>
#include <cstring>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

#include "trace/decode.h"
#include "trace/std_text.h"

namespace {

struct tc_trace *Open(const std::string &text, tc_trace_error *error) {
    return tc_trace_open_std(text.data(), text.size(), "given.std", error);
}

std::string Events(tc_trace *trace, uint32_t thread) {
    std::string events;
    tc_cursor cursor;
    tc_raw raw;
    tc_cursor_init(&cursor, trace, thread);
    while (tc_cursor_next(&cursor, &raw) != TC_NEXT_END) {
        const char *name = tc_trace_object_name(trace, raw.object);
        events += std::string(tc_event_table[raw.code].name) +
                  (name ? std::string(" ") + name : "") + ";";
    }
    tc_cursor_free(&cursor);
    return events;
}

TEST(StdText, GivesThreadsLocksAndVariables) {
    tc_trace_error error;
    tc_trace *trace = Open("T0|fork(T1)|1\n"
                           "T0|req(a)|2\n"
                           "T0|acq(a)|2\n"
                           "T0|w(x)|3\n"
                           "T0|rel(a)|4\r\n"
                           "\n"
                           "T1|begin|9\n"
                           "T1|r(x)|5\n"
                           "T0|join(T1)|6",
                           &error);
    ASSERT_NE(trace, nullptr) << error.text;
    EXPECT_EQ(tc_trace_thread_count(trace), 2u);
    EXPECT_STREQ(tc_trace_thread_name(trace, 2), "T1");
    EXPECT_EQ(Events(trace, 1),
              "THREAD_CREATE;REQUEST a;ACQUIRE a;HAPPENS_BEFORE x;RELEASE a;THREAD_JOIN;");
    EXPECT_EQ(Events(trace, 2), "THREAD_START;HAPPENS_AFTER x;THREAD_EXIT;");
    tc_trace_close(trace);
}

TEST(StdText, NamesTheLineOfAMistake) {
    const char *const bad[] = {
        "T0|acq(a)|1\nT0|acq(a)\n",    "T0|acq(a)|1\nT0|acq(a)|here\n",
        "T0|acq(a)|1\nT0|lock(a)|2\n", "T0|acq(a)|1\nT0|acq a|2\n",
        "T0|acq(a)|1\nT0|acq()|2\n",   "T0|acq(a)|1\nT0|fork(T0)|2\n",
        "T0|acq(a)|1\n|acq(a)|2\n",
    };
    for (const char *text : bad) {
        tc_trace_error error;
        EXPECT_EQ(Open(text, &error), nullptr) << text;
        EXPECT_EQ(error.state, TC_TRACE_NOT_A_TRACE);
        EXPECT_NE(strstr(error.text, "given.std:2: "), nullptr) << error.text;
    }
}

TEST(StdText, AThreadIsNotForkedAfterItRan) {
    tc_trace_error error;
    EXPECT_EQ(Open("T1|acq(a)|1\nT0|fork(T1)|2\n", &error), nullptr);
    EXPECT_NE(strstr(error.text, "given.std:2: "), nullptr) << error.text;
}

TEST(StdText, IsToldFromTracesByItsFirstLine) {
    std::string made = testing::TempDir() + "/std_text_test.XXXXXX";
    char *path = made.data();
    int fd = mkstemp(path);
    ASSERT_GE(fd, 0);
    const std::string text = "T0|acq(a)|1\nT0|rel(a)|2\n";
    ASSERT_EQ(write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    tc_trace_error error;
    tc_trace *trace = tc_trace_open_any(path, &error);
    EXPECT_NE(trace, nullptr) << error.text;
    tc_trace_close(trace);
    ASSERT_EQ(ftruncate(fd, 0), 0);
    ASSERT_EQ(pwrite(fd, "neither\n", 8, 0), 8);
    EXPECT_EQ(tc_trace_open_any(path, &error), nullptr);
    EXPECT_NE(strstr(error.text, path), nullptr) << error.text;
    close(fd);
    unlink(path);
}

} // namespace
