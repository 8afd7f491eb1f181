/* objects.h: what the watching of Python's own objects shares: locks.c, classes.c and names.c.
 *
 * What: Locks and RLocks are watched by the C methods of their types, which are replaced in place:
 *       no object and no type is wrapped, and those that exist already are watched, too.  The
 *       classes that threading.py makes of them are watched by their methods (classes.c).
 * Calls: what a thread is in the midst of is a chain of `struct tc_py_call_frame` on its stack, as
 *       one operation is made of others: an Event's wait is a wait on its condition, which takes
 *       and gives back a lock and blocks on another one.
 * Threads: everything here runs with the interpreter's lock, but for what is said to block.
 */
#ifndef TC_PYTHON_OBJECTS_H
#define TC_PYTHON_OBJECTS_H

#include "preload/recorder.h"
#include "python/api.h"
#include "python/frames.h"

enum tc_py_doing {
    TC_PY_NOTHING,
    TC_PY_LOCKING,   /* acquire of a Lock or an RLock */
    TC_PY_MAKING,    /* a Lock is being made */
    TC_PY_WAITING,   /* Condition.wait */
    TC_PY_NOTIFYING, /* Condition.notify */
    TC_PY_HIGHER,    /* an operation of Event, Semaphore, Barrier or Thread */
    TC_PY_BUILDING,  /* the __init__ of one of them, or of a Queue: what it makes is internal */
};

struct tc_py_call_frame {
    struct tc_py_call_frame *outer;
    const void *object; /* the Python object */
    void *state;        /* of the thread in the interpreter */
    uint8_t doing;      /* enum tc_py_doing */
    uint8_t type;       /* enum tc_object_type of `object` */
    uint8_t request;    /* what is recorded when it blocks; 0: nothing */
    uint8_t timed;
    bool blocked; /* it was */
    bool told;    /* what belongs before its effect has been recorded */
    bool got;     /* WAITING: the waiter's lock was got, which means that it was notified */
    uint64_t arg;
    const void *lock, *waiter; /* WAITING: the condition's lock; the lock that it blocks on */
    uint8_t lock_type;
    uint32_t stack;
    struct tc_site site;
};

extern __thread struct tc_py_call_frame *tc_py_calls __attribute__((tls_model("initial-exec")));

/* The object as the trace knows it, id 0: not at all.  Takes no lock. */
struct tc_ref tc_py_find(struct tc_thread *self, const void *object, uint8_t type);

/* The object as the trace knows it; registered when it was not seen being made. */
struct tc_ref tc_py_ref(struct tc_thread *self, const void *object, uint8_t type, uint32_t stack);

/* A new object: its record, where it was made, and what the program calls it. */
void tc_py_made(const void *object, uint8_t type, uint32_t value, struct tc_site site);

/* The same object, in the state of a new one. */
void tc_py_renewed(const void *object, uint8_t type, struct tc_site site);

/* The object is about to be no more. */
void tc_py_gone(const void *object, uint8_t type);

/* What the program calls the object that it is making now, by its frames; NULL: it does not say.
 * The text holds until the next call. */
const char *tc_py_name_of_new(const struct tc_py_frame *frames, unsigned count);

/* Between enter and leave: an event of a higher operation's object, once. */
void tc_py_tell_higher(struct tc_thread *self, struct tc_py_call_frame *call,
                       enum tc_event_code code);

/* The operation that a condition's wait is a part of; NULL: the program waits on the condition. */
struct tc_py_call_frame *tc_py_owner_of_wait(const struct tc_py_call_frame *wait);

/* locks.c: watches the methods of the type of `lock`, PY_LOCK or PY_RLOCK. */
void tc_py_patch_lock(PyObject *lock, uint8_t type);

/* classes.c: watches the classes of threading, once they are there. */
void tc_py_look_for_classes(void);

/* types.c: watches the type of a lock that was made by another interpreter of this process. */
void tc_py_watch_type(PyObject *lock, uint8_t type);

/* What belonged to an interpreter that has come to its end. */
void tc_py_types_forget(void);
void tc_py_classes_forget(void);
void tc_py_wrappers_forget(void);
void tc_py_methods_forget(void);

/* PY_LOCK, PY_RLOCK, or 0: another kind of lock. */
uint8_t tc_py_lock_type(const PyObject *lock);

/* The class RuntimeError. */
PyObject *tc_py_runtime_error(void);

/* HAPPENS_BEFORE or HAPPENS_AFTER, by way of an object. */
void tc_py_channel(const void *object, enum tc_event_code code, uint32_t stack);

/* What races between threads are ordered by; NULL: nobody asks.  With the interpreter's lock. */
struct tc_py_listener {
    void (*acquired)(const void *object); /* got it, or was woken by it */
    void (*released)(const void *object); /* is about to give it, or to wake others */
    void (*gone)(const void *object);     /* its address may become another object's */
    void (*starting)(const void *token);  /* a thread is about to be made, by this one */
    void (*started)(const void *token);   /* the new thread's first call */
    void (*ending)(const void *thread);   /* a Thread object's thread ends */
    void (*joined)(const void *thread);   /* a Thread object was joined */
};
extern const struct tc_py_listener *tc_py_listener;

#endif
