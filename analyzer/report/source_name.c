/* source_name.c: what the program's source calls an object that has no name in static storage.
 *
 * The line where it was created or first used has a call like pthread_mutex_init(&session->lock)
 * or a guard like std::lock_guard hold(mutex_).  The expression there is the name that its author
 * knows.  When it is only a parameter, the caller's argument is looked at instead.  Whatever is
 * not plain is left alone: no name is better than a wrong one.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/resolver.h"
#include "analyzer/report/text_buffer.h"

enum { NAME_MAX_BYTES = 80, CALLERS_MAX = 4, LINES_MAX = 3 };

static bool word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

/* The statement at a frame: its line and, while brackets are open, those after it. */
static char *statement(struct tc_source_lines *sources, const struct tc_report_frame *frame) {
    struct tc_text text = {0};
    int open = 0;
    for (unsigned i = 0; i < LINES_MAX; i++) {
        const char *line = tc_source_line(sources, frame->file, frame->line + i);
        if (!line || (i > 0 && open <= 0))
            break;
        for (const char *p = line; *p; p++)
            open += (*p == '(') - (*p == ')');
        tc_text_add(&text, line);
        tc_text_char(&text, ' ');
    }
    return tc_text_take(&text);
}

/* Where the arguments of the call at `column` (from 1) begin: behind its "(".  NULL: not clear. */
static const char *arguments_at(const char *text, unsigned column) {
    size_t length = strlen(text);
    if (column == 0 || column > length)
        return NULL;
    const char *p = text + column - 1;
    if (*p == ')') { /* C++: a constructor's end */
        int depth = 0;
        for (; p >= text; p--) {
            depth += (*p == ')') - (*p == '(');
            if (depth == 0)
                return p + 1;
        }
        return NULL;
    }
    while (word(*p) || (p[0] == ':' && p[1] == ':') || (p > text && p[-1] == ':' && *p == ':'))
        p++;
    while (*p == ' ')
        p++;
    return *p == '(' ? p + 1 : NULL;
}

/* The argument of that number, blanks and "&" cut, as a new string; NULL. */
static char *argument(const char *p, unsigned number) {
    int depth = 0;
    const char *start = p;
    for (; *p; p++) {
        bool end = depth == 0 && (*p == ',' || *p == ')' || *p == '}');
        if (end && number == 0)
            break;
        if (end && *p != ',')
            return NULL;
        if (end) {
            number--;
            start = p + 1;
        }
        depth += (*p == '(' || *p == '[' || *p == '{') - (*p == ')' || *p == ']' || *p == '}');
    }
    if (!*p)
        return NULL;
    while (*start == ' ' || *start == '&')
        start++;
    while (p > start && p[-1] == ' ')
        p--;
    if (p == start || p - start > NAME_MAX_BYTES)
        return NULL;
    char *result = tc_alloc((size_t)(p - start) + 1);
    memcpy(result, start, (size_t)(p - start));
    return result;
}

/* X of "X.lock()" or "X->lock()" around `column`, as a new string; NULL. */
static char *receiver(const char *text, unsigned column) {
    static const char *const methods[] = {
        "lock", "try_lock",   "lock_shared", "unlock",        "acquire",        "release",
        "wait", "notify_one", "notify_all",  "unlock_shared", "try_lock_shared"};
    size_t length = strlen(text);
    if (column == 0 || column > length)
        return NULL;
    const char *end = text + column - 1;
    while (word(*end))
        end++;
    if (*end != '(' && *end != ')')
        return NULL;
    if (*end == ')' && end > text && end[-1] == '(')
        end--;
    const char *method = end;
    while (method > text && word(method[-1]))
        method--;
    bool known = false;
    for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
        known = known || (strlen(methods[i]) == (size_t)(end - method) &&
                          strncmp(methods[i], method, (size_t)(end - method)) == 0);
    const char *stop = method;
    if (stop > text && stop[-1] == '.')
        stop--;
    else if (stop > text + 1 && stop[-1] == '>' && stop[-2] == '-')
        stop -= 2;
    else
        known = false;
    const char *start = stop;
    while (known && start > text && (word(start[-1]) || strchr(".>-[]:", start[-1])))
        start--;
    if (!known || start == stop || stop - start > NAME_MAX_BYTES)
        return NULL;
    char *result = tc_alloc((size_t)(stop - start) + 1);
    memcpy(result, start, (size_t)(stop - start));
    return result;
}

/* Whether an expression is nothing but names, members and elements. */
static bool plain(const char *expression) {
    if (!isalpha((unsigned char)expression[0]) && expression[0] != '_')
        return false;
    for (const char *p = expression; *p; p++)
        if (!word(*p) && !strchr(".[]:", *p) && !(p[0] == '-' && p[1] == '>') &&
            !(*p == '>' && p > expression && p[-1] == '-'))
            return false;
    return strcmp(expression, "NULL") != 0 && strcmp(expression, "this") != 0;
}

static const struct tc_report_frame *next_program_frame(const struct tc_report_frames *frames,
                                                        size_t *index) {
    for (; *index < frames->count; (*index)++)
        if (frames->entries[*index].role == TC_FRAME_PROGRAM)
            return &frames->entries[*index];
    return NULL;
}

/* What stands at a frame: argument `number` of its call, or for the first frame, the receiver. */
static char *expression_at(struct tc_source_lines *sources, const struct tc_report_frame *frame,
                           unsigned number, bool first) {
    if (!frame->file || !frame->line || frame->stale_source)
        return NULL;
    char *text = statement(sources, frame);
    char *found = first ? receiver(text, frame->column) : NULL;
    const char *arguments = found ? NULL : arguments_at(text, frame->column);
    if (arguments)
        found = argument(arguments, number);
    /* A guard of several locks does not say which one is meant. */
    if (found && first && strstr(text, "scoped_lock") && strchr(arguments ? arguments : "", ',')) {
        free(found);
        found = NULL;
    }
    free(text);
    if (found && !plain(found)) {
        free(found);
        found = NULL;
    }
    return found;
}

char *tc_source_name(struct tc_source_lines *sources, const struct tc_report_frames *frames) {
    char *best = NULL;
    unsigned number = 0;
    size_t index = 0;
    for (unsigned i = 0; i < CALLERS_MAX; i++, index++) {
        const struct tc_report_frame *frame = next_program_frame(frames, &index);
        char *found = frame ? expression_at(sources, frame, number, i == 0) : NULL;
        if (!found)
            break;
        free(best);
        best = found;
        const char *member = strncmp(best, "this->", 6) == 0 ? best + 6 : best;
        size_t head =
            strspn(member, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
        char *name = tc_strdup(member);
        name[head] = 0;
        struct tc_symbol_identifier meaning = tc_symbol_identify(frame->symbol, name);
        bool whole = member[head] == 0;
        free(name);
        if (meaning.meaning == TC_MEANING_MEMBER) {
            char *qualified = tc_format("%s::%s", meaning.class_name, member);
            free(best);
            best = qualified;
        }
        free(meaning.class_name);
        if (meaning.meaning != TC_MEANING_PARAMETER || !whole)
            break;
        number = meaning.parameter;
    }
    return best;
}
