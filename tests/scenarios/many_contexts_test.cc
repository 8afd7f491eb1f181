// many_contexts_test.cc: more contexts of lock orders than are kept, all of them on cycles: few are
// kept of each edge, which is enough to find what can happen, and of different threads.

#include <gtest/gtest.h>

#include "analyzer/checkers/checker.h"
#include "analyzer/model/engine.h"
#include "trace/reader.h"
#include "trace/writer.h"

namespace {

TEST(ManyContexts, OfManyCyclesLeadToTheSameKindOfFindings) {
    const uint32_t kThreads = 80, kLocks = 64;
    tc_writer *writer = tc_writer_new();
    tc_writer_chunk_size(writer, 1 << 20);
    uint32_t main_thread = tc_writer_thread(writer, 0, "main"), first = 0;
    uint32_t create = tc_writer_stack1(writer, 0x1000), outer = tc_writer_stack1(writer, 0x1001),
             inner = tc_writer_stack1(writer, 0x1002);
    for (uint32_t i = 0; i < kLocks; i++) {
        uint32_t lock = tc_writer_object(writer, TC_OBJECT_MUTEX, 0, 0);
        first = first ? first : lock;
    }
    for (uint32_t t = 0; t < kThreads; t++) {
        uint32_t thread = tc_writer_spawn(writer, main_thread, create);
        // Upwards in even threads, downwards in odd ones.
        for (uint32_t a = 0; a < kLocks; a++)
            for (uint32_t b = 0; b < kLocks; b++) {
                if (a == b || (a < b) == (t % 2))
                    continue;
                tc_writer_event(writer, thread, TC_EV_ACQUIRE, first + a, outer, 0, 0);
                tc_writer_event(writer, thread, TC_EV_ACQUIRE, first + b, inner, 0, 0);
                tc_writer_event(writer, thread, TC_EV_RELEASE, first + b, 0, 0, 0);
                tc_writer_event(writer, thread, TC_EV_RELEASE, first + a, 0, 0, 0);
            }
    }
    size_t size;
    const void *bytes = tc_writer_finish(writer, &size);
    for (size_t limit : {size_t{1} << 30, size_t{1} << 10}) {
        tc_trace_error error;
        tc_trace *trace = tc_trace_open_memory(bytes, size, "many", &error);
        ASSERT_NE(trace, nullptr) << error.text;
        tc_findings *findings = tc_findings_new();
        tc_config config = {};
        config.lock_contexts = limit;
        tc_engine *engine = tc_engine_new(trace, tc_checkers, &config, findings);
        tc_engine_run(engine);
        ASSERT_GT(tc_findings_count(findings), 0u);
        const tc_finding *finding = tc_findings_get(findings, 0);
        EXPECT_EQ(finding->kind, TC_FINDING_LOCK_ORDER_INVERSION);
        EXPECT_EQ(finding->severity, TC_SEVERITY_ERROR);
        EXPECT_EQ(finding->thread_count, 2u);
        tc_engine_free(engine);
        tc_findings_free(findings);
        tc_trace_close(trace);
    }
    tc_writer_free(writer);
}

} // namespace
