/* command.c: commands.def as a table, and what commands share. */
#include "analyzer/cmd/command.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/report/text_buffer.h"

#define TC_COMMAND(name, operands, help) int tc_command_##name(int argc, char **argv);
#include "analyzer/cmd/commands.def"
#undef TC_COMMAND

const struct tc_command tc_commands[] = {
#define TC_COMMAND(name, operands, help) {#name, operands, help, tc_command_##name},
#include "analyzer/cmd/commands.def"
#undef TC_COMMAND
    {NULL, NULL, NULL, NULL}};

int tc_usage_error(const char *command, const char *format, ...) {
    char *raw = NULL;
    va_list args;
    va_start(args, format);
    int size = vasprintf(&raw, format, args);
    va_end(args);
    char *clean = size < 0 ? NULL : tc_clean(raw, 2000);
    fprintf(stderr, "threadcheck%s%s: %s\n", command ? " " : "", command ? command : "",
            clean ? clean : format);
    free(clean);
    if (size >= 0)
        free(raw);
    return TC_EXIT_USAGE;
}

int tc_finish_output(const char *command) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    return tc_usage_error(command, "the output cannot be written: %s", strerror(errno));
}

/* How many letters have to be changed, added or left out; at most `LONGEST`.
 * Source: V. Levenshtein, Binary codes capable of correcting deletions, insertions and reversals
 * (1966), by the usual table of which only one row is kept. */
static size_t distance(const char *a, const char *b) {
    enum { LONGEST = 63 };
    size_t length_a = strlen(a), length_b = strlen(b), row[LONGEST + 1];
    if (length_a > LONGEST || length_b > LONGEST)
        return LONGEST;
    for (size_t j = 0; j <= length_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= length_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length_b; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            size_t skip = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < skip ? change : skip;
        }
    }
    return row[length_b];
}

const char *tc_nearest(const char *word, const char *const *names) {
    const char *best = NULL;
    size_t least = strlen(word) / 3 + 1;
    for (; *names; names++) {
        size_t away = distance(word, *names);
        if (away <= least && (!best || away < least)) {
            least = away;
            best = *names;
        }
    }
    return best;
}

char *tc_beside_tool(const char *name) {
    char self[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (size <= 0)
        return NULL;
    self[size] = 0;
    char *slash = strrchr(self, '/');
    if (slash)
        *slash = 0;
    char *path = NULL;
    if (asprintf(&path, "%s/%s", self, name) < 0)
        return NULL;
    char *whole = realpath(path, NULL);
    free(path);
    return whole;
}
