// writer_test.cc: the bytes of docs/trace-format.md's example, and what the writer promises.
#include "trace/writer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "trace/encode.h"

namespace {

class WriterTest : public ::testing::Test {
  protected:
    WriterTest() : w_(tc_writer_new()) { tc_writer_chunk_size(w_, TC_PAGE); }
    ~WriterTest() override { tc_writer_free(w_); }

    // The first bytes of the thread's first chunk, as hex.
    std::string Stream(uint32_t thread, size_t count) {
        size_t size;
        const uint8_t *bytes = static_cast<const uint8_t *>(tc_writer_finish(w_, &size));
        for (size_t at = TC_PAGE; at < size; at += TC_PAGE) {
            const tc_chunk_header *head = reinterpret_cast<const tc_chunk_header *>(bytes + at);
            if (head->magic != TC_CHUNK_MAGIC || head->thread != thread)
                continue;
            std::string hex;
            char two[4];
            for (size_t i = 0; i < count; i++) {
                snprintf(two, sizeof two, "%02x", bytes[at + sizeof *head + i]);
                hex += (i ? " " : "") + std::string(two);
            }
            return hex;
        }
        return "";
    }

    tc_writer *w_;
};

TEST_F(WriterTest, WritesTheBytesOfTheDocument) {
    uint32_t main = tc_writer_thread(w_, 0, "main");
    uint32_t lock = tc_writer_object(w_, TC_OBJECT_MUTEX, TC_ATTR_NO_INIT_SEEN, 0);
    uint32_t in_thread = tc_writer_stack1(w_, 0x401136), in_main = tc_writer_stack1(w_, 0x401180);
    uint32_t thread = tc_writer_spawn(w_, main, in_main);
    auto pair = [&](uint32_t who, uint32_t stack) {
        tc_writer_event(w_, who, TC_EV_ACQUIRE, lock, stack, 0, 0);
        tc_writer_event(w_, who, TC_EV_RELEASE, lock, 0, 0, 0);
    };
    pair(thread, in_thread);
    pair(thread, in_thread);
    pair(main, in_main);
    tc_writer_time(w_, thread, 1000);
    pair(thread, in_thread);
    tc_writer_exit(w_, thread);
    tc_writer_join(w_, main, thread, in_main);
    EXPECT_EQ(Stream(main, 20), "81 01 03 03 02 01 81 20 13 02 02 05 80 81 04 03 03 02 04 00");
    EXPECT_EQ(Stream(thread, 26), "81 02 02 03 02 81 20 13 02 01 01 80 2e 80 84 e8 07 82 2d 07 80"
                                  " 81 03 00 03 00");
}

TEST_F(WriterTest, NamesALockThatIsNotTheNewest) {
    uint32_t main = tc_writer_thread(w_, 0, nullptr);
    uint32_t a = tc_writer_object(w_, TC_OBJECT_MUTEX, 0, 0);
    uint32_t b = tc_writer_object(w_, TC_OBJECT_MUTEX, 0, 0);
    tc_writer_event(w_, main, TC_EV_ACQUIRE, a, 1, 0, 0);
    tc_writer_event(w_, main, TC_EV_ACQUIRE, b, 1, 0, 0);
    tc_writer_event(w_, main, TC_EV_RELEASE, a, 0, 0, 0);
    tc_writer_event(w_, main, TC_EV_RELEASE, b, 0, 0, 0);
    EXPECT_EQ(Stream(main, 16), "81 20 13 02 01 01 81 20 13 03 01 01 83 02 80 00");
}

TEST_F(WriterTest, StartsAnewAfterALoss) {
    uint32_t main = tc_writer_thread(w_, 0, nullptr);
    uint32_t a = tc_writer_object(w_, TC_OBJECT_MUTEX, 0, 0);
    tc_writer_event(w_, main, TC_EV_ACQUIRE, a, 1, 0, 0);
    tc_writer_lost(w_, main, 5);
    tc_writer_event(w_, main, TC_EV_STILL_HELD, a, 1, 0, 0);
    tc_writer_event(w_, main, TC_EV_RELEASE, a, 0, 0, 0);
    tc_writer_event(w_, main, TC_EV_ACQUIRE, a, 1, 0, 0);
    EXPECT_EQ(Stream(main, 19), "81 20 13 02 01 01 85 05 81 71 11 02 01 80 81 20 11 02 01");
}

TEST_F(WriterTest, NoRecordIsLongerThanTheFormatSays) {
    uint8_t record[2 * TC_RECORD_MAX];
    const uint8_t *end = tc_put_event(record, 0xff, 0x1f, UINT32_MAX, UINT32_MAX, UINT64_MAX,
                                      UINT64_MAX, UINT32_MAX);
    EXPECT_LE(end - record, TC_RECORD_MAX);
}

} // namespace
