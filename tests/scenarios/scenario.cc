// scenario.cc: reads a scenario, writes its trace, runs it, compares.
#include "tests/scenarios/scenario.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <tuple>

#include "analyzer/checkers/checker.h"
#include "analyzer/model/engine.h"
#include "trace/reader.h"
#include "trace/writer.h"

namespace {

// OPERATION: the event and what its words after the object are.
struct Operation {
    uint8_t code;
    enum { kNone, kNumber, kErrno, kObject } word = kNone; // goes to arg, result, arg
};

const std::map<std::string, Operation> kOperations = {
    {"init", {TC_EV_INIT, Operation::kNumber}},
    {"destroy", {TC_EV_DESTROY}},
    {"destroy-failed", {TC_EV_DESTROY_FAILED, Operation::kErrno}},
    {"freed", {TC_EV_FREED}},
    {"reinit", {TC_EV_REINIT, Operation::kObject}},
    {"use-dead", {TC_EV_USE_DEAD, Operation::kErrno}},
    {"request", {TC_EV_REQUEST}},
    {"request-read", {TC_EV_REQUEST_SHARED}},
    {"request-timed", {TC_EV_REQUEST_TIMED}},
    {"request-read-timed", {TC_EV_REQUEST_SHARED_TIMED}},
    {"request-unit", {TC_EV_REQUEST_COUNTED}},
    {"request-unit-timed", {TC_EV_REQUEST_COUNTED_TIMED}},
    {"refused", {TC_EV_REQUEST_FAILED, Operation::kErrno}},
    {"lock", {TC_EV_ACQUIRE}},
    {"trylock", {TC_EV_ACQUIRE_TRY}},
    {"timedlock", {TC_EV_ACQUIRE_TIMED}},
    {"orphan", {TC_EV_ACQUIRE_ORPHAN}},
    {"read", {TC_EV_ACQUIRE_SHARED}},
    {"tryread", {TC_EV_ACQUIRE_SHARED_TRY}},
    {"timedread", {TC_EV_ACQUIRE_SHARED_TIMED}},
    {"take", {TC_EV_ACQUIRE_COUNTED}},
    {"trytake", {TC_EV_ACQUIRE_COUNTED_TRY}},
    {"unlock", {TC_EV_RELEASE}},
    {"unread", {TC_EV_RELEASE_SHARED}},
    {"give", {TC_EV_RELEASE_COUNTED, Operation::kNumber}},
    {"release-failed", {TC_EV_RELEASE_FAILED, Operation::kErrno}},
    {"signal", {TC_EV_SIGNAL, Operation::kNumber}},
    {"broadcast", {TC_EV_BROADCAST}},
    {"set", {TC_EV_SET}},
    {"clear", {TC_EV_CLEAR}},
    {"await", {TC_EV_WAIT}}, // on an event
    {"await-timed", {TC_EV_WAIT_TIMED}},
    {"awake", {TC_EV_WOKEN, Operation::kErrno}},
    {"passed", {TC_EV_WAIT_PASSED}},
    {"arrive", {TC_EV_ARRIVE, Operation::kNumber}},
    {"leave", {TC_EV_LEAVE, Operation::kErrno}},
    {"reset", {TC_EV_RESET, Operation::kNumber}},
    {"send", {TC_EV_HAPPENS_BEFORE}},
    {"receive", {TC_EV_HAPPENS_AFTER}},
    {"still-held", {TC_EV_STILL_HELD}},
    {"assert-held", {TC_EV_ASSERT_HELD}},
    {"assert-not-held", {TC_EV_ASSERT_NOT_HELD}},
    {"order", {TC_EV_LOCK_ORDER, Operation::kObject}}, // the first comes before the second
};

// Operations on threads: the object is the thread's.
const std::map<std::string, Operation> kThreadOperations = {
    {"join", {TC_EV_THREAD_JOIN}},
    {"request-join", {TC_EV_THREAD_JOIN_REQUEST}},
    {"join-failed", {TC_EV_THREAD_JOIN_FAILED, Operation::kErrno}},
    {"detach", {TC_EV_THREAD_DETACH, Operation::kErrno}},
};

// Operations without an object.
const std::map<std::string, Operation> kPlainOperations = {
    {"ignore", {TC_EV_IGNORE_BEGIN}},
    {"heed", {TC_EV_IGNORE_END}},
    {"fork", {TC_EV_FORK, Operation::kNumber}},
    {"handler", {TC_EV_HANDLER_ENTER, Operation::kNumber}},
    {"return", {TC_EV_HANDLER_LEAVE, Operation::kNumber}},
    {"mask", {TC_EV_SIGNAL_MASK, Operation::kNumber}},
    {"process-exit", {TC_EV_PROCESS_EXIT, Operation::kNumber}},
    {"hang", {TC_EV_HANG, Operation::kNumber}},
};

const std::map<std::string, uint32_t> kAttributes = {
    {"recursive", TC_ATTR_RECURSIVE},
    {"errorcheck", TC_ATTR_ERRORCHECK},
    {"robust", TC_ATTR_ROBUST},
    {"shared", TC_ATTR_SHARED_PROCESS},
    {"named", TC_ATTR_NAMED},
    {"static", TC_ATTR_STATIC},
    {"stack", TC_ATTR_ON_STACK},
    {"fresh", TC_ATTR_FRESH},
    {"prefer-writer", TC_ATTR_PREFER_WRITER},
    {"held", TC_ATTR_HELD_WHEN_SEEN},
    {"noinit", TC_ATTR_NO_INIT_SEEN},
};

const std::map<std::string, uint32_t> kErrors = {
    {"EPERM", EPERM},         {"EDEADLK", EDEADLK}, {"EBUSY", EBUSY},
    {"EINVAL", EINVAL},       {"ESRCH", ESRCH},     {"ETIMEDOUT", ETIMEDOUT},
    {"EOVERFLOW", EOVERFLOW}, {"EINTR", EINTR},     {"ECANCELED", ECANCELED},
};

std::vector<std::string> Words(const std::string &text) {
    std::istringstream stream(text);
    std::vector<std::string> words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    return words;
}

struct Failure {
    std::string text;
};

class Script {
  public:
    explicit Script(const std::string &text) : text_(text) {}

    std::string Write(tc_writer *writer) {
        writer_ = writer;
        main_ = tc_writer_thread(writer, 0, "main");
        threads_["main"] = main_;
        try {
            SpawnImplicit();
            EachLine([this](const std::string &line) { Line(line); });
        } catch (const Failure &failure) {
            return "line " + std::to_string(line_) + ": " + failure.text;
        }
        return "";
    }

  private:
    template <typename Visit> void EachLine(Visit visit) {
        std::istringstream stream(text_);
        line_ = 0;
        for (std::string line; std::getline(stream, line);) {
            line_++;
            line = line.substr(0, line.find('#'));
            if (line.find_first_not_of(" \t") != std::string::npos)
                visit(line);
        }
    }

    // Threads that no `spawn` names, in the order in which they come.
    void SpawnImplicit() {
        std::vector<std::string> order;
        std::set<std::string> spawned = {"main"};
        EachLine([&](const std::string &line) {
            std::vector<std::string> words = Words(line);
            for (size_t i = 0; i + 1 < words.size(); i++)
                if (words[i] == "spawn")
                    spawned.insert(words[i + 1].substr(0, words[i + 1].find(';')));
            if (words[0].back() == ':')
                order.push_back(words[0].substr(0, words[0].size() - 1));
        });
        for (const std::string &name : order)
            if (spawned.insert(name).second)
                threads_[name] = tc_writer_spawn(writer_, main_, Stack("create " + name));
    }

    void Line(const std::string &line) {
        size_t colon = line.find(':');
        if (colon == std::string::npos) {
            Declare(Words(line));
            return;
        }
        std::vector<std::string> who = Words(line.substr(0, colon));
        if (who.size() != 1)
            throw Failure{"one thread before ':'"};
        uint32_t thread = Thread(who[0]);
        std::istringstream rest(line.substr(colon + 1));
        for (std::string part; std::getline(rest, part, ';');)
            if (std::vector<std::string> words = Words(part); !words.empty())
                Perform(thread, words);
    }

    void Declare(const std::vector<std::string> &words) {
        uint8_t type = 0;
        for (int i = 1; i < 256; i++)
            if (tc_object_table[i].name && words[0] == tc_object_table[i].name && !type)
                type = static_cast<uint8_t>(i);
        if (words[0] == "pylock")
            type = TC_OBJECT_PY_LOCK;
        if (words[0] == "pycondition")
            type = TC_OBJECT_PY_CONDITION;
        if (!type)
            throw Failure{"no type or thread: " + words[0]};
        tc_meta_object meta = {};
        meta.type = type;
        meta.thread = main_;
        std::vector<std::string> names;
        for (size_t i = 1; i < words.size(); i++) {
            auto attribute = kAttributes.find(words[i]);
            if (attribute != kAttributes.end())
                meta.attr |= attribute->second;
            else if (words[i].rfind("value=", 0) == 0)
                meta.value = static_cast<uint32_t>(std::stoul(words[i].substr(6)));
            else
                names.push_back(words[i]);
        }
        for (const std::string &name : names) {
            meta.stack = Stack("declare " + name);
            meta.size = 40;
            meta.address = 0x7f0000000000ull + 64 * objects_.size();
            objects_[name] = tc_writer_object_full(writer_, &meta);
            tc_writer_object_name(writer_, objects_[name], name.c_str());
        }
    }

    void Perform(uint32_t thread, std::vector<std::string> words) {
        uint32_t stack = Stack("line " + std::to_string(line_) + " " + words[0] +
                               (words.size() > 1 ? words[1] : ""));
        if (words.back()[0] == '@') {
            stack = Stack(words.back());
            words.pop_back();
        }
        const std::string &name = words[0];
        std::string first = words.size() > 1 ? words[1] : "",
                    second = words.size() > 2 ? words[2] : "";
        if (name == "spawn") {
            threads_[first] = tc_writer_spawn(writer_, thread, stack);
        } else if (name == "exit") {
            tc_writer_exit(writer_, thread);
        } else if (name == "wait" || name == "wait-timed") {
            Event(thread, name == "wait" ? TC_EV_WAIT : TC_EV_WAIT_TIMED, Object(first), stack,
                  Object(second), 0);
            Event(thread, TC_EV_RELEASE_WAIT, Object(second), stack, 0, 0);
        } else if (name == "woken") {
            Event(thread, TC_EV_WOKEN, Object(first), stack, 0,
                  words.size() > 3 ? Error(words[3]) : 0);
            Event(thread, TC_EV_ACQUIRE_WAIT, Object(second), stack, 0, 0);
        } else if (name == "time") {
            tc_writer_time(writer_, thread, std::stoull(first) * 1000000);
        } else if (name == "early") {
            tc_meta_thread meta = {};
            meta.head.type = TC_META_THREAD;
            meta.thread = thread;
            meta.flags = TC_THREAD_EARLY;
            tc_writer_meta(writer_, &meta, sizeof meta);
        } else if (name == "skip") {
            tc_writer_skip_tickets(writer_, Object(first), 1);
        } else if (name == "lost") {
            tc_writer_lost(writer_, thread, std::stoull(first));
        } else if (name == "race") {
            PerformRace(thread, words, stack);
        } else if (name == "event") {
            PerformEvent(thread, words, stack);
        } else if (auto it = kThreadOperations.find(name); it != kThreadOperations.end()) {
            Event(thread, it->second.code, tc_writer_thread_object(writer_, Thread(first)), stack,
                  0, second.empty() ? 0 : Error(second));
        } else if (auto it = kPlainOperations.find(name); it != kPlainOperations.end()) {
            Event(thread, it->second.code, 0, stack, first.empty() ? 0 : Number(first), 0);
        } else if (auto it = kOperations.find(name); it != kOperations.end()) {
            const Operation &operation = it->second;
            uint64_t arg = 0;
            uint32_t result = 0;
            if (!second.empty() && operation.word == Operation::kNumber)
                arg = Number(second);
            if (!second.empty() && operation.word == Operation::kErrno)
                result = Error(second);
            if (operation.word == Operation::kObject)
                arg = Object(second);
            Event(thread, operation.code, Object(first), stack, arg, result);
        } else {
            throw Failure{"no operation: " + name};
        }
    }

    void PerformRace(uint32_t thread, const std::vector<std::string> &words, uint32_t stack) {
        if (words.size() < 4)
            throw Failure{"race THREAD KIND KIND"};
        tc_meta_race race = {};
        race.sides[0] = {0x5000, 4, Access(words[2]), thread, stack, 0, 0};
        race.sides[1] = {0x5000, 4, Access(words[3]), Thread(words[1]), Stack("before " + words[1]),
                         0,      0};
        std::vector<uint32_t> locks;
        for (size_t i = 4; i < words.size(); i++)
            locks.push_back(Object(words[i]));
        race.sides[0].held = static_cast<uint32_t>(locks.size());
        uint32_t id = tc_writer_race(writer_, &race, locks.data(), locks.size());
        Event(thread, TC_EV_RACE, 0, stack, id, 0);
    }

    static uint32_t Access(const std::string &kind) {
        static const std::map<std::string, uint32_t> kinds = {
            {"read", 0},
            {"write", TC_RACE_WRITE},
            {"change", TC_RACE_WRITE | TC_RACE_MODIFY},
            {"atomic-read", TC_RACE_ATOMIC},
            {"atomic-write", TC_RACE_ATOMIC | TC_RACE_WRITE}};
        auto it = kinds.find(kind);
        if (it == kinds.end())
            throw Failure{"no kind of access: " + kind};
        return it->second;
    }

    void PerformEvent(uint32_t thread, const std::vector<std::string> &words, uint32_t stack) {
        for (int code = 1; code < 256; code++)
            if (tc_event_table[code].name && words.size() > 1 &&
                words[1] == tc_event_table[code].name) {
                Event(thread, static_cast<uint8_t>(code),
                      words.size() > 2 && words[2] != "-" ? Object(words[2]) : 0, stack,
                      words.size() > 3 ? Number(words[3]) : 0,
                      words.size() > 4 ? static_cast<uint32_t>(Number(words[4])) : 0);
                return;
            }
        throw Failure{"no such event"};
    }

    void Event(uint32_t thread, uint8_t code, uint32_t object, uint32_t stack, uint64_t arg,
               uint32_t result) {
        tc_writer_event(writer_, thread, code, object, stack, arg, result);
    }

    uint32_t Stack(const std::string &label) {
        auto [it, fresh] = stacks_.try_emplace(label, 0);
        if (fresh)
            it->second = tc_writer_stack1(writer_, 0x1000 + stacks_.size());
        return it->second;
    }
    uint32_t Thread(const std::string &name) {
        auto it = threads_.find(name);
        if (it == threads_.end())
            throw Failure{"no thread: " + name};
        return it->second;
    }
    uint32_t Object(const std::string &name) {
        auto it = objects_.find(name);
        if (it == objects_.end())
            throw Failure{"no object: " + name};
        return it->second;
    }
    static uint64_t Number(const std::string &word) {
        char *end;
        uint64_t number = std::strtoull(word.c_str(), &end, 0);
        if (*end)
            throw Failure{"no number: " + word};
        return number;
    }
    static uint32_t Error(const std::string &word) {
        auto it = kErrors.find(word);
        if (it == kErrors.end())
            throw Failure{"no error: " + word};
        return it->second;
    }

    std::string text_;
    tc_writer *writer_ = nullptr;
    uint32_t main_ = 0;
    unsigned line_ = 0;
    std::map<std::string, uint32_t> threads_, objects_, stacks_;
};

const char *const kSeverities[] = {"info", "warning", "error"};
const char *const kConfidences[] = {"possible", "predicted", "confirmed", "observed"};

Found Convert(const tc_finding *finding) {
    Found found;
    found.kind = tc_finding_table[finding->kind].kind;
    found.severity = kSeverities[finding->severity];
    found.confidence = kConfidences[finding->confidence];
    found.count = finding->count;
    for (const char *text : {finding->title, finding->explanation, finding->advice})
        found.text += std::string(text ? text : "") + "\n";
    for (size_t i = 0; i < finding->witness_count; i++)
        found.text += std::string(finding->witness[i]) + "\n";
    for (size_t i = 0; i < finding->thread_count; i++) {
        found.threads.push_back(finding->threads[i].thread);
        for (size_t j = 0; j < finding->threads[i].stack_count; j++)
            found.text += std::string(finding->threads[i].stacks[j].what) + "\n";
    }
    found.objects.assign(finding->objects, finding->objects + finding->object_count);
    return found;
}

// What is found in the trace of these bytes, and its notes.
Outcome Analyse(const void *bytes, size_t size, const tc_config &config) {
    Outcome outcome;
    tc_trace_error error = {};
    tc_trace *trace = tc_trace_open_memory(bytes, size, "scenario", &error);
    if (!trace) {
        outcome.error = error.text;
        return outcome;
    }
    tc_findings *findings = tc_findings_new();
    tc_engine *engine = tc_engine_new(trace, tc_checkers, &config, findings);
    tc_engine_run(engine);
    for (size_t i = 0; i < tc_findings_count(findings); i++)
        outcome.found.push_back(Convert(tc_findings_get(findings, i)));
    for (size_t i = 0; i < tc_trace_note_count(trace); i++)
        outcome.notes += std::string(tc_trace_note(trace, i)) + "\n";
    tc_engine_free(engine);
    tc_findings_free(findings);
    tc_trace_close(trace);
    return outcome;
}

bool Same(const Outcome &some, const Outcome &others) {
    return some.notes == others.notes &&
           std::equal(some.found.begin(), some.found.end(), others.found.begin(),
                      others.found.end(), [](const Found &a, const Found &b) {
                          return std::tie(a.kind, a.severity, a.confidence, a.text, a.count,
                                          a.objects, a.threads) ==
                                 std::tie(b.kind, b.severity, b.confidence, b.text, b.count,
                                          b.objects, b.threads);
                      });
}

} // namespace

Outcome RunScenario(const std::string &text) {
    Outcome outcome;
    std::unique_ptr<tc_writer, void (*)(tc_writer *)> writer(tc_writer_new(), tc_writer_free);
    outcome.error = Script(text).Write(writer.get());
    if (!outcome.error.empty())
        return outcome;
    size_t size;
    const void *bytes = tc_writer_finish(writer.get(), &size);
    tc_config usual = {}, no_short_way = {}, two_passes = {};
    no_short_way.no_short_way = true;
    two_passes.lock_contexts = 1;
    outcome = Analyse(bytes, size, usual);
    if (outcome.error.empty() && !Same(outcome, Analyse(bytes, size, no_short_way)))
        outcome.error = "without the short way of repeats something else is found";
    if (outcome.error.empty() && !Same(outcome, Analyse(bytes, size, two_passes)))
        outcome.error = "when lock orders are gathered in two passes something else is found";
    return outcome;
}

std::string CheckScenario(const std::string &text) {
    std::multiset<std::string> expected, found;
    std::vector<std::string> infos, texts, notes;
    std::istringstream stream(text);
    bool any = false;
    for (std::string line; std::getline(stream, line);) {
        auto after = [&line](const char *key) {
            std::string begin = std::string("# ") + key + ": ";
            return line.rfind(begin, 0) == 0 ? line.substr(begin.size()) : std::string();
        };
        if (std::string expect = after("expect"); !expect.empty()) {
            any = true;
            if (expect != "none")
                expected.insert(expect);
        }
        if (std::string info = after("info"); !info.empty())
            infos.push_back(info);
        if (std::string words = after("text"); !words.empty())
            texts.push_back(words);
        if (std::string words = after("note"); !words.empty())
            notes.push_back(words);
    }
    if (!any)
        return "no expectation";
    Outcome outcome = RunScenario(text);
    if (!outcome.error.empty())
        return outcome.error;
    std::string all, complaint;
    for (const Found &each : outcome.found) {
        if (each.severity != "info")
            found.insert(each.kind + " " + each.severity);
        all += each.kind + " " + each.severity + " " + each.confidence + ": " + each.text;
    }
    if (found != expected)
        complaint += "other findings than expected\n";
    for (const std::string &info : infos)
        if (std::none_of(outcome.found.begin(), outcome.found.end(), [&](const Found &each) {
                return each.kind == info && each.severity == "info";
            }))
            complaint += "no info: " + info + "\n";
    for (const std::string &words : texts)
        if (all.find(words) == std::string::npos)
            complaint += "no text: " + words + "\n";
    for (const std::string &words : notes)
        if (outcome.notes.find(words) == std::string::npos)
            complaint += "no note: " + words + "\n";
    return complaint.empty() ? "" : complaint + "found:\n" + (all.empty() ? "nothing\n" : all);
}
