/* symbol_decode.c: see symbol_decode.h. */
#include "analyzer/report/symbol_decode.h"

#include <stdlib.h>

enum {
    BEFORE = 512, /* bytes of code before an address that are enough */
    ROWS = 16,    /* of the unwind tables, to have so much */
};

bool tc_code_decode(const struct tc_code *code, uint64_t at, struct tc_decoded *insn) {
    static ZydisDecoder decoder;
    static bool begun;
    if (!begun)
        begun = ZYAN_SUCCESS(
            ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64));
    insn->at = at;
    return begun && at >= code->start && at < code->start + code->size &&
           ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code->bytes + (at - code->start),
                                               code->start + code->size - at, &insn->z,
                                               insn->operands));
}

/* The bytes at an address of the file's code, up to the end of their section. */
static const uint8_t *bytes_at(Elf *elf, uint64_t address, uint64_t *room) {
    Elf_Scn *section = NULL;
    while ((section = elf_nextscn(elf, section))) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header) || !(header.sh_flags & SHF_EXECINSTR) ||
            header.sh_type != SHT_PROGBITS || address - header.sh_addr >= header.sh_size)
            continue;
        Elf_Data *data = elf_rawdata(section, NULL);
        uint64_t offset = address - header.sh_addr;
        if (!data || !data->d_buf || offset >= data->d_size)
            return NULL;
        *room = data->d_size - offset;
        return (const uint8_t *)data->d_buf + offset;
    }
    return NULL;
}

Elf *tc_code_elf(struct tc_symbol_file *file, GElf_Addr *bias) {
    GElf_Ehdr header;
    if (!tc_symbol_file_open(file))
        return NULL;
    Elf *elf = dwfl_module_getelf(file->module, bias);
    return elf && gelf_getehdr(elf, &header) && header.e_machine == EM_X86_64 ? elf : NULL;
}

bool tc_code_at(struct tc_symbol_file *file, uint64_t address, struct tc_code *code) {
    GElf_Addr elf_bias = 0, cfi_bias = 0;
    Elf *elf = tc_code_elf(file, &elf_bias);
    Dwarf_CFI *cfi = elf ? dwfl_module_eh_cfi(file->module, &cfi_bias) : NULL;
    Dwarf_Addr begin = address - cfi_bias + 1;
    for (unsigned row = 0; cfi && row < ROWS && address - cfi_bias + 1 - begin < BEFORE; row++) {
        Dwarf_Frame *frame = NULL;
        Dwarf_Addr start = 0, end = 0;
        if (dwarf_cfi_addrframe(cfi, begin - 1, &frame) != 0)
            break;
        dwarf_frame_info(frame, &start, &end, NULL);
        free(frame);
        if (start >= begin || (row && end != begin))
            break;
        begin = start;
    }
    code->start = begin + cfi_bias;
    if (code->start > address)
        return false;
    code->bytes = bytes_at(elf, code->start - elf_bias, &code->size);
    return code->bytes && address - code->start < code->size;
}

bool tc_operand_is_memory(const ZydisDecodedOperand *operand) {
    return operand->type == ZYDIS_OPERAND_TYPE_MEMORY && operand->mem.type == ZYDIS_MEMOP_TYPE_MEM;
}

const ZydisDecodedOperand *tc_decoded_memory(const struct tc_decoded *insn) {
    for (unsigned i = 0; i < insn->z.operand_count; i++)
        if (tc_operand_is_memory(&insn->operands[i]))
            return &insn->operands[i];
    return NULL;
}

bool tc_decoded_is_atomic(const struct tc_decoded *insn) {
    return (insn->z.attributes & ZYDIS_ATTRIB_HAS_LOCK) ||
           insn->z.mnemonic == ZYDIS_MNEMONIC_MFENCE ||
           (insn->z.mnemonic == ZYDIS_MNEMONIC_XCHG && tc_decoded_memory(insn));
}
