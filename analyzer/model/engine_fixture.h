// engine_fixture.h: a test that writes a synthetic trace, runs the engine over it with a checker
// that keeps all steps, and looks at the model.
#ifndef TC_ANALYZER_ENGINE_FIXTURE_H
#define TC_ANALYZER_ENGINE_FIXTURE_H

#include "analyzer/model/engine.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "trace/writer.h"

// What the recording checker keeps of a step.
struct Seen {
    uint32_t thread, object, stack;
    uint8_t code;
    uint64_t number, ticket, held_id;
    uint32_t held, version;
    bool repeat;
};

// A checker that keeps all steps and may look at the model at each.
struct Recorder {
    std::vector<Seen> steps;
    std::vector<uint64_t> lost;
    std::function<void(const tc_step &)> look;
};
inline Recorder *recorder;

inline void *Create(const tc_config *, tc_findings *, const tc_model *) {
    return recorder;
}

inline void Step(void *, const tc_step *step) {
    const tc_record *record = step->record;
    recorder->steps.push_back({record->thread, record->object, record->stack, record->code,
                               record->number, step->object ? step->object->ticket : 0,
                               step->held_id, step->held->count, step->thread->version,
                               step->repeat});
    if (recorder->look)
        recorder->look(*step);
}

inline void Lost(void *, const tc_thread *, uint64_t count) {
    recorder->lost.push_back(count);
}

class EngineTest : public ::testing::Test {
  protected:
    EngineTest() : w_(tc_writer_new()) {
        recorder = &recorder_;
        main_ = tc_writer_thread(w_, 0, "main");
        for (uint32_t &stack : s_)
            stack = tc_writer_stack1(w_, 0x1000 + (&stack - s_));
        checker_.effects = (1u << TC_EFFECT_COUNT) - 1;
        checker_.create = Create;
        checker_.step = Step;
        checker_.lost = Lost;
    }
    ~EngineTest() override {
        tc_engine_free(engine_);
        tc_trace_close(trace_);
        tc_writer_free(w_);
    }

    uint32_t Object(uint8_t type, uint32_t attr = 0, uint32_t value = 0) {
        return tc_writer_object(w_, type, attr, value);
    }
    uint32_t Mutex(uint32_t attr = 0) { return Object(TC_OBJECT_MUTEX, attr); }
    uint32_t Spawn() { return tc_writer_spawn(w_, main_, s_[0]); }
    void Event(uint32_t thread, uint8_t code, uint32_t object, uint32_t stack = 0, uint64_t arg = 0,
               uint32_t result = 0) {
        tc_writer_event(w_, thread, code, object, stack, arg, result);
    }

    void Run() {
        size_t size;
        const void *bytes = tc_writer_finish(w_, &size);
        tc_trace_error error;
        trace_ = tc_trace_open_memory(bytes, size, "test", &error);
        ASSERT_NE(trace_, nullptr) << error.text;
        Analyse();
    }
    // Runs the engine over trace_.
    void Analyse() {
        const tc_checker *const checkers[] = {&checker_, nullptr};
        const tc_config config = {};
        engine_ = tc_engine_new(trace_, checkers, &config, nullptr);
        tc_engine_run(engine_);
        model_ = tc_engine_model(engine_);
    }

    std::string Notes() {
        std::string all;
        for (size_t i = 0; i < tc_trace_note_count(trace_); i++)
            all += std::string(tc_trace_note(trace_, i)) + "\n";
        return all;
    }
    const tc_object *ObjectOf(uint32_t id) { return tc_model_object(model_, id); }
    const tc_thread *ThreadOf(uint32_t index) { return tc_model_thread(model_, index); }
    const struct tc_engine_stats *Stats() { return tc_engine_stats(engine_); }
    // Whether all that thread `a` did before its last send is known to `b` at the end.
    bool Before(uint32_t a, uint32_t b) {
        return tc_clock_get(ThreadOf(b)->clock, a) >= tc_clock_get(ThreadOf(a)->clock, a) &&
               tc_clock_get(ThreadOf(a)->clock, a) > 1;
    }
    std::vector<const Seen *> Of(uint8_t code) {
        std::vector<const Seen *> found;
        for (const Seen &seen : recorder_.steps)
            if (seen.code == code)
                found.push_back(&seen);
        return found;
    }

    Recorder recorder_;
    tc_checker checker_ = {};
    tc_writer *w_;
    uint32_t main_, s_[8];
    tc_trace *trace_ = nullptr;
    tc_engine *engine_ = nullptr;
    const tc_model *model_ = nullptr;
};

#endif
