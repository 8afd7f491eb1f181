// report_test.cc: from a synthetic trace to a written report: names, ids, shapes, suppressions.
//
// The trace says that this test's own program was loaded, so that functions and variables below
// have names to be found.
#include <gtest/gtest.h>

#include <jansson.h>
#include <link.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "analyzer/cmd/options.h"
#include "analyzer/cmd/pipeline.h"
#include "trace/writer.h"

extern "C" {
// What the report should name.
char accounts[40], audit[40], spare_locks[3][40];
__attribute__((noinline)) int pay(int x) {
    return x * 3 + accounts[0];
}
__attribute__((noinline)) int print_audit(int x) {
    return x * 5 + audit[0];
}
}

namespace {

// A traced run: where things lie differs from run to run.
struct Traced {
    uint64_t slide = 0;        // address-space randomisation
    uint32_t idle_threads = 0; // threads that start before the two
    std::string thread_name = "payer";
    const void *first = accounts, *second = audit;
    uint32_t lost = 0;
    int sightings = 1;
};

uint64_t Bias() {
    uint64_t bias = 0;
    dl_iterate_phdr(
        [](dl_phdr_info *info, size_t, void *out) {
            *static_cast<uint64_t *>(out) = info->dlpi_addr;
            return 1;
        },
        &bias);
    return bias;
}

void AddModule(tc_writer *writer, uint64_t slide) {
    char path[4096];
    ssize_t size = readlink("/proc/self/exe", path, sizeof(path));
    ASSERT_GT(size, 0);
    std::vector<char> record(sizeof(tc_meta_module) + static_cast<size_t>(size));
    auto *module = reinterpret_cast<tc_meta_module *>(record.data());
    module->head.type = TC_META_MODULE;
    module->bias = Bias() + slide;
    module->start = module->bias;
    module->end = module->start + (1ull << 30);
    memcpy(module->text, path, static_cast<size_t>(size));
    tc_writer_meta(writer, record.data(), static_cast<uint32_t>(record.size()));
}

uint32_t Stack(tc_writer *writer, int (*function)(int), uint64_t slide) {
    return tc_writer_stack1(writer, reinterpret_cast<uint64_t>(function) + 2 + slide);
}

uint32_t Lock(tc_writer *writer, const void *address, uint32_t stack, uint64_t slide) {
    tc_meta_object object = {};
    object.type = TC_OBJECT_MUTEX;
    object.attr = TC_ATTR_NO_INIT_SEEN;
    object.address = reinterpret_cast<uint64_t>(address) + slide;
    object.size = 40;
    object.stack = stack;
    object.thread = 1;
    return tc_writer_object_full(writer, &object);
}

void Nest(tc_writer *writer, uint32_t thread, uint32_t outer, uint32_t inner, uint32_t stack) {
    tc_writer_event(writer, thread, TC_EV_ACQUIRE, outer, stack, 0, 0);
    tc_writer_event(writer, thread, TC_EV_ACQUIRE, inner, stack, 0, 0);
    tc_writer_event(writer, thread, TC_EV_RELEASE, inner, stack, 0, 0);
    tc_writer_event(writer, thread, TC_EV_RELEASE, outer, stack, 0, 0);
}

// An inversion of run.first and run.second, saved at `path`.
void Save(const Traced &run, const std::string &path) {
    std::unique_ptr<tc_writer, void (*)(tc_writer *)> owner(tc_writer_new(), tc_writer_free);
    tc_writer *writer = owner.get();
    AddModule(writer, run.slide);
    uint32_t main = tc_writer_thread(writer, 0, nullptr);
    uint32_t in_pay = Stack(writer, pay, run.slide),
             in_print = Stack(writer, print_audit, run.slide);
    for (uint32_t i = 0; i < run.idle_threads; i++)
        tc_writer_exit(writer, tc_writer_spawn(writer, main, in_pay));
    uint32_t first = Lock(writer, run.first, in_pay, run.slide);
    uint32_t second = Lock(writer, run.second, in_pay, run.slide);
    uint32_t one = tc_writer_spawn(writer, main, in_pay);
    uint32_t two = tc_writer_spawn(writer, main, in_pay);
    std::vector<char> name(sizeof(tc_meta_name) + run.thread_name.size());
    auto *record = reinterpret_cast<tc_meta_name *>(name.data());
    record->head.type = TC_META_THREAD_NAME;
    record->id = one;
    memcpy(record->text, run.thread_name.data(), run.thread_name.size());
    tc_writer_meta(writer, record, static_cast<uint32_t>(name.size()));
    for (int i = 0; i < run.sightings; i++)
        Nest(writer, one, first, second, in_pay);
    for (int i = 0; i < run.sightings; i++)
        Nest(writer, two, second, first, in_print);
    tc_writer_header(writer)->lost[TC_LOSS_DISK] = run.lost;
    ASSERT_TRUE(tc_writer_save(writer, path.c_str()));
}

std::string Path(const std::string &name) {
    return testing::TempDir() + "report_test_" + name;
}

std::string Read(const std::string &path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

void Write(const std::string &path, const std::string &text) {
    std::ofstream(path) << text;
}

struct Result {
    int status;
    std::string text;
    std::shared_ptr<json_t> json;
};

// `threadcheck analyze OPTIONS TRACES`, as text and as JSON.
Result Analyze(const std::vector<std::string> &traces, std::vector<std::string> options = {}) {
    std::string text = Path("out.txt"), json = Path("out.json");
    std::vector<std::string> words = {"analyze", "--format=text", "--output=" + text,
                                      "--format=json", "--output=" + json};
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), traces.begin(), traces.end());
    std::vector<char *> argv;
    for (auto &word : words)
        argv.push_back(&word[0]);
    argv.push_back(nullptr);
    tc_cli cli;
    int status = tc_cli_parse(&cli, TC_CLI_ANALYZE, static_cast<int>(words.size()), argv.data());
    EXPECT_EQ(-1, status);
    tc_pipeline pipeline;
    tc_pipeline_begin(&pipeline, &cli);
    for (int i = 0; i < cli.operand_count; i++)
        tc_pipeline_trace(&pipeline, cli.operands[i]);
    status = tc_pipeline_report(&pipeline, STDOUT_FILENO);
    tc_pipeline_end(&pipeline);
    tc_cli_free(&cli);
    json_t *document = json_load_file(json.c_str(), 0, nullptr);
    EXPECT_NE(nullptr, document);
    return {status, Read(text), std::shared_ptr<json_t>(document, json_decref)};
}

Result AnalyzeRun(const Traced &run, std::vector<std::string> options = {}) {
    Save(run, Path("trace"));
    return Analyze({Path("trace")}, options);
}

json_t *Finding(const Result &result, size_t index = 0) {
    return json_array_get(json_object_get(result.json.get(), "findings"), index);
}

size_t Count(const Result &result) {
    return json_array_size(json_object_get(result.json.get(), "findings"));
}

std::string String(json_t *object, const char *key) {
    const char *value = json_string_value(json_object_get(object, key));
    return value ? value : "";
}

std::string Id(const Traced &run) {
    return String(Finding(AnalyzeRun(run)), "id");
}

TEST(Report, NamesTheInversion) {
    Result result = AnalyzeRun({});
    EXPECT_EQ(66, result.status);
    ASSERT_EQ(1u, Count(result));
    EXPECT_EQ("lock-order-inversion", String(Finding(result), "kind"));
    EXPECT_EQ("error", String(Finding(result), "severity"));
    EXPECT_NE(std::string::npos, result.text.find("error: lock-order-inversion"));
    for (const char *name : {"accounts", "audit", "pay", "print_audit", "payer"})
        EXPECT_NE(std::string::npos, result.text.find(name)) << name;
    EXPECT_NE(std::string::npos, result.text.find("1 error, 0 warnings"));
    EXPECT_EQ(std::string::npos, result.text.find('\033')) << "colour in a file";
}

TEST(Report, EveryPlaceholderIsFilledIn) {
    EXPECT_EQ(std::string::npos, AnalyzeRun({}).text.find("{o"));
    EXPECT_EQ(std::string::npos, AnalyzeRun({}).text.find("{t"));
}

TEST(Report, IdIsTheSameFromRunToRun) {
    Traced other;
    other.slide = 0x7f0000;
    other.idle_threads = 5;
    other.thread_name = "";
    other.sightings = 50;
    EXPECT_EQ(Id({}), Id(other));
}

TEST(Report, IdDiffersForOtherLocks) {
    Traced other;
    other.second = spare_locks[0];
    EXPECT_NE(Id({}), Id(other));
}

TEST(Report, OneCauseInTwoProcessesIsOneFinding) {
    Save({}, Path("trace"));
    Traced other;
    other.slide = 0x10000;
    Save(other, Path("trace2"));
    Result result = Analyze({Path("trace"), Path("trace2")});
    ASSERT_EQ(1u, Count(result));
    json_int_t alone = json_integer_value(json_object_get(Finding(AnalyzeRun({})), "count"));
    EXPECT_EQ(2 * alone, json_integer_value(json_object_get(Finding(result), "count")));
}

TEST(Report, SameTraceGivesTheSameBytes) {
    Save({}, Path("trace"));
    Analyze({Path("trace")});
    std::string text = Read(Path("out.txt")), json = Read(Path("out.json"));
    Analyze({Path("trace")});
    EXPECT_EQ(text, Read(Path("out.txt")));
    EXPECT_EQ(json, Read(Path("out.json")));
}

TEST(Report, HostileNamesBreakNoFormat) {
    Traced run;
    run.thread_name = "\xff\xfe</script>\"\\\n\x1b[31m\x01\xe2\x80\xae";
    run.thread_name += std::string(65536, 'x');
    Result result = AnalyzeRun(run);
    ASSERT_EQ(1u, Count(result)); // it parsed
    EXPECT_EQ(std::string::npos, result.text.find('\x1b'));
    EXPECT_EQ(std::string::npos, result.text.find('\xff'));
    EXPECT_LT(result.text.size(), 20000u);
}

TEST(Report, SaysWhatWasLost) {
    Traced run;
    run.lost = 7;
    Result result = AnalyzeRun(run);
    EXPECT_NE(std::string::npos, result.text.find("7 events"));
    EXPECT_EQ(7, json_integer_value(json_object_get(result.json.get(), "lost_events")));
    EXPECT_TRUE(json_is_false(json_object_get(result.json.get(), "complete")));
}

TEST(Report, BaselineLeavesOutWhatItHas) {
    AnalyzeRun({});
    ASSERT_EQ(0, rename(Path("out.json").c_str(), Path("known.json").c_str()));
    Result result = AnalyzeRun({}, {"--baseline=" + Path("known.json")});
    EXPECT_EQ(0, result.status);
    EXPECT_EQ(0u, Count(result));
    Traced other;
    other.second = spare_locks[0];
    EXPECT_EQ(66, AnalyzeRun(other, {"--baseline=" + Path("known.json")}).status);
}

class Suppressions : public testing::TestWithParam<const char *> {};

TEST_P(Suppressions, Match) {
    Write(Path("supp"), std::string("# why\n[known]\n") + GetParam() + "\n");
    Result result = AnalyzeRun({}, {"--suppressions=" + Path("supp")});
    EXPECT_EQ(0, result.status) << GetParam();
    EXPECT_EQ(0u, Count(result));
    EXPECT_NE(std::string::npos, result.text.find("1 suppressed"));
}

INSTANTIATE_TEST_SUITE_P(Keys, Suppressions,
                         testing::Values("kind = lock-order-*", "object = accounts",
                                         "function = p?y", "module = *report_test*", "frame = pay",
                                         "frame = ...\nframe = pay",
                                         "frame = module:*report_test*\nframe = ...",
                                         "kind = *\nobject = audit\nfunction = print_audit"));

class OtherSuppressions : public testing::TestWithParam<const char *> {};

TEST_P(OtherSuppressions, DoNotMatch) {
    Write(Path("supp"), std::string("[other]\n") + GetParam() + "\n");
    EXPECT_EQ(66, AnalyzeRun({}, {"--suppressions=" + Path("supp")}).status) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Keys, OtherSuppressions,
                         testing::Values("kind = deadlock", "object = account",
                                         "frame = pay\nframe = main",
                                         "object = accounts\nfunction = nobody",
                                         "file = report_test.c"));

TEST(SuppressionsFile, GeneratedOnesMatchWhatTheyWereMadeFrom) {
    AnalyzeRun({}, {"--gen-suppressions=" + Path("made")});
    EXPECT_EQ(0, AnalyzeRun({}, {"--suppressions=" + Path("made")}).status);
}

TEST(SuppressionsFile, MistakesAreNamedWithTheirLine) {
    const std::pair<const char *, const char *> mistakes[] = {
        {"kind = deadlock\n", "f:1: "},
        {"[a]\ncolour = red\n", "f:2: unknown key"},
        {"[a\n", "f:1: "},
        {"[a]\n\n[b]\nkind = deadlock\n", "f:1: an empty"},
        {"[a]\nkind = dead-lock\n", "f:2: no such kind"},
        {"[a]\nkind =\n", "f:2: "},
        {"[a]\nkind = deadlock\nwhat\n", "f:3: "}};
    for (const auto &mistake : mistakes) {
        tc_suppressions *suppressions = tc_suppressions_new();
        tc_text error = {};
        EXPECT_FALSE(tc_suppressions_parse(suppressions, mistake.first, "f", &error));
        EXPECT_EQ(0u, std::string(tc_text_string(&error)).find(mistake.second))
            << tc_text_string(&error);
        tc_text_free(&error);
        tc_suppressions_free(suppressions);
    }
}

TEST(Options, FormatAndOutputPairInEitherOrder) {
    const char *words[] = {"analyze", "--output",      "a",          "--format",
                           "json",    "--format=text", "--output=b", "trace"};
    tc_cli cli;
    ASSERT_EQ(-1, tc_cli_parse(&cli, TC_CLI_ANALYZE, 8, const_cast<char **>(words)));
    ASSERT_EQ(2u, cli.output_count);
    EXPECT_STREQ("json", cli.outputs[0].format->name);
    EXPECT_STREQ("a", cli.outputs[0].path);
    EXPECT_STREQ("text", cli.outputs[1].format->name);
    EXPECT_STREQ("b", cli.outputs[1].path);
    EXPECT_STREQ("trace", cli.operands[0]);
    tc_cli_free(&cli);
}

TEST(Options, MistakesAreUsageErrorsOfOneLine) {
    const std::vector<std::pair<const char *, const char *>> mistakes = {
        {"--colour", "--colour"},
        {"--format=pdf", "pdf"},
        {"--error-exitcode=999", "999"},
        {"--error-exitcode=x", "x"},
        {"--min-severity=bad", "bad"},
        {"--output", "--output"},
        {"--format=", "--format"},
        {"--hang=1", "--hang"},
        {"--suppressions=/no/file", "/no/file"},
        {"--baseline=/no/file", "/no/file"},
        {"-x", "-x"}};
    for (const auto &mistake : mistakes) {
        const char *words[] = {"analyze", mistake.first};
        tc_cli cli;
        testing::internal::CaptureStderr();
        EXPECT_EQ(2, tc_cli_parse(&cli, TC_CLI_ANALYZE, 2, const_cast<char **>(words)));
        tc_cli_free(&cli);
        std::string line = testing::internal::GetCapturedStderr();
        EXPECT_NE(std::string::npos, line.find(mistake.second)) << line;
        EXPECT_EQ(line.size() - 1, line.find('\n')) << line;
    }
}

} // namespace
