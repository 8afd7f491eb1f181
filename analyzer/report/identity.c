/* identity.c: the id of a finding: the same from run to run, different for different causes.
 *
 * Made of its kind, the identities of its objects and, where these do not say which place in the
 * code is at fault, the key frames.  A cycle of locks is one cause whatever paths lead to it, so
 * paths count there only when the objects cannot be told from others of their class.  Lines count
 * from the start of their function: an edit elsewhere in the file keeps the id.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/resolver.h"
#include "analyzer/report/text_buffer.h"
#include "threadcheck/fnv.h"

static int compare_strings(const void *left, const void *right) {
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Appends the strings in sorted order, each once, and frees them. */
static void add_sorted(struct tc_text *text, char **strings, size_t count) {
    qsort(strings, count, sizeof(*strings), compare_strings);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || strcmp(strings[i], strings[i - 1]) != 0)
            tc_text_printf(text, "|%s", strings[i]);
    for (size_t i = 0; i < count; i++)
        free(strings[i]);
    free(strings);
}

/* Where a stack is, in words that do not change: function and line from its start. */
static char *place(const struct tc_report_frames *frames, bool with_line) {
    struct tc_text text = {0};
    const struct tc_report_frame *frame = tc_report_key_frame(frames);
    if (!frame)
        return tc_text_take(&text);
    if (frame->named)
        tc_text_add(&text, frame->function);
    if (frame->named && !with_line)
        return tc_text_take(&text);
    if (frame->line && frame->function_line) {
        tc_text_printf(&text, "+%d", (int)frame->line - (int)frame->function_line);
    } else if (frame->module) {
        const char *slash = strrchr(frame->module, '/');
        tc_text_printf(&text, "/%s+%#llx", slash ? slash + 1 : frame->module,
                       (unsigned long long)frame->module_offset);
    }
    return tc_text_take(&text);
}

/* Whether the objects alone are the cause: a cycle among them. */
static bool is_cycle(enum tc_finding_kind kind) {
    return kind == TC_FINDING_DEADLOCK || kind == TC_FINDING_LOCK_ORDER_INVERSION;
}

static bool objects_suffice(const struct tc_report_finding *finding) {
    if (!is_cycle(finding->kind) || !finding->object_count)
        return false;
    for (size_t i = 0; i < finding->object_count; i++)
        if (finding->objects[i].class_identity)
            return false;
    return true;
}

static void add_objects(struct tc_text *text, const struct tc_report_finding *finding) {
    char **strings = tc_alloc((finding->object_count + 1) * sizeof(*strings));
    for (size_t i = 0; i < finding->object_count; i++)
        strings[i] = tc_strdup(finding->objects[i].identity);
    add_sorted(text, strings, finding->object_count);
}

/* A cycle: every thread's place, by function.  Else the place of the first stack, which is where
 * the mistake is made; the others differ with the schedule.  A race has two places. */
static void add_places(struct tc_text *text, const struct tc_report_finding *finding) {
    bool cycle = is_cycle(finding->kind);
    bool all = cycle || finding->kind == TC_FINDING_DATA_RACE;
    char **strings = tc_alloc((finding->thread_count + 1) * sizeof(*strings));
    size_t count = 0;
    for (size_t i = 0; i < finding->thread_count && (all || count == 0); i++)
        if (finding->threads[i].stack_count)
            strings[count++] = place(&finding->threads[i].stacks[0].frames, !cycle);
    add_sorted(text, strings, count);
}

static uint64_t hash(const char *string) {
    uint64_t value = tc_fnv(TC_FNV_BASIS, string, strlen(string));
    value ^= value >> 32;
    return value * 0x9e3779b97f4a7c15ull;
}

void tc_report_identify(struct tc_report_finding *finding) {
    struct tc_text text = {0};
    tc_text_add(&text, finding->kind_name);
    add_objects(&text, finding);
    if (!objects_suffice(finding))
        add_places(&text, finding);
    snprintf(finding->id, sizeof(finding->id), "%016llx",
             (unsigned long long)hash(tc_text_string(&text)));
    tc_text_free(&text);
}
