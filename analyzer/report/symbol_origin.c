/* symbol_origin.c: what a file's code as a whole says: whether there are atomic instructions in it,
 * and which compiler made it. */
#include <string.h>

#include "analyzer/report/symbol_decode.h"

enum { TEXT_MAX = 8 << 20 }; /* of a section that is searched for atomic instructions */

/* Whether there is an atomic instruction at `bytes`, or 15 bytes behind at most. */
static bool may_be_atomic(const uint8_t *bytes, uint64_t room) {
    return bytes[0] == 0xf0 || ((bytes[0] & 0xfe) == 0x86 && room > 1 && bytes[1] < 0xc0) ||
           (bytes[0] == 0x0f && room > 2 && bytes[1] == 0xae && bytes[2] == 0xf0);
}

static bool section_has_atomics(struct tc_symbol_file *file, uint64_t address, const uint8_t *bytes,
                                uint64_t size) {
    struct tc_code code = {0};
    struct tc_decoded insn;
    for (uint64_t i = 0; i < size; i++) {
        if (!may_be_atomic(bytes + i, size - i) || !tc_code_at(file, address + i, &code))
            continue;
        uint64_t at = code.start;
        while (at + 3 < address + i && tc_code_decode(&code, at, &insn) &&
               at + insn.z.length <= address + i)
            at += insn.z.length;
        if (at <= address + i && tc_code_decode(&code, at, &insn) && tc_decoded_is_atomic(&insn))
            return true;
    }
    return false;
}

bool tc_symbol_file_has_atomics(struct tc_symbol_file *file) {
    GElf_Addr bias = 0;
    GElf_Shdr header;
    Elf *elf = tc_code_elf(file, &bias);
    Elf_Scn *section = NULL;
    if (file->atomics_known)
        return file->atomics;
    file->atomics_known = file->atomics = true;
    bool any = false;
    while (elf && (section = elf_nextscn(elf, section))) {
        if (!gelf_getshdr(section, &header) || !(header.sh_flags & SHF_EXECINSTR) ||
            header.sh_type != SHT_PROGBITS)
            continue;
        Elf_Data *data = elf_rawdata(section, NULL);
        any = true;
        if (!data || !data->d_buf || data->d_size > TEXT_MAX ||
            section_has_atomics(file, header.sh_addr + bias, data->d_buf, data->d_size))
            return true;
    }
    file->atomics = !any;
    return file->atomics;
}

bool tc_symbol_file_is_gcc(struct tc_symbol_file *file) {
    GElf_Addr bias = 0;
    GElf_Shdr header;
    size_t names = 0;
    Elf *elf = tc_code_elf(file, &bias);
    Elf_Scn *section = NULL;
    if (!elf || elf_getshdrstrndx(elf, &names) != 0)
        return false;
    while ((section = elf_nextscn(elf, section))) {
        const char *name =
            gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;
        Elf_Data *data = name && strcmp(name, ".comment") == 0 ? elf_rawdata(section, NULL) : NULL;
        if (!data || !data->d_buf)
            continue;
        const char *text = data->d_buf;
        return memmem(text, data->d_size, "GCC:", 4) && !memmem(text, data->d_size, "clang", 5) &&
               !memmem(text, data->d_size, "rustc", 5) && !memmem(text, data->d_size, "LLVM", 4);
    }
    return false;
}
