/* unwind.c: see unwind.h. */
#include "preload/unwind.h"

#include <stddef.h>
#include <string.h>

#include "preload/arch.h"
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

static bool read_word(struct reader *reader, uintptr_t address, uint64_t *value) {
    if (address & 7)
        return false;
    if (TC_UNLIKELY(address < reader->low || address >= reader->high)) {
        uintptr_t page = address & ~(uintptr_t)(TC_PAGE - 1);
        if (page == 0 || (page != reader->page && !tc_can_read(address)))
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
    uintptr_t bp_slot; /* where bp was found */
    bool exact;        /* pc is not a return address */
#if TC_LINK_REGISTER
    uintptr_t link; /* of an exact pc */
#endif
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
    uint64_t bp, sp, pc;
    walk->out->flags |= TC_STACK_SIGNAL;
    walk->out->repeatable = false;
    if (!read_word(&walk->reader, walk->sp + TC_SIGNAL_FP, &bp) ||
        !read_word(&walk->reader, walk->sp + TC_SIGNAL_SP, &sp) ||
        !read_word(&walk->reader, walk->sp + TC_SIGNAL_PC, &pc))
        return false;
#if TC_LINK_REGISTER
    uint64_t link;
    if (!read_word(&walk->reader, walk->sp + TC_SIGNAL_LINK, &link))
        return false;
    walk->link = link;
#endif
    walk->bp_slot = walk->sp + TC_SIGNAL_FP;
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

/* The return address of the current frame; false: it is not known. */
static bool find_return_address(struct walk *walk, const struct tc_cfi *rule, uintptr_t cfa,
                                uint64_t *pc) {
    uintptr_t slot = cfa - 8;
#if TC_LINK_REGISTER
    if (!rule->saves_ra) {
        *pc = tc_code_address(walk->link);
        return walk->exact;
    }
    slot = cfa + (uintptr_t)(intptr_t)rule->ra_offset;
#else
    (void)rule;
#endif
    if (!read_word(&walk->reader, slot, pc))
        return false;
    add_slot(walk, slot, *pc, false);
    *pc = tc_code_address(*pc);
    return true;
}

/* Where a handler returns to, some kernels have no rule: it is known by its instructions. */
static bool returns_from_signal(uintptr_t pc) {
    uint64_t code;
    if (!TC_SIGNAL_RETURN || pc & 3 || !pc || !tc_can_read(pc))
        return false;
    memcpy(&code, (const void *)pc, sizeof code);
    return code == TC_SIGNAL_RETURN;
}

/* A function that was interrupted may have no frame yet, if a call puts nothing on the stack. */
static bool is_farther(const struct walk *walk, uintptr_t cfa) {
    const uintptr_t farthest = (uintptr_t)1 << 26; /* no frame has 64 MB: such a rule is wrong */
    bool same = TC_LINK_REGISTER && walk->exact && cfa == walk->sp;
    return same || (cfa > walk->sp && cfa - walk->sp <= farthest);
}

/* To the caller of the current frame.  False: the walk is over. */
static bool step(struct walk *walk) {
    struct tc_cfi rule = tc_cfi_find(walk->exact ? walk->pc : walk->pc - 1);
    if (rule.kind == TC_CFI_OUTERMOST)
        return false;
    if (rule.kind == TC_CFI_NONE && returns_from_signal(walk->pc))
        rule.kind = TC_CFI_SIGNAL;
    if (rule.kind == TC_CFI_NONE) {
        walk->out->flags |= TC_STACK_TRUNCATED;
        return false;
    }
    if (rule.kind == TC_CFI_SIGNAL)
        return step_signal(walk);
    uintptr_t cfa;
    uint64_t pc, bp = walk->bp;
    uintptr_t bp_slot = walk->bp_slot;
    if (!find_cfa(walk, &rule, &cfa) || !is_farther(walk, cfa) ||
        !find_return_address(walk, &rule, cfa, &pc))
        goto broken;
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

#if TC_LINK_REGISTER
/* Walks from here to the call site, whose registers only the frames between tell. */
static __attribute__((noinline)) bool climb(struct walk *walk, struct tc_site site) {
    struct reader reader = walk->reader;
    uintptr_t bp_slot = walk->bp_slot;
    __asm__ volatile("adr %0, .\n\tmov %1, sp" : "=r"(walk->pc), "=r"(walk->sp));
    walk->bp = (uintptr_t)__builtin_frame_address(0);
    walk->exact = true;
    walk->reader = (struct reader){walk->sp & ~(uintptr_t)7, site.cfa, 0};
    while (walk->sp < site.cfa && step(walk))
        ;
    bool there = walk->sp >= site.cfa && walk->pc == site.return_address;
    walk->reader = reader;
    walk->bp_slot = bp_slot;
    return there;
}
#endif

void tc_unwind(struct tc_site site, uintptr_t low, uintptr_t high, struct tc_unwound *result) {
    /* Rewritten code has the frames of the original, so that only addresses differ.  A hook keeps
     * its caller's bp before anything else: that is where it can be verified. */
    uintptr_t pc = tc_race_on() ? tc_race_original(site.return_address) : site.return_address;
    struct walk walk = {.reader = {low, high & ~(uintptr_t)7, 0},
                        .out = result,
                        .base = site.cfa,
                        .pc = pc,
                        .sp = site.cfa,
                        .bp = site.frame_pointer,
                        .bp_slot = site.cfa + (uintptr_t)(site.frame_slot ? site.frame_slot : -16)};
    result->count = result->flags = result->slot_count = 0;
#if TC_LINK_REGISTER
    bool there = climb(&walk, site);
    result->count = result->slot_count = 0;
    result->flags = there ? 0 : TC_STACK_TRUNCATED;
#else
    const bool there = true;
#endif
    result->repeatable = there;
    add_frame(&walk, pc);
    while (there && step(&walk))
        ;
}
