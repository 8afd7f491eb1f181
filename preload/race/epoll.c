/* epoll.c: which descriptor an event of epoll is about, so that who is told of it comes after who
 * made it so, whether it then reads from it or not.
 *
 * What: epoll gives back what it was told with a descriptor (a pointer, a number), not the
 *       descriptor.  A table of words finds it: a tag, of the epoll and of what was told, and the
 *       descriptor.  A word that is no descriptor's newest gives way when the table is full around
 *       its place.  What was put in before calls were seen is asked of the kernel when its first
 *       event comes.
 * Threads: any; each word is set and read as a whole.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>

#include "preload/process.h"
#include "preload/race/channel.h"
#include "preload/race/race.h"
#include "preload/sys.h"

#include "preload/poison.h"

#define DESCRIPTORS TC_DESCRIPTORS
#define WORDS       (1u << 15)
#define AROUND      16 /* words that a tag may be in */
#define LEARNT      1024
#define TAG(word)   ((word) & ~0xffffffull)
#define FD(word)    ((int)((word)&0xffffff))

static uint64_t words[WORDS];
static uint64_t newest[DESCRIPTORS]; /* the word of a descriptor */

static uint64_t *place_of(uint64_t word, uint32_t i) {
    return &words[((word >> 24) + i) % WORDS];
}

static uint64_t load(const uint64_t *word) {
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* A place for the word: where it is already, a free one, one that is out of date, any. */
static uint64_t *room_for(uint64_t word) {
    uint64_t *best = NULL;
    bool unused = false;
    for (uint32_t i = 0; i < AROUND; i++) {
        uint64_t *place = place_of(word, i), there = load(place);
        if (there == word)
            return place;
        if (!there && !unused) {
            best = place;
            unused = true;
        }
        if (there && !best && load(&newest[FD(there)]) != there)
            best = place;
    }
    return best ? best : place_of(word, 0);
}

void tc_channel_watch(int epoll, int fd, uint64_t told) {
    if (fd < 0 || (unsigned)fd >= DESCRIPTORS)
        return;
    uint64_t word = TAG(tc_channel_tag(epoll, told)) | (uint32_t)fd;
    __atomic_store_n(room_for(word), word, __ATOMIC_RELEASE);
    __atomic_store_n(&newest[fd], word, __ATOMIC_RELEASE);
}

/* A number behind `key` in [from, end); false: none. */
static bool number(const char *from, const char *end, const char *key, unsigned base,
                   uint64_t *value) {
    size_t size = strlen(key);
    const char *at = from;
    while (at + size <= end && memcmp(at, key, size) != 0)
        at++;
    if (at + size > end)
        return false;
    for (at += size; at < end && *at == ' ';)
        at++;
    *value = 0;
    for (; at < end; at++) {
        unsigned digit = *at >= 'a' ? (unsigned)(*at - 'a') + 10 : (unsigned)(*at - '0');
        if (digit >= base)
            break;
        *value = *value * base + digit;
    }
    return true;
}

static void learn_line(int epoll, const char *from, const char *end) {
    uint64_t fd, told;
    if (number(from, end, "tfd:", 10, &fd) && number(from, end, "data:", 16, &told))
        tc_channel_watch(epoll, (int)fd, told);
}

/* All that is in an epoll, from /proc; a limited number of times. */
static void learn(int epoll) {
    static uint32_t times;
    char path[] = "/proc/self/fdinfo/0000000000", text[512];
    size_t used = 0;
    if (__atomic_add_fetch(&times, 1, __ATOMIC_RELAXED) > LEARNT)
        return;
    char *digit = strchr(path, '0');
    uint32_t unit = 1;
    while ((uint32_t)epoll / unit >= 10)
        unit *= 10;
    for (; unit; unit /= 10)
        *digit++ = (char)('0' + (uint32_t)epoll / unit % 10);
    *digit = 0;
    long file = TC_SYSCALL_4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0), got;
    if (file < 0)
        return;
    while ((got = TC_SYSCALL_3(SYS_read, file, text + used, sizeof text - used)) > 0) {
        const char *line = text, *end = text + used + got, *next;
        for (; (next = memchr(line, '\n', (size_t)(end - line))); line = next + 1)
            learn_line(epoll, line, next);
        used = (size_t)(end - line);
        if (used == sizeof text)
            break;
        memmove(text, line, used);
    }
    TC_SYSCALL_1(SYS_close, file);
}

void tc_channel_unwatch(int fd) {
    if (fd < 0 || (unsigned)fd >= DESCRIPTORS || !load(&newest[fd]))
        return;
    uint64_t word = __atomic_exchange_n(&newest[fd], 0, __ATOMIC_ACQ_REL);
    for (uint32_t i = 0; word && i < AROUND; i++) {
        uint64_t there = word;
        __atomic_compare_exchange_n(place_of(word, i), &there, 0, false, __ATOMIC_RELEASE,
                                    __ATOMIC_RELAXED);
    }
}

static bool receive(uint64_t tag) {
    bool found = false;
    for (uint32_t i = 0; i < AROUND; i++) {
        uint64_t there = load(place_of(tag, i));
        if (there && TAG(there) == tag) {
            tc_channel_receive(FD(there));
            found = true;
        }
    }
    return found;
}

void tc_channel_events(int epoll, const struct epoll_event *events, int count) {
    for (int event = 0; tc_race_local.thread && event < count; event++) {
        struct epoll_event copy;
        memcpy(&copy, events + event, sizeof copy);
        uint64_t tag = TAG(tc_channel_tag(epoll, copy.data.u64));
        if (receive(tag))
            continue;
        learn(epoll);
        receive(tag);
    }
}
