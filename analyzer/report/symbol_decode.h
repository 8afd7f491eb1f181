/* symbol_decode.h: a file's instructions, decoded.
 *
 * What: code around an address of the file's own, from where an instruction is known to begin.
 * Source: Intel's manual, volume 2, by way of Zydis.
 * Threads: one.
 */
#ifndef TC_ANALYZER_REPORT_SYMBOL_DECODE_H
#define TC_ANALYZER_REPORT_SYMBOL_DECODE_H

#include <Zydis/Zydis.h>

#include "analyzer/report/symbol_file.h"

struct tc_code {
    const uint8_t *bytes; /* at `start` */
    uint64_t start, size;
};

struct tc_decoded {
    ZydisDecodedInstruction z;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    uint64_t at;
};

/* The file's ELF if its code is x86-64's, or NULL; an address in it + *bias = one in the file. */
Elf *tc_code_elf(struct tc_symbol_file *file, GElf_Addr *bias);

/* Code around an address that begins where an instruction does: rows of the unwind tables do.
 * False: none is known. */
bool tc_code_at(struct tc_symbol_file *file, uint64_t address, struct tc_code *code);

/* False: nothing that could be an instruction. */
bool tc_code_decode(const struct tc_code *code, uint64_t at, struct tc_decoded *insn);

bool tc_operand_is_memory(const ZydisDecodedOperand *operand);

/* The one memory operand of an instruction that is an access, or NULL. */
const ZydisDecodedOperand *tc_decoded_memory(const struct tc_decoded *insn);

/* LOCK, xchg with memory, mfence. */
bool tc_decoded_is_atomic(const struct tc_decoded *insn);

#endif
