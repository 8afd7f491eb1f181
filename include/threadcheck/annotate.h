/* annotate.h: what a program may tell threadcheck about itself.
 *
 * Optional.  Include it and call what is below; nothing has to be linked.  When the program runs
 * without threadcheck each call is one load and a test that fails; with NDEBUG_THREADCHECK defined
 * before the include there is nothing at all.  For C (C11 or GNU C) and C++11, GCC and Clang.
 *
 * All functions may be called from any thread, from several at once, and from signal handlers.
 * None fails, sets errno or allocates.  An address is only a key: it is not dereferenced, except
 * that tc_name looks at what kind of mutex, lock or semaphore it is given.
 * docs/annotations.md has examples.
 */
#ifndef THREADCHECK_ANNOTATE_H
#define THREADCHECK_ANNOTATE_H

#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The one symbol; libthreadcheck.so defines it.  Use the functions below. */
enum tc_annotation {
    TC_ANNOTATE_NAME = 1,       /* text: the name; number: an object type of objects.def, or 0 */
    TC_ANNOTATE_THREAD_NAME,    /* text */
    TC_ANNOTATE_HAPPENS_BEFORE, /* address */
    TC_ANNOTATE_HAPPENS_AFTER,  /* address */
    TC_ANNOTATE_IGNORE_BEGIN,
    TC_ANNOTATE_IGNORE_END,
    TC_ANNOTATE_ASSERT_HELD,     /* address */
    TC_ANNOTATE_ASSERT_NOT_HELD, /* address */
    TC_ANNOTATE_LOCK_CREATED,    /* address; text: a name or NULL; number: enum tc_lock_flag */
    TC_ANNOTATE_LOCK_DESTROYED,  /* address */
    TC_ANNOTATE_LOCK_REQUEST,    /* address; number: enum tc_lock_flag */
    TC_ANNOTATE_LOCK_FAILED,     /* address; number: an errno value */
    TC_ANNOTATE_LOCK_ACQUIRED,   /* address; number: enum tc_lock_flag */
    TC_ANNOTATE_LOCK_RELEASED,   /* address; number: enum tc_lock_flag */
    TC_ANNOTATE_MEMORY_REUSED,   /* address; number: bytes */
    TC_ANNOTATE_LOCK_ORDER,      /* address: the first lock; text: the address of the second;
                                    number: type of the first + 256 * type of the second */
    TC_ANNOTATE_LOCK_CLASS_ORDER /* address and text: the names of the first and the second */
};
extern void threadcheck_annotate(enum tc_annotation what, const volatile void *address,
                                 const char *text, unsigned long number) __attribute__((weak));

/* How a lock of the program's own is made, asked for, or held. */
enum tc_lock_flag {
    TC_LOCK_SHARED = 1,   /* for reading, beside other readers */
    TC_LOCK_TRY = 2,      /* by a try, which does not block */
    TC_LOCK_TIMED = 4,    /* with a limit of time */
    TC_LOCK_RECURSIVE = 8 /* (created) its owner may take it again */
};

#ifdef NDEBUG_THREADCHECK
#define TC_ANNOTATE_(what, address, text, number)                                                  \
    ((void)(what), (void)(address), (void)(text), (void)(number))
#else
#define TC_ANNOTATE_(what, address, text, number)                                                  \
    (threadcheck_annotate ? threadcheck_annotate(what, address, text, number) : (void)0)
#endif
#define TC_ANNOTATE_INLINE_ static inline __attribute__((always_inline, unused))

/* True when the program runs under threadcheck. */
TC_ANNOTATE_INLINE_ int tc_present(void) {
#ifdef NDEBUG_THREADCHECK
    return 0;
#else
    return threadcheck_annotate != NULL;
#endif
}

/* Names the object of type `type` (a number of threadcheck/objects.def; 0: whatever object is known
 * at the address) for reports.  The text is copied.  Call it after the object's initialisation; one
 * with a static initialiser may be named at any time.  tc_name finds the type by the pointer's. */
TC_ANNOTATE_INLINE_ void tc_name_as(const volatile void *address, const char *name,
                                    unsigned long type) {
    TC_ANNOTATE_(TC_ANNOTATE_NAME, address, name, type);
}

/* Names the calling thread in reports, without the limit of pthread_setname_np.  Copied. */
TC_ANNOTATE_INLINE_ void tc_name_thread(const char *name) {
    TC_ANNOTATE_(TC_ANNOTATE_THREAD_NAME, NULL, name, 0);
}

/* What this thread did before tc_happens_before(address) happens before what any thread does after
 * a later tc_happens_after(address).  For hand-overs that threadcheck cannot see: flags, queues
 * without locks, pipes. */
TC_ANNOTATE_INLINE_ void tc_happens_before(const volatile void *address) {
    TC_ANNOTATE_(TC_ANNOTATE_HAPPENS_BEFORE, address, NULL, 0);
}
TC_ANNOTATE_INLINE_ void tc_happens_after(const volatile void *address) {
    TC_ANNOTATE_(TC_ANNOTATE_HAPPENS_AFTER, address, NULL, 0);
}

/* What the calling thread does between the two causes no finding.  They nest. */
TC_ANNOTATE_INLINE_ void tc_ignore_begin(void) {
    TC_ANNOTATE_(TC_ANNOTATE_IGNORE_BEGIN, NULL, NULL, 0);
}
TC_ANNOTATE_INLINE_ void tc_ignore_end(void) {
    TC_ANNOTATE_(TC_ANNOTATE_IGNORE_END, NULL, NULL, 0);
}

/* The calling thread must (must not) hold the lock at `address` here, for reading or writing; it is
 * reported when it does not (does).  Nothing is said of an address that is no known lock.
 * tc_assert_held and tc_assert_not_held find the type by the pointer's. */
TC_ANNOTATE_INLINE_ void tc_assert_held_as(const volatile void *address, unsigned long type) {
    TC_ANNOTATE_(TC_ANNOTATE_ASSERT_HELD, address, NULL, type);
}
TC_ANNOTATE_INLINE_ void tc_assert_not_held_as(const volatile void *address, unsigned long type) {
    TC_ANNOTATE_(TC_ANNOTATE_ASSERT_NOT_HELD, address, NULL, type);
}

/* From here on no thread may ask for lock `before` while it holds lock `after`; it is reported when
 * one does, even once.  Where both were initialised by calls, the same goes for all locks that were
 * initialised at the same two places, unless that is one place.  A try may be made in any order.
 * tc_lock_order(before, after) finds the types by the pointers'. */
TC_ANNOTATE_INLINE_ void tc_lock_order_as(const volatile void *before, unsigned long before_type,
                                          const volatile void *after, unsigned long after_type) {
    TC_ANNOTATE_(TC_ANNOTATE_LOCK_ORDER, before, (const char *)after,
                 before_type + 256 * after_type);
}

/* The same for all locks that tc_name gave the names, now or later. */
TC_ANNOTATE_INLINE_ void tc_lock_class_order(const char *before, const char *after) {
    TC_ANNOTATE_(TC_ANNOTATE_LOCK_CLASS_ORDER, before, after, 0);
}

/* Locks of the program's own.  Any address serves as the lock; `flags` is a union of enum
 * tc_lock_flag, 0 for an exclusive blocking lock.
 *   tc_lock_created    once the lock can be used; optional.  `name` may be NULL.
 *   tc_lock_destroyed  before its memory becomes something else
 *   tc_lock_request    before the thread may block for it; not for a try
 *   tc_lock_failed     after a request that did not get it (`error`: ETIMEDOUT, EINTR, ...)
 *   tc_lock_acquired   once the thread holds it, with the flags of the request, or TC_LOCK_TRY
 *   tc_lock_released   before the thread gives it up
 * A lock built on a mutex needs none of these: the mutex is seen. */
TC_ANNOTATE_INLINE_ void tc_lock_created(const volatile void *address, const char *name,
                                         unsigned flags) {
    TC_ANNOTATE_(TC_ANNOTATE_LOCK_CREATED, address, name, flags);
}
TC_ANNOTATE_INLINE_ void tc_lock_destroyed(const volatile void *address) {
    TC_ANNOTATE_(TC_ANNOTATE_LOCK_DESTROYED, address, NULL, 0);
}
TC_ANNOTATE_INLINE_ void tc_lock_request(const volatile void *address, unsigned flags) {
    TC_ANNOTATE_(TC_ANNOTATE_LOCK_REQUEST, address, NULL, flags);
}
TC_ANNOTATE_INLINE_ void tc_lock_failed(const volatile void *address, int error) {
    TC_ANNOTATE_(TC_ANNOTATE_LOCK_FAILED, address, NULL, (unsigned long)error);
}
TC_ANNOTATE_INLINE_ void tc_lock_acquired(const volatile void *address, unsigned flags) {
    TC_ANNOTATE_(TC_ANNOTATE_LOCK_ACQUIRED, address, NULL, flags);
}
TC_ANNOTATE_INLINE_ void tc_lock_released(const volatile void *address, unsigned flags) {
    TC_ANNOTATE_(TC_ANNOTATE_LOCK_RELEASED, address, NULL, flags);
}

/* The `size` bytes at `address` go back to an allocator of the program's own: what locks were there
 * are gone, and their order is forgotten; so are the accesses that races are looked for in. */
TC_ANNOTATE_INLINE_ void tc_memory_reused(const volatile void *address, size_t size) {
    TC_ANNOTATE_(TC_ANNOTATE_MEMORY_REUSED, address, NULL, size);
}

#ifdef __cplusplus
}
#endif

/* tc_name(address, name): tc_name_as with the type that the pointer tells.  In C++ also for
 * std::mutex and whatever else has a native_handle that is a pointer. */
#if defined(__cplusplus)
struct tc_typed_ { /* an address and its type */
    const volatile void *address;
    unsigned long type;
};
inline tc_typed_ tc_typed_of_(pthread_mutex_t *object) {
    return tc_typed_{object, 2};
}
inline tc_typed_ tc_typed_of_(pthread_rwlock_t *object) {
    return tc_typed_{object, 3};
}
inline tc_typed_ tc_typed_of_(pthread_cond_t *object) {
    return tc_typed_{object, 5};
}
inline tc_typed_ tc_typed_of_(sem_t *object) {
    return tc_typed_{object, 6};
}
inline tc_typed_ tc_typed_of_(pthread_barrier_t *object) {
    return tc_typed_{object, 7};
}
inline tc_typed_ tc_typed_of_(const volatile void *object) {
    return tc_typed_{object, 0};
}
template <class T>
inline auto tc_typed_by_handle_(T *object, long)
    -> decltype(tc_typed_of_(object->native_handle())) {
    return tc_typed_of_(object->native_handle());
}
template <class T> /* std::shared_mutex: its handle is a void * */
inline auto tc_typed_by_handle_(T *object, int)
    -> decltype(object->lock_shared(), object->native_handle(), tc_typed_()) {
    return tc_typed_{object->native_handle(), 3};
}
template <class T> inline auto tc_typed_of_(T *object) -> decltype(tc_typed_by_handle_(object, 0)) {
    return tc_typed_by_handle_(object, 0);
}
template <class T> inline void tc_name(T *object, const char *name) {
    tc_name_as(tc_typed_of_(object).address, name, tc_typed_of_(object).type);
}
template <class T> inline void tc_assert_held(T *object) {
    tc_assert_held_as(tc_typed_of_(object).address, tc_typed_of_(object).type);
}
template <class T> inline void tc_assert_not_held(T *object) {
    tc_assert_not_held_as(tc_typed_of_(object).address, tc_typed_of_(object).type);
}
template <class T, class U> inline void tc_lock_order(T *before, U *after) {
    tc_lock_order_as(tc_typed_of_(before).address, tc_typed_of_(before).type,
                     tc_typed_of_(after).address, tc_typed_of_(after).type);
}
#else
/* glibc has these types only when POSIX 2001 is asked for, which -std=c11 alone does not. */
#ifdef PTHREAD_RWLOCK_INITIALIZER
#define TC_TYPE_OF_RWLOCK_ pthread_rwlock_t * : 3,
#else
#define TC_TYPE_OF_RWLOCK_
#endif
#ifdef PTHREAD_BARRIER_SERIAL_THREAD
#define TC_TYPE_OF_BARRIER_ pthread_barrier_t * : 7,
#else
#define TC_TYPE_OF_BARRIER_
#endif
#if defined(__GNUC__) || __STDC_VERSION__ >= 201112L
#define TC_TYPE_OF_(address)                                                                       \
    (__extension__ _Generic((address),                                                             \
                            TC_TYPE_OF_RWLOCK_ TC_TYPE_OF_BARRIER_ pthread_mutex_t * : 2,          \
                            pthread_cond_t * : 5, sem_t * : 6, default : 0))
#else
#define TC_TYPE_OF_(address) 0
#endif
#define tc_name(address, name)      tc_name_as(address, name, TC_TYPE_OF_(address))
#define tc_assert_held(address)     tc_assert_held_as(address, TC_TYPE_OF_(address))
#define tc_assert_not_held(address) tc_assert_not_held_as(address, TC_TYPE_OF_(address))
#define tc_lock_order(before, after)                                                               \
    tc_lock_order_as(before, TC_TYPE_OF_(before), after, TC_TYPE_OF_(after))
#endif

/* The names that other tools gave to the same things, unless they are taken. */
#ifndef ANNOTATE_HAPPENS_BEFORE
#define ANNOTATE_HAPPENS_BEFORE(address) tc_happens_before(address)
#endif
#ifndef ANNOTATE_HAPPENS_AFTER
#define ANNOTATE_HAPPENS_AFTER(address) tc_happens_after(address)
#endif
#ifndef ANNOTATE_RWLOCK_CREATE
#define ANNOTATE_RWLOCK_CREATE(address)  tc_lock_created(address, NULL, 0)
#define ANNOTATE_RWLOCK_DESTROY(address) tc_lock_destroyed(address)
#define ANNOTATE_RWLOCK_ACQUIRED(address, writing)                                                 \
    tc_lock_acquired(address, (writing) ? 0 : TC_LOCK_SHARED)
#define ANNOTATE_RWLOCK_RELEASED(address, writing)                                                 \
    tc_lock_released(address, (writing) ? 0 : TC_LOCK_SHARED)
#endif
#ifndef ANNOTATE_IGNORE_READS_AND_WRITES_BEGIN
#define ANNOTATE_IGNORE_READS_AND_WRITES_BEGIN() tc_ignore_begin()
#define ANNOTATE_IGNORE_READS_AND_WRITES_END()   tc_ignore_end()
#endif
#ifndef ANNOTATE_THREAD_NAME
#define ANNOTATE_THREAD_NAME(name) tc_name_thread(name)
#endif
#ifndef ANNOTATE_NEW_MEMORY
#define ANNOTATE_NEW_MEMORY(address, size) tc_memory_reused(address, size)
#endif

#endif
