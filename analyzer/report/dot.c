/* dot.c: the lock-order graph for graphviz.  What lies on a cycle is red, and thick where a finding
 * tells of it. */
#include <stdlib.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/format.h"
#include "analyzer/report/quote.h"

enum { NAME = 120 }; /* bytes of a label: a longer one cannot be read in a picture anyway */

void tc_report_dot(struct tc_text *out, const struct tc_report *report,
                   const struct tc_style *style);

static void add_node(struct tc_text *out, const struct tc_report_class *class, size_t number,
                     bool cycle) {
    struct tc_text label = {0}, tip = {0};
    tc_text_clean(&label, class->name, NAME, false);
    tc_text_printf(&label, "\n%s", class->type);
    const struct tc_report_frame *frame = tc_report_key_frame(&class->created);
    if (frame && frame->file)
        tc_text_printf(&tip, "%s:%u", frame->file, frame->line);
    tc_text_printf(out, "  n%zu [label=", number);
    tc_quote_dot(out, tc_text_string(&label), 0);
    tc_text_add(out, ", tooltip=");
    tc_quote_dot(out, tip.length ? tc_text_string(&tip) : class->name, 1000);
    tc_text_add(out, cycle ? ", color=\"#c01c28\", fontcolor=\"#c01c28\"];\n" : "];\n");
    tc_text_free(&label);
    tc_text_free(&tip);
}

static void add_edge(struct tc_text *out, const struct tc_report_edge *edge) {
    struct tc_text tip = {0};
    const struct tc_report_frame *frame = tc_report_key_frame(&edge->where);
    if (frame)
        tc_text_add(&tip, frame->function);
    if (frame && frame->file)
        tc_text_printf(&tip, " at %s:%u", frame->file, frame->line);
    if (edge->finding[0])
        tc_text_printf(&tip, "\nfinding %s", edge->finding);
    tc_text_printf(out, "  n%zu -> n%zu [label=\"%llu\", tooltip=", edge->from, edge->to,
                   (unsigned long long)edge->count);
    tc_quote_dot(out, tc_text_string(&tip), 1000);
    if (edge->finding[0])
        tc_text_printf(out, ", id=\"%s-%zu-%zu\"", edge->finding, edge->from, edge->to);
    if (edge->cycle)
        tc_text_printf(out, ", color=\"#c01c28\", fontcolor=\"#c01c28\", penwidth=%d",
                       edge->finding[0] ? 3 : 2);
    tc_text_add(out, "];\n");
    tc_text_free(&tip);
}

void tc_report_dot(struct tc_text *out, const struct tc_report *report,
                   const struct tc_style *style) {
    (void)style;
    const struct tc_report_graph *graph = report->graph;
    tc_text_add(out, "digraph lock_order {\n"
                     "  // An edge A -> B: B was asked for while A was held; its number: how often."
                     "\n  graph [rankdir=LR, fontname=\"sans-serif\"];\n"
                     "  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
                     "  edge [fontname=\"sans-serif\", fontsize=10];\n");
    unsigned char *use = tc_alloc(report->class_count + 1);
    for (size_t i = 0; graph && i < graph->count; i++) {
        const struct tc_report_edge *edge = &graph->edges[i];
        use[edge->from] |= edge->cycle ? 3 : 1;
        use[edge->to] |= edge->cycle ? 3 : 1;
    }
    for (size_t i = 0; i < report->class_count; i++)
        if (use[i])
            add_node(out, &report->classes[i], i, use[i] & 2);
    for (size_t i = 0; graph && i < graph->count; i++)
        add_edge(out, &graph->edges[i]);
    tc_text_add(out, "}\n");
    free(use);
}
