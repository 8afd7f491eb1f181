/* events.h: the C view of events.def and objects.def.
 *
 * What: enums of event codes, object types, effects, modes, flags and attributes, and the tables
 *       that describe them.  Shared by the shim (which uses only the enums and so links nothing),
 *       the trace library and the analyzer (which link trace/event_table.c).
 * Threads: constants only.
 */
#ifndef THREADCHECK_EVENTS_H
#define THREADCHECK_EVENTS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What an event does to its object; the only thing that checkers select by. */
enum tc_effect {
    TC_EFFECT_NONE,
    TC_EFFECT_CREATE,
    TC_EFFECT_DESTROY,
    TC_EFFECT_REQUEST,
    TC_EFFECT_ACQUIRE,
    TC_EFFECT_RELEASE,
    TC_EFFECT_SEND,
    TC_EFFECT_RECEIVE,
    TC_EFFECT_READ,
    TC_EFFECT_WRITE,
    TC_EFFECT_COUNT
};

enum tc_mode { TC_MODE_NONE, TC_MODE_EXCLUSIVE, TC_MODE_SHARED, TC_MODE_COUNTED };

/* Flags of an event code. */
enum tc_event_flag {
    TC_FLAG_ORDERED = 1 << 0, /* takes a ticket of its object */
    TC_FLAG_TRY = 1 << 1,     /* could not block */
    TC_FLAG_TIMED = 1 << 2,   /* blocks for a limited time */
    TC_FLAG_WAIT = 1 << 3,    /* done by a condition wait */
    TC_FLAG_FAILED = 1 << 4,  /* the call returned an error */
    TC_FLAG_FREED = 1 << 5,   /* the object's memory went away */
    TC_FLAG_STATE = 1 << 6,   /* tells a state, not something that happened now */
};

/* Traits of an object type (objects.def explains each). */
enum tc_trait {
    TC_TRAIT_LOCK = 1 << 0,
    TC_TRAIT_OWNED = 1 << 1,
    TC_TRAIT_RECURSIVE = 1 << 2,
    TC_TRAIT_COUNTED = 1 << 3,
    TC_TRAIT_BOUNDED = 1 << 4,
    TC_TRAIT_COND = 1 << 5,
    TC_TRAIT_PHASED = 1 << 6,
    TC_TRAIT_SIMPLE_INIT = 1 << 7,
    TC_TRAIT_PUBLISHES = 1 << 8,
};

/* Attributes of one object, kept in its meta record. */
enum tc_attr {
    TC_ATTR_RECURSIVE = 1 << 0,      /* this one may be acquired again by its owner */
    TC_ATTR_ERRORCHECK = 1 << 1,     /* misuse is refused with an errno */
    TC_ATTR_ROBUST = 1 << 2,         /* its owner may end while holding it */
    TC_ATTR_SHARED_PROCESS = 1 << 3, /* other processes may act on it unseen */
    TC_ATTR_NO_INIT_SEEN = 1 << 4,   /* first seen in use: static initialiser or constructor */
    TC_ATTR_NAMED = 1 << 5,          /* a named semaphore: may have users elsewhere */
    TC_ATTR_ON_STACK = 1 << 6,       /* lies in a thread's stack */
    TC_ATTR_PREFER_WRITER = 1 << 7,  /* an rwlock on which a waiting writer holds up readers */
    TC_ATTR_INTERNAL = 1 << 8,       /* belongs to a library's own workings */
    TC_ATTR_HELD_WHEN_SEEN = 1 << 9, /* somebody held it when it was first seen */
    TC_ATTR_STATIC = 1 << 10,        /* lies in a module's data (told by the reader) */
    TC_ATTR_HANDED_OVER = 1 << 11,   /* was released by a thread that had not acquired it */
    TC_ATTR_FIRST_USE = 1 << 12,     /* its INIT is its first use: the initialiser was static */
    TC_ATTR_FRESH = 1 << 13,         /* lies in memory that its first user allocated just before */
    TC_ATTR_PYTHON = 1 << 14, /* belongs to a Python interpreter, which gives up its GIL before
                                 it blocks for one of its objects */
};

enum tc_object_type {
#define TC_OBJECT(code, NAME, json, traits, help) TC_OBJECT_##NAME = code,
#include "threadcheck/objects.def"
#undef TC_OBJECT
    TC_OBJECT_ANY = 255 /* in events.def only */
};

enum tc_event_code {
    TC_EV_END = 0,
#define TC_EVENT(code, NAME, OBJECT, EFFECT, MODE, flags, help) TC_EV_##NAME = code,
#include "threadcheck/events.def"
#undef TC_EVENT
};

struct tc_event_info {
    const char *name; /* NULL: no such event */
    const char *help;
    uint8_t object, effect, mode, flags;
};

struct tc_object_info {
    const char *name; /* the JSON name; NULL: no such type */
    const char *help;
    uint32_t traits;
};

/* Indexed by code; 256 rows each, unused ones zero.  Defined in trace/event_table.c. */
extern const struct tc_event_info tc_event_table[256];
extern const struct tc_object_info tc_object_table[256];

#ifdef __cplusplus
}
#endif
#endif
