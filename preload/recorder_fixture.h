// recorder_fixture.h: runs code in a forked child that records, and reads the trace that it left.
// Threads: the child may have any; the parent has one.
#ifndef TC_PRELOAD_RECORDER_FIXTURE_H
#define TC_PRELOAD_RECORDER_FIXTURE_H

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

extern "C" {
#include "preload/object.h"
#include "preload/options.h"
#include "preload/recorder.h"
}
#include "trace/decode.h"

namespace recorder {

// One event of a thread's stream, with its ticket worked out.
struct Event {
    uint8_t code;
    uint32_t object, stack, result;
    uint64_t arg, ticket; // ticket 0: left out in the record
};

struct Trace {
    tc_trace *trace = nullptr;
    std::map<uint32_t, std::vector<Event>> threads;
    uint64_t lost_records = 0; // what LOST records add up to
    tc_stream_damage damage = {};

    ~Trace() { tc_trace_close(trace); }

    uint32_t ObjectAt(const void *address, uint32_t newest = 0) const {
        uint32_t found = 0;
        for (uint32_t id = 1; id <= tc_trace_object_count(trace); id++) {
            const tc_meta_object *object = tc_trace_object(trace, id);
            if (object && object->address == reinterpret_cast<uint64_t>(address) &&
                (!newest || id < newest))
                found = id;
        }
        return found;
    }

    std::vector<uint8_t> CodesOf(uint32_t thread, uint32_t object) const {
        std::vector<uint8_t> codes;
        auto stream = threads.find(thread);
        if (stream != threads.end())
            for (const Event &event : stream->second)
                if (event.object == object)
                    codes.push_back(event.code);
        return codes;
    }
};

class Recorder : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string name = ::testing::TempDir() + "/recorder_test-XXXXXX";
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        directory_ = name;
    }

    void TearDown() override {
        for (const std::string &file : Files())
            unlink((directory_ + "/" + file).c_str());
        rmdir(directory_.c_str());
    }

    std::vector<std::string> Files() const {
        std::vector<std::string> names;
        DIR *directory = opendir(directory_.c_str());
        while (dirent *entry = readdir(directory))
            if (entry->d_name[0] != '.')
                names.push_back(entry->d_name);
        closedir(directory);
        return names;
    }

    // Runs `body` in a child that records into the test's directory; its wait status.
    int Run(const std::function<void()> &body) {
        static char options[256];
        pid_t child = fork();
        if (child == 0) {
            snprintf(options, sizeof options, "%s", directory_.c_str());
            tc_options.trace = options;
            tc_options.report = false;
            body();
            _exit(0);
        }
        int status = 0;
        EXPECT_EQ(waitpid(child, &status, 0), child);
        return status;
    }

    // The one trace in the directory.
    void Read(Trace *result) {
        std::vector<std::string> files = Files();
        ASSERT_EQ(files.size(), 1u);
        tc_trace_error error;
        result->trace = tc_trace_open((directory_ + "/" + files[0]).c_str(), &error);
        ASSERT_NE(result->trace, nullptr) << error.text;
        for (uint32_t thread = 1; thread <= tc_trace_thread_count(result->trace); thread++)
            ReadThread(result, thread);
    }

    std::string directory_;

  private:
    static void ReadThread(Trace *result, uint32_t thread) {
        tc_cursor cursor;
        tc_raw raw;
        tc_cursor_init(&cursor, result->trace, thread);
        for (tc_next next; (next = tc_cursor_next(&cursor, &raw)) != TC_NEXT_END;) {
            if (next == TC_NEXT_LOST)
                result->lost_records += raw.arg;
            else if (next == TC_NEXT_EVENT)
                result->threads[thread].push_back({raw.code, raw.object, raw.stack, raw.result,
                                                   raw.arg, raw.has_ticket ? raw.ticket : 0});
        }
        result->damage.bad_records += cursor.damage.bad_records;
        result->damage.missing_chunks += cursor.damage.missing_chunks;
        result->damage.empty_slots += cursor.damage.empty_slots;
        tc_cursor_free(&cursor);
    }
};

} // namespace recorder

#endif
