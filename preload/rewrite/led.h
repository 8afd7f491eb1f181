/* led.h: functions that rewritten code must not call just as they are.
 *
 * What: covered modules call those of led.def through steps of ours, which are put into the
 * modules' own slots: nothing is exported, and nobody else is led anywhere. dlsym, dlvsym: a
 * program that has loaded a module when there are threads already asks for its functions; the step
 * lets the module be rewritten before any of them is known to anybody.  It ends in a jump: dlsym
 * sees its true caller. What gives or takes code addresses: trace.h. Threads: begin and patch are
 * called by whoever rewrites; the steps by any thread.
 */
#ifndef TC_PRELOAD_REWRITE_LED_H
#define TC_PRELOAD_REWRITE_LED_H

#include "preload/rewrite/module.h"
#include "preload/rewrite/rewrite.h"

enum tc_led {
#define TC_LED(name, step) TC_LED_##name,
#include "preload/rewrite/led.def"
#undef TC_LED
    TC_LED_COUNT
};

/* The functions themselves; NULL: there is none, and nobody is led. */
extern void *tc_led_real[TC_LED_COUNT];

/* The row of led.def, or -1. */
int tc_led_row(const char *name);

/* What the program would find under the name, or NULL.  May allocate. */
void *tc_led_find(const char *name);

/* Looks the functions up. */
void tc_led_begin(const struct tc_rewrite_host *host);

/* Leads the module's calls through the steps. */
void tc_led_patch(const struct tc_module *module);

#endif
