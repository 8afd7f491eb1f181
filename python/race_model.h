/* race_model.h: happens-before among Python threads, and the newest accesses of each location.
 *
 * What: a pure library: it knows threads by a slot, objects by an address, and what is at an object
 *       by a key (an attribute's name, an item's key).  The global interpreter lock orders nothing
 *       here: two accesses are ordered only when a chain of sends and receives says so, as they
 *       would be without that lock.  Epochs and vectors follow FastTrack (Flanagan, Freund, PLDI
 *       2009).
 * Threads: to be called by one thread at a time; the interpreter's lock sees to that.
 * Memory: mapped, never the host's heap; bounded by TC_PYRACE_LOCATIONS and by what is alive.
 */
#ifndef TC_PYTHON_RACE_MODEL_H
#define TC_PYTHON_RACE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TC_PYRACE_SLOTS     256       /* threads at a time, from 1; more are not watched */
#define TC_PYRACE_LOCATIONS (1 << 19) /* kept at a time; beyond, old ones are forgotten */

/* As races.py numbers them. */
enum tc_pyrace_operation {
    TC_PYRACE_READ,
    TC_PYRACE_WRITE,
    TC_PYRACE_MODIFY, /* reads and writes in one statement */
    TC_PYRACE_DELETE,
    TC_PYRACE_BIRTH,   /* an object sets its own attribute while it is made */
    TC_PYRACE_ITERATE, /* goes through a container */
    TC_PYRACE_CHANGE,  /* changes what a container has, by an operation that is atomic by itself */
    TC_PYRACE_HAND,    /* puts something into a list or a deque */
    TC_PYRACE_TAKE,    /* takes something out of it */
};

enum tc_pyrace_kind {
    TC_PYRACE_GLOBAL,
    TC_PYRACE_ATTRIBUTE,
    TC_PYRACE_ITEM,
    TC_PYRACE_CELL,
    TC_PYRACE_CONTAINER,
};

struct tc_pyrace_access {
    uintptr_t object;
    uint64_t key;
    uint8_t kind, operation;
    uint16_t slot;
    uint64_t place; /* tells one place in the program from another */
    uint64_t frame; /* tells one activation of a function from another */
    /* Asked for when the access is kept: what identifies its stack to the caller; never 0. */
    uint32_t (*context)(void *with);
    /* Asked of a read that is unordered with the write it sees: whether it gets an object that the
     * writer hands over in this way, as programs do that rely on the interpreter's lock.  Then the
     * read orders the two threads.  NULL: no. */
    bool (*handed)(void *with);
    void *with;
    void **cache; /* of this place in the program, zeroed before its first use; NULL: none */
};

struct tc_pyrace_side {
    uint64_t place;
    uint32_t clock, context;
    uint16_t slot;
    uint8_t modify; /* part of a read-modify-write */
    uint8_t write;
};

/* How bad: see docs/findings/data-race.md. */
enum tc_pyrace_grade {
    TC_PYRACE_NONE,
    TC_PYRACE_PLAIN,    /* unordered, but each access is atomic and nothing is lost by the order */
    TC_PYRACE_STALE,    /* a read that decides on a write, against such a write */
    TC_PYRACE_LOST,     /* an update can be lost */
    TC_PYRACE_ITERATED, /* a container changes while it is gone through */
};

struct tc_pyrace_found {
    enum tc_pyrace_grade grade;
    struct tc_pyrace_side earlier, later;
};

struct tc_pyraces;

/* NULL: no memory. */
struct tc_pyraces *tc_pyraces_new(void);
void tc_pyraces_free(struct tc_pyraces *races);

/* A slot for a thread that begins; 0: all are taken.  One that ended may be given again: what its
 * old thread did counts as done by the new one. */
unsigned tc_pyraces_begin(struct tc_pyraces *races);
void tc_pyraces_end(struct tc_pyraces *races, unsigned slot);

/* What the thread did so far happens before what comes after a later receive of the same channel
 * (a lock, a thread that is started or has ended). */
void tc_pyraces_send(struct tc_pyraces *races, unsigned slot, uint64_t channel);
void tc_pyraces_receive(struct tc_pyraces *races, unsigned slot, uint64_t channel);
/* The same, for what orders without ending what is half done; and for all that a slot's thread did. */
void tc_pyraces_learn(struct tc_pyraces *races, unsigned slot, uint64_t channel);
void tc_pyraces_learn_thread(struct tc_pyraces *races, unsigned slot, unsigned ended);
void tc_pyraces_forget_channel(struct tc_pyraces *races, uint64_t channel);

/* Records an access.  True: it is unordered with an earlier one of another thread and `found` says
 * how; the worst when there are several. */
bool tc_pyraces_access(struct tc_pyraces *races, const struct tc_pyrace_access *access,
                       struct tc_pyrace_found *found);

/* Whether anything was recorded at the location; whether by more than one thread. */
bool tc_pyraces_knows(struct tc_pyraces *races, const struct tc_pyrace_access *access);
bool tc_pyraces_shares(struct tc_pyraces *races, const struct tc_pyrace_access *access);

/* The object is no more: its address may become another one. */
void tc_pyraces_forget(struct tc_pyraces *races, uintptr_t object);

/* Whether anything is known of the object: inexact, but never false when there is.  Cheap. */
static inline bool tc_pyraces_may_know(const uint8_t *filter, uintptr_t object) {
    uint32_t hash = (uint32_t)((object >> 4) * 0x9e3779b1u) >> 12;
    return filter[hash >> 3] >> (hash & 7) & 1;
}
const uint8_t *tc_pyraces_filter(const struct tc_pyraces *races); /* 1 << 17 bytes */

size_t tc_pyraces_locations(const struct tc_pyraces *races);

#ifdef __cplusplus
}
#endif
#endif
