/* late.c: see late.h. */
#include "preload/rewrite/late.h"

#include <sys/mman.h>

#include "preload/rewrite/memory.h"

#define PAGE 4096ul
#define USED __attribute__((used, visibility("hidden")))

USED void *tc_late_targets[2]; /* dlsym, dlvsym */
static void (*told)(void *handle);

USED void tc_late_tell(void *handle) {
    told(handle);
}

/* The arguments are integers: nothing else of the caller's has to survive. */
#define STEP(name, target)                                                                         \
    __asm__(".text\n.p2align 4\n.hidden " name "\n.globl " name "\n" name ":\n"                    \
            "  push %rdi; push %rsi; push %rdx\n"                                                  \
            "  call tc_late_tell\n"                                                                \
            "  pop %rdx; pop %rsi; pop %rdi\n"                                                     \
            "  jmp *tc_late_targets+" target "(%rip)\n")
STEP("tc_late_dlsym", "0");
STEP("tc_late_dlvsym", "8");
extern uint8_t tc_late_dlsym[], tc_late_dlvsym[];

void tc_late_begin(const struct tc_rewrite_host *host) {
    tc_late_targets[0] = host->dlsym;
    tc_late_targets[1] = host->dlvsym;
    told = host->late;
}

/* The loader makes most slots read-only once they are bound. */
static void set_slot(uint64_t address, const void *value) {
    void *page = (void *)(address & ~(PAGE - 1));
    bool fixed = tc_memory_protect(page, PAGE, PROT_READ | PROT_WRITE) == 0;
    if (fixed)
        __atomic_store_n((uint64_t *)address, (uint64_t)value, __ATOMIC_RELEASE);
}

void tc_late_patch(const struct tc_module *module) {
    for (uint32_t i = 0; told && i < module->late_count; i++) {
        const struct tc_late_slot *slot = &module->late_slots[i];
        if (tc_late_targets[slot->versioned])
            set_slot(slot->address, slot->versioned ? tc_late_dlvsym : tc_late_dlsym);
    }
}
