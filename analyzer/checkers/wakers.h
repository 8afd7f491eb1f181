/* wakers.h: who could have ended a wait that nobody is left to end.
 *
 * What: adds to a finding the threads that ever woke somebody on an object, or came to a barrier,
 *       and what became of each.
 */
#ifndef TC_ANALYZER_WAKERS_H
#define TC_ANALYZER_WAKERS_H

#include "analyzer/checkers/hang.h"

/* `object` is a condition, an event, a barrier or something counted. */
void tc_finding_wakers(struct tc_finding *finding, const struct tc_hang *hang,
                       const struct tc_object *object);

#endif
