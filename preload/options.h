/* options.h: the shim's options, THREADCHECK_OPTIONS=key=value:key=value (options.def).
 * Threads: written once by the constructor, read-only afterwards.
 */
#ifndef TC_PRELOAD_OPTIONS_H
#define TC_PRELOAD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct tc_options {
#define TC_OPTION_TYPE_BOOL                        bool
#define TC_OPTION_TYPE_SECONDS                     uint64_t /* ns */
#define TC_OPTION_TYPE_SIZE                        uint64_t
#define TC_OPTION_TYPE_STRING                      char *
#define TC_OPTION(name, TYPE, value, help)         TC_OPTION_TYPE_##TYPE name;
#define TC_OPTION_CHOICE(name, value, words, help) char name[16];
#include "preload/options.def"
#undef TC_OPTION
#undef TC_OPTION_CHOICE
};

extern struct tc_options tc_options;

/* Reads THREADCHECK_OPTIONS; a mistake in it is one line on stderr and the default holds. */
void tc_options_read(char *const *environment);

/* The process's environment as it was at the start, and a variable of it, or NULL. */
char *const *tc_options_environ(void);
const char *tc_options_environment(const char *name);

/* The working directory at the start. */
const char *tc_options_start_directory(void);

#endif
