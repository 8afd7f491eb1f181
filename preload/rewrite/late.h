/* late.h: modules that are loaded when there are threads already.
 *
 * What: a program that has loaded a module asks for its functions by dlsym.  Covered modules call
 *       it through a step of ours, which lets the module be rewritten before any of its functions
 *       is known to anybody.  The step ends in a jump: dlsym sees its true caller.
 * Threads: patch is called by whoever rewrites; the steps by any thread.
 */
#ifndef TC_PRELOAD_REWRITE_LATE_H
#define TC_PRELOAD_REWRITE_LATE_H

#include "preload/rewrite/module.h"
#include "preload/rewrite/rewrite.h"

void tc_late_begin(const struct tc_rewrite_host *host);

/* Leads the module's calls of dlsym and dlvsym through the step. */
void tc_late_patch(const struct tc_module *module);

#endif
