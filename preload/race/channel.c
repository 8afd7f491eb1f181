/* channel.c: descriptors as channels; see channel.h. */
#include "preload/race/channel.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "preload/process.h"
#include "preload/race/race.h"
#include "preload/sys.h"
#include "threadcheck/fnv.h"

#include "preload/enter.h"

#include "preload/poison.h"

/* Kinds of keys: below the bit by which the core tells addresses from objects, above addresses. */
#define KEY_INODE  (2ull << 60)
#define KEY_NUMBER (3ull << 60)
#define KEY_SOCKET (4ull << 60)
#define KEY_PORT   (5ull << 60)
/* 1, 6 and 7: channel.h */
#define KEY_MASK ((1ull << 60) - 1)

#define DESCRIPTORS TC_DESCRIPTORS
#define SOCKETS     4096 /* remembered, by inode */

/* Of what has no inode: the descriptor it had first, plus one; 0: this one. */
static uint32_t first_of[DESCRIPTORS];

/* Whether signals are read from a descriptor that has no inode, asked once. */
enum { NOT_ASKED, OTHERS, SIGNALS };
static uint8_t of_signals[DESCRIPTORS];

/* What was put from one file into another without coming by. */
#define LINKS 64
static struct link { uint64_t to, from; } links[LINKS];
static uint32_t link_count;

/* The connection of a socket, found once.  Overwritten by another one with the same hash. */
static struct remembered { uint64_t inode, key; } sockets[SOCKETS];

static uint64_t mix(uint64_t value) {
    value ^= value >> 32;
    value *= 0xd6e8feb86659fd93ull;
    value ^= value >> 32;
    value *= 0xd6e8feb86659fd93ull;
    return value ^ value >> 32;
}

static uint64_t hash(const void *bytes, size_t size) {
    return mix(tc_fnv(size, bytes, size));
}

static struct remembered *place_of(uint64_t inode) {
    return &sockets[mix(inode) % SOCKETS];
}

static void remember(uint64_t inode, uint64_t key) {
    struct remembered *place = place_of(inode);
    __atomic_store_n(&place->inode, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&place->key, key, __ATOMIC_RELEASE);
    __atomic_store_n(&place->inode, inode, __ATOMIC_RELEASE);
}

static bool recall(uint64_t inode, uint64_t *key) {
    struct remembered *place = place_of(inode);
    if (__atomic_load_n(&place->inode, __ATOMIC_ACQUIRE) != inode)
        return false;
    *key = __atomic_load_n(&place->key, __ATOMIC_ACQUIRE);
    return __atomic_load_n(&place->inode, __ATOMIC_ACQUIRE) == inode;
}

/* One end: the same whether it is ours or the other's.  Sockets of the Internet protocols are told
 * by port and address; local ones by name, which only a server has. */
static uint64_t end_of(int fd, long call) {
    struct sockaddr_storage name;
    socklen_t size = sizeof name;
    memset(&name, 0, sizeof name);
    if (TC_SYSCALL_3(call, fd, &name, &size) != 0)
        return 0;
    if (size > sizeof name)
        size = sizeof name;
    return hash(&name, size);
}

/* Both ends of one connection give one key, as the ends are added.  Sockets without a connection
 * share one. */
static uint64_t socket_key(int fd, uint64_t inode) {
    uint64_t key;
    if (recall(inode, &key))
        return key;
    uint64_t theirs = end_of(fd, SYS_getpeername);
    key = theirs ? KEY_SOCKET | ((end_of(fd, SYS_getsockname) + theirs) & KEY_MASK) : KEY_SOCKET;
    if (theirs)
        remember(inode, key);
    return key;
}

static uint64_t number_key(int fd) {
    uint32_t first =
        (unsigned)fd < DESCRIPTORS ? __atomic_load_n(&first_of[fd], __ATOMIC_RELAXED) : 0;
    return KEY_NUMBER | (first ? first - 1 : (uint32_t)fd);
}

uint64_t tc_channel_tag(int epoll, uint64_t told) {
    return mix(number_key(epoll) ^ mix(told));
}

/* Pipes and sockets get numbers that none had before; of files they are used again. */
uint64_t tc_channel_of(int fd, bool *lasting) {
    struct stat file;
    *lasting = false;
    if (fd < 0 || TC_SYSCALL_2(SYS_fstat, fd, &file) != 0)
        return 0;
    if (S_ISSOCK(file.st_mode)) {
        uint64_t key = socket_key(fd, file.st_ino);
        *lasting = key != KEY_SOCKET;
        return key;
    }
    if ((file.st_mode & S_IFMT) == 0)
        return number_key(fd);
    *lasting = S_ISFIFO(file.st_mode);
    return KEY_INODE | (mix(file.st_ino ^ mix(file.st_dev)) & KEY_MASK);
}

static uint64_t key_of(int fd) {
    bool lasting;
    return tc_channel_of(fd, &lasting);
}

void tc_channel_send_key(uint64_t key) {
    struct tc_thread *self = tc_race_local.thread && key ? tc_enter() : NULL;
    if (!self)
        return;
    tc_race_send(self, key);
    tc_leave(self);
}

void tc_channel_receive_key(uint64_t key) {
    struct tc_thread *self = tc_race_local.thread && key ? tc_enter() : NULL;
    if (!self)
        return;
    tc_race_receive(self, key);
    tc_leave(self);
}

void tc_channel_receive_signal(int number) {
    tc_channel_receive_key(tc_channel_signal(number));
    tc_channel_receive_key(tc_channel_signal(TC_SIGNAL_OF_TIMERS));
}

void tc_channel_send(int fd) {
    if (tc_race_local.thread)
        tc_channel_send_key(key_of(fd));
}

static bool is_of_signals(int fd) {
    static const char wanted[] = "anon_inode:[signalfd]";
    if ((unsigned)fd >= DESCRIPTORS)
        return false;
    uint8_t is = __atomic_load_n(&of_signals[fd], __ATOMIC_RELAXED);
    if (is == NOT_ASKED) {
        char path[32] = "/proc/self/fd/", target[sizeof wanted], digits[16];
        size_t at = strlen(path), count = 0;
        for (unsigned rest = (unsigned)fd; rest || !count; rest /= 10)
            digits[count++] = (char)('0' + rest % 10);
        while (count)
            path[at++] = digits[--count];
        long size = TC_SYSCALL_4(SYS_readlinkat, AT_FDCWD, path, target, sizeof target);
        is = size == sizeof wanted - 1 && memcmp(target, wanted, (size_t)size) == 0 ? SIGNALS
                                                                                    : OTHERS;
        __atomic_store_n(&of_signals[fd], is, __ATOMIC_RELAXED);
    }
    return is == SIGNALS;
}

/* What was passed on comes from where it was passed on from; `most`: how often that is followed. */
static void receive_linked(uint64_t key, unsigned most) {
    uint32_t count = __atomic_load_n(&link_count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count && i < LINKS && most; i++)
        if (__atomic_load_n(&links[i].to, __ATOMIC_ACQUIRE) == key) {
            tc_channel_receive_key(links[i].from);
            receive_linked(links[i].from, most - 1);
        }
}

/* Which signals were read is not looked at: those of all numbers. */
void tc_channel_receive(int fd) {
    if (tc_race_local.thread)
        tc_channel_receive_of(fd, key_of(fd));
}

void tc_channel_receive_of(int fd, uint64_t key) {
    tc_channel_receive_key(key);
    if (key && TC_UNLIKELY(__atomic_load_n(&link_count, __ATOMIC_RELAXED)))
        receive_linked(key, 4);
    if ((key & ~KEY_MASK) == KEY_NUMBER && is_of_signals(fd))
        for (int number = TC_SIGNAL_OF_TIMERS; number < _NSIG; number++)
            tc_channel_receive_key(tc_channel_signal(number));
}

void tc_channel_pass(int from, int to) {
    if (!tc_race_local.thread)
        return;
    struct link link = {key_of(to), key_of(from)};
    uint32_t count = __atomic_load_n(&link_count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count && i < LINKS; i++)
        if (links[i].to == link.to && links[i].from == link.from)
            return;
    uint32_t place = count < LINKS ? __atomic_fetch_add(&link_count, 1, __ATOMIC_ACQ_REL) : LINKS;
    if (!link.to || !link.from || link.to == link.from || place >= LINKS)
        return;
    links[place].from = link.from;
    __atomic_store_n(&links[place].to, link.to, __ATOMIC_RELEASE);
}

#define NUMBER(fd) (1ull << 61 | (uint32_t)(fd))

void tc_channel_open(int fd) {
    if (fd < 0)
        return;
    tc_channel_receive_key(NUMBER(fd));
    tc_descriptor_opened(fd);
}

void tc_channel_close(int fd) {
    if (fd < 0)
        return;
    tc_channel_send_key(NUMBER(fd));
    tc_channel_send(fd);
    tc_channel_unwatch(fd);
    if ((unsigned)fd < DESCRIPTORS) {
        __atomic_store_n(&first_of[fd], 0, __ATOMIC_RELAXED);
        __atomic_store_n(&of_signals[fd], 0, __ATOMIC_RELAXED);
    }
}

void tc_channel_same(int fd, int copy) {
    if (fd == copy || (unsigned)fd >= DESCRIPTORS || (unsigned)copy >= DESCRIPTORS)
        return;
    uint32_t first = __atomic_load_n(&first_of[fd], __ATOMIC_RELAXED);
    __atomic_store_n(&first_of[copy], first ? first : (uint32_t)fd + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&of_signals[copy], __atomic_load_n(&of_signals[fd], __ATOMIC_RELAXED),
                     __ATOMIC_RELAXED);
}

void tc_channel_pair(const int *fds) {
    struct stat one, two;
    if (!fds || TC_SYSCALL_2(SYS_fstat, fds[0], &one) || TC_SYSCALL_2(SYS_fstat, fds[1], &two))
        return;
    uint64_t key = KEY_SOCKET | (mix(one.st_ino) & KEY_MASK);
    remember(one.st_ino, key);
    remember(two.st_ino, key);
}

/* A server may listen on any address: its port says enough. */
static uint64_t port_key(const struct sockaddr *name, size_t length) {
    if (name->sa_family == AF_INET)
        return KEY_PORT | ((const struct sockaddr_in *)name)->sin_port;
    if (name->sa_family == AF_INET6)
        return KEY_PORT | ((const struct sockaddr_in6 *)name)->sin6_port;
    if (name->sa_family == AF_UNIX && length > sizeof name->sa_family)
        return KEY_PORT |
               (hash(name->sa_data, strnlen(name->sa_data, length - sizeof name->sa_family)) &
                KEY_MASK);
    return 0;
}

/* Before the call, which may refuse the address. */
void tc_channel_connect(const struct sockaddr *to, size_t length) {
    struct sockaddr_storage copy;
    size_t size = length < sizeof copy ? length : sizeof copy;
    memset(&copy, 0, sizeof copy);
    if (tc_race_local.thread && length >= sizeof to->sa_family && tc_copy(&copy, to, size))
        tc_channel_send_key(port_key((const struct sockaddr *)&copy, size));
}

void tc_channel_accept(int fd) {
    struct sockaddr_storage name;
    socklen_t size = sizeof name;
    memset(&name, 0, sizeof name);
    if (tc_race_local.thread && TC_SYSCALL_3(SYS_getsockname, fd, &name, &size) == 0)
        tc_channel_receive_key(
            port_key((const struct sockaddr *)&name, size < sizeof name ? size : sizeof name));
}

/* struct io_uring of liburing 2: its queues of submissions and completions; the program reads the
 * latter by inline code. */
struct ring {
    void *submissions[13];
    uint32_t *head, *tail;
    void *others[5];
    size_t size;
    char *memory;
};

void tc_channel_send_ring(const void *address) {
    struct ring ring;
    tc_channel_send_key(tc_channel_jobs(address));
    if (tc_copy(&ring, address, sizeof ring) && (char *)ring.tail >= ring.memory &&
        (uintptr_t)((char *)ring.tail - ring.memory) < ring.size)
        tc_race_atomic_publish((uintptr_t)ring.tail); /* that the kernel raises it is not seen */
}
