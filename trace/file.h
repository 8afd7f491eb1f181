/* file.h: what the parts of the reader share: the mapped file, its chunks and its tables.
 *
 * What: struct tc_trace as reader.c (file), chunks.c, meta.c (records) and decode.c (streams) see
 *       it.  Nobody else includes this.
 * Threads: as reader.h.
 */
#ifndef TC_TRACE_FILE_H
#define TC_TRACE_FILE_H

#include "trace/packed.h"
#include "trace/reader.h"

/* A chunk that was found, cut to what the file has of it. */
struct tc_trace_chunk {
    const uint8_t *start, *end;
    uint32_t thread, index;
    uint64_t time; /* ns since the process started */
};

/* A growing list of texts. */
struct tc_text_list {
    char **lines;
    size_t count, size;
};

struct tc_trace {
    char *path;
    const uint8_t *bytes;
    uint64_t size;
    bool mapped;              /* else: allocated */
    struct tc_packed *packed; /* compressed: the bytes are there on demand; or NULL */
    bool damaged;             /* compressed, and not all of it can be unpacked */
    struct tc_file_header header;

    struct tc_trace_chunk *chunks; /* of events, sorted by thread and index; then those of meta */
    uint32_t chunk_count, event_chunks, chunk_size;
    uint32_t *first_chunks; /* by thread index, up to thread_count + 1 */

    struct tc_text_list notes, warnings, remarks;
    uint64_t notes_left_out, holes;

    struct tc_trace_process process;
    char *process_text;
    const char **argv;
    struct tc_trace_module *modules;
    size_t module_count, module_size;
    struct tc_meta_thread *threads; /* by index - 1 */
    char **thread_names;
    uint32_t thread_count;
    const struct tc_meta_object **objects; /* by id - 1 */
    char **object_names;                   /* NULL: no object has one */
    uint32_t object_count;
    struct tc_trace_stack *stacks; /* by id - 1 */
    uint32_t stack_count;
    const struct tc_meta_race **races; /* by id - 1 */
    char **race_names;                 /* NULL: no race has one */
    uint32_t race_count;
    struct tc_trace_code *codes; /* by id - 1 */
    uint32_t code_size;
};

/* chunks.c: finds and sorts the chunks; `file` is -1 when there is none to ask for holes.  False:
 * out of memory. */
bool tc_trace_find_chunks(struct tc_trace *trace, int file);

/* chunks.c: finds the first chunk of each thread, once meta records have told how many there are,
 * and notes the chunks that are missing.  False: out of memory. */
bool tc_trace_index_threads(struct tc_trace *trace);

/* chunks.c: positions in `chunks`, for cursors.  NULL: that one is not of the thread. */
uint32_t tc_trace_first_chunk(const struct tc_trace *trace, uint32_t thread);
const struct tc_trace_chunk *tc_trace_chunk(const struct tc_trace *trace, uint32_t thread,
                                            uint32_t position);

/* chunks.c: the bytes [from, to) are about to be read.  False: they cannot be had, and read as
 * zeros. */
bool tc_trace_need(const struct tc_trace *trace, const uint8_t *from, const uint8_t *to);

/* chunks.c: the bytes [from, to) will not be read again. */
void tc_trace_drop(const struct tc_trace *trace, const uint8_t *from, const uint8_t *to);

/* meta.c: loads the meta records of all META chunks; false when out of memory. */
bool tc_trace_load_meta(struct tc_trace *trace);
void tc_trace_free_meta(struct tc_trace *trace);

/* codes.c: `record` has a plausible id and at least its fixed part; false when out of memory. */
bool tc_trace_load_code(struct tc_trace *trace, const struct tc_meta_code *record, uint32_t size);
void tc_trace_free_codes(struct tc_trace *trace);

/* text_list.c */
bool tc_text_list_add(struct tc_text_list *list, const char *text);
void tc_text_list_free(struct tc_text_list *list);

/* guard.c: from here on, pages of the mapping that the file no longer has read as zeros.  At most
 * 64 mappings at once are guarded. */
void tc_guard_mapping(const uint8_t *start, uint64_t size);
void tc_unguard_mapping(const uint8_t *start);
/* Whether pages had to be replaced. */
bool tc_guard_hit(const uint8_t *start);

#endif
