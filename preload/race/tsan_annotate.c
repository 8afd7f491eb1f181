/* tsan_annotate.c: annotations of libtsan and of dynamic_annotations.h; rows: tsan_annotate.def.
 *
 * What: those that order, that name locks, or that say what is not to be reported, do what they
 *       say; the others are hints that other tools took.  A library may define them as functions
 *       that do nothing: ours come first, and then its program is known better.
 * Threads: any.
 */
#include "preload/annotate.h"
#include "preload/race/core.h"
#include "preload/race/tsan.h"

#include "preload/poison.h"

#define UNUSED __attribute__((unused))

#define AND_NONE
#define AND_ADDRESS   , uintptr_t address
#define AND_RANGE     , uintptr_t address, uintptr_t size
#define AND_LOCK      , uintptr_t address, uintptr_t writes
#define AND_WHY       , uintptr_t address, UNUSED const char *why
#define AND_RANGE_WHY , uintptr_t address, uintptr_t size, UNUSED const char *why
#define AND_TEXT      , const char *text

#define TELL(what, number) tc_annotate(TC_ANNOTATE_##what, (void *)address, NULL, number, TC_SITE())

#define TC_ANNOTATION(name, parameters, effect)                                                    \
    TSAN(void, name, UNUSED const char *file, UNUSED int line AND_##parameters) {                  \
        effect;                                                                                    \
    }
#include "preload/race/tsan_annotate.def"

/* Whether Valgrind is there, and how slow; what kind of tool this is. */
TSAN(int, RunningOnValgrind, void) {
    return 0;
}
TSAN(double, ValgrindSlowdown, void) {
    return 10.0;
}
TSAN(const char *, ThreadSanitizerQuery, const char *query) {
    bool sanitizes = query && query[0] == 's'; /* "sanitizer" */
    return sanitizes ? "1" : "0";
}
