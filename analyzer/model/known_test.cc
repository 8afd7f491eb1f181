// The short way of repeats leaves the model as the long way does and shows checkers the same
// records, on random traces and whatever redefines a slot.
#include "analyzer/model/engine.h"

#include <random>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "trace/encode.h"
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
                           uint64_t *events, bool no_short_way = false) {
    tc_trace_error error = {};
    tc_config config = {};
    config.no_short_way = no_short_way;
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

// What a checker sees that does not want repeats, as all of ours: with it the short way is taken.
using Seen = std::tuple<uint32_t, int, uint32_t, uint32_t, uint64_t, uint64_t, uint64_t, uint32_t,
                        uint64_t, uint32_t, uint32_t>;
std::vector<Seen> seen;

void Keep(void *, const tc_step *step) {
    const tc_record *record = step->record;
    const tc_object *object = step->object;
    seen.emplace_back(record->thread, record->code, record->object, record->stack, record->number,
                      record->time, step->held_id, step->held->count, object ? object->ticket : 0,
                      object ? object->owner : 0, step->thread->version);
}

// Whether both ways lead to the same.  `steps` is what the checker saw.
bool Agree(tc_writer *writer, std::vector<Seen> *steps) {
    tc_checker news = {};
    news.name = "news";
    news.effects = (1u << TC_EFFECT_COUNT) - 1;
    news.first = 1u << TC_EFFECT_ACQUIRE | 1u << TC_EFFECT_REQUEST | 1u << TC_EFFECT_RELEASE;
    news.create = Create;
    news.step = Keep;
    size_t size;
    const void *bytes = tc_writer_finish(writer, &size);
    uint64_t short_events, long_events;
    seen.clear();
    auto by_short = Analyse(bytes, size, &news, &short_events);
    *steps = seen;
    seen.clear();
    auto by_long = Analyse(bytes, size, &news, &long_events, true);
    return short_events == long_events && by_short == by_long && *steps == seen;
}

// A slot says what the last record said that was kept in it, whichever that was.
TEST(Known, EveryRecordRedefinesItsSlot) {
    for (int code = 1; code < 256; code++) {
        const tc_event_info *info = &tc_event_table[code];
        tc_writer *writer = tc_writer_new();
        uint32_t thread = tc_writer_thread(writer, 0, "main");
        uint32_t lock = tc_writer_object(writer, TC_OBJECT_MUTEX, 0, 0);
        uint32_t other = tc_writer_object(
            writer, info->mode == TC_MODE_COUNTED ? TC_OBJECT_SEMAPHORE : TC_OBJECT_MUTEX, 0, 1);
        uint32_t stack = tc_writer_stack1(writer, 0x1000), there = 0;
        unsigned slot = tc_context_slot(lock, stack, TC_EV_ACQUIRE);
        while (!there || tc_context_slot(other, there, static_cast<uint8_t>(code)) != slot)
            there = tc_writer_stack1(writer, 0x2000 + there);
        for (int i = 0; i < 4; i++) {
            tc_writer_event(writer, thread, TC_EV_ACQUIRE, lock, stack, 0, 0);
            tc_writer_event(writer, thread, TC_EV_RELEASE, lock, 0, 0, 0);
        }
        uint8_t bytes[TC_RECORD_MAX];
        uint8_t *end = tc_put_event(bytes, static_cast<uint8_t>(code),
                                    TC_FIELD_KEEP | TC_FIELD_STACK, other, there, 0, 0, 0);
        tc_writer_raw(writer, thread, bytes, static_cast<uint32_t>(end - bytes));
        uint8_t again = static_cast<uint8_t>(slot + 1);
        tc_writer_raw(writer, thread, &again, 1);
        std::vector<Seen> steps;
        EXPECT_TRUE(Agree(writer, &steps)) << code;
        size_t of_lock = 0, of_other = 0;
        for (const Seen &step : steps) {
            of_lock += std::get<2>(step) == lock;
            of_other += std::get<1>(step) == code && std::get<2>(step) == other;
        }
        EXPECT_EQ(of_lock, 1u) << code; // all others are repeats
        EXPECT_EQ(of_other > 0, info->name != nullptr) << code;
        tc_writer_free(writer);
    }
}

// Random records of all kinds that have a slot, of more contexts than there are slots.
TEST(Known, ShowsTheSameRecordsAsTheLongWay) {
    std::mt19937 random(23);
    std::vector<uint8_t> codes;
    for (int code = 1; code < 256; code++)
        if (tc_event_table[code].effect == TC_EFFECT_ACQUIRE ||
            tc_event_table[code].effect == TC_EFFECT_REQUEST ||
            tc_event_table[code].effect == TC_EFFECT_RELEASE)
            codes.push_back(static_cast<uint8_t>(code));
    size_t shown = 0;
    for (int round = 0; round < 60; round++) {
        tc_writer *writer = tc_writer_new();
        uint32_t main_thread = tc_writer_thread(writer, 0, "main"), stacks[12], objects[12];
        for (uint64_t i = 0; i < 12; i++)
            stacks[i] = tc_writer_stack1(writer, 0x1000 + i);
        for (int i = 0; i < 12; i++)
            objects[i] = tc_writer_object(writer,
                                          i < 8    ? TC_OBJECT_MUTEX
                                          : i < 10 ? TC_OBJECT_RWLOCK
                                                   : TC_OBJECT_SEMAPHORE,
                                          i == 7 ? TC_ATTR_RECURSIVE : 0, 1);
        std::vector<uint32_t> threads = {main_thread};
        for (int i = 0; i < 3; i++)
            threads.push_back(tc_writer_spawn(writer, main_thread, stacks[0]));
        for (int i = 0; i < 1500; i++) {
            uint32_t thread = threads[random() % 4];
            uint32_t object = objects[random() % (round % 2 ? 12 : 4)];
            uint32_t stack = stacks[random() % (round % 3 ? 12 : 2)];
            if (random() % 4) { // mostly plain pairs, for the short way
                for (int pair = random() % 4; pair >= 0; pair--) {
                    tc_writer_event(writer, thread, TC_EV_ACQUIRE, object, stack, 0, 0);
                    tc_writer_event(writer, thread, TC_EV_RELEASE, object, 0, 0, 0);
                }
            } else {
                uint8_t code = codes[random() % codes.size()];
                tc_writer_event(writer, thread, code, object, stack, 0, 0);
            }
            if (random() % 100 == 0)
                tc_writer_lost(writer, thread, 1);
        }
        std::vector<Seen> steps;
        EXPECT_TRUE(Agree(writer, &steps)) << "round " << round;
        shown += steps.size();
        tc_writer_free(writer);
    }
    EXPECT_GT(shown, 10000u);
}

} // namespace
