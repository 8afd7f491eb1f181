/* tsan_report.c: what a program may ask ThreadSanitizer about reports and about memory.
 *
 * What: reports are made after the program, so that none is ever being made: the questions about
 *       one get the answer for none, and __tsan_on_report of the program is not called.
 * Threads: any.
 */
#include <string.h>

#include "preload/race/core.h"
#include "preload/race/tsan.h"
#include "preload/thread.h"

#include "preload/poison.h"

TSAN(void *, __tsan_get_current_report, void) {
    return NULL;
}

/* None of these writes to where a result would go: 0 says that there is none. */
#define NONE(name)                                                                                 \
    int name(void *report);                                                                        \
    TC_EXPORT int name(void *report) {                                                             \
        (void)report;                                                                              \
        return 0;                                                                                  \
    }
NONE(__tsan_get_report_data)
NONE(__tsan_get_report_tag)
NONE(__tsan_get_report_stack)
NONE(__tsan_get_report_mop)
NONE(__tsan_get_report_loc)
NONE(__tsan_get_report_loc_object_type)
NONE(__tsan_get_report_mutex)
NONE(__tsan_get_report_thread)
NONE(__tsan_get_report_unique_tid)
NONE(__tsan_symbolize_external)

/* What a program defines; another's call of it does nothing. */
TSAN_NOTHING(__tsan_on_report)
TSAN_NOTHING(__tsan_on_initialize)
TSAN_NOTHING(__tsan_symbolize_external_ex)
TSAN(int, __tsan_on_finalize, int failed) {
    return failed;
}
TSAN(const char *, __tsan_default_options, void) {
    return "";
}
TSAN(const char *, __tsan_default_suppressions, void) {
    return "";
}

static const char *answer(const char *kind, uintptr_t start, size_t size, uintptr_t *region,
                          size_t *region_size) {
    if (region)
        *region = start;
    if (region_size)
        *region_size = size;
    return kind;
}

/* "heap", "stack", "shadow" or "global"; anything else that a program asks about is an object of a
 * module, whose name is not looked up. */
TSAN(const char *, __tsan_locate_address, uintptr_t address, char *name, size_t name_size,
     uintptr_t *region, size_t *region_size) {
    struct tc_race_block block;
    const struct tc_thread *self = tc_local.thread;
    if (name && name_size)
        name[0] = 0;
    if (tc_race_block_find(address, &block))
        return answer("heap", block.start, block.size, region, region_size);
    if (self && address >= self->stack_low && address < self->stack_high)
        return answer("stack", self->stack_low, self->stack_high - self->stack_low, region,
                      region_size);
    if (address - TC_SHADOW_MAP < TC_SHADOW_SIZE)
        return answer("shadow", 0, 0, region, region_size);
    return answer("global", 0, 0, region, region_size);
}

/* The allocation's stack is in the trace, and not put together again here. */
TSAN(int, __tsan_get_alloc_stack, uintptr_t address, uintptr_t *trace, size_t size, int *thread,
     uint64_t *os_thread) {
    (void)address;
    (void)trace;
    (void)size;
    (void)thread;
    (void)os_thread;
    return 0;
}
