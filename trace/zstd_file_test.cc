// Traces through zstd and back, and what is said of cut and damaged ones.
#include "trace/zstd_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "trace/decode.h"
#include "trace/writer.h"

namespace {

class ZstdFile : public testing::Test {
  protected:
    void SetUp() override {
        const char *folder = std::getenv("TEST_TMPDIR");
        plain_ = std::string(folder ? folder : "/tmp") + "/zstd_file_test.tctrace";
        packed_ = plain_ + ".zst";
        tc_writer *writer = tc_writer_new();
        uint32_t thread = tc_writer_thread(writer, 0, "main");
        uint32_t lock = tc_writer_object(writer, TC_OBJECT_MUTEX, 0, 0);
        for (int i = 0; i < kPairs; i++) {
            tc_writer_event(writer, thread, TC_EV_ACQUIRE, lock, 0, 0, 0);
            tc_writer_event(writer, thread, TC_EV_RELEASE, lock, 0, 0, 0);
        }
        ASSERT_TRUE(tc_writer_save(writer, plain_.c_str()));
        tc_writer_free(writer);
        int from = open(plain_.c_str(), O_RDONLY);
        int to = open(packed_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        tc_trace_error error = {};
        ASSERT_TRUE(tc_compress_file(from, plain_.c_str(), to, packed_.c_str(), &error))
            << error.text;
        close(from);
        close(to);
    }
    void TearDown() override {
        unlink(plain_.c_str());
        unlink(packed_.c_str());
    }

    std::vector<char> Read(const std::string &path) {
        std::vector<char> bytes(static_cast<size_t>(Size(path)));
        int file = open(path.c_str(), O_RDONLY);
        EXPECT_EQ(read(file, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
        close(file);
        return bytes;
    }
    void Write(const std::string &path, const std::vector<char> &bytes) {
        int file = open(path.c_str(), O_WRONLY | O_TRUNC);
        EXPECT_EQ(write(file, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
        close(file);
    }
    off_t Size(const std::string &path) {
        struct stat status = {};
        stat(path.c_str(), &status);
        return status.st_size;
    }
    // Events of the only thread, or the error.
    std::string Events(const std::string &path) {
        tc_trace_error error = {};
        tc_trace *trace = tc_trace_open(path.c_str(), &error);
        if (!trace)
            return error.text;
        tc_cursor cursor;
        tc_raw raw;
        int count = 0;
        tc_cursor_init(&cursor, trace, 1);
        while (tc_cursor_next(&cursor, &raw) == TC_NEXT_EVENT)
            count++;
        tc_cursor_free(&cursor);
        tc_trace_close(trace);
        return std::to_string(count);
    }

    static constexpr int kPairs = 10000;
    std::string plain_, packed_;
};

TEST_F(ZstdFile, IsReadAsTheTraceThatItWas) {
    EXPECT_EQ(Events(packed_), Events(plain_));
    EXPECT_GE(std::stoi(Events(packed_)), 2 * kPairs);
    EXPECT_LT(Size(packed_) * 4, Size(plain_));
}

TEST_F(ZstdFile, GivesOutItsHead) {
    std::vector<char> bytes = Read(packed_), head(64), plain = Read(plain_);
    ASSERT_TRUE(tc_is_compressed(bytes.data(), bytes.size()));
    ASSERT_TRUE(tc_unpack_head(bytes.data(), bytes.size(), head.data(), head.size()));
    EXPECT_EQ(std::string(head.begin(), head.end()),
              std::string(plain.begin(), plain.begin() + 64));
}

TEST_F(ZstdFile, SaysThatItIsCut) {
    std::vector<char> bytes = Read(packed_);
    for (size_t left : {bytes.size() - 1, bytes.size() / 2, size_t{5}}) {
        Write(packed_, std::vector<char>(bytes.begin(), bytes.begin() + static_cast<long>(left)));
        EXPECT_EQ(Events(packed_), packed_ + ": the compressed trace is cut off") << left;
    }
}

TEST_F(ZstdFile, SaysThatItIsDamaged) {
    const std::vector<char> bytes = Read(packed_);
    for (size_t at = 4; at < bytes.size(); at += 7) {
        std::vector<char> changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ 0x55);
        Write(packed_, changed);
        std::string said = Events(packed_);
        EXPECT_EQ(said.rfind(packed_ + ": the compressed trace is ", 0), 0u) << at << " " << said;
        EXPECT_EQ(said.find('\n'), std::string::npos);
    }
}

TEST_F(ZstdFile, RefusesWhatFollowsIt) {
    std::vector<char> bytes = Read(packed_);
    bytes.push_back('x');
    Write(packed_, bytes);
    EXPECT_EQ(Events(packed_).rfind(packed_ + ": the compressed trace is ", 0), 0u);
}

} // namespace
