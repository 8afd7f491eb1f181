/* mapping.c: see mapping.h.  The lines of /proc/self/maps are
 *     low-high perms offset device inode path
 * in hexadecimal, the fourth of the perms being `s` or `p`; only their beginnings are looked at. */
#include "preload/mapping.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include "preload/sys.h"

#include "preload/poison.h"

/* The part of a line that was read so far. */
struct line {
    uintptr_t number[2]; /* low, high */
    unsigned field;      /* 0, 1: in a number; 2: in the perms; 3: in the rest */
    unsigned place;      /* within the perms */
};

enum found { NOT_YET, SHARED, PRIVATE };

static enum found take(struct line *line, char c, uintptr_t address) {
    if (c == '\n') {
        *line = (struct line){0};
    } else if (line->field == 2) {
        if (line->place++ < 3)
            return NOT_YET;
        line->field = 3;
        if (address >= line->number[0] && address < line->number[1])
            return c == 'p' ? PRIVATE : SHARED;
    } else if (line->field < 2) {
        if (c == '-' || c == ' ')
            line->field++;
        else
            line->number[line->field] =
                line->number[line->field] << 4 | (uintptr_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return NOT_YET;
}

/* The private mapping that was found last; an odd count: it is being written. */
static struct {
    uint32_t count;
    uintptr_t low, high;
} last;

static bool lies_in_last(uintptr_t address) {
    uint32_t count = __atomic_load_n(&last.count, __ATOMIC_ACQUIRE);
    bool within = address >= __atomic_load_n(&last.low, __ATOMIC_RELAXED) &&
                  address < __atomic_load_n(&last.high, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return within && !(count & 1) && count == __atomic_load_n(&last.count, __ATOMIC_RELAXED);
}

static void keep(const struct line *line) {
    uint32_t count = __atomic_load_n(&last.count, __ATOMIC_RELAXED);
    if (count & 1 || !__atomic_compare_exchange_n(&last.count, &count, count + 1, false,
                                                  __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return;
    __atomic_store_n(&last.low, line->number[0], __ATOMIC_RELAXED);
    __atomic_store_n(&last.high, line->number[1], __ATOMIC_RELAXED);
    __atomic_store_n(&last.count, count + 2, __ATOMIC_RELEASE);
}

bool tc_memory_is_shared(uintptr_t address) {
    if (lies_in_last(address))
        return false;
    char buffer[1024];
    struct line line = {0};
    enum found found = NOT_YET;
    long got, fd = TC_SYSCALL_4(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return true;
    while (found == NOT_YET && (got = TC_SYSCALL_3(SYS_read, fd, buffer, sizeof buffer)) > 0)
        for (long i = 0; i < got && found == NOT_YET; i++)
            found = take(&line, buffer[i], address);
    TC_SYSCALL_1(SYS_close, fd);
    if (found == PRIVATE)
        keep(&line);
    return found != PRIVATE;
}
