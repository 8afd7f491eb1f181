/* shadow.c: maps the shadow, and forgets what was recorded of memory that begins a new life.
 *
 * The shadow is 32 bytes for 8, untouched until something is recorded.  A forked child finds it
 * empty (MADV_WIPEONFORK): it has one thread, and fork need not copy it.  Core dumps leave it out.
 */
#include <linux/membarrier.h>
#include <sys/mman.h>

#include "preload/race/core.h"

#include "preload/poison.h"

#define SHADOW_SIZE ((TC_SHADOW_MASK + 8) << 2)
#define PAGE        4096ul
#define LARGE       (16 * PAGE) /* of the shadow: its pages are given back rather than cleared */

static bool mapped;

bool tc_shadow_map(void) {
    if (mapped)
        return true;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
    long got =
        TC_SYSCALL_6(SYS_mmap, TC_SHADOW_BASE, SHADOW_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (got != (long)TC_SHADOW_BASE) {
        if (got > 0)
            TC_SYSCALL_2(SYS_munmap, got, SHADOW_SIZE);
        return false;
    }
    const int advice[] = {MADV_NOHUGEPAGE, MADV_DONTDUMP, MADV_WIPEONFORK};
    for (unsigned i = 0; i < sizeof advice / sizeof *advice; i++)
        TC_SYSCALL_3(SYS_madvise, TC_SHADOW_BASE, SHADOW_SIZE, advice[i]);
    TC_SYSCALL_3(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
    mapped = true;
    return true;
}

void tc_shadow_forget_all(void) {
    TC_SYSCALL_3(SYS_madvise, TC_SHADOW_BASE, SHADOW_SIZE, MADV_DONTNEED);
}

/* Reads first: what was never touched stays without a page. */
static void clear(struct tc_granule *granule, const struct tc_granule *end, uintptr_t address) {
    for (; granule < end; granule++, address += 8) {
        uint64_t *words = (uint64_t *)granule;
        if (!(words[0] | words[1] | words[2] | words[3]))
            continue;
        if (granule->tag & TC_TAG_ATOMIC)
            tc_sync_forget(TC_SYNC_ADDRESS | address);
        words[0] = words[1] = words[2] = words[3] = 0;
    }
}

/* Whole granules only: the bytes beside the range are somebody else's. */
void tc_race_forget(uintptr_t low, uintptr_t high) {
    low = (low + 7) & ~(uintptr_t)7;
    high &= ~(uintptr_t)7;
    if (!tc_race_running || low >= high || high - low > TC_SHADOW_MASK)
        return;
    struct tc_granule *first = tc_granule(low), *end = tc_granule(high - 8) + 1;
    if (first >= end) { /* the range wraps where the shadow does */
        tc_race_forget(low, low + (high - low) / 2);
        tc_race_forget(low + (high - low) / 2, high);
        return;
    }
    if ((uintptr_t)end - (uintptr_t)first < LARGE) {
        clear(first, end, low);
        return;
    }
    uintptr_t from = ((uintptr_t)first + PAGE - 1) & ~(PAGE - 1);
    uintptr_t to = (uintptr_t)end & ~(PAGE - 1);
    clear(first, (struct tc_granule *)from, low);
    TC_SYSCALL_3(SYS_madvise, from, to - from, MADV_DONTNEED);
    clear((struct tc_granule *)to, end, high - ((uintptr_t)end - to) / sizeof *end * 8);
}
