/* led.c: see led.h. */
#include "preload/rewrite/led.h"

#include <dlfcn.h>
#include <string.h>
#include <sys/mman.h>

#include "preload/rewrite/memory.h"

#define PAGE 4096ul
#define USED __attribute__((used, visibility("hidden")))

USED void *tc_led_real[TC_LED_COUNT];
static void (*told)(void *handle);

static const char *const names[] = {
#define TC_LED(name, step) #name,
#include "preload/rewrite/led.def"
#undef TC_LED
};

#define TC_LED(name, step) extern uint8_t step[] __attribute__((visibility("hidden")));
#include "preload/rewrite/led.def"
#undef TC_LED
static const uint8_t *const steps[] = {
#define TC_LED(name, step) step,
#include "preload/rewrite/led.def"
#undef TC_LED
};

int tc_led_row(const char *name) {
    for (int row = 0; row < TC_LED_COUNT; row++)
        if (strcmp(name, names[row]) == 0)
            return row;
    return -1;
}

USED void tc_led_tell(void *handle) {
    told(handle);
}

/* The arguments are integers: nothing else of the caller's has to survive. */
#define STEP(name, row)                                                                            \
    __asm__(".text\n.p2align 4\n.hidden " name "\n.globl " name "\n" name ":\n"                    \
            "  push %rdi; push %rsi; push %rdx\n"                                                  \
            "  call tc_led_tell\n"                                                                 \
            "  pop %rdx; pop %rsi; pop %rdi\n"                                                     \
            "  jmp *tc_led_real+8*" row "(%rip)\n")
_Static_assert(TC_LED_dlsym == 0 && TC_LED_dlvsym == 1, "the rows of the steps");
STEP("tc_led_dlsym", "0");
STEP("tc_led_dlvsym", "1");

void *tc_led_find(const char *name) {
    return dlsym(RTLD_DEFAULT, name);
}

void tc_led_begin(const struct tc_rewrite_host *host) {
    told = host->late;
    for (int row = 0; row < TC_LED_COUNT; row++)
        tc_led_real[row] = tc_led_find(names[row]);
    tc_led_real[TC_LED_dlsym] = told ? host->dlsym : NULL;
    tc_led_real[TC_LED_dlvsym] = told ? host->dlvsym : NULL;
}

/* The loader makes most slots read-only once they are bound. */
static void set_slot(uint64_t address, const void *value) {
    void *page = (void *)(address & ~(PAGE - 1));
    bool fixed = tc_memory_protect(page, PAGE, PROT_READ | PROT_WRITE) == 0;
    if (fixed)
        __atomic_store_n((uint64_t *)address, (uint64_t)value, __ATOMIC_RELEASE);
}

void tc_led_patch(const struct tc_module *module) {
    for (uint32_t i = 0; i < module->led_count; i++) {
        const struct tc_led_slot *slot = &module->led_slots[i];
        if (tc_led_real[slot->row])
            set_slot(slot->address, steps[slot->row]);
    }
}
