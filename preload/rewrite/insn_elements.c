/* insn_elements.c: which elements of memory an instruction accesses that has a mask, or an address
 * for each of them; see insn.h. Source: Intel 64 Software Developer's Manual, volume 1, chapter 15,
 * and volume 2. */
#include <Zydis/Zydis.h>
#include <string.h>

#include "preload/rewrite/insn.h"

/* The number of a vector register, by whichever of its names. */
static uint8_t vector(ZydisRegister reg) {
    ZydisRegister first = reg >= ZYDIS_REGISTER_ZMM0   ? ZYDIS_REGISTER_ZMM0
                          : reg >= ZYDIS_REGISTER_YMM0 ? ZYDIS_REGISTER_YMM0
                                                       : ZYDIS_REGISTER_XMM0;
    return (uint8_t)(reg - first);
}

static uint8_t vector_bytes(ZydisRegister reg) {
    return reg >= ZYDIS_REGISTER_ZMM0 ? 64 : reg >= ZYDIS_REGISTER_YMM0 ? 32 : 16;
}

/* Indices of four bytes; the others have eight. */
static bool has_short_indices(ZydisMnemonic mnemonic) {
    switch (mnemonic) {
    case ZYDIS_MNEMONIC_VGATHERDPS:
    case ZYDIS_MNEMONIC_VGATHERDPD:
    case ZYDIS_MNEMONIC_VPGATHERDD:
    case ZYDIS_MNEMONIC_VPGATHERDQ:
    case ZYDIS_MNEMONIC_VSCATTERDPS:
    case ZYDIS_MNEMONIC_VSCATTERDPD:
    case ZYDIS_MNEMONIC_VPSCATTERDD:
    case ZYDIS_MNEMONIC_VPSCATTERDQ:
        return true;
    default:
        return false;
    }
}

static bool is_packed(const ZydisDecodedInstruction *z) {
    switch (z->mnemonic) {
    case ZYDIS_MNEMONIC_VPCOMPRESSB:
    case ZYDIS_MNEMONIC_VPCOMPRESSW:
    case ZYDIS_MNEMONIC_VPEXPANDB:
    case ZYDIS_MNEMONIC_VPEXPANDW:
        return true;
    default:
        return z->meta.category == ZYDIS_CATEGORY_COMPRESS ||
               z->meta.category == ZYDIS_CATEGORY_EXPAND;
    }
}

static void read_indices(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *operands,
                         const ZydisDecodedOperand *memory, struct tc_elements *elements) {
    const ZydisDecodedOperand *data = memory == &operands[0] ? &operands[2] : &operands[0];
    elements->gathers = true;
    elements->index = vector(memory->mem.index);
    elements->index_size = has_short_indices(z->mnemonic) ? 4 : 8;
    elements->scale = memory->mem.scale;
    unsigned indices = vector_bytes(memory->mem.index) / elements->index_size;
    unsigned room = data->size / 8u / elements->size;
    elements->count = (uint8_t)(indices < room ? indices : room);
}

/* The vector register whose signs are the mask. */
static void read_signs(const ZydisDecodedOperand *operands, struct tc_elements *elements) {
    const ZydisDecodedOperand *mask = elements->gathers ? &operands[2] : &operands[1];
    elements->mask_by = TC_MASK_SIGNS;
    elements->mask = vector(mask->reg.value);
}

bool tc_insn_elements(const uint8_t *code, uint64_t room, struct tc_elements *elements) {
    ZydisDecoder decoder;
    ZydisDecodedInstruction z;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    memset(elements, 0, sizeof *elements);
    if (!ZYAN_SUCCESS(
            ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)) ||
        !ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code, room, &z, operands)))
        return false;
    const ZydisDecodedOperand *memory = operands;
    while (memory < operands + z.operand_count && memory->type != ZYDIS_OPERAND_TYPE_MEMORY)
        memory++;
    if (memory == operands + z.operand_count || !memory->element_size)
        return false;
    bool bytes = z.mnemonic == ZYDIS_MNEMONIC_MASKMOVDQU; /* takes itself for one of words */
    elements->size = bytes ? 1 : (uint8_t)(memory->element_size / 8);
    elements->count = (uint8_t)(memory->size / 8u / elements->size);
    if (memory->mem.type == ZYDIS_MEMOP_TYPE_VSIB)
        read_indices(&z, operands, memory, elements);
    if (z.avx.mask.mode > ZYDIS_MASK_MODE_DISABLED) {
        elements->mask_by = TC_MASK_BITS;
        elements->mask = (uint8_t)(z.avx.mask.reg - ZYDIS_REGISTER_K0);
        elements->packed = is_packed(&z);
        elements->whole = z.avx.broadcast.mode != ZYDIS_BROADCAST_MODE_INVALID;
        elements->bits = elements->whole
                             ? (uint8_t)(z.avx.vector_length / (unsigned)memory->element_size)
                             : elements->count;
    } else {
        read_signs(operands, elements);
    }
    return true;
}
