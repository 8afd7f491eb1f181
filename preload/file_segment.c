/* file_segment.c: lets go of what small chunks were carved from, once all of them are written.
 *
 * What: a thread leaves a full chunk, or ends.  The pages stay in the file; mapped they would count
 * as the program's memory for ever.  Those of a chunk are given back at once where they are many,
 *       the whole segment when nobody writes to it any more.
 * Threads: all under tc_file.lock.
 */
#include <string.h>
#include <sys/mman.h>

#include "preload/file_space.h"

#include "preload/poison.h"

#define SEGMENTS    256 /* further ones stay mapped */
#define WORTH_PAGES (16u << 10)

static struct segment {
    uint8_t *memory;
    uint32_t size, written;
} segments[SEGMENTS];
static unsigned count;

void tc_segment_add(struct tc_range range) {
    if (count < SEGMENTS)
        segments[count++] = (struct segment){.memory = range.memory, .size = range.size};
}

void tc_segment_written(uint8_t *memory, uint32_t size) {
    for (unsigned i = count; i-- > 0;) {
        struct segment *segment = &segments[i];
        if (memory < segment->memory || memory >= segment->memory + segment->size)
            continue;
        segment->written += size;
        if (segment->written == segment->size) {
            tc_unmap(segment->memory, segment->size);
            *segment = segments[--count];
        } else if (size >= WORTH_PAGES) {
            TC_SYSCALL_3(SYS_madvise, memory, size, MADV_DONTNEED);
        }
        return;
    }
}

void tc_segment_forget(void) {
    memset(segments, 0, sizeof segments);
    count = 0;
}
