/* witness.h: a schedule in words.
 *
 * What: states each step of an order that feasible.c found: who creates, wakes, acquires, releases.
 *       A long one is shortened to the steps that matter most: what the threads at its end hold and
 *       how they began, then what others hand over to them, then the newest.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_WITNESS_H
#define TC_ANALYZER_WITNESS_H

#include "analyzer/checkers/feasible.h"
#include "analyzer/checkers/finding.h"

#define TC_WITNESS_STEPS 24 /* that are told of one schedule */

/* Adds the schedule to the finding's witness. */
void tc_witness_schedule(struct tc_finding *finding, const struct tc_replay *replay,
                         const struct tc_schedule *schedule);

#endif
