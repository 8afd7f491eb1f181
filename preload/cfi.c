/* cfi.c: see cfi.h.  Finds the FDE by the binary search table of .eh_frame_hdr, runs its program up
 * to the address, and packs what matters into one word for the cache. */
#include "preload/cfi.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "preload/dwarf_read.h"
#include "preload/poison.h"

enum { OP_BREG_FP = 0x70 + TC_DWARF_FP };

/* What is known of one register's place in the caller's frame. */
enum place { PLACE_SAME, PLACE_SAVED, PLACE_AT_BP, PLACE_UNDEFINED, PLACE_OTHER };

enum cfa_rule { CFA_REGISTER, CFA_SLOT, CFA_OTHER };

/* The columns of the unwind table that matter here, at one row. */
struct row {
    uint8_t cfa_rule, cfa_register, bp, ra;
    int64_t cfa_offset, bp_offset, ra_offset;
};

#define SAVED_ROWS 8 /* DW_CFA_remember_state nests this deep at most; compilers use one or two */

struct program {
    struct tc_dwarf in;
    uint64_t code_align;
    int64_t data_align;
    uint8_t pointer_encoding;
};

static void set_place(struct row *row, uint64_t reg, uint8_t place, int64_t offset) {
    if (reg == TC_DWARF_FP) {
        row->bp = place;
        row->bp_offset = offset;
    } else if (reg == TC_DWARF_RA) {
        row->ra = place;
        row->ra_offset = offset;
    }
}

static void restore_place(struct row *row, uint64_t reg, const struct row *initial) {
    if (reg == TC_DWARF_FP) {
        row->bp = initial->bp;
        row->bp_offset = initial->bp_offset;
    } else if (reg == TC_DWARF_RA) {
        row->ra = initial->ra;
        row->ra_offset = initial->ra_offset;
    }
}

/* DW_CFA_def_cfa_expression: the one form that compilers write for over-aligned frames is
 * "DW_OP_breg (bp) n; DW_OP_deref". */
static void cfa_expression(struct program *p, struct row *row) {
    uint64_t length = tc_dwarf_unsigned(&p->in);
    if (length > (uint64_t)(p->in.end - p->in.at))
        length = (uint64_t)(p->in.end - p->in.at);
    struct tc_dwarf expression = {p->in.at, p->in.at + length};
    row->cfa_rule = CFA_OTHER;
    if (length >= 3 && *expression.at++ == OP_BREG_FP) {
        int64_t offset = tc_dwarf_signed(&expression);
        if (expression.end - expression.at == 1 && *expression.at == 0x06) {
            row->cfa_rule = CFA_SLOT;
            row->cfa_offset = offset;
        }
    }
    p->in.at += length;
}

/* DW_CFA_expression: "bp is saved where bp points" is the one that is understood. */
static void register_expression(struct program *p, struct row *row, bool is_value) {
    uint64_t reg = tc_dwarf_unsigned(&p->in), length = tc_dwarf_unsigned(&p->in);
    if (length > (uint64_t)(p->in.end - p->in.at))
        length = (uint64_t)(p->in.end - p->in.at);
    bool at_bp = !is_value && reg == TC_DWARF_FP && length == 2 && p->in.at[0] == OP_BREG_FP &&
                 p->in.at[1] == 0;
    set_place(row, reg, at_bp ? PLACE_AT_BP : PLACE_OTHER, 0);
    p->in.at += length;
}

/* The instructions whose opcode is a whole byte, but for those that advance the location.  False:
 * not understood. */
static bool extended_op(struct program *p, uint8_t op, struct row *row, const struct row *initial,
                        struct row *saved, unsigned *depth) {
    uint64_t reg;
    switch (op) {
    case 0x00: /* nop */
        return true;
    case 0x05: /* offset_extended */
        reg = tc_dwarf_unsigned(&p->in);
        set_place(row, reg, PLACE_SAVED, (int64_t)tc_dwarf_unsigned(&p->in) * p->data_align);
        return true;
    case 0x06: /* restore_extended */
        restore_place(row, tc_dwarf_unsigned(&p->in), initial);
        return true;
    case 0x07: /* undefined */
        set_place(row, tc_dwarf_unsigned(&p->in), PLACE_UNDEFINED, 0);
        return true;
    case 0x08: /* same_value */
        set_place(row, tc_dwarf_unsigned(&p->in), PLACE_SAME, 0);
        return true;
    case 0x09: /* register */
        reg = tc_dwarf_unsigned(&p->in);
        tc_dwarf_unsigned(&p->in);
        set_place(row, reg, PLACE_OTHER, 0);
        return true;
    case 0x0a: /* remember_state */
        if (*depth == SAVED_ROWS)
            return false;
        saved[(*depth)++] = *row;
        return true;
    case 0x0b: /* restore_state */
        if (*depth == 0)
            return false;
        *row = saved[--*depth];
        return true;
    case 0x0c: /* def_cfa */
        row->cfa_rule = CFA_REGISTER;
        row->cfa_register = (uint8_t)tc_dwarf_unsigned(&p->in);
        row->cfa_offset = (int64_t)tc_dwarf_unsigned(&p->in);
        return true;
    case 0x0d: /* def_cfa_register */
        row->cfa_register = (uint8_t)tc_dwarf_unsigned(&p->in);
        return true;
    case 0x0e: /* def_cfa_offset */
        row->cfa_offset = (int64_t)tc_dwarf_unsigned(&p->in);
        return true;
    case 0x0f:
        cfa_expression(p, row);
        return true;
    case 0x10: /* expression */
    case 0x16: /* val_expression */
        register_expression(p, row, op == 0x16);
        return true;
    case 0x11: /* offset_extended_sf */
        reg = tc_dwarf_unsigned(&p->in);
        set_place(row, reg, PLACE_SAVED, tc_dwarf_signed(&p->in) * p->data_align);
        return true;
    case 0x12: /* def_cfa_sf */
        row->cfa_rule = CFA_REGISTER;
        row->cfa_register = (uint8_t)tc_dwarf_unsigned(&p->in);
        row->cfa_offset = tc_dwarf_signed(&p->in) * p->data_align;
        return true;
    case 0x13: /* def_cfa_offset_sf */
        row->cfa_offset = tc_dwarf_signed(&p->in) * p->data_align;
        return true;
    case 0x14: /* val_offset */
    case 0x15: /* val_offset_sf */
        set_place(row, tc_dwarf_unsigned(&p->in), PLACE_OTHER, 0);
        tc_dwarf_unsigned(&p->in);
        return true;
#if defined(__aarch64__)
    case 0x2c: /* AARCH64_negate_ra_state_with_pc */
    case 0x2d: /* AARCH64_negate_ra_state: all return addresses are taken for signed ones */
        return true;
#endif
    case 0x2e: /* GNU_args_size */
        tc_dwarf_unsigned(&p->in);
        return true;
    default:
        return false;
    }
}

/* Runs `p` from `location` on, until the row that holds at `target`. */
static bool run_program(struct program *p, struct row *row, const struct row *initial,
                        uint64_t location, uint64_t target) {
    struct row saved[SAVED_ROWS];
    unsigned depth = 0;
    while (p->in.at < p->in.end) {
        uint8_t op = *p->in.at++, low = op & 0x3f;
        uint64_t next = location;
        if (op >> 6 == 1)
            next += low * p->code_align;
        else if (op >> 6 == 2)
            set_place(row, low, PLACE_SAVED, (int64_t)tc_dwarf_unsigned(&p->in) * p->data_align);
        else if (op >> 6 == 3)
            restore_place(row, low, initial);
        else if (op == 0x01)
            next = tc_dwarf_pointer(&p->in, p->pointer_encoding, 0);
        else if (op >= 0x02 && op <= 0x04)
            next += tc_dwarf_fixed(&p->in, 1u << (op - 2)) * p->code_align;
        else if (!extended_op(p, op, row, initial, saved, &depth))
            return false;
        if (next > target)
            return true;
        location = next;
    }
    return true;
}

/* What a CIE says of the FDEs that use it. */
struct cie {
    struct program program;
    bool is_signal, has_augmentation;
};

static bool read_cie(const uint8_t *cie, struct cie *result) {
    uint32_t length;
    memcpy(&length, cie, 4);
    if (length == 0 || length == 0xffffffffu)
        return false;
    struct program p = {.in = {cie + 8, cie + 4 + length}};
    uint8_t version = *p.in.at++;
    const char *augmentation = (const char *)p.in.at;
    p.in.at += strlen(augmentation) + 1;
    p.code_align = tc_dwarf_unsigned(&p.in);
    p.data_align = tc_dwarf_signed(&p.in);
    uint64_t ra = version == 1 ? tc_dwarf_fixed(&p.in, 1) : tc_dwarf_unsigned(&p.in);
    result->is_signal = false;
    result->has_augmentation = augmentation[0] == 'z';
    if (ra != TC_DWARF_RA || (augmentation[0] && !result->has_augmentation))
        return false;
    if (result->has_augmentation) {
        uint64_t size = tc_dwarf_unsigned(&p.in);
        const uint8_t *instructions = p.in.at + size;
        for (const char *c = augmentation + 1; *c; c++) {
            if (*c == 'R')
                p.pointer_encoding = (uint8_t)tc_dwarf_fixed(&p.in, 1);
            else if (*c == 'P')
                tc_dwarf_pointer(&p.in, (uint8_t)tc_dwarf_fixed(&p.in, 1) & 0x7f, 0);
            else if (*c == 'L')
                p.in.at++;
            else if (*c == 'S')
                result->is_signal = true;
        }
        p.in.at = instructions;
    }
    result->program = p;
    return true;
}

/* The FDE that covers `address`, by the sorted table of .eh_frame_hdr, or NULL. */
static const uint8_t *find_fde(const uint8_t *header, uint64_t address) {
    struct tc_dwarf p = {header + 4, header + 64};
    uint64_t base = (uint64_t)(uintptr_t)header;
    if (header[0] != 1 || header[3] != 0x3b) /* the only form of table that linkers write */
        return NULL;
    tc_dwarf_pointer(&p, header[1], base);
    uint64_t low = 0, high = tc_dwarf_pointer(&p, header[2], base);
    const int32_t(*table)[2] = (const int32_t(*)[2])p.at;
    int64_t wanted = (int64_t)(address - base);
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (table[middle][0] <= wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? header + table[low - 1][1] : NULL;
}

/* False: it is where no rule says. */
static bool take_return_address(const struct row *row, struct tc_cfi *rule) {
#if TC_LINK_REGISTER
    rule->saves_ra = row->ra == PLACE_SAVED;
    rule->ra_offset = (int32_t)row->ra_offset;
    return row->ra == PLACE_SAVED || row->ra == PLACE_SAME;
#else
    (void)rule;
    return row->ra == PLACE_SAVED && row->ra_offset == -8;
#endif
}

/* Turns a table row into a rule; rows that cannot be followed exactly give NONE. */
static struct tc_cfi rule_of_row(const struct row *row) {
    struct tc_cfi rule = {.kind = TC_CFI_NONE,
                          .saves_bp = row->bp == PLACE_SAVED,
                          .cfa_offset = (int32_t)row->cfa_offset,
                          .bp_offset = (int32_t)row->bp_offset};
    if (row->ra == PLACE_UNDEFINED)
        return (struct tc_cfi){.kind = TC_CFI_OUTERMOST};
    if (!take_return_address(row, &rule) || row->bp == PLACE_OTHER)
        return rule;
    if (row->cfa_rule == CFA_SLOT)
        rule.kind = row->bp == PLACE_AT_BP ? TC_CFI_FROM_SLOT : TC_CFI_NONE;
    else if (row->cfa_rule == CFA_REGISTER && row->bp != PLACE_AT_BP)
        rule.kind = row->cfa_register == TC_DWARF_SP   ? TC_CFI_FROM_SP
                    : row->cfa_register == TC_DWARF_FP ? TC_CFI_FROM_BP
                                                       : TC_CFI_NONE;
    return rule;
}

/* Older glibc has no _dl_find_object: no rule is found then, and stacks are cut short. */
extern int _dl_find_object(void *, struct dl_find_object *) __attribute__((weak));

static struct tc_cfi read_rule(uintptr_t address) {
    const struct tc_cfi none = {.kind = TC_CFI_NONE};
    struct dl_find_object object;
    if (!_dl_find_object || _dl_find_object((void *)address, &object) != 0 || !object.dlfo_eh_frame)
        return none;
    const uint8_t *fde = find_fde(object.dlfo_eh_frame, address);
    if (!fde)
        return none;
    uint32_t length, cie_distance;
    memcpy(&length, fde, 4);
    memcpy(&cie_distance, fde + 4, 4);
    struct cie cie;
    if (length == 0 || length == 0xffffffffu || !read_cie(fde + 4 - cie_distance, &cie))
        return none;
    struct program p = cie.program;
    p.in.at = fde + 8;
    p.in.end = fde + 4 + length;
    uint64_t begin = tc_dwarf_pointer(&p.in, p.pointer_encoding, 0);
    uint64_t size = tc_dwarf_pointer(&p.in, p.pointer_encoding & 0x0f, 0);
    if (address < begin || address - begin >= size)
        return none;
    if (cie.has_augmentation) {
        uint64_t skip = tc_dwarf_unsigned(&p.in);
        p.in.at += skip;
    }
    if (cie.is_signal)
        return (struct tc_cfi){.kind = TC_CFI_SIGNAL};
    struct row row = {CFA_REGISTER, TC_DWARF_SP, PLACE_SAME, PLACE_SAME, TC_DWARF_FIRST_CFA, 0, 0};
    struct row initial;
    struct program first = cie.program;
    if (!run_program(&first, &row, &row, 0, UINT64_MAX))
        return none;
    initial = row;
    return run_program(&p, &row, &initial, begin, address) ? rule_of_row(&row) : none;
}

#if TC_LINK_REGISTER

/* A rule in one word: kind in bits 0-2, saves_bp in 3, saves_ra in 4, three offsets by 8 bytes from
 * 5 (20 bits), 25 and 44 (19 bits each) on; bit 63 marks it as filled.  Rules that do not fit in
 * are not cached: frames of megabytes. */
static bool fits(int32_t offset, unsigned bits) {
    return offset % 8 == 0 && offset / 8 < 1 << (bits - 1) && offset / 8 >= -(1 << (bits - 1));
}

static uint64_t field(int32_t offset, unsigned bits, unsigned shift) {
    return ((uint64_t)(offset / 8) & ((1ull << bits) - 1)) << shift;
}

static int32_t offset_in(uint64_t word, unsigned bits, unsigned shift) {
    return (int32_t)((int64_t)(word << (64 - shift - bits)) >> (64 - bits)) * 8;
}

static bool pack(struct tc_cfi rule, uint64_t *word) {
    if (!fits(rule.cfa_offset, 20) || !fits(rule.bp_offset, 19) || !fits(rule.ra_offset, 19))
        return false;
    *word = (uint64_t)rule.kind | (uint64_t)rule.saves_bp << 3 | (uint64_t)rule.saves_ra << 4 |
            field(rule.cfa_offset, 20, 5) | field(rule.bp_offset, 19, 25) |
            field(rule.ra_offset, 19, 44) | 1ull << 63;
    return true;
}

static struct tc_cfi unpack(uint64_t word) {
    return (struct tc_cfi){.kind = (enum tc_cfi_kind)(word & 7),
                           .saves_bp = word >> 3 & 1,
                           .saves_ra = word >> 4 & 1,
                           .cfa_offset = offset_in(word, 20, 5),
                           .bp_offset = offset_in(word, 19, 25),
                           .ra_offset = offset_in(word, 19, 44)};
}

#else

/* A rule in one word: kind in bits 0-2, saves_bp in 3, cfa_offset in 4-33, bp_offset in 34-62; bit
 * 63 marks it as filled.  Rules with larger offsets are not cached: frames of half a gigabyte. */
static bool pack(struct tc_cfi rule, uint64_t *word) {
    if (rule.cfa_offset >= 1 << 29 || rule.cfa_offset < -(1 << 29) || rule.bp_offset >= 1 << 28 ||
        rule.bp_offset < -(1 << 28))
        return false;
    *word = (uint64_t)rule.kind | (uint64_t)rule.saves_bp << 3 |
            ((uint64_t)rule.cfa_offset & 0x3fffffff) << 4 |
            ((uint64_t)rule.bp_offset & 0x1fffffff) << 34 | 1ull << 63;
    return true;
}

static struct tc_cfi unpack(uint64_t word) {
    return (struct tc_cfi){(enum tc_cfi_kind)(word & 7), word >> 3 & 1,
                           (int32_t)((int64_t)(word << 30) >> 34),
                           (int32_t)((int64_t)(word << 1) >> 35)};
}

#endif

/* The cache.  Two words are written without a lock; the key is stored mixed with its value, so that
 * a pair from two writers does not match any address. */
#define CACHE_BITS 14
static struct { uint64_t mixed, word; } cache[1 << CACHE_BITS];

struct tc_cfi tc_cfi_find(uintptr_t address) {
    size_t at = (size_t)((address * 0x9e3779b97f4a7c15ull) >> (64 - CACHE_BITS));
    uint64_t word = __atomic_load_n(&cache[at].word, __ATOMIC_RELAXED);
    uint64_t mixed = __atomic_load_n(&cache[at].mixed, __ATOMIC_RELAXED);
    if (__builtin_expect(word != 0 && (mixed ^ word) == address, 1))
        return unpack(word);
    struct tc_cfi rule = read_rule(address);
    if (pack(rule, &word)) {
        __atomic_store_n(&cache[at].word, word, __ATOMIC_RELAXED);
        __atomic_store_n(&cache[at].mixed, word ^ address, __ATOMIC_RELAXED);
    }
    return rule;
}

void tc_cfi_forget(void) {
    for (size_t i = 0; i < sizeof cache / sizeof *cache; i++)
        if (__atomic_load_n(&cache[i].word, __ATOMIC_RELAXED))
            __atomic_store_n(&cache[i].word, 0, __ATOMIC_RELAXED);
}
