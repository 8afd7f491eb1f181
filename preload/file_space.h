/* file_space.h: claims of space in the trace file; between file.c and chunk.c.
 * Threads: all under tc_file.lock, except while the file is being created.
 */
#ifndef TC_PRELOAD_FILE_SPACE_H
#define TC_PRELOAD_FILE_SPACE_H

#include "preload/file.h"

/* New zeroed space at the end of the file, allocated and mapped by itself. */
bool tc_file_claim(uint32_t size, struct tc_range *range);

/* A piece of what small ones are carved from: `size` bytes of it, or, rather than to claim more,
 * what is there from `least` on.  Both are whole pages. */
bool tc_file_carve(uint32_t size, uint32_t least, struct tc_range *range);

/* The same, when there is no more: from a little that was allocated with the file. */
bool tc_file_last(uint32_t size, struct tc_range *range);

/* Gives back a piece that is still zero; lets go of one that nobody writes to or reads any more. */
void tc_file_return(struct tc_range range);
void tc_file_written(struct tc_range range);

/* In a forked child. */
void tc_segments_forget(void);

#endif
