/* insn.h: one decoded instruction, reduced to what rewriting needs to know of it.
 *
 * What: length, control flow, general registers and flags read and written, the memory operand.
 *       Zydis decodes; nothing outside of insn.c sees it.
 * Threads: none of it is shared; the decoder is read-only after tc_insn_begin.
 */
#ifndef TC_PRELOAD_REWRITE_INSN_H
#define TC_PRELOAD_REWRITE_INSN_H

#include <stdbool.h>
#include <stdint.h>

/* General registers by their number in an encoding. */
enum tc_register {
    TC_RAX,
    TC_RCX,
    TC_RDX,
    TC_RBX,
    TC_RSP,
    TC_RBP,
    TC_RSI,
    TC_RDI,
    TC_NO_REGISTER = -1
};
#define TC_BIT(reg)      (1u << (reg))
#define TC_ALL_REGISTERS 0xffffu

/* Flags, as bits of their own. */
enum { TC_CF = 1, TC_PF = 2, TC_AF = 4, TC_ZF = 8, TC_SF = 16, TC_OF = 32, TC_ALL_FLAGS = 63 };

enum tc_flow {
    TC_FLOW_NEXT,   /* to the next instruction */
    TC_FLOW_BRANCH, /* jcc */
    TC_FLOW_SHORT,  /* jrcxz, jecxz, loop*: has no long form */
    TC_FLOW_ABORT,  /* xbegin: clones have no transactions, each is aborted at once */
    TC_FLOW_JUMP,   /* jmp to a known address */
    TC_FLOW_CALL,   /* call of a known address */
    TC_FLOW_JUMP_INDIRECT,
    TC_FLOW_CALL_INDIRECT,
    TC_FLOW_RETURN,
    TC_FLOW_STOP,    /* ud2, hlt, int3: does not go on */
    TC_FLOW_UNKNOWN, /* iret, far jumps: cannot be cloned */
};

/* `to` of a branch: the place of an instruction in the same function, or one of these. */
enum tc_to {
    TC_TO_ELSEWHERE = -1, /* in no function */
    TC_TO_FUNCTION = -2,  /* and below: in another function, whose number is TC_TO_FUNCTION - to */
};

struct tc_insn {
    uint64_t target;        /* of a direct branch or call */
    int32_t to;             /* where that is, enum tc_to: filled by function.c */
    uint32_t offset;        /* from the function's start */
    int32_t displacement;   /* of the memory operand */
    uint16_t reads, writes; /* general registers; writes: those that are wholly overwritten */
    uint16_t touches;       /* those that change at all */
    uint8_t length, flow;
    uint8_t check; /* enum tc_check: filled by emit.c */
    uint8_t flags_read, flags_written;
    int8_t base, index;  /* of the memory operand; TC_NO_REGISTER: none */
    uint8_t scale, size; /* of the memory operand; size 0: not a plain operand of known size */
    uint8_t
        displacement_at; /* where a RIP-relative displacement lies in the bytes; 0: it is none */
    int8_t bit;          /* `by_bit`: the register; `conditional`: the condition */
    bool loads : 1, stores : 1; /* the memory operand */
    bool locked : 1;            /* LOCK prefix, or xchg with memory */
    bool repeats : 1;           /* rep movs, rep stos */
    bool string : 1;            /* movs, stos, lods, cmps, scas, with or without rep */
    bool plain_move : 1;        /* what an atomic load or store may be: mov and the like */
    bool of_thread : 1;         /* the memory operand is relative to fs */
    bool uses_gs : 1;
    bool narrow_address : 1; /* 32-bit addressing */
    bool stack_address : 1;  /* computes an address from rsp: lea, mov of rsp */
    bool frame_address : 1;  /* computes an address from rbp */
    bool sets_frame : 1;     /* mov %rsp, %rbp */
    bool sets_carry : 1;     /* clc, stc, cmc: hand-written code that returns a flag */
    bool masked : 1;         /* a mask picks the elements that are accessed: at most `size` bytes */
    bool gathers : 1;        /* each element has an address of its own, by a vector register */
    bool by_bit : 1;         /* bt and its like: the general register `bit` moves the address */
    bool conditional : 1;    /* cmov: what it moves counts only if its condition holds */
    bool also_reads : 1;     /* its check stands for an earlier read, too: filled by flow.c */
    bool leader : 1;         /* some branch goes here: filled by function.c */
    bool loop_head : 1;      /* one from farther on does: filled by function.c */
};

/* Sets the decoder up.  False: the library does not fit. */
bool tc_insn_begin(void);

/* Decodes what lies at `code`, at most `room` bytes; false: not an instruction. */
bool tc_insn_decode(const uint8_t *code, uint64_t room, struct tc_insn *insn);

/* Both ways that tc_insn_decode goes: the one that knows the most frequent instructions only
 * (false: not this one), and the one by Zydis. */
bool tc_insn_decode_short(const uint8_t *code, uint64_t room, struct tc_insn *insn);
bool tc_insn_decode_any(const uint8_t *code, uint64_t room, struct tc_insn *insn);

/* What `masked` and `gathers` instructions access: by vector and mask registers. */
struct tc_elements {
    uint8_t count, size; /* elements of memory, and bytes of each */
    uint8_t mask_by;     /* enum tc_mask_by */
    uint8_t mask;        /* the register's number */
    uint8_t index;       /* gathers: the vector register of indices */
    uint8_t index_size, scale;
    bool gathers;
    bool packed; /* as many as the mask has bits, one after the other */
    bool whole;  /* all `count` of them if the mask has any of `bits` */
    uint8_t bits;
};
enum tc_mask_by {
    TC_MASK_BITS = 1, /* a mask register: a bit each */
    TC_MASK_SIGNS,    /* a vector register: the highest bit of each of its elements of `size` */
};
bool tc_insn_elements(const uint8_t *code, uint64_t room, struct tc_elements *elements);

#endif
