/* chunks.c: finds the chunks of a trace file, and those that are missing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "trace/file.h"

#define LOOK_AROUND (16u << 20)

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

/* By thread (meta last), then number; a number twice: by place. */
static int compare_chunks(const void *left, const void *right) {
    const struct tc_trace_chunk *a = left, *b = right;
    if (a->thread != b->thread)
        return a->thread - 1u < b->thread - 1u ? -1 : 1; /* 0 wraps to the greatest */
    if (a->index != b->index)
        return a->index < b->index ? -1 : 1;
    return (a->start > b->start) - (a->start < b->start);
}

static void sort_chunks(struct tc_trace *trace) {
    if (trace->chunk_count)
        qsort(trace->chunks, trace->chunk_count, sizeof *trace->chunks, compare_chunks);
    while (trace->event_chunks < trace->chunk_count && trace->chunks[trace->event_chunks].thread)
        trace->event_chunks++;
    if (trace->event_chunks)
        trace->thread_count = trace->chunks[trace->event_chunks - 1].thread;
}

/* Chunks of threads that a file of this size cannot have are not believed. */
bool tc_trace_find_chunks(struct tc_trace *trace, int file) {
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
    sort_chunks(trace);
    return true;
}

/* Whether the thread wrote something: one of which nobody saw the creation may be known by a call
 * that is not recorded. */
static bool wrote(const struct tc_trace *trace, const struct tc_meta_thread *thread) {
    return thread->tid &&
           (thread->start_routine || thread->parent || thread->tid == trace->header.pid);
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
        if (wrote(trace, &trace->threads[thread - 1]) &&
            !tc_trace_chunk(trace, thread, trace->first_chunks[thread]))
            trace->holes++;
    if (trace->holes)
        tc_trace_add_note(trace, "chunks of events are missing: %llu",
                          (unsigned long long)trace->holes);
}

bool tc_trace_index_threads(struct tc_trace *trace) {
    trace->first_chunks = calloc(trace->thread_count + 2ul, sizeof *trace->first_chunks);
    if (!trace->first_chunks)
        return false;
    uint32_t position = 0;
    for (uint32_t thread = 0; thread <= trace->thread_count + 1; thread++) {
        while (position < trace->event_chunks && trace->chunks[position].thread < thread)
            position++;
        trace->first_chunks[thread] = position;
    }
    count_holes(trace);
    return true;
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
