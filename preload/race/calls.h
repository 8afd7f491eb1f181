/* calls.h: calls of libc that are seen where races are looked for, by the GOT of the modules.
 *
 * What: libc's functions, and wrappers that tell the race core what they access and order (rows:
 *       calls.def); which slots of which modules are set to these.
 * Threads: tc_calls_find in the constructor; tc_calls_patch while there is one thread, or for
 *          modules that were loaded later; the wrappers in any thread.
 */
#ifndef TC_PRELOAD_RACE_CALLS_H
#define TC_PRELOAD_RACE_CALLS_H

#include <fcntl.h>
#include <link.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "preload/race/race.h"

/* Libc's own functions; NULL: it has none of that name. */
struct tc_calls {
#define TC_CALL(CLASS, RESULT, name, parameters, arguments, BEFORE, AFTER) RESULT(*name) parameters;
#define TC_CALL_VOID(CLASS, name, parameters, arguments, BEFORE)           void(*name) parameters;
#define TC_CALL_OWN(CLASS, RESULT, name, parameters)                       RESULT(*name) parameters;
#include "preload/race/calls.def"
#undef TC_CALL
#undef TC_CALL_VOID
#undef TC_CALL_OWN
};
extern struct tc_calls tc_calls;

/* A row of calls.def. */
enum tc_call_class { TC_CALL_RANGE, TC_CALL_EDGE, TC_CALL_LIBRARY, TC_CALL_HEAP, TC_CALL_DROP };
struct tc_call {
    const char *name;
    void **libc;   /* its place in tc_calls */
    void *wrapper; /* for modules whose accesses are watched */
    void *orders;  /* for the others; NULL: it orders nothing */
    enum tc_call_class class;
    const void *newest; /* a function of newest.c, which is as good as libc's own; or NULL */
    bool own;           /* the program, or something that it loads, has one of its own */
};
extern struct tc_call tc_call_rows[];
extern const size_t tc_call_count;

/* Looks libc's functions up (dlsym): in the constructor, when races are looked for. */
void tc_calls_find(void);

/* Sets the slots of what is loaded now and was not looked at before.  Needs no lock of the loader's
 * and may be called again at any time. */
void tc_calls_patch(void);

/* Instead, where races are not looked for: in modules that were built with -fsanitize=thread, calls
 * of the functions that tell of accesses lead to one that does nothing. */
void tc_calls_silence(void);

/* A module was unloaded: one that is loaded at its place was not looked at. */
void tc_calls_gone(void);

/* The program's own modules: the executable and what is not in the system's library directories. */
struct tc_module_view {
    uintptr_t bias;
    const Elf64_Phdr *segments;
    size_t segment_count;
};
void tc_calls_modules(void (*each)(const struct tc_module_view *view));

/* The same of the one module whose code `pc` is in, which must not go meanwhile; false: it is none
 * of the program's own, or not known.  Takes no lock: it may be called in a signal handler. */
bool tc_calls_module_at(uintptr_t pc, struct tc_module_view *view);

/* The part of tc_calls_find that is about whose heap the program uses. */
void tc_calls_find_heap(void);

/* The wrappers written by hand. */
int tc_on_sprintf(char *to, const char *format, ...);
int tc_on_snprintf(char *to, size_t size, const char *format, ...);
int tc_on___sprintf_chk(char *to, int flag, size_t room, const char *format, ...);
int tc_on___snprintf_chk(char *to, size_t size, int flag, size_t room, const char *format, ...);
void *tc_on_malloc(size_t size);
void *tc_on_calloc(size_t count, size_t size);
void *tc_on_realloc(void *memory, size_t size);
void *tc_on_reallocarray(void *memory, size_t count, size_t size);
void *tc_on_memalign(size_t align, size_t size);
void *tc_on_valloc(size_t size);
void *tc_on_pvalloc(size_t size);
int tc_on_munmap(void *memory, size_t size);
void *tc_on_aligned_alloc(size_t align, size_t size);
int tc_on_posix_memalign(void **memory, size_t align, size_t size);
void tc_on_free(void *memory);
void tc_on__ZdlPv(void *memory);
void tc_on__ZdaPv(void *memory);
void tc_on__ZdlPvm(void *memory, size_t size);
void tc_on__ZdaPvm(void *memory, size_t size);
void *tc_on_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);
void *tc_on_mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset);
void tc_on__ZNSt13__future_base13_State_baseV211_Make_ready6_M_setEv(void *ready);
void *tc_on_mremap(void *old, size_t old_size, size_t size, int flags, void *aim);
void *tc_on_shmat(int segment, const void *address, int flags);
int tc_on_fprintf(FILE *file, const char *format, ...);
int tc_on___fprintf_chk(FILE *file, int flag, const char *format, ...);
int tc_on_dprintf(int fd, const char *format, ...);
int tc_on___dprintf_chk(int fd, int flag, const char *format, ...);
int tc_on_fscanf(FILE *file, const char *format, ...);
int tc_on___isoc99_fscanf(FILE *file, const char *format, ...);

/* How much of two texts is looked at until they are known to differ. */
size_t tc_common(const char *left, const char *right, size_t most, bool fold);

/* Bytes that a print of `result` characters wrote into `size`. */
static inline size_t tc_printed(int result, size_t size) {
    size_t wanted = (size_t)result + 1;
    return result < 0 ? 0 : wanted < size ? wanted : size;
}

void tc_range_pieces(const struct iovec *pieces, int count, size_t most, uint32_t access,
                     struct tc_site site);

#endif
