/* html.c: the report as one HTML file, which needs nothing beside it and no network.
 *
 * The page (html/) is fixed; only its data is put in here: the report of version 1 with graph,
 * profile and timelines, as JSON in a script element that no browser runs.  So nothing that a
 * program calls its threads or functions becomes part of the page's own language: it suffices that
 * no '<' stands in the data.
 *
 * Frames are told once, in "frames"; a stack is a list of numbers into it.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/format.h"
#include "analyzer/report/html_page.h"
#include "analyzer/report/json_parts.h"
#include "analyzer/report/page.h"
#include "analyzer/report/profile_format.h"
#include "analyzer/report/source_lines.h"

enum { AROUND = 2 }; /* lines of source shown before and after a frame's own */

void tc_report_html(struct tc_text *out, const struct tc_report *report,
                    const struct tc_style *style);

struct known_frame {
    char *text;
    size_t number;
    UT_hash_handle hh;
};

struct html {
    json_t *frames, *sources;
    struct known_frame *known;
    struct tc_source_lines *lines;
};

/* Adds the lines around a frame's place to "sources". */
static void add_source(struct html *html, const json_t *frame) {
    const char *file = json_string_value(json_object_get(frame, "file"));
    const char *role = json_string_value(json_object_get(frame, "role"));
    json_int_t line = json_integer_value(json_object_get(frame, "line"));
    if (!file || line <= 0 || !role || strcmp(role, "program") != 0 ||
        json_object_get(frame, "stale"))
        return;
    json_t *lines = json_object_get(html->sources, file);
    for (json_int_t at = line > AROUND ? line - AROUND : 1; at <= line + AROUND; at++) {
        const char *text = tc_source_line(html->lines, file, (unsigned)at);
        if (!text)
            continue;
        if (!lines) {
            lines = json_object();
            json_object_set_new(html->sources, file, lines);
        }
        char number[24];
        snprintf(number, sizeof(number), "%lld", (long long)at);
        json_object_set_new(lines, number, json_string(text));
    }
}

/* The frame's number in "frames"; added when new.  What the page does not show is taken out of it,
 * so that fewer differ. */
static size_t number_of(struct html *html, json_t *frame) {
    json_object_del(frame, "address");
    json_object_del(frame, "language");
    char *text = json_dumps(frame, JSON_COMPACT);
    struct known_frame *known = NULL;
    HASH_FIND_STR(html->known, text, known);
    if (known) {
        free(text);
        return known->number;
    }
    known = tc_alloc(sizeof(*known));
    known->text = text;
    known->number = json_array_size(html->frames);
    HASH_ADD_KEYPTR(hh, html->known, known->text, strlen(known->text), known);
    json_array_append(html->frames, frame);
    add_source(html, frame);
    return known->number;
}

static bool holds_frames(const char *key) {
    static const char *const keys[] = {"frames", "created", "where", "stack"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

/* Puts numbers in the place of frames in all of `value`, which is an object or an array. */
static void number_frames(struct html *html, json_t *value) {
    const char *key;
    json_t *member;
    size_t index;
    if (json_is_array(value)) {
        json_array_foreach(value, index, member) number_frames(html, member);
        return;
    }
    json_object_foreach(value, key, member) {
        if (!json_is_array(member) || !holds_frames(key)) {
            number_frames(html, member);
            continue;
        }
        json_t *frame;
        json_array_foreach(member, index, frame)
            json_array_set_new(member, index, tc_json_number(number_of(html, frame)));
    }
}

/* The number of a lock's name in `names`. */
static json_int_t name_of(json_t *names, json_t *numbers, const char *name) {
    json_t *known = json_object_get(numbers, name);
    if (known)
        return json_integer_value(known);
    json_int_t number = (json_int_t)json_array_size(names);
    json_array_append_new(names, json_string(name));
    json_object_set_new(numbers, name, json_integer(number));
    return number;
}

/* [lock, waits, from, to, exact, open], the last two as 0 or 1. */
static json_t *span(const struct tc_report_span *from, json_t *names, json_t *numbers) {
    return json_pack("[I, i, I, I, i, i]", name_of(names, numbers, from->lock), (int)from->waits,
                     (json_int_t)from->from, (json_int_t)from->to,
                     (int)(from->exact_from && from->exact_to), (int)from->open);
}

/* Timelines in few words, as a report of many findings has many spans:
 * {"locks": [names], "entries": [{"finding", "threads": [{"index", "name", "spans": [...]}]}]} */
static json_t *timelines(const struct tc_report *report) {
    json_t *names = json_array(), *numbers = json_object(), *entries = json_array();
    for (size_t i = 0; report->timelines && i < report->timelines->count; i++) {
        const struct tc_report_timeline *timeline = &report->timelines->entries[i];
        json_t *threads = json_array();
        for (size_t j = 0; j < timeline->count; j++) {
            const struct tc_report_lane *lane = &timeline->lanes[j];
            json_t *spans = json_array();
            for (size_t k = 0; k < lane->count; k++)
                json_array_append_new(spans, span(&lane->spans[k], names, numbers));
            json_array_append_new(threads,
                                  json_pack("{s:i, s:o, s:o}", "index", (int)lane->index, "name",
                                            tc_json_text(lane->name), "spans", spans));
        }
        json_array_append_new(
            entries, json_pack("{s:s, s:o}", "finding", timeline->finding, "threads", threads));
    }
    json_decref(numbers);
    return json_pack("{s:o, s:o}", "locks", names, "entries", entries);
}

/* The pages of the kinds that were found, Markdown. */
static json_t *pages(const struct tc_report *report) {
    json_t *to = json_object();
    for (size_t i = 0; i < report->finding_count; i++) {
        const struct tc_report_finding *finding = &report->findings[i];
        if (finding->hidden || json_object_get(to, finding->kind_name))
            continue;
        json_object_set_new(to, finding->kind_name,
                            tc_json_text(tc_finding_page(finding->kind_name)));
    }
    return to;
}

static json_t *data_of(const struct tc_report *report, const struct tc_style *style,
                       const char *start) {
    struct html html = {json_array(), json_object(), NULL, tc_source_lines_new()};
    json_t *root = tc_json_report(report);
    json_object_set_new(root, "graph", tc_json_graph(report));
    json_object_set_new(root, "profile", tc_json_profile(report));
    json_object_set_new(root, "timelines", timelines(report));
    number_frames(&html, root);
    json_object_set_new(root, "pages", pages(report));
    json_object_set_new(root, "frames", html.frames);
    json_object_set_new(root, "sources", html.sources);
    json_object_set_new(root, "directory", tc_json_text(style->directory));
    json_object_set_new(root, "start", tc_json_text(start));
    struct known_frame *known, *next;
    HASH_ITER(hh, html.known, known, next) {
        HASH_DEL(html.known, known);
        free(known->text);
        free(known);
    }
    tc_source_lines_free(html.lines);
    return root;
}

/* JSON whose text neither ends the element that it stands in nor begins another. */
static void add_data(struct tc_text *out, const json_t *root) {
    char *dump = json_dumps(root, JSON_COMPACT);
    for (const char *from = dump, *next; from && *from; from = next) {
        size_t plain = strcspn(from, "<");
        tc_text_bytes(out, from, plain);
        next = from + plain;
        if (*next) {
            tc_text_add(out, "\\u003c");
            next++;
        }
    }
    free(dump);
}

static void print(struct tc_text *out, const struct tc_report *report, const struct tc_style *style,
                  const char *start) {
    json_t *root = data_of(report, style, start);
    tc_text_add(out, tc_html_head);
    add_data(out, root);
    tc_text_add(out, tc_html_tail);
    json_decref(root);
}

void tc_report_html(struct tc_text *out, const struct tc_report *report,
                    const struct tc_style *style) {
    print(out, report, style, "findings");
}

void tc_profile_html(struct tc_text *out, const struct tc_report *report,
                     const struct tc_style *style) {
    print(out, report, style, "profile");
}
