/* junit.c: the report as JUnit XML: a test case for each finding, and a passed one for each kind of
 * which nothing was found; a skipped one for races that were not looked for. */
#include "analyzer/report/format.h"
#include "analyzer/report/quote.h"

void tc_report_junit(struct tc_text *out, const struct tc_report *report,
                     const struct tc_style *style);

static void attribute(struct tc_text *out, const char *name, const char *value) {
    tc_text_printf(out, " %s=\"", name);
    tc_quote_xml(out, value);
    tc_text_char(out, '"');
}

static void add_frame(struct tc_text *out, const struct tc_report_frame *frame) {
    tc_text_printf(out, "    %s", frame->function);
    if (frame->file)
        tc_text_printf(out, " at %s:%u", frame->file, frame->line);
    else if (frame->module)
        tc_text_printf(out, " in %s+%#llx", frame->module,
                       (unsigned long long)frame->module_offset);
    tc_text_char(out, '\n');
}

/* The finding in words; plain text. */
static void describe(struct tc_text *text, const struct tc_report_finding *finding) {
    tc_text_printf(text, "%s\n", finding->explanation);
    for (size_t i = 0; i < finding->thread_count; i++) {
        const struct tc_report_thread *thread = &finding->threads[i];
        for (size_t j = 0; j < thread->stack_count; j++) {
            tc_text_printf(text, "\n%s %s\n", thread->label, thread->stacks[j].what);
            for (size_t k = 0; k < thread->stacks[j].frames.count; k++)
                add_frame(text, &thread->stacks[j].frames.entries[k]);
        }
    }
    for (size_t i = 0; i < finding->witness_count; i++)
        tc_text_printf(text, "%s%zu. %s\n", i ? "" : "\n", i + 1, finding->witness[i]);
    if (finding->advice)
        tc_text_printf(text, "\n%s\n", finding->advice);
    tc_text_printf(text, "\nid %s\n", finding->id);
}

static const struct tc_report_frame *place_of(const struct tc_report_finding *finding) {
    for (size_t i = 0; i < finding->thread_count; i++)
        if (finding->threads[i].stack_count)
            return tc_report_key_frame(&finding->threads[i].stacks[0].frames);
    return NULL;
}

static void add_finding(struct tc_text *out, const struct tc_report_finding *finding) {
    bool fails = finding->severity != TC_SEVERITY_INFO;
    struct tc_text words = {0};
    describe(&words, finding);
    tc_text_add(out, "    <testcase");
    attribute(out, "classname", finding->kind_name);
    attribute(out, "name", finding->title);
    const struct tc_report_frame *place = place_of(finding);
    if (place && place->file) {
        attribute(out, "file", place->file);
        tc_text_printf(out, " line=\"%u\"", place->line);
    }
    tc_text_add(out, " time=\"0\">\n");
    tc_text_add(out, fails ? "      <failure" : "      <system-out>");
    if (fails) {
        attribute(out, "type", tc_severity_name(finding->severity));
        attribute(out, "message", finding->title);
        tc_text_char(out, '>');
    }
    tc_quote_xml(out, tc_text_string(&words));
    tc_text_add(out, fails ? "</failure>\n" : "</system-out>\n");
    tc_text_add(out, "    </testcase>\n");
    tc_text_free(&words);
}

static bool are_races_looked_for(const struct tc_report *report) {
    for (size_t i = 0; i < report->process_count; i++)
        if (report->processes[i].races)
            return true;
    return false;
}

static void add_kinds(struct tc_text *out, const bool *found, bool races) {
    for (int i = 0; i < TC_FINDING_COUNT; i++) {
        if (found[i])
            continue;
        tc_text_add(out, "    <testcase");
        attribute(out, "classname", tc_finding_table[i].kind);
        if (i == TC_FINDING_DATA_RACE && !races)
            tc_text_add(out, " name=\"not looked for\" time=\"0\">\n      <skipped "
                             "message=\"--races=full looks for them\"/>\n    </testcase>\n");
        else
            tc_text_add(out, " name=\"none found\" time=\"0\"/>\n");
    }
}

static void add_errors(struct tc_text *out, const struct tc_report *report) {
    for (size_t i = 0; i < report->error_count; i++) {
        tc_text_add(out, "    <testcase classname=\"threadcheck\" name=\"trace\" time=\"0\">\n"
                         "      <error");
        attribute(out, "message", report->errors[i]);
        tc_text_add(out, "/>\n    </testcase>\n");
    }
}

static void add_notes(struct tc_text *out, const struct tc_report *report) {
    bool any = false;
    for (size_t i = 0; i < report->process_count; i++) {
        const struct tc_report_process *process = &report->processes[i];
        for (size_t j = 0; j < process->note_count; j++, any = true) {
            tc_text_printf(out, "%sprocess %u: ", any ? "" : "    <system-err>", process->pid);
            tc_quote_xml(out, process->notes[j]);
            tc_text_char(out, '\n');
        }
    }
    tc_text_add(out, any ? "</system-err>\n" : "");
}

void tc_report_junit(struct tc_text *out, const struct tc_report *report,
                     const struct tc_style *style) {
    (void)style;
    bool found[TC_FINDING_COUNT] = {false};
    size_t tests = report->error_count, failures = 0;
    for (size_t i = 0; i < report->finding_count; i++) {
        if (report->findings[i].hidden)
            continue;
        found[report->findings[i].kind] = true;
        tests++;
        failures += report->findings[i].severity != TC_SEVERITY_INFO;
    }
    for (int i = 0; i < TC_FINDING_COUNT; i++)
        tests += !found[i];
    bool races = are_races_looked_for(report);
    int skipped = !races && !found[TC_FINDING_DATA_RACE];
    const struct tc_report_process *main = tc_report_main(report);
    const char *name = !main ? "threadcheck" : main->argc ? main->argv[0] : main->executable;
    tc_text_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    tc_text_printf(out,
                   "<testsuites name=\"threadcheck\" tests=\"%zu\" failures=\"%zu\" "
                   "errors=\"%zu\">\n  <testsuite",
                   tests, failures, report->error_count);
    attribute(out, "name", name);
    tc_text_printf(out,
                   " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%d\" "
                   "time=\"0\">\n",
                   tests, failures, report->error_count, skipped);
    for (size_t i = 0; i < report->finding_count; i++)
        if (!report->findings[i].hidden)
            add_finding(out, &report->findings[i]);
    add_errors(out, report);
    add_kinds(out, found, races);
    add_notes(out, report);
    tc_text_add(out, "  </testsuite>\n</testsuites>\n");
}
