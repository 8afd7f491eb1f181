/* parts.h: what the parts of the race detector must be told in a forked child, which has one thread
 * and an empty shadow.
 * Threads: called by the only thread of the child.
 */
#ifndef TC_PRELOAD_RACE_PARTS_H
#define TC_PRELOAD_RACE_PARTS_H

void tc_race_clock_forked(void);
void tc_race_contexts_forked(void);
void tc_caller_forked(void);
void tc_race_found_forked(void);
void tc_sync_forked(void);
void tc_race_blocks_forked(void);
void tc_race_freed_forked(void);
void tc_calls_forked(void);

#endif
