/* newest.h: the functions of newest.c, which lead to libc's of the same names.
 * Only the shared library has them: in an executable they would be called by themselves.
 * Threads: any.
 */
#ifndef TC_PRELOAD_NEWEST_H
#define TC_PRELOAD_NEWEST_H

/* NULL: there is none of that name. */
const void *tc_newest(const char *name) __attribute__((weak));

#endif
