/* text.c: the report for people, laid out like a compiler's errors. */
#include <stdlib.h>
#include <string.h>

#include "analyzer/report/format.h"
#include "analyzer/report/source_lines.h"

struct printer {
    struct tc_text *out;
    const struct tc_style *style;
    struct tc_source_lines *sources;
    bool many_processes;
};

enum { FRAMES_SHOWN = 30, CREATED_SHOWN = 8, SOURCES_A_STACK = 2 };

#define BOLD   "\033[1m"
#define RED    "\033[1;31m"
#define YELLOW "\033[1;33m"
#define CYAN   "\033[1;36m"
#define GREEN  "\033[1;32m"
#define FAINT  "\033[2m"
#define NORMAL "\033[0m"

static void coloured(struct printer *p, const char *colour, const char *string) {
    if (p->style->colour)
        tc_text_add(p->out, colour);
    tc_text_add(p->out, string);
    if (p->style->colour)
        tc_text_add(p->out, NORMAL);
}

static const char *severity_colour(enum tc_severity severity) {
    switch (severity) {
    case TC_SEVERITY_ERROR:
        return RED;
    case TC_SEVERITY_WARNING:
        return YELLOW;
    case TC_SEVERITY_INFO:
        break;
    }
    return CYAN;
}

/* Columns that a text takes: characters, as all of them are printable. */
static size_t columns(const char *string, size_t bytes) {
    size_t count = 0;
    for (size_t i = 0; i < bytes; i++)
        count += (string[i] & 0xc0) != 0x80;
    return count;
}

/* Words, wrapped; following lines are indented. `used`: columns taken on the first line. */
static void wrapped(struct printer *p, const char *string, size_t indent, size_t used) {
    size_t width = p->style->width > 40 ? p->style->width : 40;
    bool first = true;
    while (*string) {
        size_t length = strcspn(string, " ");
        size_t wide = columns(string, length);
        if (!first && used + 1 + wide > width) {
            tc_text_char(p->out, '\n');
            tc_text_repeat(p->out, ' ', indent);
            used = indent;
            first = true;
        }
        if (!first) {
            tc_text_char(p->out, ' ');
            used++;
        }
        tc_text_bytes(p->out, string, length);
        used += wide;
        first = false;
        string += length;
        while (*string == ' ')
            string++;
    }
    tc_text_char(p->out, '\n');
}

/* A path as short as it is clear. */
static const char *short_path(const struct printer *p, const char *path) {
    size_t length = p->style->directory ? strlen(p->style->directory) : 0;
    if (length > 1 && strncmp(path, p->style->directory, length) == 0 && path[length] == '/')
        return path + length + 1;
    return path;
}

static void add_place(struct printer *p, const struct tc_report_frame *frame) {
    if (frame->file) {
        tc_text_add(p->out, short_path(p, frame->file));
        tc_text_printf(p->out, ":%u", frame->line);
        if (frame->column)
            tc_text_printf(p->out, ":%u", frame->column);
    } else if (frame->module && frame->named) {
        tc_text_printf(p->out, "%s+%#llx", frame->module, (unsigned long long)frame->module_offset);
    } else if (frame->module) {
        tc_text_add(p->out, frame->module);
    }
}

/* The line of source with a caret under the call. */
static void add_source(struct printer *p, const struct tc_report_frame *frame) {
    const char *line = frame->file ? tc_source_line(p->sources, frame->file, frame->line) : NULL;
    if (!line)
        return;
    size_t blank = strspn(line, " ");
    size_t length = strlen(line), column = frame->column;
    size_t room = p->style->width > 60 ? p->style->width - 16 : 44;
    size_t from = blank;
    if (column > room + blank && column <= length) /* a long line: show what is around the call */
        from = column - room / 2;
    while (from < length && (line[from] & 0xc0) == 0x80)
        from++;
    size_t to = from + room < length ? from + room : length;
    while (to < length && (line[to] & 0xc0) == 0x80)
        to++;
    if (to <= from)
        return;
    tc_text_printf(p->out, "      %5u | %s", frame->line, from > blank ? "..." : "");
    tc_text_bytes(p->out, line + from, to - from);
    tc_text_add(p->out, to < length ? "...\n" : "\n");
    if (frame->stale_source)
        tc_text_add(p->out, "            | (this file was changed after the program was built)\n");
    else if (column > from && column <= to) {
        tc_text_add(p->out, "            | ");
        size_t before = columns(line + from, column - 1 - from) + (from > blank ? 3 : 0);
        tc_text_repeat(p->out, ' ', before);
        coloured(p, GREEN, "^");
        tc_text_char(p->out, '\n');
    }
}

static void add_frame(struct printer *p, const struct tc_report_frame *frame, size_t number) {
    tc_text_printf(p->out, "    #%-2zu ", number);
    coloured(p, frame->role == TC_FRAME_PROGRAM ? BOLD : FAINT, frame->function);
    tc_text_add(p->out, frame->file || frame->module ? "  " : "");
    add_place(p, frame);
    tc_text_add(p->out, frame->inlined ? "  [inlined]\n" : "\n");
}

/* How many library frames from `i` on are only counted.  Behind the program's first frame: a run of
 * three or more.  Before it: what headers of the C++ library inlined, as nobody looks there. */
static size_t library_run(const struct tc_report_frames *frames, size_t i, bool program_seen) {
    size_t end = i;
    while (end < frames->count && frames->entries[end].role == TC_FRAME_LIBRARY &&
           (program_seen || frames->entries[end].file))
        end++;
    if (!program_seen && (end == frames->count || frames->entries[end].role != TC_FRAME_PROGRAM))
        return 0;
    return end - i > (program_seen ? 2 : 0) ? end - i : 0;
}

/* Frames with a line of source under the innermost ones of the program. */
static void add_frames(struct printer *p, const struct tc_report_frames *frames, size_t limit,
                       size_t sources) {
    bool program_seen = false;
    size_t shown = 0;
    for (size_t i = 0; i < frames->count; i++) {
        const struct tc_report_frame *frame = &frames->entries[i];
        size_t run = library_run(frames, i, program_seen);
        if (run) {
            if (program_seen)
                tc_text_printf(p->out, "        ... %zu frames of libraries\n", run);
            i += run - 1;
            continue;
        }
        if (shown == limit) {
            tc_text_printf(p->out, "        ... %zu more\n", frames->count - i);
            return;
        }
        add_frame(p, frame, i);
        shown++;
        if (frame->role == TC_FRAME_PROGRAM) {
            program_seen = true;
            if (sources) {
                add_source(p, frame);
                sources--;
            }
        }
    }
    if (frames->truncated)
        tc_text_add(p->out, "        ... (the rest of the stack could not be read)\n");
}

static bool same_place(const struct tc_report_frames *a, const struct tc_report_frames *b) {
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->entries[i].address != b->entries[i].address)
            return false;
    return true;
}

static void capitalised(struct printer *p, const char *string) {
    struct tc_text text = {0};
    tc_text_add(&text, string);
    if (text.length && text.data[0] >= 'a' && text.data[0] <= 'z')
        text.data[0] = (char)(text.data[0] - 'a' + 'A');
    coloured(p, BOLD, tc_text_string(&text));
    tc_text_free(&text);
}

static void add_thread(struct printer *p, const struct tc_report_thread *thread) {
    for (size_t i = 0; i < thread->stack_count; i++) {
        const struct tc_report_stack *stack = &thread->stacks[i];
        tc_text_add(p->out, "  ");
        capitalised(p, thread->label);
        if (p->many_processes)
            tc_text_printf(p->out, " of process %u", thread->pid);
        tc_text_printf(p->out, " %s:\n", stack->what);
        bool repeated = i > 0 && same_place(&stack->frames, &thread->stacks[i - 1].frames);
        if (repeated)
            tc_text_add(p->out, "    (at the same place)\n");
        else
            add_frames(p, &stack->frames, FRAMES_SHOWN, SOURCES_A_STACK);
    }
    const struct tc_report_frame *created = tc_report_key_frame(&thread->created);
    if (created && thread->stack_count) {
        tc_text_printf(p->out, "    (%s was created in %s", thread->label, created->function);
        if (created->file) {
            tc_text_add(p->out, " at ");
            add_place(p, created);
        }
        tc_text_add(p->out, ")\n");
    }
    if (thread->stack_count)
        tc_text_char(p->out, '\n');
}

static void add_object(struct printer *p, const struct tc_report_object *object) {
    tc_text_add(p->out, "    ");
    coloured(p, BOLD, object->name);
    tc_text_printf(p->out, "  %s", object->type);
    if (object->scope)
        tc_text_printf(p->out, ", static in %s", object->scope);
    if (object->address)
        tc_text_printf(p->out, " at %#llx", (unsigned long long)object->address);
    const struct tc_report_frame *frame = tc_report_key_frame(&object->created);
    if (frame) {
        tc_text_printf(p->out, ", %s in %s", object->first_seen ? "first used" : "created",
                       frame->function);
        if (frame->file) {
            tc_text_add(p->out, " at ");
            add_place(p, frame);
        }
    }
    tc_text_char(p->out, '\n');
    if (!object->named && !object->first_seen && object->created.count > 1)
        add_frames(p, &object->created, CREATED_SHOWN, 1);
}

/* What was seen is told as it was; what was not, as it may come. */
static const char *witness_heading(const struct tc_report_finding *finding) {
    bool happened = finding->confidence == TC_CONFIDENCE_OBSERVED ||
                    finding->confidence == TC_CONFIDENCE_CONFIRMED;
    return happened ? "What happened" : "How it can happen";
}

static void add_finding(struct printer *p, const struct tc_report_finding *finding) {
    coloured(p, severity_colour(finding->severity), tc_severity_name(finding->severity));
    tc_text_add(p->out, ": ");
    coloured(p, BOLD, finding->kind_name);
    tc_text_add(p->out, ": ");
    wrapped(p, finding->title, 4,
            strlen(tc_severity_name(finding->severity)) + strlen(finding->kind_name) + 4);
    if (finding->told && p->style->told) {
        tc_text_printf(p->out, "  reported above, while it hung; id %s\n\n", finding->id);
        return;
    }
    tc_text_add(p->out, "  ");
    wrapped(p, finding->explanation, 2, 2);
    tc_text_char(p->out, '\n');
    for (size_t i = 0; i < finding->thread_count; i++)
        add_thread(p, &finding->threads[i]);
    if (finding->witness_count) {
        tc_text_printf(p->out, "  %s:\n", witness_heading(finding));
        for (size_t i = 0; i < finding->witness_count; i++) {
            size_t indent = finding->witness_count < 10 ? 7 : 8;
            tc_text_printf(p->out, "    %*zu. ", (int)indent - 6, i + 1);
            wrapped(p, finding->witness[i], indent, indent);
        }
        tc_text_char(p->out, '\n');
    }
    if (finding->object_count) {
        tc_text_add(p->out, finding->object_count == 1 ? "  Object:\n" : "  Objects:\n");
        for (size_t i = 0; i < finding->object_count; i++)
            add_object(p, &finding->objects[i]);
        tc_text_char(p->out, '\n');
    }
    if (finding->advice) {
        tc_text_add(p->out, "  ");
        coloured(p, GREEN, "help");
        tc_text_add(p->out, ": ");
        wrapped(p, finding->advice, 8, 8);
    }
    tc_text_printf(p->out, "  %s, seen %llu time%s", tc_confidence_name(finding->confidence),
                   (unsigned long long)finding->count, finding->count == 1 ? "" : "s");
    if (finding->pid_count > 1)
        tc_text_printf(p->out, " in %zu processes", finding->pid_count);
    tc_text_printf(p->out, "; id %s; more: threadcheck explain %s\n\n", finding->id,
                   finding->kind_name);
}

static unsigned add_count(struct tc_text *out, unsigned count, const char *name) {
    tc_text_printf(out, "%u %s%s", count, name, count == 1 ? "" : "s");
    return count;
}

static void add_summary(struct printer *p, const struct tc_report *report) {
    unsigned hidden = report->hidden[0] + report->hidden[1] + report->hidden[2];
    tc_text_add(p->out, "threadcheck: ");
    add_count(p->out, report->shown[TC_SEVERITY_ERROR], "error");
    tc_text_add(p->out, ", ");
    add_count(p->out, report->shown[TC_SEVERITY_WARNING], "warning");
    if (report->shown[TC_SEVERITY_INFO])
        tc_text_printf(p->out, ", %u info", report->shown[TC_SEVERITY_INFO]);
    const char *open = " (";
    if (hidden) {
        const char *least = report->hidden[TC_SEVERITY_INFO] ? "info" : "warning";
        tc_text_printf(p->out, "%s%u hidden, shown by --min-severity=%s", open, hidden, least);
        open = "; ";
    }
    if (report->suppressed) {
        tc_text_printf(p->out, "%s%llu suppressed", open, (unsigned long long)report->suppressed);
        open = "; ";
    }
    if (report->in_baseline) {
        tc_text_printf(p->out, "%s%llu in the baseline", open,
                       (unsigned long long)report->in_baseline);
        open = "; ";
    }
    tc_text_add(p->out, open[0] == ';' ? ")\n" : "\n");
}

/* What the reader must know before the findings. */
static size_t add_notes(struct printer *p, const struct tc_report *report) {
    size_t count = 0;
    for (size_t i = 0; i < report->process_count; i++) {
        const struct tc_report_process *process = &report->processes[i];
        for (size_t j = 0; j < process->note_count; j++, count++) {
            tc_text_add(p->out, "threadcheck: ");
            if (p->many_processes)
                tc_text_printf(p->out, "process %u: ", process->pid);
            tc_text_printf(p->out, "note: %s\n", process->notes[j]);
        }
    }
    for (size_t i = 0; !p->style->brief && i < report->suppression_count; i++) {
        const struct tc_report_suppression *given = &report->suppressions[i];
        if (given->used)
            continue;
        count++;
        tc_text_printf(p->out, "threadcheck: note: %s:%u: the suppression [%s] matched nothing\n",
                       short_path(p, given->file), given->line, given->name);
    }
    return count;
}

/* A loss is told even when nothing was found: nothing may be why. */
static bool tells_loss(const struct tc_report *report) {
    for (size_t i = 0; i < report->process_count; i++)
        if (report->processes[i].lost || report->processes[i].no_space)
            return true;
    return false;
}

void tc_report_text(struct tc_text *out, const struct tc_report *report,
                    const struct tc_style *style) {
    struct printer printer = {out, style, tc_source_lines_new(), report->process_count > 1};
    unsigned shown = report->shown[0] + report->shown[1] + report->shown[2];
    if (shown || style->summary || tells_loss(report)) {
        if (add_notes(&printer, report) && shown)
            tc_text_char(out, '\n');
        for (size_t i = 0; i < report->finding_count; i++)
            if (!report->findings[i].hidden)
                add_finding(&printer, &report->findings[i]);
        if (!style->brief)
            add_summary(&printer, report);
    }
    tc_source_lines_free(printer.sources);
}
