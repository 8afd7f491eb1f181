/* event_table.c: events.def and objects.def as arrays, for whoever decodes or prints a trace. */
#include "threadcheck/events.h"

const struct tc_event_info tc_event_table[256] = {
#define TC_EVENT(code, NAME, OBJECT, EFFECT, MODE, flags, help)                                    \
    [code] = {#NAME, help, TC_OBJECT_##OBJECT, TC_EFFECT_##EFFECT, TC_MODE_##MODE, flags},
#include "threadcheck/events.def"
#undef TC_EVENT
};

const struct tc_object_info tc_object_table[256] = {
#define TC_OBJECT(code, NAME, json, traits, help) [code] = {json, help, traits},
#include "threadcheck/objects.def"
#undef TC_OBJECT
};
