// packed_test.cc: what is asked for is there whatever was read in between, with room for a few
// frames only; traces that another tool compressed are read, too.
#include "trace/packed.h"

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "trace/decode.h"
#include "trace/writer.h"
#include "trace/zstd_file.h"
extern "C" {
#include "trace/file.h"
}

namespace {

std::string Path(const char *name) {
    const char *folder = std::getenv("TEST_TMPDIR");
    return std::string(folder ? folder : "/tmp") + "/" + name;
}

void Write(const std::string &path, const void *bytes, size_t size) {
    int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ASSERT_EQ(write(file, bytes, size), static_cast<ssize_t>(size));
    close(file);
}

void Compress(const std::string &from_path, const std::string &to_path) {
    int from = open(from_path.c_str(), O_RDONLY);
    int to = open(to_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    tc_trace_error error = {};
    ASSERT_TRUE(tc_compress_file(from, from_path.c_str(), to, to_path.c_str(), &error))
        << error.text;
    close(from);
    close(to);
}

TEST(Packed, HasWhatIsAskedForAndKeepsWhatIsToBeKept) {
    std::mt19937 random(5);
    std::vector<uint8_t> bytes(3000000);
    for (size_t i = 0; i < bytes.size(); i++)
        bytes[i] = static_cast<uint8_t>(random() % 8 + 1);
    std::string plain = Path("packed_test.bytes"), path = plain + ".zst";
    Write(plain, bytes.data(), bytes.size());
    Compress(plain, path);
    int file = open(path.c_str(), O_RDONLY);
    tc_trace_error error = {};
    tc_packed *packed = tc_packed_open(file, path.c_str(), &error);
    close(file);
    ASSERT_NE(packed, nullptr) << error.text;
    ASSERT_EQ(tc_packed_size(packed), bytes.size());
    tc_packed_cache(packed, 3 * TC_PACKED_FRAME);
    std::vector<std::pair<uint64_t, uint64_t>> kept = {
        {0, TC_PAGE}, {100 * TC_PAGE, 140 * TC_PAGE}, {300 * TC_PAGE, 301 * TC_PAGE}};
    for (auto [from, to] : kept) {
        ASSERT_TRUE(tc_packed_keep(packed, from, to));
        ASSERT_TRUE(tc_packed_need(packed, from, to));
    }
    for (int i = 0; i < 2000; i++) {
        uint64_t from = random() % bytes.size();
        uint64_t to = std::min<uint64_t>(from + random() % 300000, bytes.size());
        ASSERT_TRUE(tc_packed_need(packed, from, to));
        ASSERT_EQ(memcmp(tc_packed_bytes(packed) + from, bytes.data() + from, to - from), 0);
        for (auto [begin, end] : kept)
            ASSERT_EQ(memcmp(tc_packed_bytes(packed) + begin, bytes.data() + begin, end - begin),
                      0);
    }
    tc_packed_close(packed);
    unlink(plain.c_str());
    unlink(path.c_str());
}

// Threads that take turns, in chunks that lie between each other's.
class PackedTrace : public testing::Test {
  protected:
    void SetUp() override {
        plain_ = Path("packed_test.tctrace");
        packed_ = plain_ + ".zst";
        tc_writer *writer = tc_writer_new();
        std::mt19937 random(9);
        uint32_t locks[50], threads[kThreads];
        uint32_t main_thread = tc_writer_thread(writer, 0, "main");
        for (uint32_t &lock : locks)
            lock = tc_writer_object(writer, TC_OBJECT_MUTEX, 0, 0);
        for (uint32_t &thread : threads)
            thread = tc_writer_spawn(writer, main_thread, 0);
        for (int i = 0; i < 200000; i++) {
            uint32_t thread = threads[random() % kThreads], lock = locks[random() % 50];
            uint32_t stack = 1 + random() % 1000; // so that little repeats
            tc_writer_event(writer, thread, TC_EV_ACQUIRE, lock, stack, 0, 0);
            tc_writer_event(writer, thread, TC_EV_RELEASE, lock, stack, 0, 0);
        }
        ASSERT_TRUE(tc_writer_save(writer, plain_.c_str()));
        tc_writer_free(writer);
    }
    void TearDown() override {
        unlink(plain_.c_str());
        unlink(packed_.c_str());
    }

    // All events, a few of each thread in turn.
    std::vector<uint64_t> Events(const std::string &path, uint64_t cache) {
        std::vector<uint64_t> events;
        tc_trace_error error = {};
        tc_trace *trace = tc_trace_open(path.c_str(), &error);
        EXPECT_NE(trace, nullptr) << error.text;
        if (!trace)
            return events;
        if (trace->packed)
            tc_packed_cache(trace->packed, cache);
        EXPECT_EQ(trace->packed != nullptr, path != plain_);
        EXPECT_EQ(tc_trace_note_count(trace), 0u);
        std::vector<tc_cursor> cursors(kThreads + 1);
        for (uint32_t i = 0; i <= kThreads; i++)
            tc_cursor_init(&cursors[i], trace, i + 1);
        for (bool any = true; any;) {
            any = false;
            for (tc_cursor &cursor : cursors) {
                tc_raw raw;
                tc_cursor_resume(&cursor);
                for (int i = 0; i < 100 && tc_cursor_next(&cursor, &raw) == TC_NEXT_EVENT; i++) {
                    any = true;
                    events.push_back(uint64_t{raw.object} << 40 | uint64_t{raw.stack} << 8 |
                                     raw.code);
                }
            }
        }
        for (tc_cursor &cursor : cursors)
            tc_cursor_free(&cursor);
        tc_trace_close(trace);
        return events;
    }

    static constexpr uint32_t kThreads = 12;
    std::string plain_, packed_;
};

TEST_F(PackedTrace, IsReadAsThePlainOneWithRoomForFewFrames) {
    std::vector<uint64_t> plain = Events(plain_, 0);
    EXPECT_GT(plain.size(), 400000u);
    Compress(plain_, packed_);
    EXPECT_TRUE(Events(packed_, TC_PACKED_CACHE) == plain);
    EXPECT_TRUE(Events(packed_, 2 * TC_PACKED_FRAME) == plain);
}

TEST_F(PackedTrace, IsReadWhenItIsOneLongFrame) {
    int file = open(plain_.c_str(), O_RDONLY);
    std::vector<char> bytes(static_cast<size_t>(lseek(file, 0, SEEK_END)));
    ASSERT_EQ(pread(file, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    close(file);
    // As of a pipe: its length is not said.
    std::vector<char> out(ZSTD_compressBound(bytes.size()));
    ZSTD_CCtx *packer = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(packer, ZSTD_c_contentSizeFlag, 0);
    size_t size = ZSTD_compress2(packer, out.data(), out.size(), bytes.data(), bytes.size());
    ZSTD_freeCCtx(packer);
    ASSERT_FALSE(ZSTD_isError(size));
    Write(packed_, out.data(), size);
    EXPECT_TRUE(Events(packed_, 2 * TC_PACKED_FRAME) == Events(plain_, 0));
}

} // namespace
