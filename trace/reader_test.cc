// reader_test.cc: what the reader says of files that are not, or not wholly, traces; and that it
// gives back what the writer wrote.
#include "trace/reader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "trace/decode.h"
#include "trace/writer.h"

namespace {

class ReaderTest : public ::testing::Test {
  protected:
    ReaderTest() : writer_(tc_writer_new()) { tc_writer_chunk_size(writer_, 4096); }
    ~ReaderTest() override {
        tc_trace_close(trace_);
        tc_writer_free(writer_);
    }

    std::string Path(const std::string &name) { return ::testing::TempDir() + "/" + name; }

    std::vector<uint8_t> Bytes() {
        size_t size;
        const uint8_t *bytes = static_cast<const uint8_t *>(tc_writer_finish(writer_, &size));
        return std::vector<uint8_t>(bytes, bytes + size);
    }

    // Opens bytes; the state, with the trace in trace_.
    tc_trace_state Open(const std::vector<uint8_t> &bytes) {
        tc_trace_close(trace_);
        trace_ = tc_trace_open_memory(bytes.data(), bytes.size(), "test", &error_);
        EXPECT_EQ(trace_ == nullptr, error_.text[0] != 0) << error_.text;
        return error_.state;
    }

    tc_trace_state OpenFile(const std::string &path) {
        tc_trace_close(trace_);
        trace_ = tc_trace_open(path.c_str(), &error_);
        EXPECT_EQ(trace_ == nullptr, error_.text[0] != 0) << error_.text;
        return error_.state;
    }

    std::string Notes() {
        std::string all;
        for (size_t i = 0; i < tc_trace_note_count(trace_); i++)
            all += std::string(tc_trace_note(trace_, i)) + "\n";
        return all;
    }

    // Codes of a thread's events; 0 where some are lost.
    std::vector<int> Codes(uint32_t thread) {
        tc_cursor cursor;
        tc_raw raw;
        std::vector<int> codes;
        tc_cursor_init(&cursor, trace_, thread);
        for (tc_next next; (next = tc_cursor_next(&cursor, &raw)) != TC_NEXT_END;)
            codes.push_back(next == TC_NEXT_EVENT ? raw.code : 0);
        damage_ = cursor.damage;
        tc_cursor_free(&cursor);
        return codes;
    }

    tc_writer *writer_;
    tc_trace *trace_ = nullptr;
    tc_trace_error error_;
    tc_stream_damage damage_;
};

TEST_F(ReaderTest, TellsWhatCannotBeRead) {
    EXPECT_EQ(OpenFile("/dev/null"), TC_TRACE_NOT_A_TRACE);
    EXPECT_STREQ(error_.text, "/dev/null: not a threadcheck trace but a device");
    EXPECT_EQ(OpenFile(::testing::TempDir()), TC_TRACE_NOT_A_TRACE);
    EXPECT_NE(strstr(error_.text, "but a directory"), nullptr) << error_.text;
    EXPECT_EQ(OpenFile(Path("nothing-here")), TC_TRACE_UNREADABLE);
    EXPECT_NE(strstr(error_.text, "No such file"), nullptr) << error_.text;
    std::string pipe = Path("pipe");
    unlink(pipe.c_str());
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(OpenFile(pipe), TC_TRACE_NOT_A_TRACE);
    EXPECT_NE(strstr(error_.text, "but a pipe"), nullptr) << error_.text;
    unlink(pipe.c_str());
}

TEST_F(ReaderTest, TellsEmptyFromForeignFromNewer) {
    EXPECT_EQ(Open({}), TC_TRACE_EMPTY);
    EXPECT_EQ(Open(std::vector<uint8_t>(8192)), TC_TRACE_EMPTY);
    EXPECT_EQ(Open({'#', '!', '/', 'b', 'i', 'n'}), TC_TRACE_NOT_A_TRACE);
    EXPECT_EQ(Open(std::vector<uint8_t>(65536, 'x')), TC_TRACE_NOT_A_TRACE);

    std::vector<uint8_t> bytes = Bytes();
    EXPECT_EQ(Open(bytes), TC_TRACE_OK);
    EXPECT_EQ(Notes(), "");
    EXPECT_EQ(Open(std::vector<uint8_t>(bytes.begin(), bytes.begin() + 100)), TC_TRACE_EMPTY);

    tc_file_header *header = reinterpret_cast<tc_file_header *>(bytes.data());
    header->version = header->min_version = TC_TRACE_VERSION + 1;
    EXPECT_EQ(Open(bytes), TC_TRACE_NEWER);
    EXPECT_NE(strstr(error_.text, "version 2"), nullptr) << error_.text;
    header->min_version = TC_TRACE_VERSION;
    EXPECT_EQ(Open(bytes), TC_TRACE_OK) << "a newer trace that says that it can be read";
    header->endian = __builtin_bswap32(TC_TRACE_ENDIAN);
    EXPECT_EQ(Open(bytes), TC_TRACE_FOREIGN);
    header->endian = 0;
    EXPECT_EQ(Open(bytes), TC_TRACE_NOT_A_TRACE);
}

TEST_F(ReaderTest, AnErrorIsOneLine) {
    OpenFile("no\nsuch\x1b[31mfile");
    EXPECT_EQ(strpbrk(error_.text, "\n\x1b"), nullptr) << error_.text;
}

TEST_F(ReaderTest, GivesBackMetaRecords) {
    uint32_t main = tc_writer_thread(writer_, 0, "main");
    uint32_t child = tc_writer_thread(writer_, main, nullptr);
    uint32_t lock = tc_writer_object(writer_, TC_OBJECT_MUTEX, TC_ATTR_RECURSIVE, 0);
    tc_writer_object_name(writer_, lock, "accounts");
    uint64_t frames[] = {0x10, 0x20 | TC_FRAME_EXACT, 0x30};
    uint32_t stack = tc_writer_stack(writer_, frames, 3);
    tc_writer_warning(writer_, "look here");
    tc_writer_remark(writer_, "half of it");
    ASSERT_EQ(Open(Bytes()), TC_TRACE_OK);

    EXPECT_EQ(tc_trace_thread_count(trace_), 2u);
    EXPECT_STREQ(tc_trace_thread_name(trace_, main), "main");
    EXPECT_EQ(tc_trace_thread_name(trace_, child), nullptr);
    EXPECT_EQ(tc_trace_thread(trace_, child)->parent, main);
    EXPECT_EQ(tc_trace_thread(trace_, 3), nullptr);
    EXPECT_EQ(tc_trace_object_count(trace_), 3u);
    EXPECT_EQ(tc_trace_object(trace_, lock)->type, TC_OBJECT_MUTEX);
    EXPECT_EQ(tc_trace_object(trace_, lock)->attr, (uint32_t)TC_ATTR_RECURSIVE);
    EXPECT_STREQ(tc_trace_object_name(trace_, lock), "accounts");
    EXPECT_EQ(tc_trace_object(trace_, 0), nullptr);
    struct tc_trace_stack found = tc_trace_stack(trace_, stack);
    ASSERT_EQ(found.count, 3);
    EXPECT_EQ(memcmp(found.frames, frames, sizeof frames), 0);
    EXPECT_EQ(tc_trace_stack(trace_, 7).count, 0);
    ASSERT_EQ(tc_trace_warning_count(trace_), 1u);
    EXPECT_STREQ(tc_trace_warning(trace_, 0), "look here");
    ASSERT_EQ(tc_trace_remark_count(trace_), 1u);
    EXPECT_STREQ(tc_trace_remark(trace_, 0), "half of it");
    const struct tc_trace_process *process = tc_trace_process(trace_);
    EXPECT_STREQ(process->executable, "/bin/synthetic");
    ASSERT_EQ(process->argc, 1u);
    EXPECT_STREQ(process->argv[0], "synthetic");
}

TEST_F(ReaderTest, FindsModulesByAddressTheLatestFirst) {
    auto put = [&](uint16_t type, uint64_t start, uint64_t end, const std::string &path) {
        tc_meta_module module = {};
        module.head.type = type;
        module.start = start;
        module.end = end;
        module.build_id_size = 2;
        std::string record(reinterpret_cast<char *>(&module), sizeof module);
        record += "\xab\xcd" + path;
        tc_writer_meta(writer_, record.data(), static_cast<uint32_t>(record.size()));
    };
    put(TC_META_MODULE, 0x1000, 0x5000, "/old");
    put(TC_META_UNLOAD, 0x1000, 0, "");
    put(TC_META_MODULE, 0x2000, 0x3000, "/new");
    ASSERT_EQ(Open(Bytes()), TC_TRACE_OK);
    EXPECT_STREQ(tc_trace_module_at(trace_, 0x2000)->path, "/new");
    EXPECT_FALSE(tc_trace_module_at(trace_, 0x2000)->unloaded);
    EXPECT_STREQ(tc_trace_module_at(trace_, 0x3000)->path, "/old");
    EXPECT_TRUE(tc_trace_module_at(trace_, 0x3000)->unloaded);
    EXPECT_EQ(tc_trace_module_at(trace_, 0x5000), nullptr);
    EXPECT_EQ(tc_trace_module_at(trace_, 0x1000)->build_id[1], 0xcd);
}

TEST_F(ReaderTest, GivesBackEventsOverManyChunks) {
    uint32_t main = tc_writer_thread(writer_, 0, nullptr);
    std::vector<int> expected;
    std::vector<uint32_t> locks, stacks;
    for (int i = 0; i < 200; i++) {
        locks.push_back(tc_writer_object(writer_, TC_OBJECT_MUTEX, 0, 0));
        stacks.push_back(tc_writer_stack1(writer_, 0x1000 + i));
    }
    for (int i = 0; i < 20000; i++) {
        uint32_t a = locks[i * 7 % 200], b = locks[i * 13 % 200 == i * 7 % 200 ? 0 : i * 13 % 200];
        tc_writer_event(writer_, main, TC_EV_ACQUIRE, a, stacks[i % 150], 0, 0);
        tc_writer_event(writer_, main, TC_EV_ACQUIRE_TRY, b, stacks[i % 3], 0, 0);
        tc_writer_event(writer_, main, TC_EV_RELEASE, i % 2 ? a : b, 0, 0, 0);
        tc_writer_event(writer_, main, TC_EV_RELEASE, i % 2 ? b : a, 0, 0, 0);
        for (int code : {TC_EV_ACQUIRE, TC_EV_ACQUIRE_TRY, TC_EV_RELEASE, TC_EV_RELEASE})
            expected.push_back(code);
    }
    ASSERT_EQ(Open(Bytes()), TC_TRACE_OK);
    EXPECT_EQ(Codes(main), expected);
    EXPECT_EQ(damage_.bad_records + damage_.empty_slots + damage_.missing_chunks, 0u);
}

TEST_F(ReaderTest, PassesOverAChunkThatIsMissing) {
    uint32_t main = tc_writer_thread(writer_, 0, nullptr);
    uint32_t lock = tc_writer_object(writer_, TC_OBJECT_MUTEX, 0, 0);
    for (int i = 0; i < 3 * 4096; i++)
        tc_writer_event(writer_, main, i % 2 ? TC_EV_RELEASE : TC_EV_ACQUIRE, lock, 1, 0, 0);
    std::vector<uint8_t> bytes = Bytes();
    memset(bytes.data() + 4 * 4096, 0, 4096); // header page, meta, events 0, events 1, *2*
    ASSERT_EQ(Open(bytes), TC_TRACE_OK);
    std::vector<int> codes = Codes(main);
    EXPECT_EQ(damage_.missing_chunks, 1u);
    EXPECT_EQ(std::count(codes.begin(), codes.end(), 0), 1);
    EXPECT_GT(codes.size(), 7000u);
    EXPECT_GT(damage_.empty_slots, 0u) << "contexts of the missing chunk are not guessed";
}

TEST_F(ReaderTest, GoesOnAfterAPageThatIsNoChunk) {
    uint32_t main = tc_writer_thread(writer_, 0, nullptr);
    for (int i = 0; i < 2000; i++)
        tc_writer_event(writer_, main, TC_EV_HAPPENS_BEFORE, 1, 0, i + 1, 0);
    std::vector<uint8_t> bytes = Bytes();
    memset(bytes.data() + 3 * 4096, 'x', 4096);
    ASSERT_EQ(Open(bytes), TC_TRACE_OK);
    EXPECT_EQ(Notes(), "4096 bytes from offset 12288 on are not a part of any chunk\n"
                       "chunks of events are missing: 1\n");
    EXPECT_EQ(tc_trace_holes(trace_), 1u);
    std::vector<int> codes = Codes(main);
    EXPECT_EQ(damage_.missing_chunks, 1u);
    EXPECT_GT(codes.size(), 1000u);
    EXPECT_EQ(codes.back(), TC_EV_HAPPENS_BEFORE);
}

TEST_F(ReaderTest, SaysThatAThreadHasNoEventsLeft) {
    uint32_t main = tc_writer_thread(writer_, 0, nullptr);
    tc_writer_event(writer_, main, TC_EV_HAPPENS_BEFORE, 1, 0, 1, 0);
    std::vector<uint8_t> bytes = Bytes();
    ASSERT_EQ(Open(bytes), TC_TRACE_OK);
    EXPECT_EQ(tc_trace_holes(trace_), 0u);
    memset(bytes.data() + 2 * 4096, 0, 4096);
    ASSERT_EQ(Open(bytes), TC_TRACE_OK);
    EXPECT_EQ(tc_trace_holes(trace_), 1u);
    EXPECT_EQ(Notes(), "chunks of events are missing: 1\n");
}

TEST_F(ReaderTest, StrangersMayHaveNothingToTell) {
    uint32_t main = tc_writer_thread(writer_, 0, nullptr);
    tc_writer_thread(writer_, 0, nullptr);
    tc_writer_event(writer_, main, TC_EV_PROCESS_EXIT, 0, 0, 0, 0);
    ASSERT_EQ(Open(Bytes()), TC_TRACE_OK);
    EXPECT_EQ(tc_trace_holes(trace_), 0u);
    EXPECT_EQ(Notes(), "");
}

TEST_F(ReaderTest, SeesThatTheTailOfAChunkIsGone) {
    uint32_t main = tc_writer_thread(writer_, 0, nullptr);
    for (int i = 0; i < 2000; i++)
        tc_writer_event(writer_, main, TC_EV_HAPPENS_BEFORE, 1, 0, i + 1, 0);
    std::vector<uint8_t> bytes = Bytes();
    ASSERT_EQ(Open(bytes), TC_TRACE_OK);
    Codes(main);
    EXPECT_EQ(damage_.torn_chunks, 0u);
    memset(bytes.data() + 3 * 4096 + 1000, 0, 3096);
    ASSERT_EQ(Open(bytes), TC_TRACE_OK);
    std::vector<int> codes = Codes(main);
    EXPECT_EQ(std::count(codes.begin(), codes.end(), 0), 1);
    EXPECT_EQ(damage_.torn_chunks + damage_.cut_records + damage_.bad_records, 1u);
}

TEST_F(ReaderTest, SaysThatAFileIsCut) {
    uint32_t main = tc_writer_thread(writer_, 0, nullptr);
    for (int i = 0; i < 2000; i++)
        tc_writer_event(writer_, main, TC_EV_HAPPENS_BEFORE, 1, 0, i + 1, 0);
    std::vector<uint8_t> bytes = Bytes();
    bytes.resize(bytes.size() - 4096 - 1000);
    ASSERT_EQ(Open(bytes), TC_TRACE_OK);
    EXPECT_NE(Notes().find("the file is cut"), std::string::npos) << Notes();
    EXPECT_GT(Codes(main).size(), 500u);
}

TEST_F(ReaderTest, EndsAChunkAtARecordThatMakesNoSense) {
    uint32_t main = tc_writer_thread(writer_, 0, nullptr);
    tc_writer_event(writer_, main, TC_EV_HAPPENS_BEFORE, 1, 0, 0, 0);
    const uint8_t bad[] = {0xee, 0xee};
    tc_writer_raw(writer_, main, bad, sizeof bad);
    tc_writer_event(writer_, main, TC_EV_HAPPENS_AFTER, 1, 0, 0, 0);
    ASSERT_EQ(Open(Bytes()), TC_TRACE_OK);
    EXPECT_EQ(Codes(main), std::vector<int>({TC_EV_HAPPENS_BEFORE}));
    EXPECT_EQ(damage_.bad_records, 1u);
}

TEST_F(ReaderTest, ReadsAFileThatShrinksMeanwhile) {
    uint32_t main = tc_writer_thread(writer_, 0, nullptr);
    for (int i = 0; i < 20000; i++)
        tc_writer_event(writer_, main, TC_EV_HAPPENS_BEFORE, 1, 0, i + 1, 0);
    std::string path = Path("shrinks.tct");
    ASSERT_TRUE(tc_writer_save(writer_, path.c_str()));
    ASSERT_EQ(OpenFile(path), TC_TRACE_OK);
    ASSERT_EQ(truncate(path.c_str(), 8 * 4096), 0);
    size_t count = Codes(main).size();
    EXPECT_GT(count, 1000u);
    EXPECT_LT(count, 20000u);
    EXPECT_TRUE(tc_trace_shrank(trace_));
    unlink(path.c_str());
}

TEST_F(ReaderTest, WalksAFileOfHolesQuickly) {
    tc_writer_thread(writer_, 0, nullptr);
    std::string path = Path("holes.tct");
    ASSERT_TRUE(tc_writer_save(writer_, path.c_str()));
    if (truncate(path.c_str(), 1ll << 38) != 0)
        GTEST_SKIP() << "the file system takes no large files";
    EXPECT_EQ(OpenFile(path), TC_TRACE_OK);
    EXPECT_EQ(tc_trace_thread_count(trace_), 1u);
    unlink(path.c_str());
}

TEST_F(ReaderTest, ReadsUnfinishedMetaRecordsOver) {
    tc_meta_name unfinished = {}; // its writer was killed before the type was stored
    tc_writer_meta(writer_, &unfinished, sizeof unfinished);
    tc_writer_warning(writer_, "after it");
    ASSERT_EQ(Open(Bytes()), TC_TRACE_OK);
    EXPECT_EQ(Notes(), "");
    ASSERT_EQ(tc_trace_warning_count(trace_), 1u);
    EXPECT_STREQ(tc_trace_warning(trace_, 0), "after it");
}

} // namespace
