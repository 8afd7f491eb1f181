/* lock_cycle.h: judges what was gathered of the order of locks.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_LOCK_CYCLE_H
#define TC_ANALYZER_LOCK_CYCLE_H

#include "analyzer/checkers/lock_evidence.h"

/* Whether both locks of the edge kept to the rules of a lock until the end. */
bool tc_lock_order_counts(const struct tc_lock_order *order, uint32_t edge);

/* Reports the cycles that can happen. */
void tc_lock_cycles_report(struct tc_lock_order *order);

#endif
