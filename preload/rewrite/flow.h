/* flow.h: which registers and flags are free at an instruction, and which accesses need a check.
 *
 * What: backward liveness over a whole function.  Conservative where control leaves it: at calls
 *       and returns every register is live (callers may rely on what a callee leaves alone:
 *       -fipa-ra); flags are dead there, as the ABI has it.
 * Threads: nothing is shared.
 */
#ifndef TC_PRELOAD_REWRITE_FLOW_H
#define TC_PRELOAD_REWRITE_FLOW_H

#include "preload/rewrite/module.h"

struct tc_live {
    uint16_t registers; /* live before the instruction */
    uint8_t flags;
};

/* Fills live[0..count).  `loop_ends`: of each instruction that a later one branches back to, the
 * last that does. */
void tc_flow_live(const struct tc_function *function, const uint32_t *loop_ends,
                  struct tc_live *live);

enum tc_check {
    TC_CHECK_NONE,
    TC_CHECK_ACCESS,
    TC_CHECK_ATOMIC,
    TC_CHECK_STRING,
    TC_CHECK_MASKED,   /* inline all of what may be accessed, by the slow way what is */
    TC_CHECK_ELEMENTS, /* each has an address of its own */
    TC_CHECK_BIT,      /* at an address that a register moves */
};

/* What `insn` needs.  Memory of the function's own frame, read-only data, the thread's control
 * block and the implied accesses of push, pop, call and ret need nothing. */
enum tc_check tc_flow_check(const struct tc_module *module, const struct tc_function *function,
                            const struct tc_insn *insn);

/* Accesses that were checked since the last instruction where anything may have changed. */
#define TC_CHECKED_MAX 24
struct tc_checked {
    struct {
        int64_t displacement;
        int8_t base, index;
        uint8_t scale, size;
        bool stores, absolute, of_thread;
    } entries[TC_CHECKED_MAX];
    uint32_t count;
    uint32_t registers; /* that any of them is made of */
};

/* Whether `insn` accesses only what was checked before; if not it is added. */
bool tc_flow_is_repeated(struct tc_checked *checked, const struct tc_function *function,
                         const struct tc_insn *insn);

/* Whether `insn` `i` reads what a later instruction, before anything else can be seen, writes: then
 * one check, of the write, is enough; `also_reads` of the writer says so. */
bool tc_flow_is_read_for_write(struct tc_function *function, uint32_t i);

/* A read whose value counts only if a conditional move keeps it: compilers read before they know
 * whether they need what they read, where that cannot fault.  `at`: the move that decides;
 * `if_not`: the inverse of the condition under which the value is used. */
struct tc_speculation {
    uint32_t at, insn;
    uint8_t if_not;
};
bool tc_flow_is_speculative(const struct tc_function *function, const struct tc_live *live,
                            uint32_t i, struct tc_speculation *speculation);

/* Forgets what `insn` changes the meaning of. */
void tc_flow_passed(struct tc_checked *checked, const struct tc_function *function,
                    const struct tc_insn *insn);

#endif
