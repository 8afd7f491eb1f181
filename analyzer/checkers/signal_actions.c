/* signal_actions.c: see signal_actions.h. */
#include "analyzer/checkers/signal_actions.h"

#include "threadcheck/trace_format.h"

#define SIGNALS 64

struct tc_moment tc_moment_of(const struct tc_step *step) {
    uint32_t thread = step->record->thread;
    return (struct tc_moment){thread, tc_clock_get(step->clock, thread)};
}

bool tc_moment_before(struct tc_moment moment, const struct tc_step *step) {
    return moment.thread == step->record->thread ||
           tc_clock_get(step->clock, moment.thread) > moment.time;
}

int tc_action_slot(struct tc_actions *actions, uint64_t number, uint32_t handler) {
    if (number < 1 || number > SIGNALS)
        return -1;
    for (unsigned i = 0; i < actions->count; i++)
        if (actions->slots[i].signal == number && actions->slots[i].handler == handler)
            return (int)i;
    if (actions->count == TC_ACTION_SLOTS)
        return -1;
    actions->slots[actions->count] = (struct tc_action_slot){
        .handler = (uint16_t)handler,
        .signal = (uint8_t)number,
        .always = actions->often >> (number - 1) & 1,
    };
    return (int)actions->count++;
}

/* The signal has no handler but `handler` from here on, as far as the order is known. */
static void close_others(struct tc_actions *actions, const struct tc_step *step, uint32_t handler) {
    for (unsigned i = 0; i < actions->count; i++) {
        struct tc_action_slot *slot = &actions->slots[i];
        if (slot->signal != step->record->arg || !slot->open || slot->handler == handler ||
            !tc_moment_before(slot->began, step))
            continue;
        slot->open = false;
        slot->ended = tc_moment_of(step);
    }
}

static void set_often(struct tc_actions *actions, uint64_t number) {
    actions->often |= 1ull << (number - 1);
    for (unsigned i = 0; i < actions->count; i++)
        actions->slots[i].always |= actions->slots[i].signal == number;
}

int tc_action_set(struct tc_actions *actions, const struct tc_step *step) {
    uint64_t number = step->record->arg;
    uint32_t handler = step->record->result;
    if (number < 1 || number > SIGNALS)
        return -1;
    if (handler == TC_HANDLER_OFTEN) {
        set_often(actions, number);
        return -1;
    }
    close_others(actions, step, handler);
    int index = handler == TC_HANDLER_NONE ? -1 : tc_action_slot(actions, number, handler);
    if (index < 0 || actions->slots[index].open)
        return -1;
    struct tc_action_slot *slot = &actions->slots[index];
    slot->told = slot->open = true;
    slot->began = tc_moment_of(step);
    return index;
}

uint64_t tc_actions_met(const struct tc_actions *actions, const struct tc_step *step) {
    uint64_t met = 0;
    for (unsigned i = 0; i < actions->count; i++) {
        const struct tc_action_slot *slot = &actions->slots[i];
        if (slot->open || (slot->told && !tc_moment_before(slot->ended, step)))
            met |= 1ull << i;
    }
    return met;
}
