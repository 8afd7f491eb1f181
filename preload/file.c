/* file.c: creates the trace file and claims space in it; see file.h. */
#include "preload/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "preload/compact.h"
#include "preload/file_space.h"
#include "preload/options.h"
#include "preload/process.h"

#include "preload/poison.h"

#define LIMIT_SPACE    (1u << 20)
#define RESERVE        (64u << 10) /* for misuse and waits on a full disk: 16 threads */
#define META_LAST      (8u << 10)
#define META_MIN       (64u << 10)
#define META_MAX       (1u << 20)
#define POPULATE_WRITE 23   /* MADV_POPULATE_WRITE, from Linux 5.14 on */
#define HIGH_FD        1000 /* the file's descriptor is put above what programs count on */

struct tc_file tc_file = {.fd = -1};

/* The descriptor, if it still is the trace: the program may have closed it, and even have got the
 * same number for a file of its own. */
static int checked_fd(void) {
    struct stat about;
    if (tc_file.fd >= 0 && TC_SYSCALL_2(SYS_fstat, tc_file.fd, &about) == 0 &&
        about.st_dev == tc_file.device && about.st_ino == tc_file.inode)
        return tc_file.fd;
    tc_file.fd = -1;
    long fd = TC_SYSCALL_4(SYS_openat, AT_FDCWD, tc_file.path, O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0);
    if (fd < 0)
        return -1;
    if (TC_SYSCALL_2(SYS_fstat, fd, &about) != 0 || about.st_dev != tc_file.device ||
        about.st_ino != tc_file.inode) {
        TC_SYSCALL_1(SYS_close, fd);
        return -1;
    }
    return tc_file.fd = (int)fd;
}

/* Below RLIMIT_FSIZE, or the kernel would send SIGXFSZ to the program. */
static bool below_size_limit(uint64_t end) {
    struct rlimit limit;
    if (TC_SYSCALL_4(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, &limit) != 0)
        return true;
    return limit.rlim_cur == RLIM_INFINITY || end <= limit.rlim_cur;
}

/* Allocates the blocks of [offset, offset + size) on disk, as zeros. */
static bool allocate_blocks(int fd, uint64_t offset, uint32_t size) {
    if (!below_size_limit(offset + size))
        return false;
    long result;
    do
        result = TC_SYSCALL_4(SYS_fallocate, fd, 0, offset, size);
    while (result == -EINTR);
    if (result != -EOPNOTSUPP && result != -ENOSYS)
        return result == 0;
    static const char zeros[TC_PAGE];
    for (uint64_t at = offset; at < offset + size; at += TC_PAGE)
        if (TC_SYSCALL_4(SYS_pwrite64, fd, zeros, TC_PAGE, at) != TC_PAGE)
            return false;
    return true;
}

static uint8_t *map_file(int fd, uint64_t offset, uint32_t size) {
    long at = TC_SYSCALL_6(SYS_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
    return at < 0 && at > -4096 ? NULL : (uint8_t *)at;
}

/* Compact recording keeps to the limit but for what must not be missed; for that there is some
 * space more, and then no more. */
static bool below_trace_limit(uint64_t end) {
    uint64_t limit = tc_options.trace_limit;
    if (!limit || end <= limit || end - limit <= limit / 4 + LIMIT_SPACE)
        return true;
    tc_file.limit_reached = true;
    return false;
}

bool tc_file_claim(uint32_t size, struct tc_range *range) {
    int fd = checked_fd();
    uint64_t offset = tc_file.end;
    if (!below_trace_limit(offset + size) || fd < 0 || !allocate_blocks(fd, offset, size))
        return false;
    uint8_t *memory = map_file(fd, offset, size);
    if (!memory)
        return false;
    TC_SYSCALL_3(SYS_madvise, memory, size, POPULATE_WRITE); /* or page by page, by faults */
    tc_file.end = offset + size;
    if (tc_file.header)
        __atomic_store_n(&tc_file.header->file_end, tc_file.end, __ATOMIC_RELAXED);
    *range = (struct tc_range){memory, offset, size, true};
    return true;
}

bool tc_file_last(uint32_t size, struct tc_range *range) {
    uint64_t offset = tc_file.reserve;
    int fd = offset + size <= tc_file.reserve_end ? checked_fd() : -1;
    uint8_t *memory = fd < 0 ? NULL : map_file(fd, offset, size);
    if (!memory)
        return false;
    tc_file.reserve += size;
    *range = (struct tc_range){memory, offset, size, true};
    return true;
}

void tc_file_end(void) {
    struct tc_lock_state state = tc_lock_take(&tc_file.lock);
    uint64_t unused = tc_file.reserve_end - tc_file.reserve;
    int fd = unused ? checked_fd() : -1;
    if (fd >= 0)
        TC_SYSCALL_4(SYS_fallocate, fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, tc_file.reserve,
                     unused);
    tc_file.reserve = tc_file.reserve_end;
    tc_lock_give(&tc_file.lock, state);
}

/* The trace's own directory, when the options name none. */
static bool make_temporary_in(const char *base) {
    for (unsigned attempt = 0; attempt < 100; attempt++) {
        struct tc_text text = tc_text_begin(tc_file.directory, sizeof(tc_file.directory));
        tc_text_add(&text, base);
        tc_text_add(&text, "/threadcheck-");
        tc_text_add_number(&text, (uint64_t)tc_process.pid);
        tc_text_add(&text, "-");
        tc_text_add_number(&text, (tc_now() / 1000 + attempt) % 1000000000);
        if (TC_SYSCALL_3(SYS_mkdirat, AT_FDCWD, tc_file.directory, 0700) == 0)
            return tc_file.temporary = true;
    }
    return false;
}

static bool make_temporary(void) {
    const char *base = tc_options_environment("TMPDIR");
    return (base && base[0] == '/' && make_temporary_in(base)) || make_temporary_in("/tmp");
}

static bool make_directory(void) {
    tc_file.temporary = false;
    const char *named = tc_options.trace;
    if (!named[0])
        return make_temporary();
    struct tc_text text = tc_text_begin(tc_file.directory, sizeof(tc_file.directory));
    if (named[0] != '/') {
        tc_text_add(&text, tc_options_start_directory());
        tc_text_add(&text, "/");
    }
    tc_text_add(&text, named);
    TC_SYSCALL_3(SYS_mkdirat, AT_FDCWD, tc_file.directory, 0777);
    return true;
}

static long open_new(void) {
    for (unsigned attempt = 0; attempt < 1000; attempt++) {
        struct tc_text text = tc_text_begin(tc_file.path, sizeof(tc_file.path));
        tc_text_add(&text, tc_file.directory);
        tc_text_add(&text, "/");
        tc_text_add_number(&text, (uint64_t)tc_process.pid);
        if (attempt) {
            tc_text_add(&text, "-");
            tc_text_add_number(&text, attempt);
        }
        tc_text_add(&text, ".tctrace");
        long fd = TC_SYSCALL_4(SYS_openat, AT_FDCWD, tc_file.path,
                               O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd != -EEXIST)
            return fd;
    }
    return -EEXIST;
}

/* Moves the descriptor out of the way of programs that expect the next free small number. */
static int raise_fd(int fd) {
    struct rlimit limit;
    long high = HIGH_FD;
    if (TC_SYSCALL_4(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) == 0 &&
        limit.rlim_cur <= HIGH_FD)
        high = limit.rlim_cur > 16 ? (long)limit.rlim_cur - 8 : 3;
    long moved = TC_SYSCALL_3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, high);
    if (moved < 0)
        return fd;
    TC_SYSCALL_1(SYS_close, fd);
    return (int)moved;
}

static void fill_header(struct tc_file_header *header) {
    header->version = TC_TRACE_VERSION;
    header->min_version = TC_TRACE_MIN_VERSION;
    header->header_size = TC_PAGE;
    header->endian = TC_TRACE_ENDIAN;
    header->pid = (uint32_t)tc_process.pid;
    header->parent_pid = (uint32_t)TC_SYSCALL_0(SYS_getppid);
    header->start_realtime = tc_process.start_realtime;
    header->start_monotonic = tc_process.start_monotonic;
    header->file_end = tc_file.end;
    header->flags = tc_options.races[0] == 's'   ? TC_HEADER_RACES_SAMPLE
                    : tc_options.races[0] == 'f' ? TC_HEADER_RACES_FULL
                                                 : 0;
    if (tc_process.parent_pid) {
        header->flags |= TC_HEADER_FORK_CHILD;
        header->parent_trace_pid = (uint32_t)tc_process.parent_pid;
    }
    for (unsigned i = 0; i < TC_LOSS_COUNT; i++)
        header->lost[i] = tc_process.lost[i];
    header->threads = tc_process.threads;
    memcpy(header->magic, TC_TRACE_MAGIC, sizeof(header->magic));
}

/* Allocated, and mapped only when it is used. */
static void keep_reserve(void) {
    if (!below_trace_limit(tc_file.end + RESERVE) ||
        !allocate_blocks(tc_file.fd, tc_file.end, RESERVE))
        return;
    tc_file.reserve = tc_file.end;
    tc_file.end = tc_file.reserve_end = tc_file.end + RESERVE;
}

bool tc_file_create(void) {
    long fd = make_directory() ? open_new() : -ENOENT;
    struct stat about;
    if (fd >= 0 && TC_SYSCALL_2(SYS_fstat, fd, &about) == 0) {
        tc_file.fd = raise_fd((int)fd);
        tc_file.device = about.st_dev;
        tc_file.inode = about.st_ino;
        tc_file.end = 0;
        struct tc_range page;
        if (tc_file_claim(TC_PAGE, &page)) {
            struct tc_file_header *header = (struct tc_file_header *)page.memory;
            keep_reserve();
            fill_header(header);
            __atomic_store_n(&tc_file.header, header, __ATOMIC_RELEASE);
            return true;
        }
        TC_SYSCALL_3(SYS_unlinkat, AT_FDCWD, tc_file.path, 0);
        TC_SYSCALL_1(SYS_close, tc_file.fd);
        tc_file.fd = -1;
    }
    if (tc_file.temporary)
        TC_SYSCALL_3(SYS_unlinkat, AT_FDCWD, tc_file.directory, 0x200 /* AT_REMOVEDIR */);
    tc_say("cannot create a trace in ", tc_file.directory, ": nothing is recorded");
    return false;
}

void tc_file_forget(void) {
    if (tc_file.fd >= 0) {
        struct stat about;
        if (TC_SYSCALL_2(SYS_fstat, tc_file.fd, &about) == 0 && about.st_dev == tc_file.device &&
            about.st_ino == tc_file.inode)
            TC_SYSCALL_1(SYS_close, tc_file.fd);
    }
    tc_segments_forget();
    if (tc_file.meta_base)
        tc_unmap(tc_file.meta_base, tc_file.meta_size);
    if (tc_file.header)
        tc_unmap(tc_file.header, TC_PAGE);
    memset(&tc_file, 0, sizeof(tc_file));
    tc_file.fd = -1;
}

/* Begins a meta chunk with room for `need` bytes. */
static bool meta_chunk(size_t need) {
    uint32_t size = tc_file.meta_chunks && !tc_compact_wanted ? META_MAX : META_MIN;
    while (size < need + sizeof(struct tc_chunk_header))
        size *= 2;
    struct tc_range range;
    if (!tc_file_claim(size, &range)) { /* there may be room for less */
        size = META_MIN;
        bool fits = need + sizeof(struct tc_chunk_header) <= META_LAST;
        if ((size < need + sizeof(struct tc_chunk_header) || !tc_file_claim(size, &range)) &&
            (!fits || !tc_file_last(size = META_LAST, &range)))
            return false;
    }
    tc_file.meta_free_count = 0;
    if (tc_file.meta_base)
        tc_unmap(tc_file.meta_base, tc_file.meta_size);
    tc_file.meta_base = range.memory;
    tc_file.meta_offset = range.offset;
    tc_file.meta_size = size;
    struct tc_chunk_header *header = (struct tc_chunk_header *)range.memory;
    header->kind = TC_CHUNK_META;
    header->size = size;
    header->index = tc_file.meta_chunks++;
    header->time = tc_now();
    __atomic_store_n(&header->magic, TC_CHUNK_MAGIC, __ATOMIC_RELEASE);
    tc_file.meta = (struct tc_range){.memory = range.memory + sizeof(*header),
                                     .size = size - (uint32_t)sizeof(*header)};
    return true;
}

static bool meta_put_locked(enum tc_meta_type type, void *fixed, size_t fixed_size,
                            const void *tail, size_t tail_size) {
    size_t size = fixed_size + tail_size, padded = (size + 7) & ~(size_t)7;
    if (size > TC_META_MAX || (tc_file.meta.size < padded && !meta_chunk(padded)))
        return false;
    uint8_t *at = tc_file.meta.memory;
    struct tc_meta_header *head = (struct tc_meta_header *)at;
    head->size = (uint32_t)size;
    head->magic = TC_META_MAGIC;
    memcpy(at + sizeof(*head), (uint8_t *)fixed + sizeof(*head), fixed_size - sizeof(*head));
    if (tail_size)
        memcpy(at + fixed_size, tail, tail_size);
    __atomic_store_n(&head->type, (uint16_t)type, __ATOMIC_RELEASE);
    tc_file.meta.memory += padded;
    tc_file.meta.size -= (uint32_t)padded;
    return true;
}

bool tc_meta_put(enum tc_meta_type type, void *fixed, size_t fixed_size, const void *tail,
                 size_t tail_size) {
    if (!__atomic_load_n(&tc_file.header, __ATOMIC_ACQUIRE))
        return false;
    struct tc_lock_state state = tc_lock_take(&tc_file.lock);
    bool done = meta_put_locked(type, fixed, fixed_size, tail, tail_size);
    tc_lock_give(&tc_file.lock, state);
    if (!done)
        tc_lose(tc_file.limit_reached ? TC_LOSS_LIMIT : TC_LOSS_DISK, 1);
    return done;
}

uint64_t tc_meta_take(struct tc_meta_object *record) {
    uint8_t *place = NULL;
    if (!__atomic_load_n(&tc_file.header, __ATOMIC_ACQUIRE))
        return 0;
    struct tc_lock_state state = tc_lock_take(&tc_file.lock);
    if (tc_file.meta_free_count) {
        place = tc_file.meta_free[--tc_file.meta_free_count];
        struct tc_meta_header *head = (struct tc_meta_header *)place;
        memcpy(place + sizeof(*head), (uint8_t *)record + sizeof(*head),
               sizeof(*record) - sizeof(*head));
        __atomic_store_n(&head->type, (uint16_t)TC_META_OBJECT, __ATOMIC_RELEASE);
    } else if (meta_put_locked(TC_META_OBJECT, record, sizeof(*record), NULL, 0)) {
        place = tc_file.meta.memory - ((sizeof(*record) + 7) & ~(size_t)7);
    }
    uint64_t offset = place ? tc_file.meta_offset + (uint64_t)(place - tc_file.meta_base) : 0;
    tc_lock_give(&tc_file.lock, state);
    return offset;
}

/* By its place in the file, as a later chunk may be mapped where that of the record was. */
bool tc_meta_give(uint64_t record) {
    struct tc_lock_state state = tc_lock_take(&tc_file.lock);
    const unsigned room = sizeof(tc_file.meta_free) / sizeof(tc_file.meta_free[0]);
    uint64_t at = record - tc_file.meta_offset;
    bool there = record >= tc_file.meta_offset && at < tc_file.meta_size;
    if (there) {
        uint8_t *place = tc_file.meta_base + at;
        __atomic_store_n(&((struct tc_meta_header *)place)->type, (uint16_t)0, __ATOMIC_RELEASE);
        if (tc_file.meta_free_count < room)
            tc_file.meta_free[tc_file.meta_free_count++] = place;
    }
    tc_lock_give(&tc_file.lock, state);
    return there;
}
