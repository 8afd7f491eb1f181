/* trace_list.h: which trace files there are.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_TRACE_LIST_H
#define TC_ANALYZER_TRACE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tc_trace_entry {
    char *path;
    uint32_t pid;
    uint64_t start; /* ns since the Unix epoch; 0 for a file that has no trace header */
};

struct tc_trace_list {
    struct tc_trace_entry *entries;
    size_t count;
};

/* Adds a file, whatever is in it. */
void tc_trace_list_file(struct tc_trace_list *list, const char *path);

/* Adds every file below a directory that begins like a trace, by time of their start.  False, with
 * errno set, when the directory cannot be read. */
bool tc_trace_list_directory(struct tc_trace_list *list, const char *path);

/* Adds what operands of a command name: files, and directories of traces.  Returns how many of them
 * cannot be used, each named on stderr. */
unsigned tc_trace_list_operands(struct tc_trace_list *list, const char *command, char *const *paths,
                                int count);

/* Whether the list has that file with that start. */
bool tc_trace_list_has(const struct tc_trace_list *list, const struct tc_trace_entry *entry);

void tc_trace_list_free(struct tc_trace_list *list);

#ifdef __cplusplus
}
#endif
#endif
