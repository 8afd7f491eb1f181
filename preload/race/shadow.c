/* shadow.c: maps the shadow, and forgets what was recorded of memory that begins a new life.
 *
 * The shadow is 32 bytes for 8, in four planes, untouched until something is recorded.  A forked
 * child finds it empty (MADV_WIPEONFORK): it has one thread, and fork need not copy it.  Core dumps
 * leave it out.
 */
#include <linux/membarrier.h>
#include <sys/mman.h>

#include "preload/race/core.h"

#include "preload/poison.h"

#define PAGE  4096ul
#define LARGE (8 * PAGE) /* of a plane: its pages are given back rather than cleared */

static bool mapped;

bool tc_shadow_map(void) {
    if (mapped)
        return true;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
    long got =
        TC_SYSCALL_6(SYS_mmap, TC_SHADOW_MAP, TC_SHADOW_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (got != (long)TC_SHADOW_MAP) {
        if (got > 0)
            TC_SYSCALL_2(SYS_munmap, got, TC_SHADOW_SIZE);
        return false;
    }
    const int advice[] = {MADV_NOHUGEPAGE, MADV_DONTDUMP, MADV_WIPEONFORK};
    for (unsigned i = 0; i < sizeof advice / sizeof *advice; i++)
        TC_SYSCALL_3(SYS_madvise, TC_SHADOW_MAP, TC_SHADOW_SIZE, advice[i]);
    TC_SYSCALL_3(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
    mapped = true;
    return true;
}

void tc_shadow_forget_all(void) {
    TC_SYSCALL_3(SYS_madvise, TC_SHADOW_MAP, TC_SHADOW_SIZE, MADV_DONTNEED);
}

/* Reads first: what was never touched stays without a page. */
static void clear_words(uint64_t *word, const uint64_t *end) {
    for (; word < end; word++)
        if (*word)
            *word = 0;
}

static void clear(uintptr_t low, uintptr_t high) {
    const struct tc_granule *first = tc_granule(low);
    const struct tc_notes *notes = tc_notes(first);
    for (uintptr_t at = low; at < high; at += 8, notes++)
        if (notes->tag & TC_TAG_ATOMIC)
            tc_sync_forget(TC_SYNC_ADDRESS | at);
    for (unsigned plane = TC_RACE_CELLS + 1; plane-- > 0;) { /* which are used first */
        uint64_t *word = tc_cell(first, plane);
        clear_words(word, word + (high - low) / 8);
    }
}

/* Part of a plane that is long enough. */
static void give_back(uint64_t *word, const uint64_t *end) {
    uintptr_t low = ((uintptr_t)word + PAGE - 1) & ~(PAGE - 1), high = (uintptr_t)end & ~(PAGE - 1);
    clear_words(word, (uint64_t *)low);
    TC_SYSCALL_3(SYS_madvise, low, high - low, MADV_DONTNEED);
    clear_words((uint64_t *)high, end);
}

/* Whole granules only: the bytes beside the range are somebody else's. */
void tc_race_forget(uintptr_t low, uintptr_t high) {
    low = (low + 7) & ~(uintptr_t)7;
    high &= ~(uintptr_t)7;
    if (!tc_race_running || low >= high || high - low > TC_SHADOW_MASK)
        return;
    uintptr_t turn = (high - 8) & ~(TC_SHADOW_MASK | 7); /* where the shadow begins again */
    if (low < turn) {
        tc_race_forget(low, turn);
        tc_race_forget(turn, high);
        return;
    }
    if (high - low < LARGE) {
        clear(low, high);
        return;
    }
    clear(low, low + PAGE);
    clear(high - PAGE, high);
    for (unsigned plane = TC_RACE_CELLS + 1; plane-- > 0;)
        give_back(tc_cell(tc_granule(low), plane), tc_cell(tc_granule(high - 8), plane) + 1);
}
