/* checker.h: what a checker includes.  One file and one row in checkers.def each.
 *
 * The interface itself (struct tc_checker, struct tc_step) is model/step.h: the engine, which comes
 * before the checkers, calls through it.
 */
#ifndef TC_ANALYZER_CHECKER_H
#define TC_ANALYZER_CHECKER_H

#include "analyzer/checkers/finding.h"
#include "analyzer/model/step.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All of them, in the order of checkers.def; ends with NULL. */
extern const struct tc_checker *const tc_checkers[];

#ifdef __cplusplus
}
#endif
#endif
