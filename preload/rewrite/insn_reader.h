/* insn_reader.h: reading an instruction's bytes, for insn_short.c.
 *
 * What: the operand that a ModRM byte describes, and which registers are read and written.
 *       Source: Intel 64 Software Developer's Manual, volume 2, chapter 2.
 * Threads: nothing is shared.
 */
#ifndef TC_PRELOAD_REWRITE_INSN_READER_H
#define TC_PRELOAD_REWRITE_INSN_READER_H

#include <string.h>

#include "preload/rewrite/insn.h"

#define REX_W 8
#define REX_R 4
#define REX_X 2
#define REX_B 1

struct reader {
    const uint8_t *start, *at;
    unsigned rex;    /* 0: none */
    unsigned prefix; /* 0x66, 0xf2, 0xf3; 0: none */
    unsigned mod, reg, rm;
    struct tc_insn *insn;
};

static inline int32_t get4(const uint8_t *at) {
    int32_t value;
    memcpy(&value, at, 4);
    return value;
}

static inline void get_displacement(struct reader *in, unsigned size) {
    in->insn->displacement = size == 1 ? (int8_t)*in->at : size == 4 ? get4(in->at) : 0;
    in->at += size;
}

/* The ModRM byte and what belongs to it. */
static inline void read_modrm(struct reader *in) {
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
static inline void read_address(struct reader *in) {
    struct tc_insn *insn = in->insn;
    insn->reads |= (uint16_t)((insn->base >= 0 ? TC_BIT(insn->base) : 0) |
                              (insn->index >= 0 ? TC_BIT(insn->index) : 0));
}

static inline void read_register(struct reader *in, unsigned reg) {
    in->insn->reads |= (uint16_t)TC_BIT(reg);
}

static inline void write_register(struct reader *in, unsigned reg) {
    in->insn->writes |= (uint16_t)TC_BIT(reg);
    in->insn->touches |= (uint16_t)TC_BIT(reg);
}

static inline unsigned byte_register(const struct reader *in, unsigned reg) {
    return !in->rex && reg >= 4 ? reg - 4 : reg; /* ah, ch, dh, bh */
}

/* What is learnt of two registers, as insn.c does. */
static inline void note_stack(struct reader *in, unsigned to, unsigned from, bool move) {
    struct tc_insn *insn = in->insn;
    if (!(in->rex & REX_W))
        return;
    insn->sets_frame = move && to == TC_RBP && from == TC_RSP;
    insn->stack_address = from == TC_RSP && !insn->sets_frame && to != TC_RSP;
    insn->frame_address = from == TC_RBP && to != TC_RSP;
}

enum { READ = 1, WRITE = 2 };

/* The operand of ModRM: a register, or memory of `size` bytes. */
static inline void use_operand(struct reader *in, unsigned how, unsigned size) {
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

/* An instruction of vector registers, behind 0x0f; false: none that is known here. */
bool tc_insn_vector(struct reader *in, unsigned opcode);

#endif
