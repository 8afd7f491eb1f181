/* frames.c: see frames.h. */
#include "preload/rewrite/frames.h"

#include <string.h>

#include "preload/rewrite/dwarf.h"

/* Where the clone of the instruction at `address` begins, from the area's start; false: nowhere. */
static bool place_of(const struct tc_function *function, uint64_t address, uint32_t *place) {
    if (address == function->high) {
        *place = function->end;
        return true;
    }
    int32_t index = address > function->high ? -1 : tc_function_index(function, address);
    if (index < 0)
        return false;
    *place = function->places[index];
    return true;
}

static uint8_t *write_signed(uint8_t *at, int64_t value) {
    for (;;) {
        uint8_t byte = value & 0x7f;
        value >>= 7;
        if ((value == 0 && !(byte & 0x40)) || (value == -1 && (byte & 0x40))) {
            *at++ = byte;
            return at;
        }
        *at++ = byte | 0x80;
    }
}

static uint8_t *write4(uint8_t *at, uint32_t value) {
    memcpy(at, &value, 4);
    return at + 4;
}

static uint8_t *write8(uint8_t *at, uint64_t value) {
    memcpy(at, &value, 8);
    return at + 8;
}

/* Padding (DW_CFA_nop), and the length in front. */
static void finish_entry(struct tc_area *area, uint8_t *entry, uint8_t *at) {
    while ((at - entry - 4) & 7)
        *at++ = 0;
    write4(entry, (uint32_t)(at - entry - 4));
    area->frames = at;
}

static void write_cie(struct tc_frames *frames, const struct tc_cie *cie) {
    uint8_t *entry = frames->area->frames, *at = entry + 4;
    at = write4(at, 0);
    *at++ = 1;
    *at++ = 'z';
    if (cie->has_personality)
        *at++ = 'P';
    if (cie->has_table)
        *at++ = 'L';
    *at++ = 'R';
    *at++ = 0;
    *at++ = 1; /* code alignment */
    at = write_signed(at, cie->data_align);
    *at++ = cie->return_register;
    *at++ = (uint8_t)((cie->has_personality ? 9 : 0) + (cie->has_table ? 1 : 0) + 1);
    if (cie->has_personality) {
        *at++ = 0; /* an absolute pointer, as all others here */
        at = write8(at, cie->personality);
    }
    if (cie->has_table)
        *at++ = 0;
    *at++ = 0;
    size_t size = (size_t)(cie->program.end - cie->program.at);
    memcpy(at, cie->program.at, size);
    finish_entry(frames->area, entry, at + size);
    frames->cie = entry;
    frames->cie_program = cie->program.at;
    frames->personality = cie->personality;
    frames->cie_has_table = cie->has_table;
    frames->cie_has_personality = cie->has_personality;
}

static uint8_t *write_advance(uint8_t *at, uint32_t distance) {
    if (distance == 0)
        return at;
    if (distance < 256) {
        *at++ = 2; /* DW_CFA_advance_loc1 */
        *at++ = (uint8_t)distance;
        return at;
    }
    *at++ = 4; /* DW_CFA_advance_loc4 */
    return write4(at, distance);
}

/* The size of the operands of the instruction `op`; -1: not understood. */
static int64_t operand_size(struct tc_dwarf in, uint8_t op) {
    const uint8_t *begin = in.at;
    if (op >> 6 == 2) {
        tc_dwarf_unsigned(&in);
        return in.at - begin;
    }
    if (op >> 6 == 3)
        return 0;
    switch (op) {
    case 0x00: /* nop */
    case 0x0a: /* remember_state */
    case 0x0b: /* restore_state */
        return 0;
    case 0x06: /* restore_extended */
    case 0x07: /* undefined */
    case 0x08: /* same_value */
    case 0x0d: /* def_cfa_register */
    case 0x0e: /* def_cfa_offset */
    case 0x13: /* def_cfa_offset_sf */
    case 0x2e: /* GNU_args_size */
        tc_dwarf_unsigned(&in);
        return in.at - begin;
    case 0x05: /* offset_extended */
    case 0x09: /* register */
    case 0x0c: /* def_cfa */
    case 0x11: /* offset_extended_sf */
    case 0x12: /* def_cfa_sf */
    case 0x14: /* val_offset */
    case 0x15: /* val_offset_sf */
        tc_dwarf_unsigned(&in);
        tc_dwarf_unsigned(&in);
        return in.at - begin;
    case 0x10: /* expression */
    case 0x16: /* val_expression */
        tc_dwarf_unsigned(&in);
        /* fall through */
    case 0x0f: { /* def_cfa_expression */
        uint64_t size = tc_dwarf_unsigned(&in);
        in.at += size;
        return size < 4096 && in.at <= in.end ? in.at - begin : -1;
    }
    default:
        return -1;
    }
}

/* The program, with locations of the clone; NULL: not understood. */
static uint8_t *write_program(uint8_t *at, const struct tc_function *function, struct tc_dwarf in) {
    uint64_t location = function->low;
    uint32_t place = function->entry, next;
    while (in.at < in.end) {
        const uint8_t *begin = in.at;
        uint8_t op = *in.at++;
        uint64_t advance = 0;
        if (op >> 6 == 1)
            advance = op & 0x3f;
        else if (op >= 2 && op <= 4)
            advance = tc_dwarf_fixed(&in, 1u << (op - 2));
        if (op >> 6 == 1 || (op >= 2 && op <= 4)) {
            location += advance;
            if (!place_of(function, location, &next) || next < place)
                return NULL;
            at = write_advance(at, next - place);
            place = next;
            continue;
        }
        int64_t size = operand_size(in, op);
        if (size < 0)
            return NULL;
        in.at += size;
        if (op == 0)
            continue;
        memcpy(at, begin, (size_t)size + 1);
        at += size + 1;
    }
    return at;
}

static void add_row(struct tc_area *area, uint32_t begin, const uint8_t *fde) {
    uint32_t count;
    memcpy(&count, area->table + 8, 4);
    uint8_t *row = area->table + 12 + 8ull * count;
    write4(row, (uint32_t)(int32_t)(area->low + begin - area->table));
    write4(row + 4, (uint32_t)(int32_t)(fde - area->table));
    __atomic_store_n((uint32_t *)(area->table + 8), count + 1, __ATOMIC_RELEASE);
}

enum tc_rewrite_why tc_frames_add(struct tc_frames *frames, struct tc_function *function) {
    struct tc_area *area = frames->area;
    struct tc_fde fde;
    uint32_t count;
    memcpy(&count, area->table + 8, 4);
    if (!tc_fde_read(function->fde, &fde))
        return TC_WHY_UNWIND;
    uint64_t size = (uint64_t)(fde.program.end - fde.program.at) * 6 +
                    (uint64_t)(fde.cie.program.end - fde.cie.program.at) + 256;
    if (area->table + 12 + 8ull * (count + 1) > area->table_end ||
        (uint64_t)(area->frames_end - area->frames) < size)
        return TC_WHY_ROOM;
    if (frames->cie_program != fde.cie.program.at)
        write_cie(frames, &fde.cie);
    uint8_t *entry = area->frames, *at = entry + 4;
    at = write4(at, (uint32_t)(at - frames->cie));
    at = write8(at, (uint64_t)area->low + function->entry);
    at = write8(at, function->end - function->entry);
    *at++ = fde.cie.has_table ? 8 : 0;
    function->language = fde.table ? at : NULL;
    if (fde.cie.has_table)
        at = write8(at, 0);
    at = write_program(at, function, fde.program);
    if (!at) {
        memset(entry, 0, (size_t)size);
        return TC_WHY_UNWIND;
    }
    finish_entry(area, entry, at);
    add_row(area, function->entry, entry);
    return TC_WHY_CLONED;
}

enum tc_rewrite_why tc_frames_add_language(struct tc_frames *frames, struct tc_function *function) {
    struct tc_fde fde;
    if (!function->language)
        return TC_WHY_CLONED;
    if (!tc_fde_read(function->fde, &fde))
        return TC_WHY_UNWIND;
    const uint8_t *table = NULL;
    enum tc_rewrite_why why = tc_lsda_add(frames, function, fde.table, &table);
    if (why == TC_WHY_CLONED)
        write8(function->language, (uint64_t)table);
    return why;
}
