/* trace_list.c: looks for trace files. */
#include "analyzer/cmd/trace_list.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/memory.h"
#include "analyzer/cmd/command.h"
#include "threadcheck/trace_format.h"
#include "trace/zstd_file.h"

static struct tc_trace_entry *add(struct tc_trace_list *list, const char *path) {
    list->entries = tc_realloc(list->entries, (list->count + 1) * sizeof(*list->entries));
    struct tc_trace_entry *entry = &list->entries[list->count++];
    *entry = (struct tc_trace_entry){.path = tc_strdup(path)};
    return entry;
}

/* Reads as much of the header as it takes to know a trace; false when it is none. */
static bool peek(const char *path, struct tc_trace_entry *entry) {
    static char first[256 << 10]; /* room for the first block of a compressed one */
    struct tc_file_header header = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t size = fd >= 0 ? read(fd, first, sizeof(header)) : -1;
    if (size > 0 && tc_is_compressed(first, (size_t)size)) {
        size = pread(fd, first, sizeof(first), 0);
        if (size > 0 && !tc_unpack_head(first, (size_t)size, &header, sizeof(header)))
            size = -1;
    } else if (size > 0) {
        memcpy(&header, first, (size_t)size);
    }
    if (fd >= 0)
        close(fd);
    if (size < 64 || memcmp(header.magic, TC_TRACE_MAGIC, sizeof(header.magic)) != 0)
        return false;
    entry->pid = header.pid;
    entry->start = header.start_realtime;
    return true;
}

void tc_trace_list_file(struct tc_trace_list *list, const char *path) {
    struct tc_trace_entry *entry = add(list, path);
    peek(path, entry);
}

static int by_start(const void *left, const void *right) {
    const struct tc_trace_entry *a = left, *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return strcmp(a->path, b->path);
}

bool tc_trace_list_directory(struct tc_trace_list *list, const char *path) {
    char *roots[] = {(char *)path, NULL};
    size_t first = list->count;
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (!walk)
        return false;
    int wrong = 0;
    for (FTSENT *file; (file = fts_read(walk));) {
        if ((file->fts_info == FTS_DNR || file->fts_info == FTS_ERR || file->fts_info == FTS_NS) &&
            file->fts_level == 0)
            wrong = file->fts_errno;
        struct tc_trace_entry seen = {0};
        if (file->fts_info == FTS_F && peek(file->fts_path, &seen)) {
            struct tc_trace_entry *entry = add(list, file->fts_path);
            entry->pid = seen.pid;
            entry->start = seen.start;
        }
    }
    fts_close(walk);
    if (list->count > first)
        qsort(list->entries + first, list->count - first, sizeof(*list->entries), by_start);
    errno = wrong;
    return wrong == 0;
}

/* Adds what one operand names; false after a message. */
static bool collect(struct tc_trace_list *list, const char *command, const char *path) {
    struct stat st;
    if (stat(path, &st) != 0) {
        tc_usage_error(command, "cannot read %s: %s", path, strerror(errno));
        return false;
    }
    if (!S_ISDIR(st.st_mode)) {
        tc_trace_list_file(list, path);
        return true;
    }
    size_t before = list->count;
    if (!tc_trace_list_directory(list, path)) {
        tc_usage_error(command, "cannot read %s: %s", path, strerror(errno));
        return false;
    }
    if (list->count == before)
        tc_usage_error(command, "no trace in the directory %s", path);
    return list->count > before;
}

unsigned tc_trace_list_operands(struct tc_trace_list *list, const char *command, char *const *paths,
                                int count) {
    unsigned wrong = 0;
    for (int i = 0; i < count; i++)
        wrong += !collect(list, command, paths[i]);
    return wrong;
}

bool tc_trace_list_has(const struct tc_trace_list *list, const struct tc_trace_entry *entry) {
    for (size_t i = 0; i < list->count; i++)
        if (list->entries[i].start == entry->start &&
            strcmp(list->entries[i].path, entry->path) == 0)
            return true;
    return false;
}

void tc_trace_list_free(struct tc_trace_list *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->entries[i].path);
    free(list->entries);
    *list = (struct tc_trace_list){0};
}
