/* unwind.c: see unwind.h. */
#include "preload/unwind.h"

#include <stddef.h>
#include <string.h>

#include "preload/cfi.h"
#include "preload/race/race.h"
#include "preload/sys.h"
#include "threadcheck/trace_format.h"

#include "preload/poison.h"

/* Memory that the walk may read: the thread's stack, and outside of it (alternate signal stacks,
 * coroutines, bounds that are not known) pages that the kernel has just said are there. */
struct reader {
    uintptr_t low, high; /* whole words, that can be read */
    uintptr_t page;      /* the last page found readable, 0: none */
};

/* Whether the 8 bytes at `address` can be read: sigprocmask copies its set in before it refuses the
 * unknown `how`, so the answer changes nothing. */
static bool kernel_can_read(uintptr_t address) {
    const long unknown_how = -1;
    return TC_SYSCALL_4(SYS_rt_sigprocmask, unknown_how, address, 0, 8) != -14 /* EFAULT */;
}

static bool read_word(struct reader *reader, uintptr_t address, uint64_t *value) {
    if (address & 7)
        return false;
    if (TC_UNLIKELY(address < reader->low || address >= reader->high)) {
        uintptr_t page = address & ~(uintptr_t)(TC_PAGE - 1);
        if (page == 0 || (page != reader->page && !kernel_can_read(address)))
            return false;
        reader->page = page;
    }
    *value = *(const volatile uint64_t *)address;
    return true;
}

/* The walk so far: the frame whose caller is looked for next. */
struct walk {
    struct reader reader;
    struct tc_unwound *out;
    uintptr_t base; /* CFA of the call site: slots count from it */
    uintptr_t pc, sp, bp;
    uintptr_t bp_slot; /* where rbp was found */
    bool exact;        /* pc is not a return address */
};

/* Notes that the word at `address` had `value` and that the walk depended on it. */
static void add_slot(struct walk *walk, uintptr_t address, uint64_t value, bool relative) {
    struct tc_unwound *out = walk->out;
    int64_t offset = (int64_t)(address - walk->base);
    if (out->slot_count == TC_UNWIND_SLOTS || offset != (int32_t)offset) {
        out->repeatable = false;
        return;
    }
    out->slots[out->slot_count++] =
        (struct tc_stack_slot){(int32_t)offset, relative, relative ? value - walk->base : value};
}

static bool add_frame(struct walk *walk, uint64_t frame) {
    struct tc_unwound *out = walk->out;
    if (out->count == TC_UNWIND_FRAMES) {
        out->flags |= TC_STACK_TRUNCATED;
        return false;
    }
    out->frames[out->count++] = frame;
    return true;
}

/* Registers as a signal found them: struct ucontext of the kernel, at sp in its frame. */
static bool step_signal(struct walk *walk) {
    enum { UC_RBP = 120, UC_RSP = 160, UC_RIP = 168 };
    uint64_t bp, sp, pc;
    walk->out->flags |= TC_STACK_SIGNAL;
    walk->out->repeatable = false;
    if (!read_word(&walk->reader, walk->sp + UC_RBP, &bp) ||
        !read_word(&walk->reader, walk->sp + UC_RSP, &sp) ||
        !read_word(&walk->reader, walk->sp + UC_RIP, &pc))
        return false;
    walk->bp_slot = walk->sp + UC_RBP;
    walk->bp = bp;
    walk->sp = sp;
    walk->pc = tc_race_on() ? tc_race_original(pc) : pc;
    walk->exact = true;
    return add_frame(walk, walk->pc | TC_FRAME_EXACT);
}

/* The CFA of the current frame by its rule; false when it cannot be had. */
static bool find_cfa(struct walk *walk, const struct tc_cfi *rule, uintptr_t *cfa) {
    if (rule->kind == TC_CFI_FROM_SP) {
        *cfa = walk->sp + (uintptr_t)(intptr_t)rule->cfa_offset;
        return true;
    }
    add_slot(walk, walk->bp_slot, walk->bp, true);
    *cfa = walk->bp + (uintptr_t)(intptr_t)rule->cfa_offset;
    if (rule->kind == TC_CFI_FROM_SLOT) {
        uint64_t value;
        if (!read_word(&walk->reader, *cfa, &value))
            return false;
        add_slot(walk, *cfa, value, true);
        *cfa = value;
    }
    return true;
}

/* To the caller of the current frame.  False: the walk is over. */
static bool step(struct walk *walk) {
    struct tc_cfi rule = tc_cfi_find(walk->exact ? walk->pc : walk->pc - 1);
    if (rule.kind == TC_CFI_OUTERMOST)
        return false;
    if (rule.kind == TC_CFI_NONE) {
        walk->out->flags |= TC_STACK_TRUNCATED;
        return false;
    }
    if (rule.kind == TC_CFI_SIGNAL)
        return step_signal(walk);
    uintptr_t cfa;
    uint64_t pc, bp = walk->bp;
    const uintptr_t farthest = (uintptr_t)1 << 26; /* no frame has 64 MB: such a rule is wrong */
    uintptr_t bp_slot = walk->bp_slot;
    if (!find_cfa(walk, &rule, &cfa) || cfa <= walk->sp || cfa - walk->sp > farthest ||
        !read_word(&walk->reader, cfa - 8, &pc))
        goto broken;
    add_slot(walk, cfa - 8, pc, false);
    if (rule.kind == TC_CFI_FROM_SLOT)
        bp_slot = walk->bp;
    else if (rule.saves_bp)
        bp_slot = cfa + (uintptr_t)(intptr_t)rule.bp_offset;
    if (bp_slot != walk->bp_slot && !read_word(&walk->reader, bp_slot, &bp))
        goto broken;
    walk->bp = bp;
    walk->bp_slot = bp_slot;
    walk->sp = cfa;
    walk->pc = tc_race_on() ? tc_race_original(pc) : pc;
    walk->exact = false;
    return pc != 0 && add_frame(walk, walk->pc);
broken:
    walk->out->flags |= TC_STACK_TRUNCATED;
    walk->out->repeatable = false;
    return false;
}

void tc_unwind(struct tc_site site, uintptr_t low, uintptr_t high, struct tc_unwound *result) {
    /* A hook pushes its caller's rbp first: that is where it can be verified.  Rewritten code has
     * the frames of the original, so that only addresses differ. */
    uintptr_t pc = tc_race_on() ? tc_race_original(site.return_address) : site.return_address;
    struct walk walk = {.reader = {low, high & ~(uintptr_t)7, 0},
                        .out = result,
                        .base = site.cfa,
                        .pc = pc,
                        .sp = site.cfa,
                        .bp = site.frame_pointer,
                        .bp_slot = site.cfa + (uintptr_t)(site.frame_slot ? site.frame_slot : -16)};
    result->count = result->flags = result->slot_count = 0;
    result->repeatable = true;
    add_frame(&walk, pc);
#if defined(__x86_64__)
    while (step(&walk))
        ;
#else
    result->flags |= TC_STACK_TRUNCATED;
#endif
}
