/* dwarf_read.h: numbers and pointers as DWARF encodes them, read from memory.
 *
 * What: for .eh_frame: the unwinder's rules (cfi.c) and the rewriter's tables (rewrite/dwarf.c).
 *       Inline, because the rewriter is a library of its own.  Nothing is read beyond the end:
 * there numbers are 0 or what was read so far. Source: DWARF 5, section 7.6; LSB, section DWARF
 * extensions, for the pointers. Threads: nothing is shared.  Safe in signal handlers.
 */
#ifndef TC_PRELOAD_DWARF_READ_H
#define TC_PRELOAD_DWARF_READ_H

#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tc_dwarf {
    const uint8_t *at, *end;
};

/* ULEB128. */
static inline uint64_t tc_dwarf_unsigned(struct tc_dwarf *in) {
    uint64_t value = 0;
    for (unsigned shift = 0; in->at < in->end; shift += 7) {
        uint8_t byte = *in->at++;
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            break;
    }
    return value;
}

/* SLEB128. */
static inline int64_t tc_dwarf_signed(struct tc_dwarf *in) {
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte = 0;
    while (in->at < in->end) {
        byte = *in->at++;
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
        if (!(byte & 0x80))
            break;
    }
    if (shift < 64 && (byte & 0x40))
        value |= -(1ull << shift);
    return (int64_t)value;
}

/* A number of `size` bytes; 0 where so many are not left. */
static inline uint64_t tc_dwarf_fixed(struct tc_dwarf *in, unsigned size) {
    uint64_t value = 0;
    if ((uint64_t)(in->end - in->at) < size) {
        in->at = in->end;
        return 0;
    }
    memcpy(&value, in->at, size);
    in->at += size;
    return value;
}

/* A pointer with encoding DW_EH_PE_*; `base` is what a data-relative one counts from.  An absent
 * one, and one that is stored as 0, is 0. */
static inline uint64_t tc_dwarf_pointer(struct tc_dwarf *in, uint8_t encoding, uint64_t base) {
    if (encoding == 0xff)
        return 0;
    uint64_t place = (uint64_t)in->at, value;
    switch (encoding & 0x0f) {
    case 0x00:
    case 0x04:
    case 0x0c:
        value = tc_dwarf_fixed(in, 8);
        break;
    case 0x01:
        value = tc_dwarf_unsigned(in);
        break;
    case 0x02:
        value = tc_dwarf_fixed(in, 2);
        break;
    case 0x03:
        value = tc_dwarf_fixed(in, 4);
        break;
    case 0x09:
        value = (uint64_t)tc_dwarf_signed(in);
        break;
    case 0x0a:
        value = (uint64_t)(int64_t)(int16_t)tc_dwarf_fixed(in, 2);
        break;
    case 0x0b:
        value = (uint64_t)(int64_t)(int32_t)tc_dwarf_fixed(in, 4);
        break;
    default:
        in->at = in->end;
        return 0;
    }
    if (!value)
        return 0;
    if ((encoding & 0x70) == 0x10)
        value += place;
    else if ((encoding & 0x70) == 0x30)
        value += base;
    if (encoding & 0x80)
        memcpy(&value, (const void *)value, 8);
    return value;
}

#ifdef __cplusplus
}
#endif
#endif
