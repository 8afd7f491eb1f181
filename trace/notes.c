/* notes.c: what is missing or damaged in a trace, in words. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "trace/file.h"

enum { NOTES_MAX = 100 };

void tc_trace_add_note(struct tc_trace *trace, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (size_t i = 0; i < trace->notes.count; i++)
        if (strcmp(trace->notes.lines[i], text) == 0)
            return;
    if (trace->notes.count < NOTES_MAX && tc_text_list_add(&trace->notes, text))
        return;
    trace->notes_left_out++;
    if (trace->notes.count == NOTES_MAX)
        tc_text_list_add(&trace->notes, "there is more of this kind");
}

size_t tc_trace_note_count(const struct tc_trace *trace) {
    return trace->notes.count;
}

const char *tc_trace_note(const struct tc_trace *trace, size_t index) {
    return index < trace->notes.count ? trace->notes.lines[index] : NULL;
}
