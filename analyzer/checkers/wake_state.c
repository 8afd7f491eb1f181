/* wake_state.c: open waits on conditions, events and barriers. */
#include "analyzer/checkers/wake_state.h"

#include <errno.h>
#include <stdlib.h>

#include "analyzer/base/memory.h"

enum tc_wake_part tc_wake_part_of(uint8_t code) {
    switch (code) {
    case TC_EV_SIGNAL:
    case TC_EV_BROADCAST:
    case TC_EV_SET:
        return TC_WAKE_SEND;
    case TC_EV_CLEAR:
        return TC_WAKE_CLEAR;
    case TC_EV_WAIT:
    case TC_EV_WAIT_TIMED:
        return TC_WAKE_WAIT;
    case TC_EV_WOKEN:
    case TC_EV_WAIT_PASSED:
        return TC_WAKE_RETURN;
    default:
        return TC_WAKE_NONE;
    }
}

struct tc_wake *tc_wake_find(const struct tc_wake_table *table, uint32_t object) {
    struct tc_wake *state;
    HASH_FIND_INT(table->states, &object, state);
    return state;
}

struct tc_wake *tc_wake_get(struct tc_wake_table *table, const struct tc_object *object) {
    struct tc_wake *state = tc_wake_find(table, object->id);
    if (state)
        return state;
    state = tc_alloc(sizeof *state);
    state->object = object->id;
    HASH_ADD_INT(table->states, object, state);
    return state;
}

void tc_wake_clear(struct tc_wake_table *table) {
    struct tc_wake *state, *next;
    HASH_ITER(hh, table->states, state, next) {
        HASH_DEL(table->states, state);
        free(state);
    }
}

static void begin_wait(struct tc_wake *state, const struct tc_record *record) {
    state->waiting++;
    state->lock = (uint32_t)record->arg;
    state->waiter = record->thread;
    state->waiter_stack = record->stack;
}

/* A wait ended: a normal return uses up a wake-up that was sent, if there is one. */
static void end_wait(struct tc_wake *state, uint32_t result) {
    bool by_wake_up = result == 0;
    if (by_wake_up && state->woken)
        state->woken--;
    else if (state->waiting)
        state->waiting--;
    else if (state->woken)
        state->woken--;
}

static void wake(struct tc_wake *state, uint64_t count) {
    uint32_t sent = count < state->waiting ? (uint32_t)count : state->waiting;
    state->waiting -= sent;
    state->woken += sent;
}

static void add_user(struct tc_wake *state, uint32_t thread) {
    for (uint32_t i = 0; i < state->users && i < TC_WAKE_USERS; i++)
        if (state->user[i] == thread)
            return;
    if (state->users < TC_WAKE_USERS)
        state->user[state->users++] = thread;
}

static void arrive(struct tc_wake *state, const struct tc_object *object, uint32_t thread) {
    state->arrived++;
    if (object->value && state->arrived >= object->value)
        state->arrived = 0; /* the round is full: everybody in it goes on */
    add_user(state, thread);
}

void tc_wake_apply(struct tc_wake_table *table, const struct tc_step *step) {
    const struct tc_record *record = step->record;
    if (!step->object)
        return;
    switch (record->code) {
    case TC_EV_WAIT:
    case TC_EV_WAIT_TIMED:
        begin_wait(tc_wake_get(table, step->object), record);
        break;
    case TC_EV_WOKEN:
        end_wait(tc_wake_get(table, step->object), record->result);
        break;
    case TC_EV_HAPPENS_BEFORE: /* of a futex; what else is sent so is not waited for */
    case TC_EV_SIGNAL:
        add_user(tc_wake_get(table, step->object), record->thread);
        wake(tc_wake_get(table, step->object), record->arg ? record->arg : 1);
        break;
    case TC_EV_BROADCAST:
        add_user(tc_wake_get(table, step->object), record->thread);
        wake(tc_wake_get(table, step->object), UINT32_MAX);
        break;
    case TC_EV_SET: {
        struct tc_wake *state = tc_wake_get(table, step->object);
        state->set = true;
        add_user(state, record->thread);
        wake(state, UINT32_MAX);
        break;
    }
    case TC_EV_CLEAR:
        tc_wake_get(table, step->object)->set = false;
        break;
    case TC_EV_ARRIVE:
        tc_wake_get(table, step->object)->timed |= record->arg != 0;
        arrive(tc_wake_get(table, step->object), step->object, record->thread);
        break;
    case TC_EV_LEAVE:
        if (record->result)
            tc_wake_get(table, step->object)->arrived = 0; /* it broke */
        break;
    case TC_EV_RESET:
        tc_wake_get(table, step->object)->arrived = 0;
        break;
    default:
        break;
    }
}
