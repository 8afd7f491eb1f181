/* command.h: what a command is, and what commands share.
 * Rules: a command gets its own name as argv[0] and returns the exit status.
 */
#ifndef TC_ANALYZER_COMMAND_H
#define TC_ANALYZER_COMMAND_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum tc_exit {
    TC_EXIT_USAGE = 2,     /* a mistake in the command line, or output that cannot be written */
    TC_EXIT_BAD_TRACE = 3, /* a trace that cannot be read */
    TC_EXIT_FINDINGS = 66, /* the default of --error-exitcode */
    TC_EXIT_CANNOT_RUN = 126,
    TC_EXIT_NOT_FOUND = 127,
};

struct tc_command {
    const char *name, *operands, *help;
    int (*run)(int argc, char **argv);
};

/* All of them; ends with a NULL name. */
extern const struct tc_command tc_commands[];

/* To be called once all is printed: 0, or TC_EXIT_USAGE after one line of why it did not arrive. */
int tc_finish_output(const char *command);

/* One line on stderr, "threadcheck COMMAND: ...", without control characters.  Returns
 * TC_EXIT_USAGE. */
int tc_usage_error(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Which of the names is nearest to `word`, or NULL when none is near; ends with NULL. */
const char *tc_nearest(const char *word, const char *const *names);

/* The file `name` relative to this program's own, such as "../lib/libthreadcheck.so"; to be freed.
 * NULL when it is not there. */
char *tc_beside_tool(const char *name);

#ifdef __cplusplus
}
#endif
#endif
