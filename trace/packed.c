/* packed.c: frames on demand (packed.h). */
#include "trace/packed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "trace/file.h"

#define PASS (16u << 20) /* bytes of the file between two times that we give them back */

struct frame {
    uint64_t at, packed; /* where it lies in the file, and how long */
    uint64_t begin, end; /* in the trace */
    bool there;
};

struct range {
    uint64_t from, to;
};

struct tc_packed {
    const uint8_t *file;
    uint64_t file_size;
    uint8_t *bytes;
    uint64_t size;
    struct frame *frames;
    size_t frame_count, frame_capacity;
    uint32_t *queue; /* frames that are there, a ring of frame_count, the oldest first */
    size_t first, count;
    uint64_t there, cache; /* bytes */
    struct range *kept;
    size_t kept_count, kept_capacity;
    ZSTD_DCtx *unpacker;
};

static void fail(struct tc_trace_error *error, const char *path, const char *why) {
    *error = (struct tc_trace_error){.state = TC_TRACE_UNREADABLE};
    snprintf(error->text, sizeof error->text, "%s: %s", path, why);
    for (char *at = error->text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = '?';
}

static bool add_frame(struct tc_packed *packed, uint64_t at, uint64_t length, uint64_t size) {
    if (packed->frame_count == packed->frame_capacity) {
        size_t capacity = packed->frame_capacity ? 2 * packed->frame_capacity : 64;
        struct frame *frames = realloc(packed->frames, capacity * sizeof *frames);
        if (!frames)
            return false;
        packed->frames = frames;
        packed->frame_capacity = capacity;
    }
    packed->frames[packed->frame_count++] = (struct frame){
        .at = at, .packed = length, .begin = packed->size, .end = packed->size + size};
    packed->size += size;
    return true;
}

/* The kernel need not keep the file's own bytes [from, to) at hand for us. */
static void pass_file(const struct tc_packed *packed, uint64_t from, uint64_t to) {
    from &= ~(uint64_t)(TC_PAGE - 1);
    madvise((void *)(packed->file + from), to - from, MADV_DONTNEED);
}

/* False without an error: these are not frames to be read piece by piece. */
static bool find_frames(struct tc_packed *packed, const char *path, struct tc_trace_error *error) {
    for (uint64_t at = 0, passed = 0; at < packed->file_size;) {
        uint64_t left = packed->file_size - at;
        size_t size = ZSTD_findFrameCompressedSize(packed->file + at, left);
        if (ZSTD_isError(size)) {
            bool cut = ZSTD_getErrorCode(size) == ZSTD_error_srcSize_wrong;
            fail(error, path,
                 cut ? "the compressed trace is cut off" : "the compressed trace is damaged");
            return false;
        }
        unsigned long long content = ZSTD_getFrameContentSize(packed->file + at, left);
        if (content > TC_PACKED_LONGER) /* not known, too */
            return false;
        if (content && !add_frame(packed, at, size, content)) {
            fail(error, path, "out of memory");
            return false;
        }
        at += size;
        if (at - passed >= PASS || at == packed->file_size) {
            pass_file(packed, passed, at);
            passed = at;
        }
    }
    return packed->size > 0;
}

static bool map_file(struct tc_packed *packed, int file, const char *path,
                     struct tc_trace_error *error) {
    struct stat status;
    void *bytes = MAP_FAILED;
    if (fstat(file, &status) == 0 && status.st_size > 0)
        bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, file, 0);
    if (bytes == MAP_FAILED) {
        fail(error, path, strerror(errno));
        return false;
    }
    packed->file = bytes;
    packed->file_size = (uint64_t)status.st_size;
    tc_guard_mapping(packed->file, packed->file_size);
    return true;
}

/* Address space for the whole trace. */
static bool reserve(struct tc_packed *packed) {
    void *bytes = mmap(NULL, packed->size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    packed->queue = calloc(packed->frame_count, sizeof *packed->queue);
    packed->unpacker = ZSTD_createDCtx();
    if (bytes == MAP_FAILED)
        return false;
    packed->bytes = bytes;
    madvise(bytes, packed->size, MADV_NOHUGEPAGE);
    return packed->queue && packed->unpacker;
}

struct tc_packed *tc_packed_open(int file, const char *path, struct tc_trace_error *error) {
    struct tc_packed *packed = calloc(1, sizeof *packed);
    if (!packed) {
        fail(error, path, "out of memory");
        return NULL;
    }
    packed->cache = TC_PACKED_CACHE;
    if (map_file(packed, file, path, error) && find_frames(packed, path, error)) {
        if (reserve(packed))
            return packed;
        fail(error, path, "not enough memory to read the trace");
    }
    tc_packed_close(packed);
    return NULL;
}

void tc_packed_close(struct tc_packed *packed) {
    if (!packed)
        return;
    if (packed->bytes)
        munmap(packed->bytes, packed->size);
    if (packed->file) {
        tc_unguard_mapping(packed->file);
        munmap((void *)packed->file, packed->file_size);
    }
    ZSTD_freeDCtx(packed->unpacker);
    free(packed->frames);
    free(packed->queue);
    free(packed->kept);
    free(packed);
}

const uint8_t *tc_packed_bytes(const struct tc_packed *packed) {
    return packed->bytes;
}

uint64_t tc_packed_size(const struct tc_packed *packed) {
    return packed->size;
}

bool tc_packed_shrank(const struct tc_packed *packed) {
    return tc_guard_hit(packed->file);
}

void tc_packed_cache(struct tc_packed *packed, uint64_t size) {
    packed->cache = size;
}

/* Gives the whole pages of [from, to) back. */
static void give_back(struct tc_packed *packed, uint64_t from, uint64_t to) {
    from = (from + TC_PAGE - 1) & ~(uint64_t)(TC_PAGE - 1);
    to &= ~(uint64_t)(TC_PAGE - 1);
    if (from < to)
        madvise(packed->bytes + from, to - from, MADV_DONTNEED);
}

/* The first kept range that does not end before `offset`. */
static size_t find_kept(const struct tc_packed *packed, uint64_t offset) {
    size_t low = 0, high = packed->kept_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (packed->kept[middle].to <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void evict(struct tc_packed *packed, struct frame *frame) {
    uint64_t from = frame->begin;
    for (size_t i = find_kept(packed, from);
         i < packed->kept_count && packed->kept[i].from < frame->end; i++) {
        if (packed->kept[i].from > from)
            give_back(packed, from, packed->kept[i].from);
        from = packed->kept[i].to;
    }
    if (from < frame->end)
        give_back(packed, from, frame->end);
    frame->there = false;
    packed->there -= frame->end - frame->begin;
}

static void enqueue(struct tc_packed *packed, uint32_t index) {
    size_t at = packed->first + packed->count++;
    packed->queue[at >= packed->frame_count ? at - packed->frame_count : at] = index;
}

/* Makes room for so many bytes, if there is enough besides what [from, to) needs. */
static void make_room(struct tc_packed *packed, uint64_t size, uint64_t from, uint64_t to) {
    for (size_t left = packed->count; left && packed->there + size > packed->cache; left--) {
        uint32_t index = packed->queue[packed->first];
        struct frame *frame = &packed->frames[index];
        packed->first = packed->first + 1 == packed->frame_count ? 0 : packed->first + 1;
        packed->count--;
        if (frame->end > from && frame->begin < to)
            enqueue(packed, index);
        else
            evict(packed, frame);
    }
}

static bool unpack(struct tc_packed *packed, uint32_t index) {
    struct frame *frame = &packed->frames[index];
    uint64_t size = frame->end - frame->begin;
    enqueue(packed, index);
    frame->there = true;
    packed->there += size;
    size_t got = ZSTD_decompressDCtx(packed->unpacker, packed->bytes + frame->begin, size,
                                     packed->file + frame->at, frame->packed);
    pass_file(packed, frame->at, frame->at + frame->packed);
    if (got == size)
        return true;
    memset(packed->bytes + frame->begin, 0, size);
    return false;
}

bool tc_packed_need(struct tc_packed *packed, uint64_t from, uint64_t to) {
    bool good = true;
    to = to < packed->size ? to : packed->size;
    size_t low = 0, high = packed->frame_count;
    while (low < high) { /* the first frame that does not end before `from` */
        size_t middle = (low + high) / 2;
        if (packed->frames[middle].end <= from)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < packed->frame_count && packed->frames[low].begin < to; low++) {
        const struct frame *frame = &packed->frames[low];
        if (frame->there)
            continue;
        make_room(packed, frame->end - frame->begin, from, to);
        good = unpack(packed, (uint32_t)low) && good;
    }
    return good;
}

bool tc_packed_keep(struct tc_packed *packed, uint64_t from, uint64_t to) {
    if (packed->kept_count == packed->kept_capacity) {
        size_t capacity = packed->kept_capacity ? 2 * packed->kept_capacity : 16;
        struct range *kept = realloc(packed->kept, capacity * sizeof *kept);
        if (!kept)
            return false;
        packed->kept = kept;
        packed->kept_capacity = capacity;
    }
    packed->kept[packed->kept_count++] = (struct range){from, to};
    return true;
}
