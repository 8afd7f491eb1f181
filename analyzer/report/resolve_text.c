/* resolve_text.c: fills the placeholders of a finding's text in (checkers/finding.h). */
#include <stdlib.h>
#include <string.h>

#include "analyzer/report/resolver.h"
#include "analyzer/report/text_buffer.h"

enum { TEXT_MAX = 4096 };

/* Whether a sentence begins at `p`. */
static bool begins_sentence(const char *format, const char *p) {
    return p == format || (p - format >= 2 && p[-1] == ' ' && p[-2] == '.');
}

/* One that the finding does not list; without a name of its own its address tells it apart. */
static void add_object(struct tc_text *text, const struct tc_resolver *resolver, uint32_t id) {
    struct tc_report_object object = tc_resolve_object(resolver, id);
    tc_text_add(text, object.name);
    if (!object.named && object.address)
        tc_text_printf(text, " (%#llx)", (unsigned long long)object.address);
    tc_report_object_free(&object);
}

static void add_thread(struct tc_text *text, const struct tc_resolver *resolver, uint32_t index) {
    struct tc_report_thread thread = tc_resolve_thread(resolver, index);
    tc_text_add(text, thread.label);
    tc_report_thread_free(&thread);
}

/* " at bank.c:12", or what of it is known. */
static void add_place(struct tc_text *text, const struct tc_resolver *resolver, uint32_t stack) {
    struct tc_report_frames frames = {0};
    if (stack)
        frames = tc_resolve_stack(resolver, stack);
    const struct tc_report_frame *frame = tc_report_key_frame(&frames);
    if (frame && frame->file) {
        const char *slash = strrchr(frame->file, '/');
        tc_text_printf(text, " at %s:%u", slash ? slash + 1 : frame->file, frame->line);
    } else if (frame) {
        tc_text_printf(text, " in %s", frame->function);
    }
    tc_report_frames_free(&frames);
}

static void add_any(struct tc_text *text, const struct tc_filling *filling, char kind,
                    uint32_t number) {
    const struct tc_finding *from = filling->from;
    if (kind == 'S') {
        add_place(text, filling->resolver, number);
        return;
    }
    if (kind == 'O') {
        for (size_t i = 0; i < from->object_count; i++)
            if (from->objects[i] == number) {
                tc_text_add(text, filling->finding->objects[i].name);
                return;
            }
        add_object(text, filling->resolver, number);
        return;
    }
    for (size_t i = 0; i < from->thread_count; i++)
        if (from->threads[i].thread == number) {
            tc_text_add(text, filling->finding->threads[i].label);
            return;
        }
    add_thread(text, filling->resolver, number);
}

/* Appends what the placeholder stands for; false: it is none. */
static bool add_filled(struct tc_text *text, const struct tc_filling *filling, char kind,
                       uint32_t number) {
    const struct tc_report_finding *finding = filling->finding;
    switch (kind) {
    case 'o':
        if (number >= finding->object_count)
            return false;
        tc_text_add(text, finding->objects[number].name);
        return true;
    case 't':
        if (number >= finding->thread_count)
            return false;
        tc_text_add(text, finding->threads[number].label);
        return true;
    case 'V':
        if (!filling->from->race)
            return false;
        tc_text_add(text, finding->objects[finding->object_count - 1].name);
        return true;
    case 'O':
    case 'T':
    case 'S':
        add_any(text, filling, kind, number);
        return true;
    default:
        return false;
    }
}

char *tc_resolve_text(const struct tc_filling *filling, const char *format, bool sentences) {
    struct tc_text text = {0};
    for (const char *p = format; *p; p++) {
        char *end = NULL;
        unsigned long number = 0;
        if (p[0] == '{' && strchr("otOTSV", p[1]) && p[2] >= '0' && p[2] <= '9')
            number = strtoul(p + 2, &end, 10);
        size_t start = text.length;
        if (!end || *end != '}' || !add_filled(&text, filling, p[1], (uint32_t)number)) {
            tc_text_char(&text, *p);
            continue;
        }
        /* the name of an object is what it is; a thread's label gets a capital */
        char *first = text.length > start ? &text.data[start] : NULL;
        if (first && (p[1] == 't' || p[1] == 'T') && sentences && begins_sentence(format, p) &&
            *first >= 'a' && *first <= 'z')
            *first = (char)(*first - 'a' + 'A');
        p = end;
    }
    char *raw = tc_text_take(&text);
    char *clean = tc_clean(raw, TEXT_MAX);
    free(raw);
    return clean;
}
