/* insn.c: see insn.h. */
#include "preload/rewrite/insn.h"

#include <Zydis/Zydis.h>
#include <string.h>

static ZydisDecoder decoder;

bool tc_insn_begin(void) {
    return ZYDIS_VERSION_MAJOR(ZydisGetVersion()) == ZYDIS_VERSION_MAJOR(ZYDIS_VERSION) &&
           ZYAN_SUCCESS(
               ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64));
}

/* The number of the general register that `reg` is part of. */
static int general(ZydisRegister reg) {
    if (reg >= ZYDIS_REGISTER_RAX && reg <= ZYDIS_REGISTER_R15)
        return (int)(reg - ZYDIS_REGISTER_RAX);
    reg = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
    return reg >= ZYDIS_REGISTER_RAX && reg <= ZYDIS_REGISTER_R15 ? (int)(reg - ZYDIS_REGISTER_RAX)
                                                                  : TC_NO_REGISTER;
}

static uint8_t flags_of(ZydisAccessedFlagsMask mask) {
    return (uint8_t)((mask & ZYDIS_CPUFLAG_CF ? TC_CF : 0) | (mask & ZYDIS_CPUFLAG_PF ? TC_PF : 0) |
                     (mask & ZYDIS_CPUFLAG_AF ? TC_AF : 0) | (mask & ZYDIS_CPUFLAG_ZF ? TC_ZF : 0) |
                     (mask & ZYDIS_CPUFLAG_SF ? TC_SF : 0) | (mask & ZYDIS_CPUFLAG_OF ? TC_OF : 0));
}

/* Instructions whose shifts by a count of 0 leave the flags as they were. */
static bool may_keep_flags(const ZydisDecodedInstruction *z) {
    switch (z->mnemonic) {
    case ZYDIS_MNEMONIC_SHL:
    case ZYDIS_MNEMONIC_SHR:
    case ZYDIS_MNEMONIC_SAR:
    case ZYDIS_MNEMONIC_SHLD:
    case ZYDIS_MNEMONIC_SHRD:
    case ZYDIS_MNEMONIC_ROL:
    case ZYDIS_MNEMONIC_ROR:
    case ZYDIS_MNEMONIC_RCL:
    case ZYDIS_MNEMONIC_RCR:
        return true;
    default:
        return (z->attributes &
                (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE)) != 0;
    }
}

static uint8_t flow_of(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *operands) {
    bool direct = z->operand_count && operands[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
                  operands[0].imm.is_relative;
    if (z->mnemonic == ZYDIS_MNEMONIC_XBEGIN)
        return direct ? TC_FLOW_ABORT : TC_FLOW_UNKNOWN;
    if (z->mnemonic == ZYDIS_MNEMONIC_XABORT || z->mnemonic == ZYDIS_MNEMONIC_XEND)
        return TC_FLOW_NEXT; /* as outside of a transaction */
    switch (z->meta.category) {
    case ZYDIS_CATEGORY_COND_BR:
        switch (z->mnemonic) {
        case ZYDIS_MNEMONIC_JRCXZ:
        case ZYDIS_MNEMONIC_JECXZ:
        case ZYDIS_MNEMONIC_JCXZ:
        case ZYDIS_MNEMONIC_LOOP:
        case ZYDIS_MNEMONIC_LOOPE:
        case ZYDIS_MNEMONIC_LOOPNE:
            return direct ? TC_FLOW_SHORT : TC_FLOW_UNKNOWN;
        default:
            return direct ? TC_FLOW_BRANCH : TC_FLOW_UNKNOWN;
        }
    case ZYDIS_CATEGORY_UNCOND_BR:
        return z->meta.branch_type == ZYDIS_BRANCH_TYPE_FAR ? TC_FLOW_UNKNOWN
               : direct                                     ? TC_FLOW_JUMP
                                                            : TC_FLOW_JUMP_INDIRECT;
    case ZYDIS_CATEGORY_CALL:
        return z->meta.branch_type == ZYDIS_BRANCH_TYPE_FAR ? TC_FLOW_UNKNOWN
               : direct                                     ? TC_FLOW_CALL
                                                            : TC_FLOW_CALL_INDIRECT;
    case ZYDIS_CATEGORY_RET:
        return z->mnemonic == ZYDIS_MNEMONIC_RET ? TC_FLOW_RETURN : TC_FLOW_UNKNOWN;
    default:
        break;
    }
    switch (z->mnemonic) {
    case ZYDIS_MNEMONIC_UD0:
    case ZYDIS_MNEMONIC_UD1:
    case ZYDIS_MNEMONIC_UD2:
    case ZYDIS_MNEMONIC_HLT:
    case ZYDIS_MNEMONIC_INT3:
        return TC_FLOW_STOP;
    default:
        return TC_FLOW_NEXT;
    }
}

/* Whether a mask register picks what is accessed: not where the processor reads all (NF: it does
 * not suppress faults). */
static bool is_masked(const ZydisDecodedInstruction *z) {
    switch (z->mnemonic) {
    case ZYDIS_MNEMONIC_VMASKMOVPS:
    case ZYDIS_MNEMONIC_VMASKMOVPD:
    case ZYDIS_MNEMONIC_VPMASKMOVD:
    case ZYDIS_MNEMONIC_VPMASKMOVQ:
    case ZYDIS_MNEMONIC_MASKMOVDQU:
    case ZYDIS_MNEMONIC_VMASKMOVDQU:
        return true;
    default:
        break;
    }
    switch (z->meta.exception_class) {
    case ZYDIS_EXCEPTION_CLASS_E1NF:
    case ZYDIS_EXCEPTION_CLASS_E4NF:
    case ZYDIS_EXCEPTION_CLASS_E5NF:
    case ZYDIS_EXCEPTION_CLASS_E6NF:
    case ZYDIS_EXCEPTION_CLASS_E9NF:
        return false;
    default:
        return z->avx.mask.mode > ZYDIS_MASK_MODE_DISABLED &&
               z->avx.mask.reg != ZYDIS_REGISTER_NONE && z->avx.mask.reg != ZYDIS_REGISTER_K0;
    }
}

/* Instructions that name memory and access none of the program's, or in a way that is not seen. */
static bool is_access(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *operand) {
    switch (z->meta.category) {
    case ZYDIS_CATEGORY_NOP:
    case ZYDIS_CATEGORY_WIDENOP:
    case ZYDIS_CATEGORY_PREFETCH:
    case ZYDIS_CATEGORY_XSAVE:
    case ZYDIS_CATEGORY_XSAVEOPT:
        return false;
    default:
        break;
    }
    switch (z->mnemonic) {
    case ZYDIS_MNEMONIC_CLFLUSH:
    case ZYDIS_MNEMONIC_CLFLUSHOPT:
    case ZYDIS_MNEMONIC_CLWB:
        return false;
    default:
        return (operand->mem.type == ZYDIS_MEMOP_TYPE_MEM ||
                operand->mem.type == ZYDIS_MEMOP_TYPE_VSIB) &&
               operand->size >= 8 && operand->size <= 512;
    }
}

static void add_memory(struct tc_insn *insn, const ZydisDecodedInstruction *z,
                       const ZydisDecodedOperand *operand, bool visible) {
    int base = general(operand->mem.base), index = general(operand->mem.index);
    if (base >= 0)
        insn->reads |= (uint16_t)TC_BIT(base);
    if (index >= 0)
        insn->reads |= (uint16_t)TC_BIT(index);
    if (operand->mem.segment == ZYDIS_REGISTER_GS)
        insn->uses_gs = true;
    if (operand->mem.base == ZYDIS_REGISTER_RIP || operand->mem.base == ZYDIS_REGISTER_EIP) {
        insn->displacement_at = z->raw.disp.offset;
        insn->displacement = (int32_t)operand->mem.disp.value;
    }
    if (z->mnemonic == ZYDIS_MNEMONIC_LEA) {
        insn->stack_address = base == TC_RSP;
        insn->frame_address = base == TC_RBP;
        insn->displacement = (int32_t)operand->mem.disp.value;
        insn->base = (int8_t)base;
        insn->index = (int8_t)index;
        return;
    }
    if (!visible || !is_access(z, operand))
        return;
    insn->loads |= (operand->actions & ZYDIS_OPERAND_ACTION_MASK_READ) != 0;
    insn->stores |= (operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
    insn->size = (uint8_t)(operand->size / 8);
    insn->base = (int8_t)base;
    insn->index = (int8_t)index;
    insn->scale = operand->mem.scale;
    insn->displacement = (int32_t)operand->mem.disp.value;
    insn->of_thread = operand->mem.segment == ZYDIS_REGISTER_FS;
    insn->gathers = operand->mem.type == ZYDIS_MEMOP_TYPE_VSIB;
    insn->masked = !insn->gathers && is_masked(z);
}

/* The bit that a register names may lie anywhere: its word's address is known at run time only. */
static void add_bit(struct tc_insn *insn, const ZydisDecodedInstruction *z,
                    const ZydisDecodedOperand *operands) {
    switch (z->mnemonic) {
    case ZYDIS_MNEMONIC_BT:
    case ZYDIS_MNEMONIC_BTS:
    case ZYDIS_MNEMONIC_BTR:
    case ZYDIS_MNEMONIC_BTC:
        insn->by_bit = operands[1].type == ZYDIS_OPERAND_TYPE_REGISTER;
        insn->bit = insn->by_bit ? (int8_t)general(operands[1].reg.value) : 0;
        return;
    default:
        return;
    }
}

static void add_register(struct tc_insn *insn, const ZydisDecodedOperand *operand) {
    int reg = general(operand->reg.value);
    if (reg < 0)
        return;
    uint16_t bit = (uint16_t)TC_BIT(reg);
    bool reads = (operand->actions & ZYDIS_OPERAND_ACTION_MASK_READ) != 0;
    if (operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) {
        insn->touches |= bit;
        if (!(operand->actions & ZYDIS_OPERAND_ACTION_CONDWRITE) && operand->size >= 32)
            insn->writes |= bit;
        else
            reads = true;
    }
    if (reads)
        insn->reads |= bit;
}

/* xor %r, %r and sub %r, %r read nothing. */
static bool is_zeroing(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *operands) {
    return (z->mnemonic == ZYDIS_MNEMONIC_XOR || z->mnemonic == ZYDIS_MNEMONIC_SUB) &&
           operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
           operands[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
           operands[0].reg.value == operands[1].reg.value && operands[0].size >= 32;
}

/* What compilers make of an atomic load or store of any type, besides other things: clang moves
 * numbers with a point, and adds to them, in vector registers, and sixteen bytes by aligned moves;
 * gcc loads what it converts that way. */
static bool is_plain_move(const ZydisDecodedInstruction *z, const struct tc_insn *insn) {
    switch (z->mnemonic) {
    case ZYDIS_MNEMONIC_MOV:
    case ZYDIS_MNEMONIC_MOVZX:
    case ZYDIS_MNEMONIC_MOVSX:
    case ZYDIS_MNEMONIC_MOVSXD:
    case ZYDIS_MNEMONIC_CMP:
    case ZYDIS_MNEMONIC_TEST:
        return true;
    case ZYDIS_MNEMONIC_MOVSS:
    case ZYDIS_MNEMONIC_MOVSD: /* also the string instruction */
    case ZYDIS_MNEMONIC_MOVD:
    case ZYDIS_MNEMONIC_MOVQ:
    case ZYDIS_MNEMONIC_ADDSS:
    case ZYDIS_MNEMONIC_ADDSD:
    case ZYDIS_MNEMONIC_VMOVSS:
    case ZYDIS_MNEMONIC_VMOVSD:
    case ZYDIS_MNEMONIC_VMOVD:
    case ZYDIS_MNEMONIC_VMOVQ:
    case ZYDIS_MNEMONIC_VADDSS:
    case ZYDIS_MNEMONIC_VADDSD:
        return !insn->string && !insn->masked;
    case ZYDIS_MNEMONIC_MOVAPS:
    case ZYDIS_MNEMONIC_MOVAPD:
    case ZYDIS_MNEMONIC_MOVDQA:
    case ZYDIS_MNEMONIC_VMOVAPS:
    case ZYDIS_MNEMONIC_VMOVAPD:
    case ZYDIS_MNEMONIC_VMOVDQA:
    case ZYDIS_MNEMONIC_VMOVDQA32:
    case ZYDIS_MNEMONIC_VMOVDQA64:
        return insn->size == 16 && !insn->masked;
    default:
        return false;
    }
}

static void add_kind(struct tc_insn *insn, const ZydisDecodedInstruction *z,
                     const ZydisDecodedOperand *operands) {
    const ZydisDecodedOperand *to = &operands[0], *from = &operands[1];
    bool memory = insn->loads || insn->stores;
    insn->locked =
        memory && ((z->attributes & ZYDIS_ATTRIB_HAS_LOCK) || z->mnemonic == ZYDIS_MNEMONIC_XCHG);
    if (memory)
        add_bit(insn, z, operands);
    insn->conditional = z->meta.category == ZYDIS_CATEGORY_CMOV;
    if (insn->conditional)
        insn->bit = (int8_t)(z->opcode & 15);
    insn->string = z->meta.category == ZYDIS_CATEGORY_STRINGOP;
    insn->repeats = insn->string && (z->attributes & ZYDIS_ATTRIB_HAS_REP);
    insn->plain_move = memory && is_plain_move(z, insn);
    insn->sets_carry = z->mnemonic == ZYDIS_MNEMONIC_CLC || z->mnemonic == ZYDIS_MNEMONIC_STC ||
                       z->mnemonic == ZYDIS_MNEMONIC_CMC;
    insn->narrow_address = (z->attributes & ZYDIS_ATTRIB_HAS_ADDRESSSIZE) != 0;
    if (z->operand_count_visible < 2 || to->type != ZYDIS_OPERAND_TYPE_REGISTER ||
        from->type != ZYDIS_OPERAND_TYPE_REGISTER)
        return;
    insn->sets_frame = z->mnemonic == ZYDIS_MNEMONIC_MOV && to->reg.value == ZYDIS_REGISTER_RBP &&
                       from->reg.value == ZYDIS_REGISTER_RSP;
    insn->stack_address |= from->reg.value == ZYDIS_REGISTER_RSP && !insn->sets_frame &&
                           to->reg.value != ZYDIS_REGISTER_RSP;
    insn->frame_address |=
        from->reg.value == ZYDIS_REGISTER_RBP && to->reg.value != ZYDIS_REGISTER_RSP;
}

bool tc_insn_decode_any(const uint8_t *code, uint64_t room, struct tc_insn *insn) {
    ZydisDecodedInstruction z;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code, room < 15 ? room : 15, &z, operands)))
        return false;
    memset(insn, 0, sizeof *insn);
    insn->length = z.length;
    insn->base = insn->index = TC_NO_REGISTER;
    insn->flow = flow_of(&z, operands);
    if (insn->flow >= TC_FLOW_BRANCH && insn->flow <= TC_FLOW_CALL) {
        ZyanU64 target = 0;
        ZydisCalcAbsoluteAddress(&z, &operands[0], (ZyanU64)(uintptr_t)code, &target);
        insn->target = target;
    }
    for (unsigned i = 0; i < z.operand_count; i++) {
        if (operands[i].type == ZYDIS_OPERAND_TYPE_REGISTER)
            add_register(insn, &operands[i]);
        else if (operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY)
            /* Those of string instructions are not written in the program's text. */
            add_memory(insn, &z, &operands[i],
                       i < z.operand_count_visible || z.meta.category == ZYDIS_CATEGORY_STRINGOP ||
                           z.mnemonic == ZYDIS_MNEMONIC_MASKMOVDQU ||
                           z.mnemonic == ZYDIS_MNEMONIC_VMASKMOVDQU);
    }
    if (is_zeroing(&z, operands))
        insn->reads = 0;
    if (insn->flow == TC_FLOW_ABORT) { /* as it is cloned */
        insn->reads = 0;
        insn->writes = insn->touches = TC_BIT(TC_RAX);
    }
    add_kind(insn, &z, operands);
    if (z.cpu_flags) {
        insn->flags_read = flags_of(z.cpu_flags->tested);
        insn->flags_written = flags_of(z.cpu_flags->modified | z.cpu_flags->set_0 |
                                       z.cpu_flags->set_1 | z.cpu_flags->undefined);
        if (may_keep_flags(&z)) {
            insn->flags_written = 0;
        }
    }
    return true;
}

bool tc_insn_decode(const uint8_t *code, uint64_t room, struct tc_insn *insn) {
    return tc_insn_decode_short(code, room, insn) || tc_insn_decode_any(code, room, insn);
}
