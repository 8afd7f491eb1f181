/* reader.c: opens and maps a trace file, checks its header and finds its chunks (reader.h). */
#include "trace/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/file.h"
#include "trace/zstd_file.h"

enum { NOTES_MAX = 100 };
#define LOOK_AROUND (16u << 20)

static void fail(struct tc_trace_error *error, enum tc_trace_state state, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void fail(struct tc_trace_error *error, enum tc_trace_state state, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    error->state = state;
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    for (char *at = error->text; *at; at++) /* a path may hold anything; the error is one line */
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = '?';
}

void tc_trace_add_note(struct tc_trace *trace, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (size_t i = 0; i < trace->notes.count; i++)
        if (strcmp(trace->notes.lines[i], text) == 0)
            return;
    if (trace->notes.count < NOTES_MAX && tc_text_list_add(&trace->notes, text))
        return;
    trace->notes_left_out++;
    if (trace->notes.count == NOTES_MAX)
        tc_text_list_add(&trace->notes, "there is more of this kind");
}

/* Finds chunks.  */

static bool valid_chunk(const struct tc_chunk_header *head) {
    return head->magic == TC_CHUNK_MAGIC && head->size >= TC_PAGE && head->size <= TC_CHUNK_MAX &&
           head->size % TC_PAGE == 0 &&
           ((head->kind == TC_CHUNK_EVENTS && head->thread) || head->kind == TC_CHUNK_META);
}

static bool add_chunk(struct tc_trace *trace, const struct tc_chunk_header *head, uint64_t offset) {
    if (trace->chunk_count == trace->chunk_size) {
        uint32_t size = trace->chunk_size ? trace->chunk_size * 2 : 64;
        struct tc_trace_chunk *chunks = realloc(trace->chunks, size * sizeof *chunks);
        if (!chunks)
            return false;
        trace->chunks = chunks;
        trace->chunk_size = size;
    }
    uint64_t base = trace->header.start_monotonic;
    uint64_t end = offset + head->size;
    trace->chunks[trace->chunk_count++] = (struct tc_trace_chunk){
        .start = trace->bytes + offset,
        .end = trace->bytes + (end < trace->size ? end : trace->size),
        .thread = head->kind == TC_CHUNK_META ? 0 : head->thread,
        .index = head->index,
        .time = head->time > base ? head->time - base : 0,
    };
    return true;
}

/* The next offset with data, so that a file of holes is walked quickly. */
static uint64_t skip_hole(int file, uint64_t offset, uint64_t size) {
    if (file < 0)
        return offset;
    off_t data = lseek(file, (off_t)offset, SEEK_DATA);
    if (data < 0)
        return errno == ENXIO ? size : offset;
    uint64_t page = (uint64_t)data / TC_PAGE * TC_PAGE;
    return page > offset ? page : offset;
}

/* Of a compressed trace all is unpacked once, as it is only then known to be whole; what the meta
 * records are in stays. */
static bool take_chunk(struct tc_trace *trace, const struct tc_chunk_header *head,
                       uint64_t offset) {
    if (!trace->packed)
        return true;
    uint64_t end = offset + head->size < trace->size ? offset + head->size : trace->size;
    bool keep = head->kind == TC_CHUNK_META;
    return (!keep || tc_packed_keep(trace->packed, offset, end)) &&
           tc_trace_need(trace, trace->bytes + offset, trace->bytes + end);
}

/* Chunks of threads that a file of this size cannot have are not believed. */
static bool find_chunks(struct tc_trace *trace, int file) {
    bool whole = true;
    uint64_t plausible = trace->size / sizeof(struct tc_meta_thread) + 16;
    uint64_t skipped = 0, first_skipped = 0, looked_at = 0;
    for (uint64_t offset = TC_PAGE; offset + sizeof(struct tc_chunk_header) <= trace->size;) {
        struct tc_chunk_header head;
        if (offset - looked_at >= LOOK_AROUND) { /* the kernel maps more than what was looked at */
            tc_trace_drop(trace, trace->bytes + looked_at, trace->bytes + offset);
            looked_at = offset;
        }
        whole =
            tc_trace_need(trace, trace->bytes + offset, trace->bytes + offset + TC_PAGE) && whole;
        memcpy(&head, trace->bytes + offset, sizeof head);
        if (valid_chunk(&head) && head.thread <= plausible) {
            whole = take_chunk(trace, &head, offset) && whole;
            if (!add_chunk(trace, &head, offset))
                return false;
            if (offset + head.size > trace->size)
                tc_trace_add_note(trace, "the file is cut in the middle of a chunk");
            offset += head.size;
            continue;
        }
        if (head.magic != 0) { /* 0: claimed, but not begun when its process ended */
            if (!skipped)
                first_skipped = offset;
            skipped += TC_PAGE;
        }
        offset += TC_PAGE;
        if (head.magic == 0 && offset % (16 * TC_PAGE) == 0)
            offset = skip_hole(file, offset, trace->size);
    }
    if (skipped)
        tc_trace_add_note(trace, "%llu bytes from offset %llu on are not a part of any chunk",
                          (unsigned long long)skipped, (unsigned long long)first_skipped);
    trace->damaged = !whole;
    return true;
}

/* By thread (meta last), then number; a number twice: by place. */
static int compare_chunks(const void *left, const void *right) {
    const struct tc_trace_chunk *a = left, *b = right;
    if (a->thread != b->thread)
        return a->thread - 1u < b->thread - 1u ? -1 : 1; /* 0 wraps to the greatest */
    if (a->index != b->index)
        return a->index < b->index ? -1 : 1;
    return (a->start > b->start) - (a->start < b->start);
}

static bool index_chunks(struct tc_trace *trace) {
    if (trace->chunk_count)
        qsort(trace->chunks, trace->chunk_count, sizeof *trace->chunks, compare_chunks);
    while (trace->event_chunks < trace->chunk_count && trace->chunks[trace->event_chunks].thread)
        trace->event_chunks++;
    if (trace->event_chunks)
        trace->thread_count = trace->chunks[trace->event_chunks - 1].thread;
    return true;
}

/* After the number of threads is known from chunks and meta records. */
static bool index_threads(struct tc_trace *trace) {
    trace->first_chunks = calloc(trace->thread_count + 2ul, sizeof *trace->first_chunks);
    if (!trace->first_chunks)
        return false;
    uint32_t position = 0;
    for (uint32_t thread = 0; thread <= trace->thread_count + 1; thread++) {
        while (position < trace->event_chunks && trace->chunks[position].thread < thread)
            position++;
        trace->first_chunks[thread] = position;
    }
    return true;
}

/* Chunks that must have been there: by the numbers of those that are, and, in the trace of a
 * program that ended, the first one of each thread that ran. */
static void count_holes(struct tc_trace *trace) {
    for (uint32_t i = 0; i < trace->event_chunks; i++) {
        const struct tc_trace_chunk *chunk = &trace->chunks[i];
        bool first = i == 0 || chunk[-1].thread != chunk->thread;
        uint32_t expected = first ? 0 : chunk[-1].index + 1;
        if (chunk->index != expected)
            trace->holes += chunk->index > expected ? chunk->index - expected : 1;
    }
    bool finished = trace->header.flags & TC_HEADER_FINISHED;
    for (uint32_t thread = 1; finished && thread <= trace->thread_count; thread++)
        if (trace->threads[thread - 1].tid &&
            !tc_trace_chunk(trace, thread, trace->first_chunks[thread]))
            trace->holes++;
    if (trace->holes)
        tc_trace_add_note(trace, "chunks of events are missing: %llu",
                          (unsigned long long)trace->holes);
}

uint32_t tc_trace_first_chunk(const struct tc_trace *trace, uint32_t thread) {
    return thread <= trace->thread_count ? trace->first_chunks[thread] : UINT32_MAX;
}

const struct tc_trace_chunk *tc_trace_chunk(const struct tc_trace *trace, uint32_t thread,
                                            uint32_t position) {
    if (position >= trace->event_chunks || trace->chunks[position].thread != thread)
        return NULL;
    return &trace->chunks[position];
}

bool tc_trace_need(const struct tc_trace *trace, const uint8_t *from, const uint8_t *to) {
    return !trace->packed || tc_packed_need(trace->packed, (uint64_t)(from - trace->bytes),
                                            (uint64_t)(to - trace->bytes));
}

void tc_trace_drop(const struct tc_trace *trace, const uint8_t *from, const uint8_t *to) {
    if (!trace->mapped)
        return;
    uintptr_t low = (uintptr_t)from & ~(uintptr_t)(TC_PAGE - 1);
    uintptr_t high = (uintptr_t)to & ~(uintptr_t)(TC_PAGE - 1);
    if (low < high)
        madvise((void *)low, high - low, MADV_DONTNEED);
}

/* The header.  */

static bool all_zero(const void *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (((const uint8_t *)bytes)[i])
            return false;
    return true;
}

/* Whether the header lets the file be read; else `error` says why not. */
static bool check_header(const struct tc_trace *trace, struct tc_trace_error *error) {
    const struct tc_file_header *header = &trace->header;
    size_t have = trace->size < TC_PAGE ? (size_t)trace->size : TC_PAGE;
    size_t magic = have < sizeof header->magic ? have : sizeof header->magic;
    if (all_zero(trace->bytes, have)) {
        fail(error, TC_TRACE_EMPTY, "%s: the trace is empty", trace->path);
        return false;
    }
    if (memcmp(trace->bytes, TC_TRACE_MAGIC, magic) != 0) {
        fail(error, TC_TRACE_NOT_A_TRACE, "%s: not a threadcheck trace", trace->path);
        return false;
    }
    if (have < TC_PAGE) {
        fail(error, TC_TRACE_EMPTY, "%s: the trace is cut off inside its header", trace->path);
        return false;
    }
    if (header->endian == __builtin_bswap32(TC_TRACE_ENDIAN)) {
        fail(error, TC_TRACE_FOREIGN, "%s: the trace comes from a machine of the other byte order",
             trace->path);
        return false;
    }
    if (header->min_version > TC_TRACE_VERSION || header->features) {
        fail(error, TC_TRACE_NEWER,
             "%s: the trace is of version %u, for readers of version %u and newer; this is %u",
             trace->path, header->version, header->min_version, TC_TRACE_VERSION);
        return false;
    }
    if (header->endian != TC_TRACE_ENDIAN || header->header_size != TC_PAGE ||
        header->min_version == 0 || header->version < header->min_version) {
        fail(error, TC_TRACE_NOT_A_TRACE, "%s: the header of the trace is damaged", trace->path);
        return false;
    }
    return true;
}

/* Reads header, chunks and meta records of what is mapped or copied. */
static bool load(struct tc_trace *trace, int file, struct tc_trace_error *error) {
    memcpy(&trace->header, trace->bytes, trace->size < TC_PAGE ? trace->size : TC_PAGE);
    if (!check_header(trace, error))
        return false;
    uint64_t end = trace->header.file_end;
    if (end > trace->size)
        tc_trace_add_note(trace, "the file is cut: %llu of %llu bytes are there",
                          (unsigned long long)trace->size, (unsigned long long)end);
    if (find_chunks(trace, file) && index_chunks(trace) && tc_trace_load_meta(trace) &&
        index_threads(trace)) {
        count_holes(trace);
        if (!trace->damaged)
            return true;
        fail(error, TC_TRACE_UNREADABLE, "%s: the compressed trace is damaged", trace->path);
        return false;
    }
    fail(error, TC_TRACE_UNREADABLE, "%s: not enough memory to read the trace", trace->path);
    return false;
}

static struct tc_trace *new_trace(const char *path, struct tc_trace_error *error) {
    *error = (struct tc_trace_error){.state = TC_TRACE_OK};
    struct tc_trace *trace = calloc(1, sizeof *trace);
    if (trace)
        trace->path = strdup(path);
    if (trace && trace->path)
        return trace;
    free(trace);
    fail(error, TC_TRACE_UNREADABLE, "%s: out of memory", path);
    return NULL;
}

static const char *kind_of_file(mode_t mode) {
    return S_ISDIR(mode)    ? "a directory"
           : S_ISFIFO(mode) ? "a pipe"
           : S_ISSOCK(mode) ? "a socket"
                            : "a device";
}

/* Maps an open file. */
static bool map_file(struct tc_trace *trace, int file, struct tc_trace_error *error) {
    struct stat status;
    if (file < 0 || fstat(file, &status) < 0) {
        fail(error, TC_TRACE_UNREADABLE, "%s: %s", trace->path, strerror(errno));
    } else if (!S_ISREG(status.st_mode)) {
        fail(error, TC_TRACE_NOT_A_TRACE, "%s: not a threadcheck trace but %s", trace->path,
             kind_of_file(status.st_mode));
    } else if (status.st_size == 0) {
        fail(error, TC_TRACE_EMPTY, "%s: the trace is empty", trace->path);
    } else {
        void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, file, 0);
        if (bytes != MAP_FAILED) {
            trace->bytes = bytes;
            trace->size = (uint64_t)status.st_size;
            trace->mapped = true;
            tc_guard_mapping(trace->bytes, trace->size);
            return true;
        }
        fail(error, TC_TRACE_UNREADABLE, "%s: cannot be mapped: %s", trace->path, strerror(errno));
    }
    return false;
}

static bool is_compressed(int file) {
    uint8_t first[4];
    return pread(file, first, sizeof first, 0) == sizeof first &&
           tc_is_compressed(first, sizeof first);
}

/* Opens what a compressed file holds; one that is not made for it is made anew. */
static bool open_packed(struct tc_trace *trace, int file, struct tc_trace_error *error) {
    trace->packed = tc_packed_open(file, trace->path, error);
    if (!trace->packed && error->state == TC_TRACE_OK) {
        int again = tc_repack_file(file, trace->path, error);
        if (again < 0)
            return false;
        trace->packed = tc_packed_open(again, trace->path, error);
        close(again);
    }
    if (!trace->packed) {
        if (error->state == TC_TRACE_OK)
            fail(error, TC_TRACE_EMPTY, "%s: the trace is empty", trace->path);
        return false;
    }
    trace->bytes = tc_packed_bytes(trace->packed);
    trace->size = tc_packed_size(trace->packed);
    uint64_t page = trace->size < TC_PAGE ? trace->size : TC_PAGE;
    return tc_packed_keep(trace->packed, 0, page) && tc_packed_need(trace->packed, 0, page)
               ? true
               : (fail(error, TC_TRACE_UNREADABLE, "%s: the compressed trace is damaged",
                       trace->path),
                  false);
}

struct tc_trace *tc_trace_open(const char *path, struct tc_trace_error *error) {
    struct tc_trace *trace = new_trace(path, error);
    if (!trace)
        return NULL;
    /* Never waits, as for a pipe without a writer. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    bool packed = file >= 0 && is_compressed(file);
    bool good = packed ? open_packed(trace, file, error) && load(trace, -1, error)
                       : map_file(trace, file, error) && load(trace, file, error);
    if (file >= 0)
        close(file);
    if (good)
        return trace;
    tc_trace_close(trace);
    return NULL;
}

struct tc_trace *tc_trace_open_memory(const void *data, size_t size, const char *name,
                                      struct tc_trace_error *error) {
    struct tc_trace *trace = new_trace(name, error);
    if (!trace)
        return NULL;
    uint8_t *copy = aligned_alloc(TC_PAGE, (size / TC_PAGE + 1) * TC_PAGE);
    if (copy) {
        if (size)
            memcpy(copy, data, size);
        trace->bytes = copy;
        trace->size = size;
        if (load(trace, -1, error))
            return trace;
    } else {
        fail(error, TC_TRACE_UNREADABLE, "%s: out of memory", name);
    }
    tc_trace_close(trace);
    return NULL;
}

void tc_trace_close(struct tc_trace *trace) {
    if (!trace)
        return;
    tc_trace_free_meta(trace);
    if (trace->packed) {
        tc_packed_close(trace->packed);
    } else if (trace->mapped) {
        tc_unguard_mapping(trace->bytes);
        munmap((void *)trace->bytes, trace->size);
    } else {
        free((void *)trace->bytes);
    }
    tc_text_list_free(&trace->notes);
    tc_text_list_free(&trace->warnings);
    tc_text_list_free(&trace->remarks);
    free(trace->chunks);
    free(trace->first_chunks);
    free(trace->path);
    free(trace);
}

/* What it says.  */

const char *tc_trace_path(const struct tc_trace *trace) {
    return trace->path;
}

const struct tc_file_header *tc_trace_header(const struct tc_trace *trace) {
    return &trace->header;
}

uint64_t tc_trace_holes(const struct tc_trace *trace) {
    return trace->holes;
}

uint32_t tc_trace_chunks(const struct tc_trace *trace) {
    return trace->event_chunks;
}

uint64_t tc_trace_size(const struct tc_trace *trace) {
    return trace->size;
}

size_t tc_trace_note_count(const struct tc_trace *trace) {
    return trace->notes.count;
}

const char *tc_trace_note(const struct tc_trace *trace, size_t index) {
    return index < trace->notes.count ? trace->notes.lines[index] : NULL;
}

bool tc_trace_grew(const struct tc_trace *trace) {
    const struct tc_file_header *now = (const struct tc_file_header *)trace->bytes;
    return trace->mapped &&
           (__atomic_load_n(&now->file_end, __ATOMIC_ACQUIRE) != trace->header.file_end ||
            __atomic_load_n(&now->flags, __ATOMIC_ACQUIRE) != trace->header.flags);
}

uint32_t tc_trace_objects_now(const struct tc_trace *trace) {
    const struct tc_file_header *now = (const struct tc_file_header *)trace->bytes;
    uint32_t objects = __atomic_load_n(&now->objects, __ATOMIC_ACQUIRE);
    return objects > trace->header.objects ? objects : 0;
}

bool tc_trace_shrank(const struct tc_trace *trace) {
    return trace->packed ? tc_packed_shrank(trace->packed)
                         : trace->mapped && tc_guard_hit(trace->bytes);
}

uint64_t tc_trace_lost(const struct tc_trace *trace) {
    uint64_t sum = 0;
    for (int i = 0; i < TC_LOSS_COUNT; i++)
        if (__builtin_add_overflow(sum, trace->header.lost[i], &sum))
            return UINT64_MAX;
    return sum;
}

size_t tc_trace_warning_count(const struct tc_trace *trace) {
    return trace->warnings.count;
}

const char *tc_trace_warning(const struct tc_trace *trace, size_t index) {
    return index < trace->warnings.count ? trace->warnings.lines[index] : NULL;
}

size_t tc_trace_remark_count(const struct tc_trace *trace) {
    return trace->remarks.count;
}

const char *tc_trace_remark(const struct tc_trace *trace, size_t index) {
    return index < trace->remarks.count ? trace->remarks.lines[index] : NULL;
}
