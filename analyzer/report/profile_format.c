/* profile_format.c: the formats of the lock profile, and the two short ones: JSON and folded
 * stacks.
 */
#include "analyzer/report/profile_format.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/json_parts.h"

static const struct tc_format formats[] = {
    {"text", "tables for people", TC_PART_PROFILE, tc_profile_text},
    {"json", "the report of version 1 with a member \"profile\"", TC_PART_PROFILE, tc_profile_json},
    {"folded", "stacks for flame graphs: nanoseconds waited", TC_PART_PROFILE, tc_profile_folded},
    {"html", "the HTML report, with the profile first",
     TC_PART_GRAPH | TC_PART_PROFILE | TC_PART_TIMELINES, tc_profile_html},
};

const char *tc_profile_format_names(void) {
    return "text, json, folded, html";
}

const struct tc_format *tc_profile_format_find(const char *name) {
    for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

void tc_profile_json(struct tc_text *out, const struct tc_report *report,
                     const struct tc_style *style) {
    (void)style;
    json_t *root = tc_json_report(report);
    json_object_set_new(root, "profile", tc_json_profile(report));
    char *dump = json_dumps(root, JSON_INDENT(1));
    tc_text_add(out, dump);
    tc_text_char(out, '\n');
    free(dump);
    json_decref(root);
}

/* A frame as flame graphs take it: no semicolon, which divides frames. */
static void add_folded(struct tc_text *line, const char *name) {
    for (const char *p = name; *p; p++)
        tc_text_char(line, *p == ';' ? ':' : *p);
}

/* A stack, outermost first, and what was waited for. */
static char *folded_line(const struct tc_report_frames *frames, const char *what,
                         const char *lock) {
    struct tc_text line = {0};
    for (size_t i = frames->count; i-- > 0;) {
        if (frames->entries[i].role == TC_FRAME_START)
            continue;
        add_folded(&line, frames->entries[i].function);
        tc_text_char(&line, ';');
    }
    tc_text_add(&line, what);
    add_folded(&line, lock);
    return tc_text_take(&line);
}

struct folded {
    char *line;
    uint64_t total;
};

static int by_line(const void *left, const void *right) {
    return strcmp(((const struct folded *)left)->line, ((const struct folded *)right)->line);
}

void tc_profile_folded(struct tc_text *out, const struct tc_report *report,
                       const struct tc_style *style) {
    (void)style;
    const struct tc_report_profile *profile = report->profile;
    struct folded *lines = NULL;
    size_t count = 0, capacity = 0;
    for (size_t i = 0; profile && i < profile->count; i++) {
        const struct tc_report_lock *lock = &profile->locks[i];
        const char *name = report->classes[lock->class_number].name;
        for (size_t j = 0; j < lock->waiter_count; j++) {
            lines = tc_grow(lines, count, &capacity, sizeof *lines);
            lines[count++] = (struct folded){
                folded_line(&lock->waiters[j].stack, "waits for ", name), lock->waiters[j].total};
        }
    }
    if (count)
        qsort(lines, count, sizeof *lines, by_line);
    for (size_t i = 0; i < count; i++) {
        bool last = i + 1 == count || strcmp(lines[i].line, lines[i + 1].line) != 0;
        if (last)
            tc_text_printf(out, "%s %llu\n", lines[i].line, (unsigned long long)lines[i].total);
        else
            lines[i + 1].total += lines[i].total;
        free(lines[i].line);
    }
    free(lines);
}
