/* meta.h: what the trace says about the process besides events: stacks, and all of it at once.
 *
 * What: the table of stacks by id (the trie of stack_trie.h finds ids, this keeps frames), and the
 *       meta records that a new file begins with.
 * Threads: any; additions are made under a lock of the table, look-ups take none.
 */
#ifndef TC_PRELOAD_META_H
#define TC_PRELOAD_META_H

#include "preload/thread.h"

/* Keeps a stack, writes its record, and returns its new id; 0: out of memory. */
uint32_t tc_meta_stack(struct tc_thread *self, const uint64_t *frames, unsigned count,
                       unsigned flags);

/* The frames of a stack, innermost first; NULL: no such id. */
const uint64_t *tc_meta_stack_frames(uint32_t id, unsigned *count);

/* Writes every record that the file does not have yet: of the process, modules, stacks, threads. */
void tc_meta_write_process(void);
void tc_meta_write_all(void);

/* Adds a line to the report's notes, unless `told`, which is 0 at first, says that it is there. */
void tc_meta_note_once(uint8_t *told, const char *text);

/* In a forked child. */
void tc_meta_forked(void);

#endif
