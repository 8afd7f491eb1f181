/* cfi.h: the unwind rule of one code address, read from .eh_frame.
 *
 * What: for an address, how the caller's stack pointer (the CFA), its frame pointer ("bp": rbp, or
 *       x29) and the return address are found.  Rules are kept in a small shared cache, so that
 *       the tables are read once an address.
 *       Source: System V ABI, AMD64 supplement, section 3.7; DWARF for the Arm 64-bit Architecture;
 *       DWARF 5, section 6.4; LSB, .eh_frame.
 * Threads: lock-free; any thread and any signal handler.  _dl_find_object, which glibc provides for
 *          unwinders, finds the tables without a lock.
 */
#ifndef TC_PRELOAD_CFI_H
#define TC_PRELOAD_CFI_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/arch.h"

enum tc_cfi_kind {
    TC_CFI_NONE,      /* no rule is known for the address, or one that is not understood */
    TC_CFI_FROM_SP,   /* CFA = sp + cfa_offset */
    TC_CFI_FROM_BP,   /* CFA = bp + cfa_offset */
    TC_CFI_FROM_SLOT, /* CFA = *(bp + cfa_offset), bp saved at *bp: an over-aligned frame */
    TC_CFI_SIGNAL,    /* a signal frame: registers are in the ucontext at sp */
    TC_CFI_OUTERMOST, /* no caller */
};

/* With saves_bp the caller's bp is at CFA + bp_offset, else it is unchanged.  The return address is
 * at CFA - 8; where a call leaves it in a register, at CFA + ra_offset or in that register still.
 */
struct tc_cfi {
    enum tc_cfi_kind kind;
    bool saves_bp;
    int32_t cfa_offset, bp_offset;
#if TC_LINK_REGISTER
    bool saves_ra;
    int32_t ra_offset;
#endif
};

/* The rule that holds at `address`: for a return address, the address minus 1. */
struct tc_cfi tc_cfi_find(uintptr_t address);

/* Forgets all rules: a module was unloaded and its addresses may get other code. */
void tc_cfi_forget(void);

#endif
