/* trace_fuzz.c: any bytes as a trace, through reader, engine and all checkers.
 *
 * What: the target of libFuzzer, and of mutate.c where libFuzzer is not at hand.  Nothing is
 *       expected of the outcome but that there is one.
 */
#include "tests/fuzz/trace_fuzz.h"

#include "analyzer/checkers/checker.h"
#include "analyzer/model/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct tc_trace_error error;
    struct tc_trace *trace = tc_trace_open_memory(data, size, "fuzz", &error);
    if (!trace)
        return 0;
    const struct tc_config config = {0};
    struct tc_findings *findings = tc_findings_new();
    struct tc_engine *engine = tc_engine_new(trace, tc_checkers, &config, findings);
    tc_engine_run(engine);
    tc_engine_free(engine);
    tc_findings_free(findings);
    tc_trace_close(trace);
    return 0;
}
