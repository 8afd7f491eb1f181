/* lock_class.h: which objects a report shows as one.
 * Rules: not thread-safe.
 */
#ifndef TC_ANALYZER_LOCK_CLASS_H
#define TC_ANALYZER_LOCK_CLASS_H

#include "analyzer/report/resolver.h"

/* The number of the object's class in `report`; made when new. */
size_t tc_lock_class(struct tc_report *report, const struct tc_resolver *resolver, uint32_t object);

#endif
