/* frames.h: unwind tables and language data (C++: landing pads) of clones.
 *
 * What: the clone of a function has its frame laid out as the function has it, so its table is the
 *       function's, with each address replaced by where the clone of that instruction begins.
 * Threads: used by one thread at a time.
 */
#ifndef TC_PRELOAD_REWRITE_FRAMES_H
#define TC_PRELOAD_REWRITE_FRAMES_H

#include "preload/rewrite/area.h"
#include "preload/rewrite/module.h"

/* The CIE that was written last: most functions of a module share one. */
struct tc_frames {
    const struct tc_module *module;
    struct tc_area *area;
    uint64_t personality;
    uint8_t *cie;
    const uint8_t *cie_program;
    bool cie_has_table, cie_has_personality;
};

/* Writes the table of the clone of `function`, which is at work; its language data are left for
 * later.  Not TC_WHY_CLONED: why the clone must not be used. */
enum tc_rewrite_why tc_frames_add(struct tc_frames *frames, struct tc_function *function);

/* Writes the language data, which refer to parts of the function that were cloned later.  Returns
 * as above. */
enum tc_rewrite_why tc_frames_add_language(struct tc_frames *frames, struct tc_function *function);

/* lsda.c: writes the language-specific data at `table` for the clone, and to *written where.
 * Returns as above. */
enum tc_rewrite_why tc_lsda_add(const struct tc_frames *frames, const struct tc_function *function,
                                uint64_t table, const uint8_t **written);

/* Numbers. */
static inline uint8_t *tc_write_unsigned(uint8_t *at, uint64_t value) {
    do {
        uint8_t byte = value & 0x7f;
        value >>= 7;
        *at++ = byte | (value ? 0x80 : 0);
    } while (value);
    return at;
}

#endif
