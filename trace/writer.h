/* writer.h: builds trace files from calls, for tests, fuzzing and benchmarks.
 *
 * What: what the shim's recorder writes, without a program: the same records, slot cache, held list
 *       and tickets, through the same encoder.  Tickets are taken in the order of the calls, so the
 *       order of the calls is one of the orders that the trace allows.
 * Threads: single-threaded.  Out of memory ends the process with a message.
 *
 *     struct tc_writer *w = tc_writer_new();
 *     uint32_t main = tc_writer_thread(w, 0, "main");
 *     uint32_t lock = tc_writer_object(w, TC_OBJECT_MUTEX, 0, 0);
 *     uint32_t here = tc_writer_stack1(w, 0x1000);
 *     tc_writer_event(w, main, TC_EV_ACQUIRE, lock, here, 0, 0);
 *     tc_writer_event(w, main, TC_EV_RELEASE, lock, here, 0, 0);
 *     size_t size;
 *     const void *bytes = tc_writer_finish(w, &size);
 */
#ifndef TC_TRACE_WRITER_H
#define TC_TRACE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "threadcheck/events.h"
#include "threadcheck/trace_format.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tc_writer;

/* A writer with a process record ("synthetic") and no threads. */
struct tc_writer *tc_writer_new(void);
void tc_writer_free(struct tc_writer *writer);

/* Bytes of each chunk made from here on, at least 4096, rounded up to pages; 65536 at first. */
void tc_writer_chunk_size(struct tc_writer *writer, uint32_t size);

/* The header as it will be written: tests may change it. */
struct tc_file_header *tc_writer_header(struct tc_writer *writer);

/* Declares a thread with its THREAD object; returns its index (1, 2, ...).  `name` may be NULL.
 * The first one is the main thread: tid equals pid.  Records no events. */
uint32_t tc_writer_thread(struct tc_writer *writer, uint32_t parent, const char *name);
uint32_t tc_writer_thread_object(const struct tc_writer *writer, uint32_t thread);

/* A race's record; returns its id.  `locks` are those of both sides. */
uint32_t tc_writer_race(struct tc_writer *writer, const struct tc_meta_race *race,
                        const uint32_t *locks, size_t count);

/* THREAD_CREATE by `parent`, a new thread, and its THREAD_START; returns its index. */
uint32_t tc_writer_spawn(struct tc_writer *writer, uint32_t parent, uint32_t stack);
/* THREAD_EXIT of `thread`. */
void tc_writer_exit(struct tc_writer *writer, uint32_t thread);
/* THREAD_JOIN of `thread` by `by`. */
void tc_writer_join(struct tc_writer *writer, uint32_t by, uint32_t thread, uint32_t stack);

/* Declares an object; returns its id (1, 2, ...; threads have one each, too).  Each gets an address
 * of its own.  `attr` is enum tc_attr, `value` that of a semaphore or the parties of a barrier. */
uint32_t tc_writer_object(struct tc_writer *writer, uint8_t type, uint32_t attr, uint32_t value);
/* The same with everything said; `id` and `head` of `meta` are ignored. */
uint32_t tc_writer_object_full(struct tc_writer *writer, const struct tc_meta_object *meta);
void tc_writer_object_name(struct tc_writer *writer, uint32_t object, const char *name);

/* Declares a stack, innermost frame first; returns its id (1, 2, ...). */
uint32_t tc_writer_stack(struct tc_writer *writer, const uint64_t *frames, unsigned count);
uint32_t tc_writer_stack1(struct tc_writer *writer, uint64_t frame);

/* A line that every report must show. */
void tc_writer_warning(struct tc_writer *writer, const char *text);
/* One that a report shows among its notes: how much of the program is covered. */
void tc_writer_remark(struct tc_writer *writer, const char *text);
/* Any meta record: `record` starts with a head whose type is set; `size` bytes in all. */
void tc_writer_meta(struct tc_writer *writer, const void *record, uint32_t size);

/* One event of `thread`, as tc_event of the recorder does it.  Any of the last four may be 0. */
void tc_writer_event(struct tc_writer *writer, uint32_t thread, uint8_t code, uint32_t object,
                     uint32_t stack, uint64_t arg, uint32_t result);

/* A TIME record: the thread's clock goes on by `ns`. */
void tc_writer_time(struct tc_writer *writer, uint32_t thread, uint64_t ns);

/* `count` events of `thread` were lost here; what was held must be restated by STILL_HELD. */
void tc_writer_lost(struct tc_writer *writer, uint32_t thread, uint64_t count);

/* Takes tickets of an object without a record, as a thread does that is killed in between. */
void tc_writer_skip_tickets(struct tc_writer *writer, uint32_t object, uint64_t count);

/* Bytes put directly into the thread's stream, for damaged traces. */
void tc_writer_raw(struct tc_writer *writer, uint32_t thread, const void *bytes, uint32_t size);

/* The whole file so far, with the header up to date and TC_HEADER_FINISHED set.  Valid until the
 * next call.  More may be written after it. */
const void *tc_writer_finish(struct tc_writer *writer, size_t *size);

/* The same into a file.  false, with errno set, when that fails. */
bool tc_writer_save(struct tc_writer *writer, const char *path);

#ifdef __cplusplus
}
#endif
#endif
