/* reader.c: opens and maps a trace file, checks its header and has its parts read (reader.h). */
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
    if (tc_trace_find_chunks(trace, file) && tc_trace_load_meta(trace) &&
        tc_trace_index_threads(trace)) {
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
