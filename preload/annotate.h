/* annotate.h: annotations that come by other functions than threadcheck/annotate.h's.
 *
 * Threads: any, as those.
 */
#ifndef TC_PRELOAD_ANNOTATE_H
#define TC_PRELOAD_ANNOTATE_H

#include "preload/recorder.h"
#include "threadcheck/annotate.h"

/* Flags beside enum tc_lock_flag, as tsan_interface.h has them: a lock that is there before any
 * constructor runs and after all destructors did, which its destructor does not end; and, said when
 * it is created and destroyed, that it is no such. */
enum tc_lock_life { TC_LOCK_LINKER_INIT = 1 << 16, TC_LOCK_NOT_STATIC = 1 << 17 };

/* threadcheck_annotate, called at `site`. */
void tc_annotate(enum tc_annotation what, const volatile void *address, const char *text,
                 unsigned long number, struct tc_site site);

#endif
