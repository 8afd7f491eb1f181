/* source_lines.c: reads source files once. */
#include "analyzer/report/source_lines.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uthash.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/text_buffer.h"

enum { FILE_MAX = 8 << 20, LINE_MAX_BYTES = 2000 };

struct source {
    char *path;
    char *text;    /* NULL: not readable */
    char **lines;  /* as shown, made when first asked for */
    char **starts; /* in `text` */
    unsigned count;
    UT_hash_handle hh;
};

struct tc_source_lines {
    struct source *sources;
};

struct tc_source_lines *tc_source_lines_new(void) {
    return tc_alloc(sizeof(struct tc_source_lines));
}

void tc_source_lines_free(struct tc_source_lines *lines) {
    struct source *source, *next;
    HASH_ITER(hh, lines->sources, source, next) {
        HASH_DEL(lines->sources, source);
        for (unsigned i = 0; i < source->count; i++)
            free(source->lines[i]);
        free(source->lines);
        free(source->starts);
        free(source->text);
        free(source->path);
        free(source);
    }
    free(lines);
}

/* The whole of a regular file of moderate size, NUL-terminated; NULL. */
static char *read_all(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    char *text = NULL;
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_MAX) {
        size_t size = (size_t)st.st_size, used = 0;
        text = tc_alloc(size + 1);
        ssize_t n;
        while (used < size && (n = read(fd, text + used, size - used)) > 0)
            used += (size_t)n;
        text[used] = 0;
    }
    if (fd >= 0)
        close(fd);
    return text;
}

static void split(struct source *source) {
    unsigned capacity = 0;
    for (char *p = source->text; *p;) {
        if (source->count == capacity) {
            capacity = capacity ? 2 * capacity : 256;
            source->starts = tc_realloc(source->starts, capacity * sizeof(char *));
        }
        source->starts[source->count++] = p;
        p = strchrnul(p, '\n');
        if (*p)
            *p++ = 0;
    }
    source->lines = tc_alloc((source->count + 1) * sizeof(char *));
}

static struct source *source_of(struct tc_source_lines *lines, const char *path) {
    struct source *source = NULL;
    HASH_FIND_STR(lines->sources, path, source);
    if (source)
        return source;
    source = tc_alloc(sizeof(*source));
    source->path = tc_strdup(path);
    source->text = read_all(path);
    if (source->text)
        split(source);
    HASH_ADD_KEYPTR(hh, lines->sources, source->path, strlen(source->path), source);
    return source;
}

const char *tc_source_line(struct tc_source_lines *lines, const char *path, unsigned number) {
    struct source *source = source_of(lines, path);
    if (number == 0 || number > source->count)
        return NULL;
    char **line = &source->lines[number - 1];
    if (!*line) {
        struct tc_text text = {0};
        char *raw = source->starts[number - 1];
        size_t length = strlen(raw);
        if (length && raw[length - 1] == '\r')
            raw[length - 1] = 0;
        for (char *p = raw; *p; p++)
            if (*p == '\t')
                *p = ' ';
        tc_text_clean(&text, raw, LINE_MAX_BYTES, false);
        *line = tc_text_take(&text);
    }
    return *line;
}
