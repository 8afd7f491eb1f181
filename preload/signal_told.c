/* signal_told.c: see signal_told.h. */
#include "preload/signal_told.h"

#include "preload/process.h"
#include "preload/seen.h"
#include "preload/sys.h"
#include "preload/thread.h"

#include "preload/poison.h"

#define LIBC_OWN     (3ull << 31) /* signals 32 and 33 are never blocked */
#define SIGNALS      64
#define CHANGES_TOLD 256 /* of what one signal does; then that it changes often */

uint64_t tc_signals_key;

static __thread uint64_t known_mask __attribute__((tls_model("initial-exec")));
static uint32_t told[SIGNALS + 1], changes[SIGNALS + 1];

void tc_signals_mask(struct tc_thread *self, uint64_t mask) {
    known_mask = mask & ~LIBC_OWN;
    tc_event(self, TC_EV_SIGNAL_MASK, (struct tc_ref){0}, 0, known_mask, 0);
}

void tc_mask_changed(uint64_t mask) {
    if ((mask & ~LIBC_OWN) == known_mask)
        return;
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    tc_signals_mask(self, mask);
    tc_leave(self);
}

static uint64_t key_of(uint32_t number, uint32_t handler) {
    return handler == TC_HANDLER_NONE ? 0 : tc_seen_mix(number, handler);
}

static void tell_action(struct tc_thread *self, uint32_t number, uint32_t handler) {
    uint32_t before = __atomic_exchange_n(&told[number], handler, __ATOMIC_ACQ_REL);
    if (before == handler)
        return;
    uint32_t change = __atomic_load_n(&changes[number], __ATOMIC_RELAXED);
    if (change > CHANGES_TOLD)
        return;
    __atomic_store_n(&changes[number], change + 1, __ATOMIC_RELAXED);
    __atomic_fetch_xor(&tc_signals_key, key_of(number, before) ^ key_of(number, handler),
                       __ATOMIC_RELAXED);
    tc_event(self, TC_EV_SIGNAL_ACTION, (struct tc_ref){0}, 0, number,
             change == CHANGES_TOLD ? TC_HANDLER_OFTEN : handler);
}

void tc_action_changed(int number, uint32_t handler) {
    struct tc_thread *self = number > 0 && number <= SIGNALS ? tc_enter() : NULL;
    if (!self)
        return;
    if (tc_getpid() == tc_process.pid)
        tell_action(self, (uint32_t)number, handler);
    tc_leave(self);
}

void tc_signals_again(struct tc_thread *self) {
    if (known_mask)
        tc_signals_mask(self, known_mask);
    for (uint32_t number = 1; number <= SIGNALS; number++) {
        uint32_t handler = __atomic_load_n(&told[number], __ATOMIC_ACQUIRE);
        bool often = __atomic_load_n(&changes[number], __ATOMIC_RELAXED) > CHANGES_TOLD;
        if (handler != TC_HANDLER_NONE || often)
            tc_event(self, TC_EV_SIGNAL_ACTION, (struct tc_ref){0}, 0, number,
                     often ? TC_HANDLER_OFTEN : handler);
    }
}
