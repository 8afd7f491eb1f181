/* trace.c: see trace.h. */
#include "preload/rewrite/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "preload/rewrite/led.h"
#include "preload/rewrite/memory.h"

#define STEP  __attribute__((noinline, visibility("hidden")))
#define SMALL 128 /* frames that a step has room for on the stack, which may be a signal's */

static uintptr_t (*original_of)(uintptr_t address, uint32_t *below);

/* libgcc's, or what takes its place in the program. */
struct context;
typedef int visit(struct context *context, void *argument);
static uintptr_t (*get_ip)(struct context *context);
static void (*set_ip)(struct context *context, uintptr_t ip);

void tc_trace_begin(uintptr_t (*original)(uintptr_t address, uint32_t *below)) {
    original_of = original;
    get_ip = (uintptr_t(*)(struct context *))tc_led_find("_Unwind_GetIP");
    set_ip = (void (*)(struct context *, uintptr_t))tc_led_find("_Unwind_SetIP");
    if (!get_ip || !set_ip)
        tc_led_real[TC_LED__Unwind_Backtrace] = NULL;
}

struct walk {
    visit *visit;
    void *argument;
    bool begun;
};

/* The place is put back: the next frame is found by it. */
static int visit_original(struct context *context, void *argument) {
    struct walk *walk = argument;
    if (!walk->begun) { /* the frame of the step itself */
        walk->begun = true;
        return 0;
    }
    uintptr_t ip = get_ip(context), original = original_of(ip, NULL);
    if (original == ip)
        return walk->visit(context, walk->argument);
    set_ip(context, original);
    int result = walk->visit(context, walk->argument);
    set_ip(context, ip);
    return result;
}

STEP int tc_trace_unwind(visit *visit, void *argument) {
    int (*real)(int (*)(struct context *, void *), void *) =
        (int (*)(int (*)(struct context *, void *), void *))tc_led_real[TC_LED__Unwind_Backtrace];
    struct walk walk = {visit, argument, false};
    return real(visit_original, &walk);
}

/* backtrace without the step's own frame, which is that of the caller; `all` has room for one frame
 * more than is wanted. */
static inline __attribute__((always_inline)) int take(void **frames, int size, void **all) {
    int (*real)(void **, int) = (int (*)(void **, int))tc_led_real[TC_LED_backtrace];
    int count = real(all, size + 1);
    for (int i = 1; i < count; i++)
        frames[i - 1] = (void *)original_of((uintptr_t)all[i], NULL);
    return count > 0 ? count - 1 : 0;
}

STEP int tc_trace_backtrace(void **frames, int size) {
    void *few[SMALL + 1];
    if (size <= 0)
        return 0;
    if (size <= SMALL)
        return take(frames, size, few);
    size_t bytes = ((size_t)size + 1) * sizeof *frames;
    void **all = tc_memory_map(NULL, bytes, PROT_READ | PROT_WRITE, 0);
    if (!all)
        return take(frames, SMALL, few);
    int count = take(frames, size, all);
    tc_memory_unmap(all, bytes);
    return count;
}

STEP int tc_trace_dladdr(const void *address, void *info) {
    int (*real)(const void *, void *) = (int (*)(const void *, void *))tc_led_real[TC_LED_dladdr];
    return real((const void *)original_of((uintptr_t)address, NULL), info);
}

STEP int tc_trace_dladdr1(const void *address, void *info, void **extra, int flags) {
    int (*real)(const void *, void *, void **, int) =
        (int (*)(const void *, void *, void **, int))tc_led_real[TC_LED_dladdr1];
    return real((const void *)original_of((uintptr_t)address, NULL), info, extra, flags);
}
