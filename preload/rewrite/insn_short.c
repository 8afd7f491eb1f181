/* insn_short.c: decodes the instructions that most code is made of, which Zydis would take five
 * times as long for: moves, arithmetic, push, pop, branches of whole registers and of memory; moves
 * of vectors; what compilers pad with; with no prefix but REX and those that choose among these.
 * What it says is what insn.c says of them; all others it leaves to that. Source: Intel 64 Software
 * Developer's Manual, volume 2, chapter 2 and appendix A. */
#include "preload/rewrite/insn_reader.h"

enum { ADD, OR, ADC, SBB, AND, SUB, XOR, CMP };

/* Opcodes below 40: two operands, either way round. */
static bool arithmetic(struct reader *in, unsigned opcode, unsigned whole) {
    unsigned what = opcode >> 3;
    bool to_register = opcode & 2, compares = what == CMP;
    if (what == ADC || what == SBB)
        return false;
    read_modrm(in);
    in->insn->flags_written = TC_ALL_FLAGS;
    use_operand(in, to_register || compares ? READ : READ | WRITE, whole);
    read_register(in, in->reg);
    if (to_register && !compares)
        write_register(in, in->reg);
    if (in->mod != 3) {
        in->insn->plain_move = compares;
        return true;
    }
    note_stack(in, to_register ? in->reg : in->rm, to_register ? in->rm : in->reg, false);
    if ((what == XOR || what == SUB) && in->reg == in->rm)
        in->insn->reads = 0;
    return true;
}

/* With a constant, of rax. */
static bool arithmetic_rax(struct reader *in, unsigned opcode, unsigned whole) {
    unsigned what = opcode >> 3;
    if (what == ADC || what == SBB || (!(opcode & 1) && what != CMP))
        return false;
    read_register(in, TC_RAX);
    if (what != CMP)
        write_register(in, TC_RAX);
    in->insn->flags_written = TC_ALL_FLAGS;
    in->at += opcode & 1 ? whole < 4 ? whole : 4 : 1;
    return true;
}

/* Group 1: with a constant. */
static bool arithmetic_constant(struct reader *in, unsigned opcode, unsigned whole) {
    read_modrm(in);
    unsigned what = in->reg & 7;
    if (what == ADC || what == SBB || (opcode == 0x80 && in->mod == 3 && what != CMP))
        return false;
    if (opcode == 0x80 && in->mod == 3)
        in->rm = byte_register(in, in->rm);
    use_operand(in, what == CMP ? READ : READ | WRITE, opcode == 0x80 ? 1 : whole);
    in->insn->plain_move = what == CMP && in->mod != 3;
    in->insn->flags_written = TC_ALL_FLAGS;
    in->at += opcode == 0x81 ? whole < 4 ? whole : 4 : 1;
    return true;
}

static bool move(struct reader *in, bool to_register, unsigned whole) {
    read_modrm(in);
    use_operand(in, to_register ? READ : WRITE, whole);
    if (to_register)
        write_register(in, in->reg);
    else
        read_register(in, in->reg);
    in->insn->plain_move = in->mod != 3;
    if (in->mod == 3)
        note_stack(in, to_register ? in->reg : in->rm, to_register ? in->rm : in->reg, true);
    return true;
}

static bool move_byte(struct reader *in, bool to_register) {
    read_modrm(in);
    if (in->mod == 3)
        return false;
    use_operand(in, to_register ? READ : WRITE, 1);
    unsigned reg = byte_register(in, in->reg);
    read_register(in, reg);
    if (to_register)
        in->insn->touches |= (uint16_t)TC_BIT(reg); /* the rest of it stays */
    in->insn->plain_move = true;
    return true;
}

static bool extend(struct reader *in, unsigned size) {
    read_modrm(in);
    if (in->mod == 3 && size == 1)
        in->rm = byte_register(in, in->rm);
    use_operand(in, READ, size);
    write_register(in, in->reg);
    in->insn->plain_move = in->mod != 3;
    return true;
}

static bool load_address(struct reader *in) {
    read_modrm(in);
    if (in->mod == 3)
        return false;
    read_address(in);
    write_register(in, in->reg);
    in->insn->scale = 0; /* as insn.c leaves it */
    in->insn->stack_address = in->insn->base == TC_RSP;
    in->insn->frame_address = in->insn->base == TC_RBP;
    return true;
}

static bool move_constant(struct reader *in, unsigned size, unsigned constant) {
    read_modrm(in);
    if ((in->reg & 7) != 0 || (in->mod == 3 && size == 1))
        return false;
    use_operand(in, WRITE, size);
    in->insn->plain_move = in->mod != 3;
    in->at += constant;
    return true;
}

static bool test_byte(struct reader *in) {
    read_modrm(in);
    if (in->mod == 3)
        in->rm = byte_register(in, in->rm);
    use_operand(in, READ, 1);
    read_register(in, byte_register(in, in->reg));
    in->insn->flags_written = TC_ALL_FLAGS;
    in->insn->plain_move = in->mod != 3;
    return true;
}

/* Group 3: test with a constant; not, neg. */
static bool group_3(struct reader *in, bool byte, unsigned whole) {
    read_modrm(in);
    unsigned what = in->reg & 7;
    if (what > 3 || what == 1 || (byte && what))
        return false;
    if (byte && in->mod == 3)
        in->rm = byte_register(in, in->rm);
    use_operand(in, what ? READ | WRITE : READ, byte ? 1 : whole);
    in->insn->plain_move = !what && in->mod != 3;
    in->insn->flags_written = what == 2 ? 0 : TC_ALL_FLAGS;
    in->at += what ? 0 : byte ? 1 : 4;
    return true;
}

static bool multiply(struct reader *in, unsigned whole) {
    read_modrm(in);
    use_operand(in, READ, whole);
    read_register(in, in->reg);
    write_register(in, in->reg);
    in->insn->flags_written = TC_ALL_FLAGS;
    if (in->mod == 3)
        note_stack(in, in->reg, in->rm, false);
    return true;
}

/* The flags are as they were when the count is 0: none is taken for written. */
static bool shift(struct reader *in, unsigned constant, unsigned whole) {
    read_modrm(in);
    unsigned what = in->reg & 7;
    if (what == 2 || what == 3 || what == 6)
        return false;
    use_operand(in, READ | WRITE, whole);
    in->at += constant;
    return true;
}

static bool shift_by_cl(struct reader *in, unsigned whole) {
    read_register(in, TC_RCX);
    return shift(in, 0, whole);
}

static void branch(struct reader *in, enum tc_flow flow, unsigned size) {
    int32_t distance = size == 1 ? (int8_t)*in->at : get4(in->at);
    in->at += size;
    in->insn->flow = (uint8_t)flow;
    in->insn->target = (uint64_t)(uintptr_t)in->at + (uint64_t)(int64_t)distance;
}

static void read_condition(struct reader *in, unsigned condition) {
    static const uint8_t flags[8] = {TC_OF, TC_CF, TC_ZF,         TC_CF | TC_ZF,
                                     TC_SF, TC_PF, TC_SF | TC_OF, TC_ZF | TC_SF | TC_OF};
    in->insn->flags_read = flags[condition >> 1 & 7];
}

static void branch_if(struct reader *in, unsigned condition, unsigned size) {
    read_condition(in, condition);
    branch(in, TC_FLOW_BRANCH, size);
}

static bool move_if(struct reader *in, unsigned condition, unsigned whole) {
    read_condition(in, condition);
    read_modrm(in);
    use_operand(in, READ, whole);
    read_register(in, in->reg);
    in->insn->touches |= (uint16_t)TC_BIT(in->reg);
    in->insn->conditional = true;
    in->insn->bit = (int8_t)condition;
    if (in->mod == 3)
        note_stack(in, in->reg, in->rm, false);
    return true;
}

static bool set_if(struct reader *in, unsigned condition) {
    read_condition(in, condition);
    read_modrm(in);
    if (in->mod != 3) {
        use_operand(in, WRITE, 1);
        return true;
    }
    unsigned reg = byte_register(in, in->rm);
    read_register(in, reg); /* the rest of it stays */
    in->insn->touches |= (uint16_t)TC_BIT(reg);
    return true;
}

static void use_stack(struct reader *in) {
    read_register(in, TC_RSP);
    write_register(in, TC_RSP);
}

/* Group 5: indirect calls and jumps, push. */
static bool group_5(struct reader *in) {
    read_modrm(in);
    unsigned what = in->reg & 7;
    if (what != 2 && what != 4 && !(what == 6 && in->mod != 3))
        return false;
    use_operand(in, READ, 8);
    if (what != 4)
        use_stack(in);
    in->insn->flow = what == 2   ? TC_FLOW_CALL_INDIRECT
                     : what == 4 ? TC_FLOW_JUMP_INDIRECT
                                 : TC_FLOW_NEXT;
    return true;
}

/* An instruction that names memory and does not access it. */
static bool no_operation(struct reader *in) {
    read_modrm(in);
    if (in->reg & 7 || in->mod == 3)
        return false;
    read_address(in);
    read_register(in, in->reg);
    if (!in->insn->displacement_at)
        in->insn->displacement = 0;
    in->insn->base = in->insn->index = TC_NO_REGISTER; /* as insn.c leaves it */
    in->insn->scale = 0;
    return true;
}

static bool two_bytes(struct reader *in, unsigned opcode, unsigned whole) {
    if (opcode == 0x1f)
        return no_operation(in);
    if (tc_insn_vector(in, opcode))
        return true;
    if (in->prefix)
        return false;
    switch (opcode & 0xf0) {
    case 0x40:
        return move_if(in, opcode & 15, whole);
    case 0x80:
        branch_if(in, opcode & 15, 4);
        return true;
    case 0x90:
        return set_if(in, opcode & 15);
    default:
        break;
    }
    switch (opcode) {
    case 0x0b:
        in->insn->flow = TC_FLOW_STOP;
        return true;
    case 0xaf:
        return multiply(in, whole);
    case 0xb6:
    case 0xbe:
        return extend(in, 1);
    case 0xb7:
    case 0xbf:
        return extend(in, 2);
    default:
        return false;
    }
}

/* Opcodes whose low bits are a register, a condition or a kind of operand.  *known: whether it is
 * one of these, and can be told. */
static bool by_low_bits(struct reader *in, unsigned opcode, unsigned whole, bool *known) {
    unsigned reg = (opcode & 7) | (in->rex & REX_B ? 8 : 0);
    *known = true;
    if (opcode < 0x40 && (opcode & 5) == 1) {
        *known = arithmetic(in, opcode, whole);
        return true;
    }
    if (opcode < 0x40 && (opcode & 6) == 4) {
        *known = arithmetic_rax(in, opcode, whole);
        return true;
    }
    switch (opcode & 0xf8) {
    case 0x50:
        read_register(in, reg);
        use_stack(in);
        return true;
    case 0x58:
        write_register(in, reg);
        use_stack(in);
        return true;
    case 0x70:
    case 0x78:
        branch_if(in, opcode & 15, 1);
        return true;
    case 0xb8:
        write_register(in, reg);
        in->at += whole;
        return true;
    default:
        return false;
    }
}

static bool push_constant(struct reader *in, unsigned size) {
    if (in->rex)
        return false;
    use_stack(in);
    in->at += size;
    return true;
}

static bool test(struct reader *in, unsigned whole) {
    read_modrm(in);
    use_operand(in, READ, whole);
    read_register(in, in->reg);
    in->insn->flags_written = TC_ALL_FLAGS;
    in->insn->plain_move = in->mod != 3;
    if (in->mod == 3)
        note_stack(in, in->rm, in->reg, false);
    return true;
}

static bool test_rax(struct reader *in, unsigned constant) {
    read_register(in, TC_RAX);
    in->insn->flags_written = TC_ALL_FLAGS;
    in->at += constant;
    return true;
}

/* ret, call, jmp */
static bool transfer(struct reader *in, unsigned opcode) {
    if (in->rex)
        return false;
    if (opcode == 0xc3 || opcode == 0xe8)
        use_stack(in);
    if (opcode == 0xc3)
        in->insn->flow = TC_FLOW_RETURN;
    else if (opcode == 0xe8)
        branch(in, TC_FLOW_CALL, 4);
    else
        branch(in, TC_FLOW_JUMP, opcode == 0xeb ? 1 : 4);
    return true;
}

static bool one_byte(struct reader *in, unsigned opcode) {
    unsigned whole = in->rex & REX_W ? 8 : 4;
    bool known;
    if (by_low_bits(in, opcode, whole, &known))
        return known;
    switch (opcode) {
    case 0x63:
        return in->rex & REX_W ? extend(in, 4) : false;
    case 0x80:
    case 0x81:
    case 0x83:
        return arithmetic_constant(in, opcode, whole);
    case 0x68:
    case 0x6a:
        return push_constant(in, opcode == 0x68 ? 4 : 1);
    case 0x84:
        return test_byte(in);
    case 0x85:
        return test(in, whole);
    case 0x88:
    case 0x8a:
        return move_byte(in, opcode == 0x8a);
    case 0x89:
    case 0x8b:
        return move(in, opcode == 0x8b, whole);
    case 0x8d:
        return load_address(in);
    case 0x90:
        return !in->rex;
    case 0xa8:
    case 0xa9:
        return test_rax(in, opcode == 0xa8 ? 1 : 4);
    case 0xd3:
        return shift_by_cl(in, whole);
    case 0xf6:
    case 0xf7:
        return group_3(in, opcode == 0xf6, whole);
    case 0xff:
        return !in->rex || in->rex == 0x41 ? group_5(in) : false;
    case 0xc1:
    case 0xd1:
        return shift(in, opcode == 0xc1, whole);
    case 0xc6:
        return move_constant(in, 1, 1);
    case 0xc7:
        return move_constant(in, whole, 4);
    case 0xc3:
    case 0xe8:
    case 0xe9:
    case 0xeb:
        return transfer(in, opcode);
    default:
        return false;
    }
}

/* Comparisons of two bytes, whose registers need no care as nothing is written; and a nop. */
static bool prefixed(struct reader *in, unsigned opcode) {
    if (in->prefix != 0x66 || in->rex & REX_W)
        return false;
    switch (opcode) {
    case 0x39:
    case 0x3b:
        return arithmetic(in, opcode, 2);
    case 0x3d:
        return arithmetic_rax(in, opcode, 2);
    case 0x81:
    case 0x83:
        return (*in->at >> 3 & 7) == CMP && arithmetic_constant(in, opcode, 2);
    case 0x89:
        return *in->at >> 6 != 3 && move(in, false, 2);
    case 0x90:
        return !in->rex;
    default:
        return false;
    }
}

bool tc_insn_decode_short(const uint8_t *code, uint64_t room, struct tc_insn *insn) {
    struct reader in = {.start = code, .at = code, .insn = insn};
    if (room < 15)
        return false;
    memset(insn, 0, sizeof *insn);
    insn->base = insn->index = TC_NO_REGISTER;
    if (*in.at == 0x66 || *in.at == 0xf2 || *in.at == 0xf3)
        in.prefix = *in.at++;
    if ((*in.at & 0xf0) == 0x40)
        in.rex = *in.at++;
    unsigned opcode = *in.at++;
    bool known = opcode == 0x0f ? two_bytes(&in, *in.at++, in.rex & REX_W ? 8 : 4)
                 : in.prefix    ? prefixed(&in, opcode)
                                : one_byte(&in, opcode);
    insn->length = (uint8_t)(in.at - code);
    return known;
}
