/* dwarf.c: see dwarf.h. */
#include "preload/rewrite/dwarf.h"

#include <string.h>

static void read_augmentation(struct tc_cie *cie, struct tc_dwarf *in, const char *augmentation) {
    for (const char *c = augmentation + 1; *c; c++) {
        if (*c == 'R') {
            cie->pointer_encoding = (uint8_t)tc_dwarf_fixed(in, 1);
        } else if (*c == 'P') {
            uint8_t encoding = (uint8_t)tc_dwarf_fixed(in, 1);
            cie->personality = tc_dwarf_pointer(in, encoding, 0);
            cie->has_personality = true;
        } else if (*c == 'L') {
            cie->table_encoding = (uint8_t)tc_dwarf_fixed(in, 1);
            cie->has_table = true;
        } else if (*c == 'S') {
            cie->signal_frame = true;
        } else {
            cie->understood = false;
        }
    }
}

static void read_cie(const uint8_t *at, struct tc_cie *cie) {
    memset(cie, 0, sizeof *cie);
    uint32_t length;
    memcpy(&length, at, 4);
    if (length == 0 || length == 0xffffffffu)
        return;
    struct tc_dwarf in = {at + 8, at + 4 + length};
    uint8_t version = *in.at++;
    const char *augmentation = (const char *)in.at;
    in.at += strlen(augmentation) + 1;
    cie->code_align = tc_dwarf_unsigned(&in);
    cie->data_align = tc_dwarf_signed(&in);
    cie->return_register =
        (uint8_t)(version == 1 ? tc_dwarf_fixed(&in, 1) : tc_dwarf_unsigned(&in));
    cie->understood = (version == 1 || version == 3) && cie->code_align == 1;
    cie->augmented = augmentation[0] == 'z';
    if (cie->augmented) {
        uint64_t size = tc_dwarf_unsigned(&in);
        struct tc_dwarf data = {in.at, in.at + size};
        read_augmentation(cie, &data, augmentation);
        in.at += size;
    } else if (augmentation[0]) {
        cie->understood = false;
    }
    cie->program = in;
}

bool tc_fde_read(const uint8_t *at, struct tc_fde *fde) {
    uint32_t length, distance;
    memcpy(&length, at, 4);
    memcpy(&distance, at + 4, 4);
    if (length == 0 || length == 0xffffffffu || distance == 0)
        return false;
    read_cie(at + 4 - distance, &fde->cie);
    struct tc_dwarf in = {at + 8, at + 4 + length};
    fde->low = tc_dwarf_pointer(&in, fde->cie.pointer_encoding, 0);
    fde->high = fde->low + tc_dwarf_pointer(&in, fde->cie.pointer_encoding & 0x0f, 0);
    fde->table = 0;
    if (fde->cie.augmented) {
        uint64_t size = tc_dwarf_unsigned(&in);
        struct tc_dwarf data = {in.at, in.at + size};
        if (fde->cie.has_table && size)
            fde->table = tc_dwarf_pointer(&data, fde->cie.table_encoding, 0);
        in.at += size;
    }
    fde->program = in;
    return in.at <= in.end;
}
