/* insn_vector.c: the most frequent moves of vector registers, for insn_short.c: opcodes of two
 * bytes without VEX. */
#include "preload/rewrite/insn_reader.h"

/* Of a vector register and `size` bytes of memory, or two vector registers. */
static bool move_vector(struct reader *in, unsigned how, unsigned size) {
    read_modrm(in);
    if (in->mod != 3)
        use_operand(in, how, size);
    return true;
}

/* One that may be an atomic access: see insn.c. */
static bool move_whole(struct reader *in, unsigned how, unsigned size) {
    move_vector(in, how, size);
    in->insn->plain_move = in->mod != 3;
    return true;
}

/* movd, movq between a vector register and a general one or memory. */
static bool move_general(struct reader *in, unsigned how) {
    read_modrm(in);
    use_operand(in, how, in->rex & REX_W ? 8 : 4);
    in->insn->plain_move = in->mod != 3;
    if (in->mod == 3 && how == READ)
        note_stack(in, TC_RAX, in->rm, false);
    return true;
}

#define VECTOR(prefix, opcode) ((prefix) << 8 | (opcode))

bool tc_insn_vector(struct reader *in, unsigned opcode) {
    switch (VECTOR(in->prefix, opcode)) {
    case VECTOR(0, 0x10):
    case VECTOR(0x66, 0x10):
    case VECTOR(0xf3, 0x6f):
    case VECTOR(0, 0x57):    /* xorps */
    case VECTOR(0x66, 0xef): /* pxor */
    case VECTOR(0x66, 0x6c): /* punpcklqdq */
        return move_vector(in, READ, 16);
    case VECTOR(0, 0x11):
    case VECTOR(0x66, 0x11):
    case VECTOR(0xf3, 0x7f):
        return move_vector(in, WRITE, 16);
    case VECTOR(0, 0x28):
    case VECTOR(0x66, 0x28):
    case VECTOR(0x66, 0x6f):
        return move_whole(in, READ, 16);
    case VECTOR(0, 0x29):
    case VECTOR(0x66, 0x29):
    case VECTOR(0x66, 0x7f):
        return move_whole(in, WRITE, 16);
    case VECTOR(0xf3, 0x10):
        return move_whole(in, READ, 4);
    case VECTOR(0xf3, 0x11):
        return move_whole(in, WRITE, 4);
    case VECTOR(0xf2, 0x10):
    case VECTOR(0xf3, 0x7e):
        return move_whole(in, READ, 8);
    case VECTOR(0xf2, 0x11):
    case VECTOR(0x66, 0xd6):
        return move_whole(in, WRITE, 8);
    case VECTOR(0x66, 0x6e):
        return move_general(in, READ);
    case VECTOR(0x66, 0x7e):
        return move_general(in, WRITE);
    default:
        return false;
    }
}
