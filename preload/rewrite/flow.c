/* flow.c: see flow.h. */
#include "preload/rewrite/flow.h"

#include <string.h>

#define ROUNDS_MAX   50
#define WRITE_WITHIN 8  /* instructions from a read to the write of the same place */
#define KEPT_WITHIN  24 /* from a read to the conditional move that keeps its value or does not */

static const struct tc_live all_live = {TC_ALL_REGISTERS, TC_ALL_FLAGS};

static struct tc_live both(struct tc_live a, struct tc_live b) {
    return (struct tc_live){a.registers | b.registers, a.flags | b.flags};
}

/* What is live after `insn`, which does not just go on; `next`: before the one behind it. */
static struct tc_live after(const struct tc_function *function, const struct tc_live *live,
                            const struct tc_insn *insn, struct tc_live next) {
    struct tc_live target = insn->to >= 0 ? live[insn->to] : all_live;
    switch (insn->flow) {
    case TC_FLOW_BRANCH:
    case TC_FLOW_SHORT:
        return both(next, target);
    case TC_FLOW_JUMP:
    case TC_FLOW_ABORT:
        return target;
    case TC_FLOW_RETURN:
        return (struct tc_live){TC_ALL_REGISTERS, function->sets_carry ? TC_ALL_FLAGS : 0};
    default:
        return all_live;
    }
}

static struct tc_live before(const struct tc_insn *insn, struct tc_live out) {
    if (insn->flow == TC_FLOW_CALL || insn->flow == TC_FLOW_CALL_INDIRECT)
        return (struct tc_live){TC_ALL_REGISTERS, 0};
    return (struct tc_live){
        (uint16_t)(insn->reads | (out.registers & ~insn->writes)),
        (uint8_t)(insn->flags_read | (out.flags & ~insn->flags_written)),
    };
}

static bool is_changed(struct tc_live a, struct tc_live b) {
    return a.registers != b.registers || a.flags != b.flags;
}

/* Backwards; and again, from the last place that is concerned, while more is live at the head of a
 * loop than those were told that branch back to it. */
void tc_flow_live(const struct tc_function *function, const uint32_t *loop_ends,
                  struct tc_live *live) {
    memset(live, 0, function->count * sizeof *live);
    uint32_t begin = function->count;
    for (unsigned round = 0; begin && round < ROUNDS_MAX; round++) {
        struct tc_live next = begin < function->count ? live[begin] : all_live;
        uint32_t again = 0;
        for (uint32_t i = begin; i-- > 0;) {
            const struct tc_insn *insn = &function->insns[i];
            struct tc_live old = live[i];
            if (insn->flow != TC_FLOW_NEXT)
                next = after(function, live, insn, next);
            live[i] = next = before(insn, next);
            if (insn->loop_head && loop_ends[i] >= again && is_changed(next, old))
                again = loop_ends[i] + 1;
        }
        begin = again;
    }
    for (uint32_t i = 0; begin && i < function->count; i++)
        live[i] = all_live;
}

/* Memory that belongs to the function's frame and to nobody else. */
static bool is_private(const struct tc_function *function, const struct tc_insn *insn) {
    if (insn->base == TC_RSP)
        return !function->stack_escapes && !(function->frame && function->frame_escapes);
    if (insn->base == TC_RBP && function->frame)
        return !function->stack_escapes && !function->frame_escapes;
    return false;
}

/* Thread-local variables lie below the thread pointer; what lies above it is libc's.  An address of
 * two registers is not made by compilers there. */
static bool is_thread_variable(const struct tc_insn *insn) {
    if (insn->string || insn->displacement_at || (insn->base >= 0 && insn->index >= 0) ||
        insn->base == TC_RSP)
        return false;
    return insn->base >= 0 || insn->index >= 0 || insn->displacement < 0;
}

enum tc_check tc_flow_check(const struct tc_module *module, const struct tc_function *function,
                            const struct tc_insn *insn) {
    if ((!insn->loads && !insn->stores) || insn->uses_gs || insn->narrow_address ||
        insn->flow == TC_FLOW_RETURN || insn->flow == TC_FLOW_JUMP_INDIRECT || insn->size == 0 ||
        (insn->of_thread ? !is_thread_variable(insn) : is_private(function, insn)))
        return TC_CHECK_NONE;
    if (insn->displacement_at &&
        tc_module_is_fixed(module, function->low + insn->offset + insn->length +
                                       (uint64_t)(int64_t)insn->displacement))
        return TC_CHECK_NONE;
    if (insn->locked)
        return TC_CHECK_ATOMIC;
    if (insn->string)
        return TC_CHECK_STRING;
    if (insn->gathers)
        return insn->of_thread ? TC_CHECK_NONE : TC_CHECK_ELEMENTS; /* nobody does that */
    return insn->masked ? TC_CHECK_MASKED : insn->by_bit ? TC_CHECK_BIT : TC_CHECK_ACCESS;
}

/* Whether `insn` `i`, a conditional move between registers, is what decides of the value in `value`
 * (a bit): the other half of the decision is that nothing else reads it. */
static bool decides(const struct tc_function *function, const struct tc_live *live, uint32_t i,
                    uint16_t value, struct tc_speculation *speculation) {
    const struct tc_insn *insn = &function->insns[i];
    uint16_t from = (uint16_t)(insn->reads & ~insn->touches);
    uint16_t after = i + 1 < function->count ? live[i + 1].registers : TC_ALL_REGISTERS;
    if (insn->loads || !from || (from == value && after & value))
        return false;
    speculation->at = i;
    speculation->if_not = (uint8_t)(insn->bit ^ (from == value));
    return from == value || insn->touches == value;
}

bool tc_flow_is_speculative(const struct tc_function *function, const struct tc_live *live,
                            uint32_t i, struct tc_speculation *speculation) {
    const struct tc_insn *read = &function->insns[i];
    uint16_t value = read->writes, address = (uint16_t)(read->reads | TC_BIT(TC_RSP));
    *speculation = (struct tc_speculation){i, i, (uint8_t)(read->bit ^ 1)};
    if (read->stores || !read->loads || read->string || read->masked || read->gathers)
        return false;
    if (read->conditional)
        return true;
    if (!read->plain_move || !value || value & (value - 1) || value != read->touches ||
        value & address)
        return false;
    for (uint32_t k = i + 1; k < i + KEPT_WITHIN && k < function->count; k++) {
        const struct tc_insn *next = &function->insns[k];
        if (next->leader || next->flow != TC_FLOW_NEXT || next->locked || next->string)
            return false;
        if (next->conditional && (next->reads & value))
            return decides(function, live, k, value, speculation);
        if ((next->reads | next->touches) & value || next->touches & address)
            return false;
    }
    return false;
}

static int64_t displacement_of(const struct tc_function *function, const struct tc_insn *insn) {
    return insn->displacement_at
               ? insn->displacement + (int64_t)(function->low + insn->offset + insn->length)
               : insn->displacement;
}

static bool is_same_operand(const struct tc_function *function, const struct tc_insn *a,
                            const struct tc_insn *b) {
    return a->base == b->base && a->index == b->index && a->size == b->size &&
           (a->index < 0 || a->scale == b->scale) && a->of_thread == b->of_thread &&
           !a->displacement_at == !b->displacement_at &&
           displacement_of(function, a) == displacement_of(function, b);
}

/* add, sub, inc, dec, lea: `reg` changes by a constant. */
static bool is_step(const struct tc_function *function, const struct tc_insn *insn, int reg,
                    int64_t *by) {
    const uint8_t *code = (const uint8_t *)(function->low + insn->offset);
    if ((code[0] & 0xfa) != 0x48 || insn->touches != TC_BIT(reg) || insn->loads || insn->stores)
        return false; /* REX.W, with B and R only */
    bool direct = code[2] >> 6 == 3;
    unsigned what = code[2] >> 3 & 7;
    int32_t wide;
    switch (code[1]) {
    case 0x81:
        memcpy(&wide, code + 3, 4);
        *by = what ? -(int64_t)wide : wide;
        return direct && (what == 0 || what == 5);
    case 0x83:
        *by = what ? -(int64_t)(int8_t)code[3] : (int8_t)code[3];
        return direct && (what == 0 || what == 5);
    case 0xff:
        *by = what ? -1 : 1;
        return direct && what <= 1;
    case 0x8d:
        *by = insn->displacement;
        return insn->base == reg && insn->index < 0;
    default:
        return false;
    }
}

/* Whether an operand of these registers can still be told once `insn` was executed: with another
 * displacement. */
static bool is_told_after(const struct tc_function *function, const struct tc_insn *insn, int base,
                          int index, unsigned scale, int64_t *displacement) {
    int64_t by;
    bool of_base = base >= 0 && insn->touches & TC_BIT(base);
    bool of_index = index >= 0 && insn->touches & TC_BIT(index);
    if (!of_base && !of_index)
        return true;
    if (!is_step(function, insn, of_base ? base : index, &by))
        return false;
    *displacement -= by * ((of_base ? 1 : 0) + (of_index ? (int64_t)scale : 0));
    return true;
}

/* The write may be branched to from elsewhere: then it is told to read, too.  That matters only for
 * memory taken for atomic, where it orders more than was read: a race may be missed, none made up.
 */
bool tc_flow_is_read_for_write(struct tc_function *function, uint32_t i) {
    struct tc_insn read = function->insns[i];
    if (read.stores || read.size > 8)
        return false;
    for (uint32_t k = i; k < i + WRITE_WITHIN && k + 1 < function->count; k++) {
        struct tc_insn *next = &function->insns[k + 1];
        int64_t displacement = read.displacement;
        if (function->insns[k].flow != TC_FLOW_NEXT ||
            !is_told_after(function, &function->insns[k], read.base, read.index, read.scale,
                           &displacement) ||
            displacement != (int32_t)displacement)
            return false;
        read.displacement = (int32_t)displacement;
        if (next->check == TC_CHECK_ACCESS && next->stores &&
            is_same_operand(function, &read, next)) {
            next->also_reads = true;
            return true;
        }
        if (next->check != TC_CHECK_NONE)
            return false;
    }
    return false;
}

bool tc_flow_is_repeated(struct tc_checked *checked, const struct tc_function *function,
                         const struct tc_insn *insn) {
    bool absolute = insn->displacement_at != 0;
    int64_t displacement = displacement_of(function, insn);
    for (uint32_t i = 0; i < checked->count; i++) {
        if (checked->entries[i].base == insn->base && checked->entries[i].index == insn->index &&
            checked->entries[i].absolute == absolute &&
            checked->entries[i].of_thread == insn->of_thread &&
            (insn->index < 0 || checked->entries[i].scale == insn->scale) &&
            checked->entries[i].stores >= insn->stores &&
            displacement >= checked->entries[i].displacement &&
            displacement + insn->size <=
                checked->entries[i].displacement + checked->entries[i].size)
            return true;
    }
    if (!checked->count)
        checked->registers = 0;
    if (checked->count < TC_CHECKED_MAX) {
        uint32_t i = checked->count++;
        checked->registers |= (insn->base >= 0 ? TC_BIT(insn->base) : 0) |
                              (insn->index >= 0 ? TC_BIT(insn->index) : 0);
        checked->entries[i].displacement = displacement;
        checked->entries[i].base = insn->base;
        checked->entries[i].index = insn->index;
        checked->entries[i].scale = insn->scale;
        checked->entries[i].size = insn->size;
        checked->entries[i].stores = insn->stores;
        checked->entries[i].absolute = absolute;
        checked->entries[i].of_thread = insn->of_thread;
    }
    return false;
}

void tc_flow_passed(struct tc_checked *checked, const struct tc_function *function,
                    const struct tc_insn *insn) {
    if (insn->flow != TC_FLOW_NEXT && insn->flow != TC_FLOW_BRANCH) {
        checked->count = 0;
        return;
    }
    if (insn->locked) {
        checked->count = 0;
        return;
    }
    if (!(insn->touches & checked->registers))
        return;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < checked->count; i++)
        if (is_told_after(function, insn, checked->entries[i].base, checked->entries[i].index,
                          checked->entries[i].scale, &checked->entries[i].displacement))
            checked->entries[kept++] = checked->entries[i];
    checked->count = kept;
}
