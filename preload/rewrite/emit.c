/* emit.c: see emit.h. */
#include "preload/rewrite/emit.h"

#include "preload/rewrite/clone.h"

#define ACCESS_BOUND 256 /* checks and their stubs, without what each granule adds */
#define CALL_BOUND   48
#define INSN_BOUND   48

bool tc_emit_prepare(struct tc_emit *emit) {
    uint32_t longest = emit->module->longest;
    emit->live = tc_pool_take(emit->scratch, longest * sizeof *emit->live);
    emit->stubs = tc_pool_take(emit->scratch, longest * sizeof *emit->stubs);
    emit->fixups = tc_pool_take(emit->scratch, (longest + 1ull) * sizeof *emit->fixups);
    emit->places = tc_pool_take(emit->scratch, longest * sizeof *emit->places);
    return emit->live && emit->stubs && emit->fixups && emit->places;
}

uint64_t tc_emit_bound(const struct tc_module *module, struct tc_function *function) {
    uint64_t bound = 256 + (uint64_t)function->count * INSN_BOUND;
    bool needed = false;
    for (uint32_t i = 0; i < function->count; i++) {
        struct tc_insn *insn = &function->insns[i];
        insn->check = TC_CHECK_NONE;
        if (!insn->loads && !insn->stores)
            continue;
        insn->check = (uint8_t)tc_flow_check(module, function, insn);
        needed |= insn->check != TC_CHECK_NONE;
        bound += ACCESS_BOUND + 2 * CALL_BOUND + insn->size / 8u * 40;
    }
    return needed ? bound : 0;
}

static void branch_far(struct tc_emit *emit, uint32_t function, uint64_t target) {
    struct tc_far_fixups *far = emit->far;
    uint8_t *at = emit->code.at;
    tc_put_relative(&emit->code, target, 0); /* the original, until it is settled */
    if (!far || far->count == TC_FAR_FIXUPS) {
        struct tc_far_fixups *more = tc_pool_take(emit->scratch, sizeof *more);
        if (!more)
            return;
        more->older = far;
        emit->far = far = more;
    }
    far->fixups[far->count++] =
        (struct tc_far_fixup){(uint32_t)(at - emit->area->low), function,
                              (uint32_t)(target - emit->module->functions[function].low)};
}

/* `to`: see tc_insn. */
static void branch(struct tc_emit *emit, uint64_t target, int32_t to) {
    if (to <= TC_TO_FUNCTION) {
        branch_far(emit, (uint32_t)(TC_TO_FUNCTION - to), target);
    } else if (to == TC_TO_ELSEWHERE) {
        tc_put_relative(&emit->code, target, 0);
    } else {
        emit->fixups[emit->fixup_count++] = (struct tc_fixup){emit->code.at, to};
        tc_put4(&emit->code, 0);
    }
}

/* Copies an instruction that does not branch; its RIP-relative operand keeps its meaning. */
static void copy(struct tc_emit *emit, const struct tc_insn *insn) {
    struct tc_code *code = &emit->code;
    const uint8_t *from = (const uint8_t *)(emit->function->low + insn->offset);
    uint8_t *begin = code->at;
    tc_put(code, from, insn->length);
    if (insn->displacement_at) {
        uint64_t target = (uint64_t)from + insn->length + (uint64_t)(int64_t)insn->displacement;
        int32_t distance = (int32_t)(int64_t)(target - (uint64_t)code->at);
        memcpy(begin + insn->displacement_at, &distance, 4);
    }
}

/* The condition of a jcc, after whatever prefixes. */
static unsigned condition_of(const uint8_t *bytes) {
    while (*bytes == 0x2e || *bytes == 0x3e || *bytes == 0xf2 || (*bytes & 0xf0) == 0x40)
        bytes++;
    return *bytes == 0x0f ? bytes[1] & 15 : bytes[0] & 15;
}

/* jrcxz and loop reach 127 bytes only: to a long jump right behind. */
static void put_short(struct tc_emit *emit, const struct tc_insn *insn, const uint8_t *bytes) {
    struct tc_code *code = &emit->code;
    tc_put(code, bytes, insn->length - 1u);
    static const uint8_t around[] = {2, 0xeb, 5, 0xe9}; /* taken: +2; jmp +5; jmp target */
    tc_put(code, around, 4);
    branch(emit, insn->target, insn->to);
}

/* push target; push %rax; mov $map, %rax; jmp thunk.  The thunk takes it from there. */
static void put_indirect(struct tc_emit *emit, const struct tc_insn *insn, const uint8_t *bytes) {
    struct tc_code *code = &emit->code;
    if (!emit->function->jumps || insn->base == TC_RSP) {
        copy(emit, insn); /* to the original, which is as good but not checked */
        return;
    }
    bool red = emit->function->red_zone;
    if (red)
        tc_move_stack(code, -128);
    unsigned skip = 0;
    while (bytes[skip] == 0x3e || bytes[skip] == 0xf2 || bytes[skip] == 0x2e)
        skip++;
    uint8_t *begin = code->at;
    tc_put(code, bytes + skip, insn->length - skip);
    uint8_t *op = begin;
    while ((*op & 0xf0) == 0x40 || *op == 0x64)
        op++;
    op[1] = (uint8_t)((op[1] & ~0x38) | 6 << 3); /* ff /4, jmp, becomes ff /6, push */
    if (insn->displacement_at) {
        uint64_t target = emit->function->low + insn->offset + insn->length +
                          (uint64_t)(int64_t)insn->displacement;
        int32_t distance = (int32_t)(int64_t)(target - (uint64_t)code->at);
        memcpy(begin + insn->displacement_at - skip, &distance, 4);
    }
    tc_push(code, TC_RAX);
    tc_put1(code, 0x48);
    tc_put1(code, 0xb8);
    tc_put8(code, (uint64_t)emit->function->jumps);
    tc_put1(code, 0xe9);
    tc_put_relative(
        code, (uint64_t)emit->area->head->thunk_jump[red ? TC_THUNK_JUMP_RED : TC_THUNK_JUMP], 0);
}

static void put_insn(struct tc_emit *emit, const struct tc_insn *insn) {
    struct tc_code *code = &emit->code;
    const uint8_t *bytes = (const uint8_t *)(emit->function->low + insn->offset);
    switch (insn->flow) {
    case TC_FLOW_BRANCH:
        tc_put1(code, 0x0f);
        tc_put1(code, 0x80 | condition_of(bytes));
        branch(emit, insn->target, insn->to);
        break;
    case TC_FLOW_SHORT:
        put_short(emit, insn, bytes);
        break;
    case TC_FLOW_ABORT: /* mov $0, %eax: for no reason, and not to be tried again */
        tc_put1(code, 0xb8);
        tc_put4(code, 0);
        tc_put1(code, 0xe9);
        branch(emit, insn->target, insn->to);
        break;
    case TC_FLOW_JUMP:
        tc_put1(code, 0xe9);
        branch(emit, insn->target, insn->to);
        break;
    case TC_FLOW_CALL:
        tc_put1(code, 0xe8);
        branch(emit, insn->target, insn->to);
        break;
    case TC_FLOW_JUMP_INDIRECT:
        put_indirect(emit, insn, bytes);
        break;
    default:
        copy(emit, insn);
        break;
    }
}

/* Whether the check of `insn` `i` is left to where it turns out that its value counts. */
static bool is_left_for_later(struct tc_emit *emit, uint32_t i) {
    if (!emit->function->conditional || emit->late_count == TC_LATE_MAX ||
        !tc_flow_is_speculative(emit->function, emit->live, i, &emit->late[emit->late_count]))
        return false;
    emit->late_count++;
    return true;
}

/* The checks that were left for `i`: around each goes a branch if the value is not used. */
static void check_late(struct tc_emit *emit, uint32_t i) {
    struct tc_code *code = &emit->code;
    uint32_t kept = 0;
    for (uint32_t k = 0; k < emit->late_count; k++) {
        struct tc_speculation late = emit->late[k];
        if (late.at != i) {
            emit->late[kept++] = late;
            continue;
        }
        struct tc_live live = emit->live[i];
        live.registers |= emit->function->insns[late.insn].reads;
        tc_put1(code, 0x0f);
        tc_put1(code, 0x80 | late.if_not);
        tc_put4(code, 0);
        uint8_t *over = code->at - 4;
        tc_check_access(emit, late.insn, live);
        tc_set_relative(over, (uint64_t)code->at);
    }
    emit->late_count = kept;
}

static void put_with_check(struct tc_emit *emit, uint32_t i) {
    const struct tc_insn *insn = &emit->function->insns[i];
    uint8_t check = insn->check;
    if (insn->leader)
        emit->checked.count = 0;
    if (check == TC_CHECK_ACCESS && is_left_for_later(emit, i))
        check = TC_CHECK_NONE;
    if (emit->late_count)
        check_late(emit, i);
    if (check == TC_CHECK_ACCESS && !tc_flow_is_read_for_write(emit->function, i) &&
        !tc_flow_is_repeated(&emit->checked, emit->function, insn))
        tc_check_access(emit, i, emit->live[i]);
    else if (check == TC_CHECK_MASKED)
        tc_check_access(emit, i, emit->live[i]);
    else if (check == TC_CHECK_ELEMENTS)
        tc_check_call(emit, i, TC_THUNK_ELEMENTS);
    else if (check == TC_CHECK_BIT)
        tc_check_call(emit, i, TC_THUNK_ACCESS_FLAGS);
    else if (check == TC_CHECK_ATOMIC)
        tc_check_call(emit, i, TC_THUNK_BEFORE);
    else if (check == TC_CHECK_STRING)
        tc_check_call(emit, i, TC_THUNK_STRING);
    tc_flow_passed(&emit->checked, emit->function, insn);
    put_insn(emit, insn);
    if (check == TC_CHECK_ATOMIC)
        tc_check_call(emit, i, TC_THUNK_AFTER);
}

/* The map of indirect jumps: low, size, area, then for each byte of the function the place of the
 * clone of the instruction that begins there, or 0. */
static bool make_jumps(struct tc_emit *emit) {
    struct tc_function *function = emit->function;
    uint64_t size = function->high - function->low;
    uint64_t *head = tc_pool_take(emit->pool, 3 * sizeof *head + size * sizeof(uint32_t));
    if (!head)
        return false;
    head[0] = function->low;
    head[1] = size;
    head[2] = (uint64_t)emit->area->low;
    function->jumps = (uint32_t *)head;
    return true;
}

static void settle_own(struct tc_emit *emit) {
    for (uint32_t i = 0; i < emit->fixup_count; i++)
        tc_set_relative(emit->fixups[i].at,
                        (uint64_t)emit->area->low + emit->places[emit->fixups[i].to]);
}

/* Goes on where the function ends, as it does if its last instruction does not jump. */
static void go_on(struct tc_emit *emit) {
    const struct tc_function *function = emit->function;
    uint8_t last = function->insns[function->count - 1].flow;
    if (last == TC_FLOW_JUMP || last == TC_FLOW_RETURN || last == TC_FLOW_JUMP_INDIRECT)
        return;
    const struct tc_function *next = tc_function_at(emit->module, function->high);
    tc_put1(&emit->code, 0xe9);
    branch(emit, function->high,
           next ? TC_TO_FUNCTION - (int32_t)(next - emit->module->functions) : TC_TO_ELSEWHERE);
}

bool tc_emit_function(struct tc_emit *emit) {
    struct tc_function *function = emit->function;
    if (function->indirect && !make_jumps(emit))
        return false;
    tc_flow_live(function, emit->loop_ends, emit->live);
    emit->checked.count = emit->stub_count = emit->late_count = emit->fixup_count = 0;
    uint8_t *start = emit->area->low;
    function->places = emit->places;
    function->entry = (uint32_t)(emit->code.at - start);
    for (uint32_t i = 0; i < function->count; i++) {
        function->places[i] = (uint32_t)(emit->code.at - start);
        if (function->jumps)
            (function->jumps + 6)[function->insns[i].offset] = function->places[i];
        put_with_check(emit, i);
    }
    go_on(emit);
    function->end = (uint32_t)(emit->code.at - start);
    settle_own(emit);
    tc_check_stubs(emit);
    function->limit = (uint32_t)(emit->code.at - start);
    return true;
}

void tc_emit_settle(struct tc_emit *emit) {
    const struct tc_module *module = emit->module;
    for (const struct tc_far_fixups *far = emit->far; far; far = far->older)
        for (uint32_t i = 0; i < far->count; i++) {
            const struct tc_far_fixup *fixup = &far->fixups[i];
            const struct tc_function *function = &module->functions[fixup->function];
            uint32_t place = function->entry;
            if (function->state != TC_WHY_CLONED ||
                (fixup->offset &&
                 !tc_clone_place(&emit->area->clones[function->clone], fixup->offset, &place)))
                continue;
            tc_set_relative(emit->area->low + fixup->at, (uint64_t)emit->area->low + place);
        }
}
