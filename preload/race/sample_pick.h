/* sample_pick.h: which instruction is watched, and what an instruction accesses.
 *
 * What: functions by the modules' unwind tables, decoded when they are needed; addresses of
 *       operands by the registers of an interrupted thread.
 * Threads: find_modules while there is one thread; the rest by any, in signal handlers, too,
 *          but forget_gone while no other function is called.
 */
#ifndef TC_PRELOAD_RACE_SAMPLE_PICK_H
#define TC_PRELOAD_RACE_SAMPLE_PICK_H

#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#include "preload/rewrite/insn.h"

struct tc_pick {
    uintptr_t start, end; /* the instruction; `end` is where the next one begins */
    struct tc_insn insn;
};

typedef bool tc_decode(const uint8_t *code, uint64_t room, struct tc_insn *insn);
void tc_pick_begin(tc_decode *decode);

/* Learns where the program's code is; false: there is none whose functions are known. */
bool tc_pick_find_modules(void);
bool tc_pick_is_watched(uintptr_t pc);

/* `pc` is code that the calling thread executes, or returns to: learns the module that it is in,
 * which dlopen may have loaded since.  True: it is watched from now on, and was not before. */
bool tc_pick_learn(uintptr_t pc);

/* Code was taken away, and nobody looks at any meanwhile: forgets modules that are gone. */
void tc_pick_forget_gone(void);

/* Instructions that access memory which may be shared: anywhere; in the function of one; not far
 * behind what a thread is about to execute, with what it is going to access: the `number`th, or the
 * last that is known. */
bool tc_pick_random(uint64_t random, struct tc_pick *pick);
bool tc_pick_of_function(uintptr_t pc, uint64_t random, struct tc_pick *pick);
bool tc_pick_near(uintptr_t pc, unsigned number, const ucontext_t *context, struct tc_pick *pick,
                  uintptr_t *address);

/* The instruction that begins, or ends, there. */
bool tc_pick_at(uintptr_t pc, struct tc_pick *pick);
bool tc_pick_before(uintptr_t pc, struct tc_pick *pick);

bool tc_pick_is_shared(const struct tc_insn *insn);

/* The address of its memory operand; false: not known.  `after`: it was executed already. */
bool tc_pick_address(const struct tc_pick *pick, const ucontext_t *context, bool after,
                     uintptr_t *address);

/* Constants of the program are never written. */
bool tc_pick_is_constant(uintptr_t address);

#endif
