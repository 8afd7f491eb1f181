/* std_text.c: see std_text.h. */
#include "trace/std_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uthash.h>

#include "trace/writer.h"

/* A thread, a lock or a variable, by its name in the text. */
struct name {
    char *key; /* first letter: T, L or V; then the name */
    uint32_t id;
    bool seen; /* a thread that had events or was forked */
    UT_hash_handle hh;
};

struct parser {
    struct tc_writer *writer;
    struct name *names;
    const char *file;
    unsigned long line;
    struct tc_trace_error *error;
};

/* A piece of the text; not NUL-terminated. */
struct piece {
    const char *at;
    size_t size;
};

static bool fail(struct parser *parser, const char *why) {
    parser->error->state = TC_TRACE_NOT_A_TRACE;
    snprintf(parser->error->text, sizeof(parser->error->text), "%.300s:%lu: %s", parser->file,
             parser->line, why);
    return false;
}

static struct name *name_of(struct parser *parser, char kind, struct piece piece) {
    char *key = malloc(piece.size + 2);
    struct name *name = NULL;
    if (!key)
        abort();
    key[0] = kind;
    memcpy(key + 1, piece.at, piece.size);
    key[piece.size + 1] = 0;
    HASH_FIND_STR(parser->names, key, name);
    if (name) {
        free(key);
        return name;
    }
    name = calloc(1, sizeof(*name));
    if (!name)
        abort();
    name->key = key;
    if (kind == 'T') {
        name->id = tc_writer_thread(parser->writer, 0, key + 1);
    } else {
        name->id =
            tc_writer_object(parser->writer, kind == 'L' ? TC_OBJECT_MUTEX : TC_OBJECT_CHANNEL,
                             kind == 'L' ? TC_ATTR_RECURSIVE | TC_ATTR_NO_INIT_SEEN : 0, 0);
        tc_writer_object_name(parser->writer, name->id, key + 1);
    }
    HASH_ADD_KEYPTR(hh, parser->names, name->key, strlen(name->key), name);
    return name;
}

/* op -> what its operand is, and the event. */
static const struct op {
    const char *name;
    char operand;
    uint8_t code;
} ops[] = {
    {"acq", 'L', TC_EV_ACQUIRE},      {"rel", 'L', TC_EV_RELEASE},
    {"req", 'L', TC_EV_REQUEST},      {"r", 'V', TC_EV_HAPPENS_AFTER},
    {"w", 'V', TC_EV_HAPPENS_BEFORE}, {"fork", 'T', TC_EV_THREAD_CREATE},
    {"join", 'T', TC_EV_THREAD_JOIN},
};

static const struct op *op_of(struct piece name) {
    for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++)
        if (strlen(ops[i].name) == name.size && memcmp(ops[i].name, name.at, name.size) == 0)
            return &ops[i];
    return NULL;
}

static bool begins(struct piece piece, const char *with) {
    size_t size = strlen(with);
    return piece.size >= size && memcmp(piece.at, with, size) == 0;
}

static bool record(struct parser *parser, struct name *thread, const struct op *op,
                   struct piece operand, uint32_t stack) {
    struct name *name = name_of(parser, op->operand, operand);
    thread->seen = true;
    uint32_t object = name->id;
    if (op->operand == 'T') {
        if (name == thread)
            return fail(parser, "a thread cannot fork or join itself");
        object = tc_writer_thread_object(parser->writer, name->id);
        if (op->code == TC_EV_THREAD_JOIN)
            tc_writer_event(parser->writer, name->id, TC_EV_THREAD_EXIT, object, 0, 0, 0);
        else if (name->seen)
            return fail(parser, "the thread is forked after its first event");
    }
    tc_writer_event(parser->writer, thread->id, op->code, object, stack, 0, 0);
    if (op->code == TC_EV_THREAD_CREATE) {
        name->seen = true;
        tc_writer_event(parser->writer, name->id, TC_EV_THREAD_START, object, 0, 0, 0);
    }
    return true;
}

/* Cuts `text` at the first `mark`; false: there is none. */
static bool cut(struct piece *text, char mark, struct piece *before) {
    const char *found = memchr(text->at, mark, text->size);
    if (!found)
        return false;
    *before = (struct piece){text->at, (size_t)(found - text->at)};
    text->size -= before->size + 1;
    text->at = found + 1;
    return true;
}

static bool read_location(struct piece piece, uint64_t *location) {
    uint64_t number = 0;
    size_t i = piece.size > 1 && piece.at[0] == '-';
    for (; i < piece.size; i++) {
        if (!isdigit((unsigned char)piece.at[i]) || number > UINT64_MAX / 100)
            return false;
        number = number * 10 + (uint64_t)(piece.at[i] - '0');
    }
    *location = number;
    return piece.size > 0;
}

static bool parse_line(struct parser *parser, struct piece line) {
    struct piece thread, action, name;
    uint64_t location;
    while (line.size && isspace((unsigned char)line.at[line.size - 1]))
        line.size--;
    if (!line.size)
        return true;
    if (!cut(&line, '|', &thread) || !cut(&line, '|', &action) || !thread.size)
        return fail(parser, "a line is thread|op(operand)|location");
    if (!read_location(line, &location))
        return fail(parser, "the location is not a whole number");
    if (begins(action, "begin") || begins(action, "end"))
        return true;
    if (!cut(&action, '(', &name) || action.size < 2 || action.at[action.size - 1] != ')')
        return fail(parser, "an op is name(operand)");
    const struct op *op = op_of(name);
    if (!op)
        return fail(parser, "the op is not one of acq, rel, req, r, w, fork, join");
    action.size--;
    uint32_t stack = tc_writer_stack1(parser->writer, location | TC_FRAME_EXACT);
    return record(parser, name_of(parser, 'T', thread), op, action, stack);
}

static bool parse(struct parser *parser, struct piece text) {
    struct piece line;
    bool good = true;
    while (good && text.size) {
        parser->line++;
        if (!cut(&text, '\n', &line)) {
            line = text;
            text.size = 0;
        }
        good = parse_line(parser, line);
    }
    return good;
}

struct tc_trace *tc_trace_open_std(const char *text, size_t size, const char *name,
                                   struct tc_trace_error *error) {
    struct parser parser = {tc_writer_new(), NULL, name, 0, error};
    struct tc_trace *trace = NULL;
    if (parse(&parser, (struct piece){text, size})) {
        size_t bytes;
        const void *data = tc_writer_finish(parser.writer, &bytes);
        trace = tc_trace_open_memory(data, bytes, name, error);
    }
    struct name *entry, *next;
    HASH_ITER(hh, parser.names, entry, next) {
        HASH_DEL(parser.names, entry);
        free(entry->key);
        free(entry);
    }
    tc_writer_free(parser.writer);
    return trace;
}

/* Whether the file begins with a line of the format; `first` is its begin. */
static bool looks_like_std(const char *first, size_t size) {
    struct piece text = {first, size}, line, thread, action;
    uint64_t location;
    if (!cut(&text, '\n', &line))
        line = text;
    while (line.size && isspace((unsigned char)line.at[line.size - 1]))
        line.size--;
    return cut(&line, '|', &thread) && cut(&line, '|', &action) && read_location(line, &location);
}

/* All of a regular file; NULL with errno set.  To be freed. */
static char *read_all(FILE *file, size_t size) {
    char *text = malloc(size + 1);
    if (text && fread(text, 1, size, file) != size) {
        free(text);
        return NULL;
    }
    return text;
}

struct tc_trace *tc_trace_open_any(const char *path, struct tc_trace_error *error) {
    char first[512];
    struct stat st;
    FILE *file = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? fopen(path, "re") : NULL;
    size_t size = file ? fread(first, 1, sizeof(first), file) : 0;
    struct tc_trace *trace = NULL;
    char *text = NULL;
    if (size && looks_like_std(first, size)) {
        rewind(file);
        text = read_all(file, (size_t)st.st_size);
    }
    if (file)
        fclose(file);
    trace = text ? tc_trace_open_std(text, (size_t)st.st_size, path, error)
                 : tc_trace_open(path, error);
    free(text);
    return trace;
}
