/* launch.h: what it takes to start a program under the shim; for `run` and `confirm`.
 * Rules: single-threaded.  Mistakes are named on stderr for `command`.
 */
#ifndef TC_ANALYZER_LAUNCH_H
#define TC_ANALYZER_LAUNCH_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The shim: THREADCHECK_SHIM, as installed, or as built; to be freed; NULL after a message. */
char *tc_find_shim(const char *command);

/* A new directory below TMPDIR or /tmp; to be freed; NULL after a message. */
char *tc_temporary_directory(const char *command);

/* Whether the shim can work in the program; says so when not. */
bool tc_can_preload(const char *command, const char *program);

#ifdef __cplusplus
}
#endif
#endif
