/* race_clocks.h: vector clocks of Python threads and of the channels between them.
 * Threads: one at a time, as race_model.h.
 */
#ifndef TC_PYTHON_RACE_CLOCKS_H
#define TC_PYTHON_RACE_CLOCKS_H

#include <stdbool.h>
#include <stdint.h>

struct tc_pyrace_clocks;

struct tc_pyrace_clocks *tc_pyrace_clocks_new(void);
void tc_pyrace_clocks_free(struct tc_pyrace_clocks *clocks);

/* As tc_pyraces_begin and so on. */
unsigned tc_pyrace_clocks_begin(struct tc_pyrace_clocks *clocks);
void tc_pyrace_clocks_end(struct tc_pyrace_clocks *clocks, unsigned slot);
void tc_pyrace_clocks_send(struct tc_pyrace_clocks *clocks, unsigned slot, uint64_t channel);
void tc_pyrace_clocks_receive(struct tc_pyrace_clocks *clocks, unsigned slot, uint64_t channel);
void tc_pyrace_clocks_learn(struct tc_pyrace_clocks *clocks, unsigned slot, uint64_t channel);
void tc_pyrace_clocks_learn_thread(struct tc_pyrace_clocks *clocks, unsigned slot, unsigned ended);
void tc_pyrace_clocks_forget(struct tc_pyrace_clocks *clocks, uint64_t channel);

/* From here on what `earlier` did up to its epoch `clock` happens before what `slot` does. */
void tc_pyrace_clocks_adopt(struct tc_pyrace_clocks *clocks, unsigned slot, unsigned earlier,
                            uint32_t clock);

/* The epoch that the thread is in. */
const uint32_t *tc_pyrace_clocks_epoch(const struct tc_pyrace_clocks *clocks, unsigned slot);
static inline uint32_t tc_pyrace_clocks_now(const struct tc_pyrace_clocks *clocks, unsigned slot) {
    return *tc_pyrace_clocks_epoch(clocks, slot);
}

/* Whether what `earlier` did in its epoch `clock` happens before what `slot` does now. */
bool tc_pyrace_clocks_ordered(const struct tc_pyrace_clocks *clocks, unsigned earlier,
                              uint32_t clock, unsigned slot);

#endif
