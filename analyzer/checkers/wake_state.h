/* wake_state.h: which waits on conditions, events and barriers are still open.
 *
 * What: the model knows that a thread waits; here is kept whether a wake-up was sent to it already,
 *       which is what decides whether its object may go, whether another mutex may be used with it,
 *       and whether it hangs.  One state per condition, event or barrier, by object id.
 * Rules: not thread-safe.  To be fed with every REQUEST, SEND, RECEIVE and NONE step, after the
 *        checker has looked at the state before it.
 */
#ifndef TC_ANALYZER_WAKE_STATE_H
#define TC_ANALYZER_WAKE_STATE_H

#include <uthash.h>

#include "analyzer/checkers/checker.h"

/* What an event is to those who follow wake-ups of conditions and events. */
enum tc_wake_part { TC_WAKE_NONE, TC_WAKE_SEND, TC_WAKE_CLEAR, TC_WAKE_WAIT, TC_WAKE_RETURN };
enum tc_wake_part tc_wake_part_of(uint8_t code);

struct tc_wake {
    uint32_t object;               /* id: the key */
    uint32_t waiting;              /* waits begun to which no wake-up was sent yet */
    uint32_t woken;                /* waits that got a wake-up and have not returned */
    uint32_t lock;                 /* that the open waits go with, 0: none */
    uint32_t waiter, waiter_stack; /* who began to wait last */
    uint32_t arrived;              /* barrier: arrivals in the round that is not full */
    uint32_t users; /* distinct threads that arrived, else that sent wake-ups, to TC_WAKE_USERS */
    uint32_t user[8];
    uint32_t renewed_by, renewed_stack; /* barrier: who initialised it again, 0: nobody */
    bool timed;                         /* barrier: somebody waits there with a time limit */
    bool set;                           /* event */
    UT_hash_handle hh;
};
#define TC_WAKE_USERS 8

struct tc_wake_table {
    struct tc_wake *states;
};

/* The state of the object; made when new. */
struct tc_wake *tc_wake_get(struct tc_wake_table *table, const struct tc_object *object);

/* The same, or NULL when there is none. */
struct tc_wake *tc_wake_find(const struct tc_wake_table *table, uint32_t object);

/* Applies the record of `step`. */
void tc_wake_apply(struct tc_wake_table *table, const struct tc_step *step);

void tc_wake_clear(struct tc_wake_table *table);

/* The effects that tc_wake_apply must be fed with. */
#define TC_WAKE_EFFECTS                                                                            \
    (1u << TC_EFFECT_REQUEST | 1u << TC_EFFECT_SEND | 1u << TC_EFFECT_RECEIVE |                    \
     1u << TC_EFFECT_NONE)

#endif
