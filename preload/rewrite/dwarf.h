/* dwarf.h: reading .eh_frame.
 *
 * What: CIEs and FDEs.
 *       Source: LSB, .eh_frame; DWARF 5, sections 6.4 and 7.6.
 * Threads: nothing is shared.
 */
#ifndef TC_PRELOAD_REWRITE_DWARF_H
#define TC_PRELOAD_REWRITE_DWARF_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/dwarf_read.h"

struct tc_cie {
    struct tc_dwarf program; /* its instructions */
    uint64_t code_align, personality;
    int64_t data_align;
    uint8_t return_register, pointer_encoding, table_encoding; /* table: of language data */
    bool augmented, signal_frame, has_personality, has_table;
    bool understood;
};

struct tc_fde {
    struct tc_cie cie;
    uint64_t low, high;
    uint64_t table; /* language-specific data, or 0 */
    struct tc_dwarf program;
};

/* False: not an FDE that can be read. */
bool tc_fde_read(const uint8_t *at, struct tc_fde *fde);

#endif
