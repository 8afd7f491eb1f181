// The short way of repeats leaves the model as the long way does, on random traces.
#include "analyzer/model/engine.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "trace/writer.h"

namespace {

// A checker that wants every event keeps the engine on the long way.
void Step(void *, const tc_step *) {}
void *Create(const tc_config *, tc_findings *, const tc_model *) {
    return nullptr;
}

struct State {
    uint64_t acquisitions, had_by, ticket;
    uint32_t owner, depth, users, last_release_thread;
    bool operator==(const State &other) const {
        return acquisitions == other.acquisitions && had_by == other.had_by &&
               ticket == other.ticket && owner == other.owner && depth == other.depth &&
               users == other.users && last_release_thread == other.last_release_thread;
    }
};

std::vector<State> Analyse(const void *bytes, size_t size, const tc_checker *checker,
                           uint64_t *events) {
    tc_trace_error error = {};
    tc_config config = {};
    tc_trace *trace = tc_trace_open_memory(bytes, size, "random", &error);
    EXPECT_NE(trace, nullptr) << error.text;
    const tc_checker *checkers[] = {checker, nullptr};
    tc_engine *engine = tc_engine_new(trace, checkers, &config, nullptr);
    tc_engine_run(engine);
    const tc_model *model = tc_engine_model(engine);
    std::vector<State> states;
    for (uint32_t id = 1; id <= tc_model_object_count(model); id++) {
        const tc_object *object = tc_model_object(model, id);
        if (object)
            states.push_back({object->acquisitions, object->had_by, object->ticket, object->owner,
                              object->depth, object->users, object->last_release_thread});
    }
    for (uint32_t index = 1; index <= tc_model_thread_count(model); index++) {
        const tc_lockset &held = tc_model_thread(model, index)->held;
        for (uint32_t i = 0; i < held.count; i++)
            states.push_back({held.entries[i].number, held.entries[i].stack, held.entries[i].time,
                              held.entries[i].object->id, held.entries[i].depth,
                              held.entries[i].mode, index});
    }
    *events = tc_engine_stats(engine)->events;
    tc_engine_free(engine);
    tc_trace_close(trace);
    return states;
}

TEST(Known, LeavesTheModelAsTheLongWayDoes) {
    tc_checker everything = {};
    everything.name = "everything";
    everything.effects = (1u << TC_EFFECT_COUNT) - 1;
    everything.create = Create;
    everything.step = Step;
    std::mt19937 random(7);
    for (int round = 0; round < 50; round++) {
        tc_writer *writer = tc_writer_new();
        uint32_t main_thread = tc_writer_thread(writer, 0, "main"), stack[3], lock[6];
        for (uint64_t i = 0; i < 3; i++)
            stack[i] = tc_writer_stack1(writer, 0x1000 + i);
        for (int i = 0; i < 6; i++)
            lock[i] = tc_writer_object(writer, TC_OBJECT_MUTEX, i == 5 ? TC_ATTR_RECURSIVE : 0, 0);
        uint32_t condition = tc_writer_object(writer, TC_OBJECT_COND, 0, 0);
        std::vector<uint32_t> threads = {main_thread};
        std::vector<std::vector<uint32_t>> held(4);
        for (int i = 0; i < 3; i++)
            threads.push_back(tc_writer_spawn(writer, main_thread, stack[0]));
        std::vector<int> owner(6, -1);
        for (int i = 0; i < 3000; i++) {
            unsigned who = static_cast<unsigned>(random() % 4), what = random() % 6;
            if (random() % 64 == 0) {
                tc_writer_event(writer, threads[who], TC_EV_SIGNAL, condition, stack[0], 0, 0);
            } else if (random() % 64 == 0) {
                tc_writer_time(writer, threads[who], random() % 1000);
            } else if (random() % 2 && (owner[what] < 0 || (what == 5 && owner[5] == int(who)))) {
                tc_writer_event(writer, threads[who], TC_EV_ACQUIRE, lock[what], stack[what % 3], 0,
                                0);
                owner[what] = static_cast<int>(who);
                held[who].push_back(what);
            } else if (!held[who].empty()) {
                size_t at = random() % 8 ? held[who].size() - 1 : random() % held[who].size();
                uint32_t given = held[who][at];
                held[who].erase(held[who].begin() + static_cast<long>(at));
                tc_writer_event(writer, threads[who], TC_EV_RELEASE, lock[given], 0, 0, 0);
                bool still = false;
                for (uint32_t other : held[who])
                    still |= other == given;
                if (!still)
                    owner[given] = -1;
            }
        }
        size_t size;
        const void *bytes = tc_writer_finish(writer, &size);
        uint64_t short_events, long_events;
        auto by_short = Analyse(bytes, size, nullptr, &short_events);
        auto by_long = Analyse(bytes, size, &everything, &long_events);
        EXPECT_EQ(short_events, long_events);
        EXPECT_TRUE(by_short == by_long) << "round " << round;
        tc_writer_free(writer);
    }
}

} // namespace
