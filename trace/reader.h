/* reader.h: opens a trace file and gives out what it says.
 *
 * What: the header, the meta records (program, modules, threads, objects, stacks, names, warnings)
 *       and, through decode.h, the event stream of each thread.  The layout is trace_format.h.
 * Promise: whatever the bytes are - cut, changed, still being written, shrinking under the reader -
 *       there is a clear error or a partial trace with notes of what is missing; never a crash, a
 *       hang, or more memory than a small multiple of the file's size.
 * Threads: a trace belongs to one thread at a time.  Opening the first one installs a SIGBUS
 *       handler, so that a file that shrinks reads as zeros; other SIGBUS go where they went.
 */
#ifndef TC_TRACE_READER_H
#define TC_TRACE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "threadcheck/trace_format.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tc_trace;

enum tc_trace_state {
    TC_TRACE_OK,          /* read; tc_trace_note_count says whether something is missing */
    TC_TRACE_UNREADABLE,  /* cannot be opened or mapped */
    TC_TRACE_NOT_A_TRACE, /* a directory, a pipe, or a file with other bytes */
    TC_TRACE_EMPTY,       /* no bytes, or zeros only: the writer ended before it began */
    TC_TRACE_NEWER,       /* written for a newer reader */
    TC_TRACE_FOREIGN,     /* of a machine with the other byte order */
};

struct tc_trace_error {
    enum tc_trace_state state;
    char text[512]; /* one line without newline that names the file; "" with TC_TRACE_OK */
};

/* Opens the trace at `path`, which zstd may have compressed.  NULL, with `error` filled in, when it
 * cannot be used at all.  A trace that is being written is read as it is now. */
struct tc_trace *tc_trace_open(const char *path, struct tc_trace_error *error);

/* The same for bytes in memory, which are copied. */
struct tc_trace *tc_trace_open_memory(const void *data, size_t size, const char *name,
                                      struct tc_trace_error *error);

void tc_trace_close(struct tc_trace *trace); /* NULL is fine */

const char *tc_trace_path(const struct tc_trace *trace);
const struct tc_file_header *tc_trace_header(const struct tc_trace *trace);
uint32_t tc_trace_chunks(const struct tc_trace *trace); /* of events */
uint64_t tc_trace_size(const struct tc_trace *trace);   /* bytes of the file when it was opened */

/* What is missing or damaged, one line each, in the order found.  Readers of the event streams add
 * theirs.  A note that says the same again is left out; after 100 the rest is only counted. */
size_t tc_trace_note_count(const struct tc_trace *trace);
const char *tc_trace_note(const struct tc_trace *trace, size_t index);
void tc_trace_add_note(struct tc_trace *trace, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether the program has begun new chunks or ended since the trace was opened: it ran then. */
bool tc_trace_grew(const struct tc_trace *trace);

/* How many objects the file has by now; 0 when there are no more than when it was opened. */
uint32_t tc_trace_objects_now(const struct tc_trace *trace);

/* Whether the file became shorter while it was read: what was cut off read as zeros. */
bool tc_trace_shrank(const struct tc_trace *trace);

/* Events that the recorder says it had to leave out (header counters). */
uint64_t tc_trace_lost(const struct tc_trace *trace);

/* Chunks of events that are missing although others of the same time are there. */
uint64_t tc_trace_holes(const struct tc_trace *trace);

/* The traced program.  Texts are never NULL. */
struct tc_trace_process {
    const char *executable, *directory;
    uint32_t argc;
    const char *const *argv;
};
const struct tc_trace_process *tc_trace_process(const struct tc_trace *trace);

/* Lines that every report must show. */
size_t tc_trace_warning_count(const struct tc_trace *trace);
const char *tc_trace_warning(const struct tc_trace *trace, size_t index);

/* What the shim has to say that is no warning: how much of the program is covered. */
size_t tc_trace_remark_count(const struct tc_trace *trace);
const char *tc_trace_remark(const struct tc_trace *trace, size_t index);

/* A mapped file, in the order of mapping.  Later ones replace what they overlap. */
struct tc_trace_module {
    uint64_t start, end, bias; /* end exclusive; bias as in tc_meta_module */
    const uint8_t *build_id;
    uint32_t build_id_size; /* 0: none */
    const char *path;       /* "": unknown */
    bool unloaded;          /* taken away later by dlclose */
};
size_t tc_trace_module_count(const struct tc_trace *trace);
const struct tc_trace_module *tc_trace_module(const struct tc_trace *trace, size_t index);

/* The module that held `address` at any time, the latest one of several; NULL: none. */
const struct tc_trace_module *tc_trace_module_at(const struct tc_trace *trace, uint64_t address);

/* Threads by index, from 1.  NULL: index out of range.  Fields that were never written are 0; so is
 * `thread` of an index of which only events are left. */
uint32_t tc_trace_thread_count(const struct tc_trace *trace);
const struct tc_meta_thread *tc_trace_thread(const struct tc_trace *trace, uint32_t index);
const char *tc_trace_thread_name(const struct tc_trace *trace, uint32_t index); /* NULL: none */

/* Objects by id, from 1.  NULL: its record is missing.  Ids above the count do not exist. */
uint32_t tc_trace_object_count(const struct tc_trace *trace);
const struct tc_meta_object *tc_trace_object(const struct tc_trace *trace, uint32_t id);
const char *tc_trace_object_name(const struct tc_trace *trace, uint32_t id); /* NULL: none */

/* Stacks by id, from 1.  `count` 0: its record is missing.  Frames as in tc_meta_stack. */
struct tc_trace_stack {
    const uint64_t *frames; /* innermost first */
    uint16_t count, flags;  /* enum tc_stack_flag */
};
uint32_t tc_trace_stack_count(const struct tc_trace *trace);
struct tc_trace_stack tc_trace_stack(const struct tc_trace *trace, uint32_t id);

/* Races by id, from 1; NULL: its record is missing.  `locks` is as long as its sides say. */
uint32_t tc_trace_race_count(const struct tc_trace *trace);
const struct tc_meta_race *tc_trace_race(const struct tc_trace *trace, uint64_t id);

/* What the program calls what the race is about; NULL: it was not told. */
const char *tc_trace_race_name(const struct tc_trace *trace, uint64_t id);

/* Functions of interpreted programs by id, as frames with TC_FRAME_PYTHON name them.  NULL: its
 * record is missing. */
struct tc_trace_code {
    const char *file, *name; /* never NULL */
    uint32_t first_line;     /* 0: not known */
};
const struct tc_trace_code *tc_trace_code(const struct tc_trace *trace, uint32_t id);

#ifdef __cplusplus
}
#endif
#endif
