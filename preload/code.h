/* code.h: functions of an interpreted program, as stacks name them.
 *
 * What: a table by id, and their meta records (struct tc_meta_code).
 * Threads: any; under a lock of its own.
 */
#ifndef TC_PRELOAD_CODE_H
#define TC_PRELOAD_CODE_H

#include <stdint.h>

/* Tells of a function, method or module body, and gives its id; 0: no memory, counted as a loss.
 * `line`: where it is defined, 0: not known. */
uint32_t tc_code_new(int line, const char *file, const char *name);

/* Writes every record that the file does not have yet. */
void tc_code_write_all(void);

/* In a forked child. */
void tc_code_forked(void);

#endif
