/* others.c: see others.h; reads /proc/self/task by raw system calls. */
#include "preload/others.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/single_threaded.h>

#include "preload/sys.h"

#include "preload/poison.h"

#define EARLY_MAX 256
#define TRIES     200
#define PAUSE     1000000 /* ns */

struct entry { /* of a directory, as the kernel tells it */
    uint64_t number, offset;
    uint16_t size;
    uint8_t type;
    char name[];
};

static int early[EARLY_MAX];
static uint32_t early_count;
static bool early_all; /* which they were is not known */

static int number_of(const char *digits) {
    int number = 0;
    while (*digits >= '0' && *digits <= '9')
        number = number * 10 + (*digits++ - '0');
    return number;
}

/* Calls `visit` with each thread but this one, until it says false.  False: it did, or there is no
 * list. */
static bool for_each(bool (*visit)(int tid)) {
    long fd = TC_SYSCALL_4(SYS_openat, AT_FDCWD, "/proc/self/task",
                           O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    char buffer[2048] __attribute__((aligned(8)));
    bool good = true;
    int self = tc_gettid();
    long got;
    while (good && (got = TC_SYSCALL_3(SYS_getdents64, fd, buffer, sizeof buffer)) > 0)
        for (long at = 0; good && at < got;) {
            const struct entry *entry = (const struct entry *)(buffer + at);
            int tid = number_of(entry->name);
            if (tid && tid != self)
                good = visit(tid);
            at += entry->size;
        }
    TC_SYSCALL_1(SYS_close, fd);
    return good && got >= 0;
}

static bool note(int tid) {
    if (early_count == EARLY_MAX)
        return false;
    early[early_count++] = tid;
    return true;
}

void tc_others_begin(void) {
    if (!__libc_single_threaded && !for_each(note))
        early_all = true;
}

bool tc_others_were(void) {
    return early_count || early_all;
}

bool tc_others_early(int tid) {
    for (uint32_t i = 0; i < early_count; i++)
        if (early[i] == tid)
            return true;
    return early_all;
}

void tc_others_forked(void) {
    early_count = 0;
    early_all = false;
}

/* The text is "running", or the call's number (-1: none), six arguments, stack pointer and program
 * counter.  0: the thread does not wait in a call. */
static uintptr_t stack_pointer(const char *text) {
    uintptr_t words[9] = {0};
    if (*text < '0' || *text > '9')
        return 0;
    for (unsigned i = 0; i < 9 && *text; i++) {
        unsigned base = 10;
        if (text[0] == '0' && text[1] == 'x') {
            base = 16;
            text += 2;
        }
        for (; *text && *text != ' ' && *text != '\n'; text++)
            words[i] = words[i] * base + (unsigned)(*text <= '9' ? *text - '0' : *text - 'a' + 10);
        text += *text != 0;
    }
    return words[7];
}

static void (*wanted)(uintptr_t sp); /* of the one thread that asks */

static bool waits(int tid) {
    char path[64], text[256];
    struct tc_text name = tc_text_begin(path, sizeof path);
    tc_text_add(&name, "/proc/self/task/");
    tc_text_add_number(&name, (uint64_t)tid);
    tc_text_add(&name, "/syscall");
    long size = tc_read_file(path, text, sizeof text - 1);
    if (size == -ENOENT || size == -ESRCH)
        return true; /* it ended */
    if (size <= 0)
        return false;
    text[size] = 0;
    uintptr_t sp = stack_pointer(text);
    if (sp && wanted)
        wanted(sp);
    return sp != 0;
}

bool tc_others_wait(void (*each)(uintptr_t sp)) {
    const struct timespec pause = {0, PAUSE};
    wanted = NULL;
    for (unsigned i = 0; i < TRIES; i++) {
        if (for_each(waits)) {
            wanted = each;
            return !each || for_each(waits);
        }
        TC_SYSCALL_2(SYS_nanosleep, &pause, NULL);
    }
    return false;
}
