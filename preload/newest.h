/* newest.h: whether a function is one of newest.c, which leads to libc's of that name.
 * Only the shared library has it: in an executable its functions would be called by themselves.
 * Threads: any.
 */
#ifndef TC_PRELOAD_NEWEST_H
#define TC_PRELOAD_NEWEST_H

#include <stdbool.h>

bool tc_is_newest(const void *function) __attribute__((weak));

#endif
