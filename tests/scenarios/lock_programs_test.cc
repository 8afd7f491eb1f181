// lock_programs_test.cc: predictions on random programs against all of their interleavings.
//
// A program is a few threads of lock, unlock, join and post/wait steps, without data: what a thread
// does next never depends on anything.  One random run that does not hang gives the trace; the
// model checker here tries all interleavings.  Every inversion that is predicted as an error must
// be a deadlock that some interleaving reaches, and its witness a run of the program that leads
// there; how many of the reachable ones are predicted is printed.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "tests/scenarios/scenario.h"

namespace {

enum Kind { kLock, kUnlock, kCreate, kJoin, kPost, kWait };

struct Step {
    Kind kind;
    int what; // lock, thread or semaphore
};

struct Program {
    std::vector<std::vector<Step>> threads; // 0 is main
    int locks = 0, semaphores = 0;
};

struct State {
    std::vector<int> at;    // next step of each thread
    std::vector<int> owner; // of each lock, -1: nobody
    std::vector<int> units;
    std::vector<bool> created;
    bool operator<(const State &other) const {
        return std::tie(at, owner, units, created) <
               std::tie(other.at, other.owner, other.units, other.created);
    }
};

State Begin(const Program &program) {
    State state;
    state.at.assign(program.threads.size(), 0);
    state.owner.assign(program.locks, -1);
    state.units.assign(program.semaphores, 0);
    state.created.assign(program.threads.size(), false);
    state.created[0] = true;
    return state;
}

bool Ended(const Program &program, const State &state, int thread) {
    return state.at[thread] == static_cast<int>(program.threads[thread].size());
}

bool Enabled(const Program &program, const State &state, int thread) {
    if (!state.created[thread] || Ended(program, state, thread))
        return false;
    const Step &step = program.threads[thread][state.at[thread]];
    switch (step.kind) {
    case kLock:
        return state.owner[step.what] < 0;
    case kJoin:
        return Ended(program, state, step.what);
    case kWait:
        return state.units[step.what] > 0;
    default:
        return true;
    }
}

void Perform(const Program &program, State *state, int thread) {
    const Step &step = program.threads[thread][state->at[thread]++];
    switch (step.kind) {
    case kLock:
        state->owner[step.what] = thread;
        break;
    case kUnlock:
        state->owner[step.what] = -1;
        break;
    case kCreate:
        state->created[step.what] = true;
        break;
    case kPost:
        state->units[step.what]++;
        break;
    case kWait:
        state->units[step.what]--;
        break;
    case kJoin:
        break;
    }
}

// The locks of each cycle of threads in which each waits for a lock that the next one holds.
void AddCycles(const Program &program, const State &state, std::set<std::set<int>> *cycles,
               std::set<std::set<int>> *of_two) {
    size_t count = program.threads.size();
    for (size_t start = 0; start < count; start++) {
        std::set<int> locks, threads;
        int thread = static_cast<int>(start);
        while (threads.insert(thread).second) {
            if (!state.created[thread] || Ended(program, state, thread))
                break;
            const Step &step = program.threads[thread][state.at[thread]];
            if (step.kind != kLock || state.owner[step.what] < 0)
                break;
            locks.insert(step.what);
            thread = state.owner[step.what];
            if (thread == static_cast<int>(start)) {
                cycles->insert(locks);
                if (threads.size() == 2)
                    of_two->insert(locks);
                break;
            }
        }
    }
}

struct Truth {
    std::set<std::set<int>> cycles, of_two;
};

Truth Explore(const Program &program) {
    Truth truth;
    std::set<State> seen;
    std::vector<State> open = {Begin(program)};
    seen.insert(open[0]);
    while (!open.empty()) {
        State state = open.back();
        open.pop_back();
        AddCycles(program, state, &truth.cycles, &truth.of_two);
        for (size_t thread = 0; thread < program.threads.size(); thread++)
            if (Enabled(program, state, static_cast<int>(thread))) {
                State next = state;
                Perform(program, &next, static_cast<int>(thread));
                if (seen.insert(next).second)
                    open.push_back(next);
            }
    }
    return truth;
}

class Generator {
  public:
    explicit Generator(unsigned seed) : random_(seed) {}

    Program Make() {
        Program program;
        int threads = 2 + Dice(2);
        program.locks = 2 + Dice(3);
        program.semaphores = Dice(3) ? 0 : 1;
        program.threads.resize(threads + 1);
        for (int thread = 1; thread <= threads; thread++)
            Body(&program, thread, 1 + Dice(3));
        Main(&program, threads);
        if (program.semaphores)
            Handover(&program);
        return program;
    }

    int Dice(int sides) { return static_cast<int>(random_() % sides); }

  private:
    // Sections of nested locks, sometimes not released in order.
    void Body(Program *program, int thread, int sections) {
        for (int i = 0; i < sections; i++) {
            std::vector<int> order(program->locks);
            for (int l = 0; l < program->locks; l++)
                order[l] = l;
            std::shuffle(order.begin(), order.end(), random_);
            order.resize(1 + Dice(std::min(3, program->locks)));
            for (int lock : order)
                program->threads[thread].push_back({kLock, lock});
            if (Dice(3))
                std::reverse(order.begin(), order.end());
            for (int lock : order)
                program->threads[thread].push_back({kUnlock, lock});
        }
    }

    // Creates and joins the others, in between or around sections of its own.
    void Main(Program *program, int threads) {
        std::vector<Step> *steps = &program->threads[0];
        std::vector<int> running;
        for (int thread = 1; thread <= threads; thread++) {
            int held = Dice(4) ? -1 : Dice(program->locks);
            if (held >= 0)
                steps->push_back({kLock, held});
            else if (!Dice(3))
                Body(program, 0, 1);
            steps->push_back({kCreate, thread});
            running.push_back(thread);
            while (!running.empty() && !Dice(3)) {
                steps->push_back({kJoin, running.back()});
                running.pop_back();
            }
            if (held >= 0)
                steps->push_back({kUnlock, held});
        }
        if (!Dice(2))
            Body(program, 0, 1);
        for (int thread : running)
            steps->push_back({kJoin, thread});
    }

    // One thread posts, another one waits, anywhere.
    void Handover(Program *program) {
        int from = 1 + Dice(static_cast<int>(program->threads.size()) - 1), to = from;
        while (to == from)
            to = 1 + Dice(static_cast<int>(program->threads.size()) - 1);
        auto insert = [&](int thread, Step step) {
            auto &steps = program->threads[thread];
            steps.insert(steps.begin() + Dice(static_cast<int>(steps.size()) + 1), step);
        };
        insert(from, {kPost, 0});
        insert(to, {kWait, 0});
    }

    std::mt19937 random_;
};

std::string Name(int thread) {
    return thread ? "T" + std::to_string(thread) : "main";
}

// One random run as a scenario; empty when it hangs.
std::string RunOnce(const Program &program, Generator *generator) {
    std::string text = "mutex noinit";
    for (int lock = 0; lock < program.locks; lock++)
        text += std::string(" ") + static_cast<char>('A' + lock);
    text += "\n";
    if (program.semaphores)
        text += "semaphore value=0 S\n";
    State state = Begin(program);
    while (true) {
        std::vector<int> enabled;
        bool open = false;
        for (int thread = 0; thread < static_cast<int>(program.threads.size()); thread++) {
            if (Enabled(program, state, thread))
                enabled.push_back(thread);
            open |= state.created[thread] && !Ended(program, state, thread);
        }
        if (enabled.empty())
            return open ? "" : text;
        int thread = enabled[generator->Dice(static_cast<int>(enabled.size()))];
        const Step &step = program.threads[thread][state.at[thread]];
        Perform(program, &state, thread);
        std::string lock(1, static_cast<char>('A' + step.what));
        std::string line = Name(thread) + ": ";
        switch (step.kind) {
        case kLock:
            line += "lock " + lock;
            break;
        case kUnlock:
            line += "unlock " + lock;
            break;
        case kCreate:
            line += "spawn " + Name(step.what);
            break;
        case kJoin:
            line += "join " + Name(step.what);
            break;
        case kPost:
            line += "give S";
            break;
        case kWait:
            line += "take S";
            break;
        }
        if (Ended(program, state, thread))
            line += "; exit";
        text += line + "\n";
    }
}

// Each thread's locks and unlocks in the order of the program's text; threads by index of the
// trace.
std::map<unsigned, std::vector<std::string>> ThreadOrders(const std::string &text) {
    std::map<std::string, unsigned> index = {{"main", 1}};
    std::map<unsigned, std::vector<std::string>> orders;
    std::map<std::string, std::set<unsigned>> users; // of a lock
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::smatch match;
        if (!std::regex_search(line, match, std::regex("^(\\w+): (lock|unlock|spawn) (\\w+)")))
            continue;
        if (match[2] == "spawn") {
            unsigned next = static_cast<unsigned>(index.size()) + 1;
            index[match[3]] = next;
            orders[index[match[1]]].push_back("creates " + std::to_string(next));
            continue;
        }
        unsigned object = static_cast<unsigned>(match[3].str()[0] - 'A') + 2;
        users[std::to_string(object)].insert(index[match[1]]);
        orders[index[match[1]]].push_back((match[2] == "lock" ? "acquires " : "releases ") +
                                          std::to_string(object));
    }
    // A lock of one thread alone is in nobody's way, and left out.
    auto is_private = [&](const std::string &step) {
        return step[0] != 'c' && users[step.substr(step.find(' ') + 1)].size() < 2;
    };
    for (auto &order : orders) {
        auto &steps = order.second;
        steps.erase(std::remove_if(steps.begin(), steps.end(), is_private), steps.end());
    }
    return orders;
}

// Runs the witness of a prediction.  Empty: it is a run of the program at whose end every thread
// that asks waits for the one that the witness names.
std::string RunWitness(const std::string &text, const Found &found) {
    auto orders = ThreadOrders(text);
    std::map<unsigned, size_t> at;
    std::map<unsigned, unsigned> owner; // of each lock
    std::set<unsigned> alive = {1};
    std::regex step("^\\{T(\\d+)\\} (acquires|releases|creates) \\{[OT](\\d+)\\}");
    std::regex request("^\\{t(\\d+)\\} asks for \\{o(\\d+)\\}.*\\{t(\\d+)\\} holds it");
    std::istringstream lines(found.text);
    size_t requests = 0;
    for (std::string line; std::getline(lines, line);) {
        std::smatch match;
        if (std::regex_search(line, match, request)) {
            requests++;
            unsigned object = found.objects[std::stoul(match[2])];
            unsigned thread = found.threads[std::stoul(match[1])];
            if (owner[object] != found.threads[std::stoul(match[3])])
                return "nobody is in the way: " + line;
            if (at[thread] >= orders[thread].size() ||
                orders[thread][at[thread]] != "acquires " + std::to_string(object))
                return "the thread asks for something else: " + line;
        } else if (std::regex_search(line, match, step)) {
            unsigned thread = static_cast<unsigned>(std::stoul(match[1]));
            unsigned other = static_cast<unsigned>(std::stoul(match[3]));
            std::string what = match[2].str() + " " + match[3].str();
            if (!alive.count(thread))
                return "the thread was not created: " + line;
            if (at[thread] >= orders[thread].size() || orders[thread][at[thread]++] != what)
                return "not what the thread does next: " + line;
            if (match[2] == "creates")
                alive.insert(other);
            else if (match[2] == "acquires" && owner[other])
                return "the lock is taken: " + line;
            else
                owner[other] = match[2] == "acquires" ? thread : 0;
        }
    }
    return requests == found.objects.size() ? "" : "not all requests are told";
}

TEST(LockPrograms, PredictedInversionsAreReachable) {
    const int kWanted = 10000;
    Generator generator(2023);
    int programs = 0, predicted = 0, reachable = 0, found = 0, wrong = 0, run = 0;
    while (programs < kWanted) {
        Program program = generator.Make();
        std::string text = RunOnce(program, &generator);
        if (text.empty())
            continue;
        programs++;
        Truth truth = Explore(program);
        Outcome outcome = RunScenario(text);
        ASSERT_EQ(outcome.error, "") << text;
        std::set<std::set<int>> said;
        for (const Found &each : outcome.found) {
            if (each.severity == "info")
                continue;
            ASSERT_EQ(each.kind, "lock-order-inversion") << text;
            std::set<int> locks; // objects are declared before all threads but main
            for (uint32_t object : each.objects)
                locks.insert(static_cast<int>(object) - 2);
            said.insert(locks);
            predicted++;
            if (each.text.find("left out") == std::string::npos) {
                run++;
                ASSERT_EQ(RunWitness(text, each), "") << text << each.text;
            }
            if (!truth.cycles.count(locks)) {
                wrong++;
                ADD_FAILURE() << "predicted, but no interleaving has it:\n" << text << each.text;
                ASSERT_LT(wrong, 3);
            }
        }
        for (const std::set<int> &locks : truth.of_two) {
            reachable++;
            found += said.count(locks);
        }
    }
    printf("%d programs, %d predictions; of %d reachable deadlocks of two threads %d predicted "
           "(%.1f %%)\n",
           programs, predicted, reachable, found, 100.0 * found / std::max(reachable, 1));
    EXPECT_GT(found * 10, reachable * 9);
    EXPECT_GT(run * 4, predicted * 3) << "witnesses that were whole";
}

} // namespace
