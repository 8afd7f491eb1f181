/* file_segment.c: the pieces of the file that small chunks are carved from.
 *
 * What: a segment is claimed and mapped as one, and its pages are handed out in runs.  Pages that a
 *       thread did not use come back and are handed out again.  Those of a chunk that is written
 *       stay in the file; mapped they would count as the program's memory for ever, so they are let
 *       go at once where they are many, and the whole segment when all of it is written.
 * Threads: all under tc_file.lock.
 */
#include <string.h>
#include <sys/mman.h>

#include "preload/compact.h"
#include "preload/file_space.h"

#include "preload/poison.h"

#define SEGMENTS    1024 /* what comes back beyond these is given up */
#define PAGES       256  /* of the largest */
#define SIZE_FIRST  (64u << 10)
#define SIZE_LATER  (512u << 10)
#define LATER_FROM  (1u << 20) /* bytes of the file */
#define WORTH_PAGES (16u << 10)

struct segment {
    uint8_t *memory;
    uint64_t offset;
    uint32_t size;
    uint16_t written, spare; /* pages */
    uint64_t is_spare[PAGES / 64];
};

struct run {
    uint32_t first, count; /* pages */
};

static struct segment segments[SEGMENTS];
static unsigned count;

static void set_spare(struct segment *segment, struct run run, bool spare) {
    for (uint32_t page = run.first; page < run.first + run.count; page++)
        segment->is_spare[page / 64] ^= 1ull << page % 64;
    segment->spare = (uint16_t)(spare ? segment->spare + run.count : segment->spare - run.count);
}

/* The first run of so many free pages; the longest one where there is none. */
static struct run find_run(const struct segment *segment, uint32_t pages) {
    struct run best = {0, 0};
    uint32_t begin = 0, end = segment->size / TC_PAGE;
    for (uint32_t at = 0; at < end && best.count < pages; at++) {
        if (!(segment->is_spare[at / 64] >> at % 64 & 1))
            begin = at + 1;
        else if (at + 1 - begin > best.count)
            best = (struct run){begin, at + 1 - begin};
    }
    return best;
}

static struct tc_range take(struct segment *segment, struct run run) {
    set_spare(segment, run, false);
    uint32_t at = run.first * TC_PAGE;
    return (struct tc_range){segment->memory + at, segment->offset + at, run.count * TC_PAGE,
                             false};
}

static struct segment *add(struct tc_range range) {
    if (count == SEGMENTS || range.size > PAGES * TC_PAGE)
        return NULL;
    struct segment *segment = &segments[count++];
    *segment = (struct segment){range.memory, range.offset, range.size, 0, 0, {0}};
    set_spare(segment, (struct run){0, range.size / TC_PAGE}, true);
    return segment;
}

static bool take_spare(uint32_t size, uint32_t least, struct tc_range *range) {
    struct segment *from = NULL;
    struct run best = {0, least / TC_PAGE - 1};
    for (unsigned i = 0; i < count && best.count < size / TC_PAGE; i++) {
        if (segments[i].spare <= best.count)
            continue;
        struct run run = find_run(&segments[i], size / TC_PAGE);
        if (run.count <= best.count)
            continue;
        best = run;
        from = &segments[i];
    }
    if (from)
        *range = take(from, best);
    return from != NULL;
}

bool tc_file_carve(uint32_t size, uint32_t least, struct tc_range *range) {
    if (take_spare(size, least, range))
        return true;
    bool small = tc_compact_wanted || tc_file.end < LATER_FROM;
    const uint32_t sizes[] = {small ? SIZE_FIRST : SIZE_LATER, size, least};
    for (unsigned i = size < sizes[0] ? 0 : 1; i < 3; i++) { /* a nearly full disk: less */
        if (!tc_file_claim(sizes[i], range))
            continue;
        struct segment *segment = add(*range);
        uint32_t taken = sizes[i] < size ? sizes[i] : size;
        if (segment)
            *range = take(segment, (struct run){0, taken / TC_PAGE});
        return true; /* else mapped alone, all of it */
    }
    return false;
}

static struct segment *find(const uint8_t *memory) {
    for (unsigned i = count; i-- > 0;)
        if (memory >= segments[i].memory && memory < segments[i].memory + segments[i].size)
            return &segments[i];
    return NULL;
}

void tc_file_return(struct tc_range range) {
    if (!range.size)
        return;
    struct segment *segment = range.alone ? NULL : find(range.memory);
    if (segment)
        set_spare(segment,
                  (struct run){(uint32_t)(range.memory - segment->memory) / TC_PAGE,
                               range.size / TC_PAGE},
                  true);
    else if (!add(range))
        tc_unmap(range.memory, range.size);
}

void tc_file_written(struct tc_range range) {
    struct segment *segment = range.alone ? NULL : find(range.memory);
    if (!segment) {
        tc_unmap(range.memory, range.size);
        return;
    }
    segment->written = (uint16_t)(segment->written + range.size / TC_PAGE);
    if (segment->written == segment->size / TC_PAGE) {
        tc_unmap(segment->memory, segment->size);
        *segment = segments[--count];
    } else if (range.size >= WORTH_PAGES) {
        TC_SYSCALL_3(SYS_madvise, range.memory, range.size, MADV_DONTNEED);
    }
}

/* What is handed out stays mapped: a handler that forked may be in the midst of an append. */
void tc_segments_forget(void) {
    for (unsigned i = 0; i < count; i++) {
        struct segment *segment = &segments[i];
        for (struct run run; segment->spare && (run = find_run(segment, PAGES)).count;) {
            struct tc_range range = take(segment, run);
            tc_unmap(range.memory, range.size);
        }
    }
    count = 0;
}
