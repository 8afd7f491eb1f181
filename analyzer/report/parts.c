/* parts.c: graph, profile, timelines and runs: finished, freed. */
#include "analyzer/report/parts.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/class_index.h"
#include "analyzer/report/profile.h"

static bool is_shown(const struct tc_report *report, const char *id) {
    for (size_t i = 0; i < report->finding_count; i++)
        if (!report->findings[i].hidden && strcmp(report->findings[i].id, id) == 0)
            return true;
    return false;
}

static void timeline_free(struct tc_report_timeline *timeline) {
    for (size_t i = 0; i < timeline->count; i++) {
        for (size_t j = 0; j < timeline->lanes[i].count; j++)
            free(timeline->lanes[i].spans[j].lock);
        free(timeline->lanes[i].spans);
        free(timeline->lanes[i].name);
    }
    free(timeline->lanes);
}

/* Those of findings that are shown, in their order. */
static void finish_timelines(struct tc_report *report) {
    struct tc_report_timelines *timelines = report->timelines;
    struct tc_report_timeline *sorted = tc_alloc_array(timelines->count + 1, sizeof *sorted);
    bool *used = tc_alloc(timelines->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < report->finding_count; i++)
        for (size_t j = 0; !report->findings[i].hidden && j < timelines->count; j++)
            if (!used[j] && strcmp(timelines->entries[j].finding, report->findings[i].id) == 0) {
                used[j] = true;
                sorted[count++] = timelines->entries[j];
                break;
            }
    for (size_t j = 0; j < timelines->count; j++)
        if (!used[j])
            timeline_free(&timelines->entries[j]);
    free(used);
    free(timelines->entries);
    timelines->entries = sorted;
    timelines->count = count;
}

void tc_report_parts_finish(struct tc_report *report) {
    for (size_t i = 0; report->graph && i < report->graph->count; i++)
        if (report->graph->edges[i].finding[0] &&
            !is_shown(report, report->graph->edges[i].finding))
            report->graph->edges[i].finding[0] = 0;
    if (report->timelines)
        finish_timelines(report);
    if (report->profile)
        tc_report_profile_finish(report->profile);
}

static void graph_free(struct tc_report_graph *graph) {
    for (size_t i = 0; graph && i < graph->count; i++)
        tc_report_frames_free(&graph->edges[i].where);
    if (graph)
        free(graph->edges);
    free(graph);
}

static void runs_free(struct tc_report_runs *runs) {
    for (size_t i = 0; runs && i < runs->count; i++) {
        for (size_t j = 0; j < runs->entries[i].lane_count; j++)
            free(runs->entries[i].lanes[j].name);
        free(runs->entries[i].lanes);
        free(runs->entries[i].spans);
        free(runs->entries[i].name);
    }
    if (runs)
        free(runs->entries);
    free(runs);
}

void tc_report_parts_free(struct tc_report *report) {
    graph_free(report->graph);
    tc_report_profile_free(report->profile);
    for (size_t i = 0; report->timelines && i < report->timelines->count; i++)
        timeline_free(&report->timelines->entries[i]);
    if (report->timelines)
        free(report->timelines->entries);
    free(report->timelines);
    runs_free(report->runs);
    tc_classes_free(report);
}
