/* modules.h: what code is mapped where, for symbolizing the trace elsewhere and later.
 *
 * What: reads /proc/self/maps and the ELF headers in memory, and keeps a table of modules.  Why not
 *       dl_iterate_phdr: it takes a lock of the dynamic linker.
 * Threads: any, under a lock of its own.
 */
#ifndef TC_PRELOAD_MODULES_H
#define TC_PRELOAD_MODULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Looks again at what is mapped and writes what is new and what is gone. */
void tc_modules_write(void);

/* A stack with these frames is new: looks again when one lies outside of what is known, as after a
 * dlopen, which is not hooked (it acts by who calls it). */
void tc_modules_cover(const uint64_t *frames, unsigned count);

/* In a forked child: the file to come has none of the records. */
void tc_modules_forked(void);

/* The path of the shim itself; false: not found. */
bool tc_modules_own_path(char *path, size_t size);

#endif
