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
    TC_PYRACE_POLL,    /* to be passed as a READ that polls */
};

enum tc_pyrace_kind {
    TC_PYRACE_GLOBAL,
    TC_PYRACE_ATTRIBUTE,
    TC_PYRACE_ITEM,
    TC_PYRACE_CELL,
    TC_PYRACE_CONTAINER,
};

/* What a write completes. */
enum tc_pyrace_update {
    TC_PYRACE_NO_UPDATE,
    TC_PYRACE_ANSWER, /* of a wait for another thread's write: while not x: …  x = False */
    TC_PYRACE_UPDATE,
};

struct tc_pyrace_access {
    uintptr_t object;
    uint64_t key;
    uint8_t kind, operation;
    uint16_t slot;
    bool polls;     /* a read in the condition of a loop that does not write it */
    uint64_t place; /* tells one place in the program from another */
    uint64_t frame; /* tells one activation of a function from another */
    bool checks;    /* the place is known for reads that decide on a write */
    /* Asked for when the access is kept: what identifies its stack to the caller; never 0. */
    uint32_t (*context)(void *with);
    /* Asked of a read that is unordered with the write it sees: whether it gets an object that the
     * writer hands over in this way, as programs do that rely on the interpreter's lock.  Then the
     * read orders the two threads.  NULL: no. */
    bool (*handed)(void *with);
    void *with;
};

struct tc_pyrace_side {
    uint64_t place;
    uint32_t clock, context;
    uint16_t slot;
    uint8_t modify; /* part of an update: enum tc_pyrace_update */
    uint8_t write;
};

/* How bad: see docs/findings/data-race.md. */
enum tc_pyrace_grade {
    TC_PYRACE_NONE,
    TC_PYRACE_PLAIN,    /* unordered, but each access is atomic and nothing is lost by the order */
    TC_PYRACE_STALE,    /* a read where such reads decide on writes, against such a write */
    TC_PYRACE_LOST,     /* an update can be lost */
    TC_PYRACE_ITERATED, /* a container changes while it is gone through */
};

struct tc_pyrace_found {
    enum tc_pyrace_grade grade;
    struct tc_pyrace_side earlier, later;
    uint64_t check; /* the place of the read that this write was decided on; 0: none */
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
/* The same, for what orders without ending what is half done; and for all that a slot's thread did.
 */
void tc_pyraces_learn(struct tc_pyraces *races, unsigned slot, uint64_t channel);
void tc_pyraces_learn_thread(struct tc_pyraces *races, unsigned slot, unsigned ended);
void tc_pyraces_forget_channel(struct tc_pyraces *races, uint64_t channel);

/* Records an access.  True: it is unordered with an earlier one of another thread and `found` says
 * how; the worst when there are several. */
bool tc_pyraces_access(struct tc_pyraces *races, const struct tc_pyrace_access *access,
                       struct tc_pyrace_found *found);

/* The object is no more: its address may become another one. */
void tc_pyraces_forget(struct tc_pyraces *races, uintptr_t object);

/* The rest is for callers in a hurry.  What one thread does with a location that is its own, in an
 * epoch that it has accessed it in before, changes nothing: tc_pyraces_quick finds that out.  */

/* What a location begins with. */
struct tc_pyrace_hot {
    struct tc_pyrace_hot *chained; /* in its bucket */
    uintptr_t object;              /* 0: free */
    uint64_t key;
    uint64_t read_frame; /* of the newest read, while the location is one thread's */
    uint64_t read_place;
    uint32_t read_clock;
    uint32_t write_clock; /* of the newest write */
    uint16_t only;        /* the thread that made every access so far; 0: there were others */
    uint8_t kind;
    uint8_t modify; /* of the newest write: enum tc_pyrace_update */
    bool read_polls;
};

#define TC_PYRACE_PLACE_BITS 18
#define TC_PYRACE_FILTER     (1u << 17) /* bytes */

/* An object that only one thread has accessed the items of. */
struct tc_pyrace_own {
    uintptr_t object; /* 0: free */
    uint32_t slot;
};
#define TC_PYRACE_OWNS 64

struct tc_pyrace_surface {
    struct tc_pyrace_hot *places[1 << TC_PYRACE_PLACE_BITS];
    struct tc_pyrace_own owns[TC_PYRACE_OWNS]; /* some of them, by tc_pyraces_own_at */
    uint8_t filter[TC_PYRACE_FILTER];
};
struct tc_pyrace_surface *tc_pyraces_surface(struct tc_pyraces *races);

/* A read that no location keeps: the first half of an update, perhaps.  A thread remembers few. */
struct tc_pyrace_note {
    uintptr_t object;
    uint64_t key, frame, place;
    uint32_t clock;
    uint8_t kind;
    bool polls;
};
#define TC_PYRACE_NOTES 64
struct tc_pyrace_note *tc_pyraces_notes(struct tc_pyraces *races, unsigned slot);

static inline struct tc_pyrace_note *tc_pyraces_note_at(struct tc_pyrace_note *notes,
                                                        uintptr_t object, uint64_t key) {
    return &notes[((object >> 4) + (key >> 4) + key) & (TC_PYRACE_NOTES - 1)];
}

/* The epoch that the slot's thread is in changes in place. */
const uint32_t *tc_pyraces_epoch(const struct tc_pyraces *races, unsigned slot);

static inline struct tc_pyrace_hot **tc_pyraces_bucket(struct tc_pyrace_surface *surface,
                                                       uintptr_t object, uint64_t key) {
    uint64_t hash = ((object >> 4) + key * 0xc4ceb9fe1a85ec53ull) * 0x9e3779b97f4a7c15ull;
    return &surface->places[hash >> (64 - TC_PYRACE_PLACE_BITS)];
}

/* NULL: nothing was recorded there. */
static inline struct tc_pyrace_hot *tc_pyraces_find(struct tc_pyrace_surface *surface,
                                                    uintptr_t object, uint64_t key, uint8_t kind) {
    struct tc_pyrace_hot *hot = *tc_pyraces_bucket(surface, object, key);
    while (hot && (hot->object != object || hot->key != key || hot->kind != kind))
        hot = hot->chained;
    return hot;
}

/* True: a read or write of a known location needs no more than this. */
static inline bool tc_pyraces_quick(struct tc_pyrace_hot *hot, unsigned slot, uint32_t now,
                                    uint8_t operation, uint64_t frame, uint64_t place, bool polls) {
    if (hot->only != slot)
        return false;
    bool updated = hot->modify == TC_PYRACE_UPDATE;
    bool read_before = hot->read_frame == frame && hot->read_clock == now;
    switch (operation) {
    case TC_PYRACE_READ:
        hot->read_frame = frame;
        hot->read_place = place;
        hot->read_clock = now;
        hot->read_polls = polls;
        return true;
    case TC_PYRACE_WRITE:
        return hot->write_clock == now && (updated || !read_before);
    case TC_PYRACE_MODIFY:
        return hot->write_clock == now && updated;
    default:
        return false;
    }
}

static inline struct tc_pyrace_own *tc_pyraces_own_at(struct tc_pyrace_surface *surface,
                                                      uintptr_t object) {
    return &surface->owns[(object >> 5 ^ object >> 11) % TC_PYRACE_OWNS];
}

/* True: a plain write of an item at which nothing is recorded needs no more than this: the
 * container is the thread's own, and the write completes no update. */
static inline bool tc_pyraces_quick_item(struct tc_pyrace_surface *surface,
                                         struct tc_pyrace_note *notes, uintptr_t object,
                                         uint64_t key, unsigned slot, uint64_t frame) {
    const struct tc_pyrace_own *own = tc_pyraces_own_at(surface, object);
    const struct tc_pyrace_note *note = tc_pyraces_note_at(notes, object, key);
    return own->object == object && own->slot == slot &&
           (note->object != object || note->key != key || note->frame != frame);
}

/* Whether anything is known of the object: inexact, but never false when there is. */
static inline bool tc_pyraces_may_know(const struct tc_pyrace_surface *surface, uintptr_t object) {
    uint32_t hash = (uint32_t)((object >> 4) * 0x9e3779b1u) >> 12;
    return surface->filter[hash >> 3] >> (hash & 7) & 1;
}

size_t tc_pyraces_locations(const struct tc_pyraces *races);

#ifdef __cplusplus
}
#endif
#endif
