/* annotate.h: annotations that come by other functions than threadcheck/annotate.h's.
 *
 * Threads: any, as those.
 */
#ifndef TC_PRELOAD_ANNOTATE_H
#define TC_PRELOAD_ANNOTATE_H

#include "preload/recorder.h"
#include "threadcheck/annotate.h"

/* threadcheck_annotate, called at `site`. */
void tc_annotate(enum tc_annotation what, const volatile void *address, const char *text,
                 unsigned long number, struct tc_site site);

#endif
