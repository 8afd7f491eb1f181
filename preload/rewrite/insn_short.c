/* insn_short.c: decodes the instructions that most code is made of, which Zydis would take five
 * times as long for: moves, arithmetic, push, pop, branches of whole registers and of memory, with
 * no prefix but REX.  What it says is what insn.c says of them; all others it leaves to that.
 * Source: Intel 64 Software Developer's Manual, volume 2, chapter 2 and appendix A. */
#include <string.h>

#include "preload/rewrite/insn.h"

#define REX_W 8
#define REX_R 4
#define REX_X 2
#define REX_B 1

struct reader {
    const uint8_t *start, *at;
    unsigned rex; /* 0: none */
    unsigned mod, reg, rm;
    struct tc_insn *insn;
};

static int32_t get4(const uint8_t *at) {
    int32_t value;
    memcpy(&value, at, 4);
    return value;
}

static void get_displacement(struct reader *in, unsigned size) {
    in->insn->displacement = size == 1 ? (int8_t)*in->at : size == 4 ? get4(in->at) : 0;
    in->at += size;
}

/* The ModRM byte and what belongs to it. */
static void read_modrm(struct reader *in) {
    struct tc_insn *insn = in->insn;
    unsigned byte = *in->at++;
    in->mod = byte >> 6;
    in->reg = (byte >> 3 & 7) | (in->rex & REX_R ? 8 : 0);
    in->rm = byte & 7;
    if (in->mod == 3) {
        in->rm |= in->rex & REX_B ? 8 : 0;
        return;
    }
    unsigned size = in->mod == 1 ? 1 : in->mod == 2 ? 4 : 0;
    if (in->rm == 5 && in->mod == 0) {
        insn->displacement_at = (uint8_t)(in->at - in->start);
        get_displacement(in, 4);
        return;
    }
    if (in->rm != 4) {
        insn->base = (int8_t)(in->rm | (in->rex & REX_B ? 8 : 0));
    } else {
        unsigned sib = *in->at++, index = (sib >> 3 & 7) | (in->rex & REX_X ? 8 : 0);
        if (index != TC_RSP) {
            insn->index = (int8_t)index;
            insn->scale = (uint8_t)(1 << (sib >> 6));
        }
        if ((sib & 7) == 5 && in->mod == 0)
            size = 4;
        else
            insn->base = (int8_t)((sib & 7) | (in->rex & REX_B ? 8 : 0));
    }
    get_displacement(in, size);
}

/* The registers that the operand's address is made of. */
static void read_address(struct reader *in) {
    struct tc_insn *insn = in->insn;
    insn->reads |= (uint16_t)((insn->base >= 0 ? TC_BIT(insn->base) : 0) |
                              (insn->index >= 0 ? TC_BIT(insn->index) : 0));
}

static void read_register(struct reader *in, unsigned reg) {
    in->insn->reads |= (uint16_t)TC_BIT(reg);
}

static void write_register(struct reader *in, unsigned reg) {
    in->insn->writes |= (uint16_t)TC_BIT(reg);
    in->insn->touches |= (uint16_t)TC_BIT(reg);
}

static unsigned byte_register(const struct reader *in, unsigned reg) {
    return !in->rex && reg >= 4 ? reg - 4 : reg; /* ah, ch, dh, bh */
}

/* What is learnt of two registers, as insn.c does. */
static void note_stack(struct reader *in, unsigned to, unsigned from, bool move) {
    struct tc_insn *insn = in->insn;
    if (!(in->rex & REX_W))
        return;
    insn->sets_frame = move && to == TC_RBP && from == TC_RSP;
    insn->stack_address = from == TC_RSP && !insn->sets_frame && to != TC_RSP;
    insn->frame_address = from == TC_RBP && to != TC_RSP;
}

enum { READ = 1, WRITE = 2 };

/* The operand of ModRM: a register, or memory of `size` bytes. */
static void use_operand(struct reader *in, unsigned how, unsigned size) {
    if (in->mod == 3) {
        if (how & READ)
            read_register(in, in->rm);
        if (how & WRITE)
            write_register(in, in->rm);
        return;
    }
    read_address(in);
    in->insn->loads = how & READ;
    in->insn->stores = (how & WRITE) != 0;
    in->insn->size = (uint8_t)size;
}

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

/* Group 1: with a constant. */
static bool arithmetic_constant(struct reader *in, unsigned opcode, unsigned whole) {
    read_modrm(in);
    unsigned what = in->reg & 7;
    if (what == ADC || what == SBB || (opcode == 0x80 && in->mod == 3))
        return false;
    use_operand(in, what == CMP ? READ : READ | WRITE, opcode == 0x80 ? 1 : whole);
    in->insn->plain_move = what == CMP && in->mod != 3;
    in->insn->flags_written = TC_ALL_FLAGS;
    in->at += opcode == 0x81 ? 4 : 1;
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

static void branch(struct reader *in, enum tc_flow flow, unsigned size) {
    int32_t distance = size == 1 ? (int8_t)*in->at : get4(in->at);
    in->at += size;
    in->insn->flow = (uint8_t)flow;
    in->insn->target = (uint64_t)(uintptr_t)in->at + (uint64_t)(int64_t)distance;
}

static void branch_if(struct reader *in, unsigned condition, unsigned size) {
    static const uint8_t flags[8] = {TC_OF, TC_CF, TC_ZF,         TC_CF | TC_ZF,
                                     TC_SF, TC_PF, TC_SF | TC_OF, TC_ZF | TC_SF | TC_OF};
    in->insn->flags_read = flags[condition >> 1 & 7];
    branch(in, TC_FLOW_BRANCH, size);
}

static void use_stack(struct reader *in) {
    read_register(in, TC_RSP);
    write_register(in, TC_RSP);
}

static bool two_bytes(struct reader *in, unsigned opcode) {
    if ((opcode & 0xf0) == 0x80) {
        branch_if(in, opcode & 15, 4);
        return true;
    }
    switch (opcode) {
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

static bool one_byte(struct reader *in, unsigned opcode) {
    unsigned whole = in->rex & REX_W ? 8 : 4, reg = (opcode & 7) | (in->rex & REX_B ? 8 : 0);
    if (opcode < 0x40 && (opcode & 5) == 1)
        return arithmetic(in, opcode, whole);
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
        break;
    }
    switch (opcode) {
    case 0x63:
        return in->rex & REX_W ? extend(in, 4) : false;
    case 0x80:
    case 0x81:
    case 0x83:
        return arithmetic_constant(in, opcode, whole);
    case 0x85: /* test */
        read_modrm(in);
        use_operand(in, READ, whole);
        read_register(in, in->reg);
        in->insn->flags_written = TC_ALL_FLAGS;
        in->insn->plain_move = in->mod != 3;
        if (in->mod == 3)
            note_stack(in, in->rm, in->reg, false);
        return true;
    case 0x88:
    case 0x8a:
        return move_byte(in, opcode == 0x8a);
    case 0x89:
    case 0x8b:
        return move(in, opcode == 0x8b, whole);
    case 0x8d:
        return load_address(in);
    case 0xc1:
    case 0xd1:
        return shift(in, opcode == 0xc1, whole);
    case 0xc6:
        return move_constant(in, 1, 1);
    case 0xc7:
        return move_constant(in, whole, 4);
    case 0xc3:
        if (in->rex)
            return false;
        use_stack(in);
        in->insn->flow = TC_FLOW_RETURN;
        return true;
    case 0xe8:
        if (in->rex)
            return false;
        use_stack(in);
        branch(in, TC_FLOW_CALL, 4);
        return true;
    case 0xe9:
    case 0xeb:
        if (in->rex)
            return false;
        branch(in, TC_FLOW_JUMP, opcode == 0xeb ? 1 : 4);
        return true;
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
    if ((*in.at & 0xf0) == 0x40)
        in.rex = *in.at++;
    unsigned opcode = *in.at++;
    bool known = opcode == 0x0f ? two_bytes(&in, *in.at++) : one_byte(&in, opcode);
    insn->length = (uint8_t)(in.at - code);
    return known;
}
