/* file_space.h: claims of space in the trace file; between file.c and chunk.c.
 * Threads: all under tc_file.lock, except while the file is being created.
 */
#ifndef TC_PRELOAD_FILE_SPACE_H
#define TC_PRELOAD_FILE_SPACE_H

#include "preload/file.h"

/* New zeroed space at the end of the file, allocated and mapped. */
bool tc_file_claim(uint32_t size, struct tc_range *range);

/* A small piece, from what is free or from a larger claim. */
bool tc_file_carve(uint32_t size, struct tc_range *range);

/* What small pieces are carved from; one of them that nobody writes to or reads any more; in a
 * forked child. */
void tc_segment_add(struct tc_range range);
void tc_segment_written(uint8_t *memory, uint32_t size);
void tc_segment_forget(void);

/* Gives back a mapped piece that is still zero. */
void tc_file_return(struct tc_range range);

#endif
