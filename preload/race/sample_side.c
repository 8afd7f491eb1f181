/* sample_side.c: see sample_side.h. */
#include "preload/race/sample_side.h"

#include "preload/recorder.h"
#include "preload/thread.h"

#include "preload/poison.h"

struct tc_site tc_sample_site_of(const ucontext_t *context, uintptr_t end) {
    const greg_t *registers = context->uc_mcontext.gregs;
    return (struct tc_site){.return_address = end,
                            .cfa = (uintptr_t)registers[REG_RSP],
                            .frame_pointer = (uintptr_t)registers[REG_RBP]};
}

/* This thread's side of an access; without the stack, which takes longer. */
struct tc_race_side_of tc_sample_side_of(const struct tc_pick *pick, uintptr_t address,
                                         uint32_t size) {
    const struct tc_insn *insn = &pick->insn;
    return (struct tc_race_side_of){
        .address = address,
        .size = size,
        .access = (insn->stores ? TC_ACCESS_WRITE : 0u) |
                  (insn->stores && insn->loads ? TC_ACCESS_MODIFY : 0u) |
                  (insn->plain_move ? TC_ACCESS_PLAIN_MOVE : 0u),
        .thread = tc_thread_index(tc_local.thread),
        .held = tc_race_held_set_now(),
        .pc = pick->end,
    };
}

uint32_t tc_sample_stack_of(struct tc_site site) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return 0;
    uint32_t stack = tc_stack_here(self, site);
    tc_leave(self);
    return stack;
}
