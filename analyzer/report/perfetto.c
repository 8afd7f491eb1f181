/* perfetto.c: when threads held locks and waited for them, as Chrome trace JSON, which the Perfetto
 * UI and chrome://tracing open.
 *
 * Slices of one track must lie inside each other.  Locks that are not released in the opposite
 * order of their acquisition get a second track of their thread.
 */
#include <stdlib.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/format.h"
#include "analyzer/report/quote.h"

enum { TRACKS = 8, DEPTH = 64 };

void tc_report_perfetto(struct tc_text *out, const struct tc_report *report,
                        const struct tc_style *style);

/* The ends of the slices that are open on each track of a thread. */
struct tracks {
    uint64_t ends[TRACKS][DEPTH];
    unsigned depth[TRACKS], used;
};

struct writer {
    struct tc_text *out;
    const struct tc_report *report;
    const struct tc_report_run *run;
    uint64_t offset; /* of the run's start from the first one's */
    size_t number;   /* of the run */
    size_t base;     /* of its tracks' numbers */
    bool any;        /* an event was written */
    uint64_t flows;
};

/* Microseconds, exactly. */
static void add_time(struct tc_text *out, const char *name, uint64_t ns) {
    tc_text_printf(out, ",\"%s\":%llu.%03llu", name, (unsigned long long)(ns / 1000),
                   (unsigned long long)(ns % 1000));
}

static void begin(struct writer *w, const char *phase, size_t lane, unsigned track) {
    tc_text_printf(w->out, "%s{\"ph\":\"%s\",\"pid\":%u,\"tid\":%zu", w->any ? ",\n" : "\n", phase,
                   w->run->pid, w->base + lane * TRACKS + track + 1);
    w->any = true;
}

static void add_name(struct writer *w, const char *what, size_t lane, unsigned track,
                     const char *name) {
    begin(w, "M", lane, track);
    tc_text_printf(w->out, ",\"name\":\"%s\",\"args\":{\"name\":", what);
    tc_quote_json(w->out, name);
    tc_text_add(w->out, "}}");
}

/* A track where the span fits in; TRACKS: there is none. */
static unsigned fit(struct tracks *tracks, const struct tc_report_run_span *span) {
    for (unsigned i = 0; i < TRACKS; i++) {
        unsigned *depth = &tracks->depth[i];
        while (*depth && tracks->ends[i][*depth - 1] <= span->from)
            --*depth;
        if (*depth == DEPTH || (*depth && tracks->ends[i][*depth - 1] < span->to))
            continue;
        tracks->ends[i][(*depth)++] = span->to;
        if (i >= tracks->used)
            tracks->used = i + 1;
        return i;
    }
    return TRACKS;
}

static void add_span(struct writer *w, const struct tc_report_run_span *span, unsigned track) {
    const struct tc_report_class *class = &w->report->classes[span->lock];
    begin(w, "X", span->lane, track);
    add_time(w->out, "ts", w->offset + span->from);
    add_time(w->out, "dur", span->to - span->from);
    tc_text_printf(w->out, ",\"cat\":\"%s\",\"name\":", span->waits ? "wait" : "hold");
    struct tc_text name = {0};
    tc_text_printf(&name, "%s%s", span->waits ? "waits for " : "", class->name);
    tc_quote_json(w->out, tc_text_string(&name));
    tc_text_free(&name);
    tc_text_printf(w->out, ",\"args\":{\"type\":\"%s\",\"begin\":\"%s\",\"end\":\"%s\"}%s}",
                   class->type, span->exact_from ? "exact" : "earliest possible",
                   span->open       ? "not in the trace"
                   : span->exact_to ? "exact"
                                    : "earliest possible",
                   span->waits ? ",\"cname\":\"terrible\"" : "");
}

/* An arrow from the thread that released the lock to the end of the wait. */
static void add_flow(struct writer *w, const struct tc_report_run_span *span, unsigned track) {
    if (!span->waits || span->open || span->giver == SIZE_MAX)
        return;
    uint64_t id = (uint64_t)w->number << 32 | ++w->flows;
    uint64_t at = span->to > span->from ? span->to - 1 : span->to;
    for (int end = 0; end < 2; end++) {
        begin(w, end ? "f" : "s", end ? span->lane : span->giver, end ? track : 0);
        add_time(w->out, "ts", w->offset + at);
        tc_text_printf(w->out, "%s,\"id\":%llu,\"cat\":\"release\",\"name\":\"released\"}",
                       end ? ",\"bp\":\"e\"" : "", (unsigned long long)id);
    }
}

static void add_run(struct writer *w) {
    const struct tc_report_run *run = w->run;
    struct tracks *tracks = tc_alloc_array(run->lane_count + 1, sizeof *tracks);
    add_name(w, "process_name", 0, 0, run->name);
    for (size_t i = 0; i < run->count; i++) {
        unsigned track = fit(&tracks[run->spans[i].lane], &run->spans[i]);
        if (track == TRACKS)
            continue;
        add_span(w, &run->spans[i], track);
        add_flow(w, &run->spans[i], track);
    }
    for (size_t i = 0; i < run->lane_count; i++)
        for (unsigned j = 0; j < (tracks[i].used ? tracks[i].used : 1); j++) {
            struct tc_text name = {0};
            tc_text_printf(&name, "%s%s", run->lanes[i].name, j ? " (more locks)" : "");
            add_name(w, "thread_name", i, j, tc_text_string(&name));
            tc_text_free(&name);
        }
    free(tracks);
}

static void add_notes(struct tc_text *out, const struct tc_report_runs *runs) {
    tc_text_add(out, ",\"otherData\":{\"tool\":\"threadcheck\"");
    for (size_t i = 0; i < runs->count; i++) {
        if (!runs->entries[i].left_out)
            continue;
        tc_text_printf(out, ",\"process %u\":\"%llu spans of at most %llu ns are left out\"",
                       runs->entries[i].pid, (unsigned long long)runs->entries[i].left_out,
                       (unsigned long long)runs->entries[i].least);
    }
    tc_text_char(out, '}');
}

void tc_report_perfetto(struct tc_text *out, const struct tc_report *report,
                        const struct tc_style *style) {
    (void)style;
    static const struct tc_report_runs none;
    const struct tc_report_runs *runs = report->runs ? report->runs : &none;
    uint64_t first = UINT64_MAX;
    for (size_t i = 0; i < runs->count; i++)
        first = runs->entries[i].start < first ? runs->entries[i].start : first;
    struct writer w = {.out = out, .report = report};
    tc_text_add(out, "{\"displayTimeUnit\":\"ns\"");
    add_notes(out, runs);
    tc_text_add(out, ",\"traceEvents\":[");
    for (; w.number < runs->count; w.number++) {
        w.run = &runs->entries[w.number];
        w.offset = w.run->start - first;
        w.flows = 0;
        add_run(&w);
        w.base += (w.run->lane_count + 1) * TRACKS;
    }
    tc_text_add(out, "\n]}\n");
}
