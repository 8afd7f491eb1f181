/* check.c: inline checks.
 *
 * A check finds the shadow cell of the address, and compares it with the thread's key; when this
 * thread has accessed the same bytes the same way since it last synchronised, nothing is to be
 * done.  With scratch registers A and B:
 *
 *     lea    operand, A
 *     mov    A, B                        for operands below 8 bytes
 *     and    shadow_mask(%rip), A or B
 *     mov    %gs:(B), B                  the cell: slot:8 clock:24 0:8 written:8 0:8 read:8
 *     xor    %fs:key, B
 *     and    $7, A ; shrx A, B, B        for operands below 8 bytes
 *     test   $0xff000000 | bytes, B
 *     jne    stub
 *
 * gs holds tc_race_local.base, where that may be had; else one instruction more adds it.  Scratch
 * registers are such as are dead there, or pushed.  Live flags are kept in rax.
 *
 * Of an element of an array of bytes it is asked first whether all bytes of the granule were
 * accessed so, which takes one register and no shift; the stub asks for the byte.
 */
#include "preload/rewrite/emit.h"

enum {
    OP_ADD = 0x03,
    OP_AND = 0x23,
    OP_XOR = 0x33,
    OP_MOVSXD = 0x63,
    OP_MOV_FROM = 0x89,
    OP_MOV = 0x8b,
    OP_LEA = 0x8d
};

static int scale_bits(unsigned scale) {
    return scale == 8 ? 3 : scale == 4 ? 2 : scale == 2 ? 1 : 0;
}

/* The operand's address as it is written: within its segment. */
static void put_offset(struct tc_emit *emit, int reg, const struct tc_insn *insn, int lower) {
    struct tc_code *code = &emit->code;
    int base = insn->base, index = insn->index;
    if (insn->displacement_at) {
        uint64_t next = emit->function->low + insn->offset + insn->length;
        tc_op_relative(code, OP_LEA, reg, next + (uint64_t)(int64_t)insn->displacement);
        return;
    }
    int32_t displacement = insn->displacement + (base == TC_RSP ? lower : 0);
    bool near = base >= 0 && displacement >= -128 && displacement < 128;
    unsigned mode = near ? 0x40 : base >= 0 ? 0x80 : 0;
    tc_put1(code, 0x48 | (reg >> 3) << 2 | (index >= 0 ? (index >> 3) << 1 : 0) |
                      (base >= 0 ? base >> 3 : 0));
    tc_put1(code, OP_LEA);
    if (index >= 0 || base < 0 || (base & 7) == TC_RSP) {
        tc_put1(code, mode | (reg & 7) << 3 | 4);
        tc_put1(code, scale_bits(insn->scale) << 6 | ((index >= 0 ? index : 4) & 7) << 3 |
                          (base >= 0 ? base & 7 : 5));
    } else {
        tc_put1(code, mode | (reg & 7) << 3 | (base & 7));
    }
    if (near)
        tc_put1(code, displacement & 255);
    else
        tc_put4(code, displacement);
}

/* mov %fs:0, reg: the thread pointer is its own first word.  An address of fs has at most one
 * register (flow.c).  Flags are left alone. */
static void put_thread_address(struct tc_emit *emit, int reg, const struct tc_insn *insn) {
    struct tc_code *code = &emit->code;
    struct tc_insn rest = *insn;
    bool taken = insn->base == reg || insn->index == reg;
    if (taken) { /* into another register, which is put back */
        int other = reg == TC_RCX ? TC_RDX : TC_RCX;
        tc_push(code, other);
        put_thread_address(emit, other, insn);
        tc_op_register(code, OP_MOV_FROM, other, reg);
        tc_pop(code, other);
        return;
    }
    tc_op_thread(code, OP_MOV, reg, 0);
    if (insn->base >= 0) {
        rest.index = insn->base;
        rest.scale = 1;
    }
    rest.base = (int8_t)reg;
    put_offset(emit, reg, &rest, 0);
}

void tc_check_address(struct tc_emit *emit, int reg, const struct tc_insn *insn, int lower) {
    if (insn->of_thread)
        put_thread_address(emit, reg, insn);
    else
        put_offset(emit, reg, insn, lower);
}

/* The cell of granule `number` after the one whose masked address is in `from`. */
static void load_cell(struct tc_emit *emit, int to, int from, unsigned number) {
    struct tc_code *code = &emit->code;
    bool near = number || (from & 7) == TC_RBP; /* which cannot do without a displacement */
    if (emit->host->gs)
        tc_put1(code, 0x65);
    tc_put1(code, 0x48 | (to >> 3) << 2 | from >> 3);
    tc_put1(code, OP_MOV);
    tc_put1(code, (near ? 0x40 : 0) | (to & 7) << 3 | (from & 7));
    if ((from & 7) == TC_RSP)
        tc_put1(code, 0x24);
    if (near)
        tc_put1(code, 8 * number);
}

/* From the address in `reg` to what load_cell takes. */
static void to_shadow(struct tc_emit *emit, int reg) {
    tc_op_relative(&emit->code, OP_AND, reg, (uint64_t)&emit->area->head->shadow_mask);
    if (!emit->host->gs)
        tc_op_thread(&emit->code, OP_ADD, reg, emit->host->base_offset);
}

static void test_cell(struct tc_emit *emit, int reg, uint32_t bytes, bool stores,
                      struct tc_stub *stub) {
    struct tc_code *code = &emit->code;
    tc_put1(code, 0x48 | reg >> 3);
    tc_put1(code, 0xf7);
    tc_put1(code, 0xc0 | (reg & 7));
    tc_put4(code, (int32_t)(0xff000000u | (stores ? bytes << 16 : bytes)));
    tc_put1(code, 0x0f); /* jne */
    tc_put1(code, 0x85);
    tc_put4(code, stub->branch ? (int64_t)(stub->branch - code->at) : 0);
    stub->branch = code->at - 4; /* a chain: each displacement leads to the one before it */
}

/* and $7, first; shrx first, second, second */
static void shift_to_byte(struct tc_code *code, int first, int second) {
    if (first >= 8)
        tc_put1(code, 0x41);
    tc_put1(code, 0x83);
    tc_put1(code, 0xe0 | (first & 7));
    tc_put1(code, 7);
    tc_put1(code, 0xc4);
    tc_put1(code, (second >= 8 ? 0 : 0x80) | 0x40 | (second >= 8 ? 0 : 0x20) | 2);
    tc_put1(code, 0x80 | (~first & 15) << 3 | 3);
    tc_put1(code, 0xf7);
    tc_put1(code, 0xc0 | (second & 7) << 3 | (second & 7));
}

/* One of `registers`, the first from `begin` on. */
static int first_from(uint32_t registers, unsigned begin) {
    uint32_t later = registers >> begin << begin;
    return __builtin_ctz(later ? later : registers);
}

/* Registers whose values a function gives back: rbx, rbp, r12 to r15. */
#define CALLERS (TC_BIT(TC_RBX) | TC_BIT(TC_RBP) | 0xf000u)

#define BEFORE 3 /* instructions whose results are on their way */
#define AFTER  8 /* and which are about to need theirs */

/* Registers that instructions around insn `i` use. */
static uint32_t used_near(const struct tc_function *function, uint32_t i) {
    uint32_t used = 0, end = i + AFTER < function->count ? i + AFTER : function->count;
    for (uint32_t k = i > BEFORE ? i - BEFORE : 0; k < end; k++)
        used |= function->insns[k].reads | function->insns[k].touches;
    return used;
}

/* A register to be used: a dead one, or one that is pushed.  What is pushed comes back some cycles
 * later only: of registers that the function does not use nobody waits for that, and checks that
 * follow each other take different ones.  A frame that is found by rbp can be unwound from amidst a
 * check (a signal handler may throw): there those stay that its callers have. */
static int choose(const struct tc_emit *emit, uint32_t i, uint32_t dead, uint32_t taken,
                  int8_t *pushed) {
    *pushed = -1;
    dead &= ~taken;
    if (dead)
        return __builtin_ctz(dead);
    uint32_t free = TC_ALL_REGISTERS & ~taken & ~TC_BIT(TC_RAX);
    uint32_t idle = free & ~(uint32_t)emit->function->registers;
    if (!idle)
        idle = free & ~used_near(emit->function, i);
    int reg = first_from(idle ? idle : free, idle ? emit->stub_count * 5 % 16 : 0);
    *pushed = (int8_t)reg;
    return reg;
}

/* The checks proper; `a` holds the address. */
static void compare(struct tc_emit *emit, const struct tc_insn *insn, int a, int b,
                    struct tc_stub *stub) {
    struct tc_code *code = &emit->code;
    if (insn->size < 8) {
        tc_op_register(code, OP_MOV_FROM, a, b);
        to_shadow(emit, b);
        load_cell(emit, b, b, 0);
        tc_op_thread(code, OP_XOR, b, emit->host->key_offset);
        uint32_t bytes = (1u << insn->size) - 1;
        if (emit->host->bmi2)
            shift_to_byte(code, a, b);
        else
            bytes = 0xff; /* more often by the slow way */
        test_cell(emit, b, bytes, insn->stores, stub);
        return;
    }
    to_shadow(emit, a);
    for (unsigned i = 0; i < insn->size / 8u; i++) {
        load_cell(emit, b, a, i);
        tc_op_thread(code, OP_XOR, b, emit->host->key_offset);
        test_cell(emit, b, 0xff, insn->stores, stub);
    }
}

/* The granule, of which any other byte may count as well. */
static void compare_whole(struct tc_emit *emit, const struct tc_insn *insn, int a,
                          struct tc_stub *stub) {
    to_shadow(emit, a);
    load_cell(emit, a, a, 0);
    tc_op_thread(&emit->code, OP_XOR, a, emit->host->key_offset);
    test_cell(emit, a, 0xff, insn->stores, stub);
}

static void undo(struct tc_code *code, const struct tc_stub *stub) {
    if (stub->flags)
        tc_restore_flags(code);
    if (stub->pushed_rax)
        tc_pop(code, TC_RAX);
    if (stub->second >= 0)
        tc_pop(code, stub->second);
    if (stub->first >= 0)
        tc_pop(code, stub->first);
    if (stub->red)
        tc_move_stack(code, 128);
}

/* An element of an array of bytes: its neighbours were accessed, too, most often, and to ask for
 * all of them takes less. */
static bool is_of_many(const struct tc_insn *insn) {
    return insn->size == 1 && insn->index >= 0;
}

static void check(struct tc_emit *emit, uint32_t i, struct tc_live live, bool whole) {
    struct tc_code *code = &emit->code;
    const struct tc_insn *insn = &emit->function->insns[i];
    struct tc_stub *stub = &emit->stubs[emit->stub_count++];
    uint32_t dead = ~(uint32_t)live.registers & TC_ALL_REGISTERS & ~TC_BIT(TC_RSP);
    uint32_t taken = TC_BIT(TC_RSP);
    *stub = (struct tc_stub){
        .insn = i, .second = -1, .flags = live.flags != 0, .whole = whole, .live = live};
    if (stub->flags) {
        taken |= TC_BIT(TC_RAX);
        stub->pushed_rax = !(dead & TC_BIT(TC_RAX));
    }
    int a = choose(emit, i, dead, taken, &stub->first), b = a;
    if (insn->size != 8 && !whole)
        b = choose(emit, i, dead, taken | TC_BIT(a), &stub->second);
    stub->red =
        emit->function->red_zone && (stub->first >= 0 || stub->second >= 0 || stub->pushed_rax);
    if (!whole)
        stub->site = tc_site_add(emit->function, insn, emit->function->red_zone);
    int lower = (stub->red ? 128 : 0) + (stub->first >= 0 ? 8 : 0) + (stub->second >= 0 ? 8 : 0);
    if (stub->red)
        tc_move_stack(code, -128);
    if (stub->first >= 0)
        tc_push(code, stub->first);
    if (stub->second >= 0)
        tc_push(code, stub->second);
    tc_check_address(emit, a, insn, lower);
    if (stub->pushed_rax)
        tc_push(code, TC_RAX);
    if (stub->flags)
        tc_save_flags(code);
    if (whole)
        compare_whole(emit, insn, a, stub);
    else
        compare(emit, insn, a, b, stub);
    undo(code, stub);
    stub->back = code->at;
}

void tc_check_access(struct tc_emit *emit, uint32_t i, struct tc_live live) {
    check(emit, i, live, is_of_many(&emit->function->insns[i]));
}

/* The address, into rdi, of the word that the bit lies in: bits are counted from the operand's on,
 * with a sign.  Flags are kept. */
static void put_bit_address(struct tc_emit *emit, const struct tc_insn *insn, int lower) {
    struct tc_code *code = &emit->code;
    tc_push(code, TC_RAX);
    tc_put1(code, 0x9c); /* pushf */
    int wide = insn->size == 2 ? 0x0fbf : insn->size == 4 ? OP_MOVSXD : OP_MOV;
    tc_put1(code, 0x48 | insn->bit >> 3);
    if (wide > 0xff)
        tc_put1(code, wide >> 8); /* movsx */
    tc_put1(code, wide & 0xff);
    tc_put1(code, 0xc0 | TC_RAX << 3 | (insn->bit & 7));
    uint8_t by_words[] = {0x48, 0xc1, 0xf8, 0,             /* sar $bits of a word, %rax */
                          0x48, 0x8d, 0x04, 0x05, 0, 0, 0, /* lea 0(,%rax,size), %rax */
                          0};
    by_words[3] = insn->size == 2 ? 4 : insn->size == 4 ? 5 : 6;
    by_words[7] |= (uint8_t)(scale_bits(insn->size) << 6);
    tc_put(code, by_words, sizeof by_words);
    tc_push(code, TC_RAX);
    static const uint8_t back[] = {0x48, 0x8b, 0x44, 0x24, 0x10}; /* mov 16(%rsp), %rax */
    tc_put(code, back, sizeof back);
    tc_check_address(emit, TC_RDI, insn, lower + 24);
    static const uint8_t add[] = {0x48, 0x03, 0x3c, 0x24,       /* add (%rsp), %rdi */
                                  0x48, 0x8d, 0x64, 0x24, 0x08, /* lea 8(%rsp), %rsp */
                                  0x9d};                        /* popf */
    tc_put(code, add, sizeof add);
    tc_pop(code, TC_RAX);
}

void tc_check_call(struct tc_emit *emit, uint32_t i, enum tc_thunk thunk) {
    struct tc_code *code = &emit->code;
    const struct tc_insn *insn = &emit->function->insns[i];
    bool red = emit->function->red_zone;
    uint32_t site = tc_site_add(emit->function, insn, red);
    if (red)
        tc_move_stack(code, -128);
    tc_push(code, TC_RDI);
    if (insn->by_bit)
        put_bit_address(emit, insn, red ? 136 : 8);
    else if (thunk != TC_THUNK_STRING)
        tc_check_address(emit, TC_RDI, insn, red ? 136 : 8);
    tc_put1(code, 0xe8);
    tc_put_relative(code, (uint64_t)emit->area->head->thunk_jump[thunk], 0);
    static const uint8_t carrier[] = {0x0f, 0x1f, 0x80}; /* nopl site(%rax) */
    tc_put(code, carrier, 3);
    tc_put4(code, site);
    tc_pop(code, TC_RDI);
    if (red)
        tc_move_stack(code, 128);
}

static void put_stub(struct tc_emit *emit, const struct tc_stub *stub) {
    struct tc_code *code = &emit->code;
    const struct tc_insn *insn = &emit->function->insns[stub->insn];
    for (uint8_t *branch = stub->branch; branch;) {
        int32_t distance;
        memcpy(&distance, branch, 4);
        tc_set_relative(branch, (uint64_t)code->at);
        branch = distance ? branch + distance : NULL;
    }
    undo(code, stub);
    if (stub->whole) {
        check(emit, stub->insn, stub->live, false);
        tc_put1(code, 0xe9);
        tc_put_relative(code, (uint64_t)stub->back, 0);
        return;
    }
    bool red = emit->function->red_zone;
    enum tc_thunk thunk = insn->masked  ? TC_THUNK_ELEMENTS
                          : stub->flags ? TC_THUNK_ACCESS_FLAGS
                                        : TC_THUNK_ACCESS;
    if (red)
        tc_move_stack(code, -128);
    tc_push(code, TC_RDI);
    tc_check_address(emit, TC_RDI, insn, red ? 136 : 8);
    tc_put1(code, 0xe8);
    tc_put_relative(code, (uint64_t)emit->area->head->thunk_jump[thunk], 0);
    static const uint8_t carrier[] = {0x0f, 0x1f, 0x80};
    tc_put(code, carrier, 3);
    tc_put4(code, stub->site);
    tc_pop(code, TC_RDI);
    if (red)
        tc_move_stack(code, 128);
    tc_put1(code, 0xe9);
    tc_put_relative(code, (uint64_t)stub->back, 0);
}

void tc_check_stubs(struct tc_emit *emit) {
    for (uint32_t i = 0; i < emit->stub_count; i++)
        put_stub(emit, &emit->stubs[i]);
    emit->stub_count = 0;
}
