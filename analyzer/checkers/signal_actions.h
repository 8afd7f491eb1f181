/* signal_actions.h: which signal handlers are installed, at one point of the merged order.
 *
 * What: a handler of a signal is a slot, a bit in sets of 64.  Installing and removing are events
 * of the whole process; they are ordered with what other threads do only by happens-before, so what
 * may have come while a handler was installed counts as that. Rules: single-threaded.
 */
#ifndef TC_ANALYZER_SIGNAL_ACTIONS_H
#define TC_ANALYZER_SIGNAL_ACTIONS_H

#include "analyzer/checkers/checker.h"

#define TC_ACTION_SLOTS 64 /* further handlers are not told apart from none */

struct tc_moment { /* of a thread, by its own clock */
    uint32_t thread, time;
};

struct tc_action_slot {
    uint16_t handler; /* its number in HANDLER_ENTER */
    uint8_t signal;
    bool told;   /* its installing is known; where it is not, it was always there */
    bool always; /* comes and goes too often to be told */
    bool open;   /* installed now */
    struct tc_moment began, ended;
};

struct tc_actions {
    struct tc_action_slot slots[TC_ACTION_SLOTS];
    unsigned count;
    uint64_t often; /* signals that are not told any more */
};

/* The moment of a step, and whether it comes before another one for sure. */
struct tc_moment tc_moment_of(const struct tc_step *step);
bool tc_moment_before(struct tc_moment moment, const struct tc_step *step);

/* The slot of a handler; -1: there is no room, or no such signal. */
int tc_action_slot(struct tc_actions *actions, uint64_t number, uint32_t handler);

/* SIGNAL_ACTION.  The slot that it opens, or -1. */
int tc_action_set(struct tc_actions *actions, const struct tc_step *step);

/* The slots that may be open at this step. */
uint64_t tc_actions_met(const struct tc_actions *actions, const struct tc_step *step);

/* Whether it is known when the handler was installed. */
static inline bool tc_action_is_told(const struct tc_action_slot *slot) {
    return slot->told && !slot->always;
}

#endif
