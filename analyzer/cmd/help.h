/* help.h: `threadcheck COMMAND --help`, of every command.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_HELP_H
#define TC_ANALYZER_HELP_H

#ifdef __cplusplus
extern "C" {
#endif

/* Prints the help of a command on stdout.  Returns the exit status: 0, or TC_EXIT_USAGE after one
 * line on stderr. */
int tc_command_help(const char *command);

#ifdef __cplusplus
}
#endif
#endif
