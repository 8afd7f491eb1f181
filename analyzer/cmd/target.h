/* target.h: what is known of a program before it runs: where it is, and whether the shim can work.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_TARGET_H
#define TC_ANALYZER_TARGET_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The file that execvp would take for `program`; to be freed.  NULL: not found. */
char *tc_target_find(const char *program);

/* Why the dynamic loader will not bring the shim into the program at `path`: a few words, or NULL
 * when it will, or when that cannot be told. */
const char *tc_target_refuses(const char *path);

/* A library of the program at `path` that the loader must bring in before any other, to be freed:
 * a sanitizer's, which does not work otherwise.  NULL: none. */
char *tc_target_first_library(const char *path);

#ifdef __cplusplus
}
#endif
#endif
