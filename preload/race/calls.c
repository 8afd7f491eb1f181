/* calls.c: wrappers of calls.def, and those of libc's functions that take any number of arguments.
 *
 * Threads: each works for the calling thread; a thread that is not watched goes straight through.
 */
#include "preload/race/calls.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "preload/newest.h"
#include "preload/race/channel.h"
#include "preload/sys.h"

#undef fread_unlocked
#undef fwrite_unlocked

#undef fputc
#undef fgetc
#undef putc
#undef getc

/* Of a FILE's _flags. */
#define STREAM_UNBUFFERED 2
#define STREAM_LINES      0x200

struct tc_calls tc_calls;

/* What rows say. */
#define READS(address, size)        tc_race_range(address, size, TC_ACCESS_LIBC, site);
#define WRITES(address, size)       tc_race_range(address, size, TC_ACCESS_LIBC | TC_ACCESS_WRITE, site);
#define READS_PIECES(pieces, count) reads_pieces(pieces, count, site);
#define READS_MESSAGE(message)      reads_message(message, site);
/* No more are sent by one call. */
#define READS_MESSAGES(messages, count)                                                            \
    for (unsigned i = 0; i < (count) && i < UIO_MAXIOV; i++)                                       \
        reads_message(&(messages)[i].msg_hdr, site);
#define WRITES_MESSAGES(messages, got) wrote_messages(messages, got, site);
#define WRITES_PIECES(pieces, count, size)                                                         \
    tc_range_pieces(pieces, count, size, TC_ACCESS_LIBC | TC_ACCESS_WRITE, site);
#define UPTO(from, found)              ((size_t)((const char *)(found) - (const char *)(from)) + 1)
#define LENGTH(text)                   tc_calls.strlen(text)
#define WITHIN(text, most)             within(text, most)
#define COMMON(left, right, most)      tc_common(left, right, most, false)
#define COMMON_CASE(left, right, most) tc_common(left, right, most, true)
#define PRINTED(result, size)          tc_printed(result, size)
#define GOT(result)                    ((result) > 0 ? (size_t)(result) : 0)
#define SENDS(fd)                      sends(fd, site);
#define RECEIVES(fd)                   received(fd, result >= 0, site);
#define SENDS_QUEUE(queue)             tc_channel_send_key(tc_channel_queue(queue));
#define RECEIVES_QUEUE(got, queue)                                                                 \
    if ((got) >= 0)                                                                                \
        tc_channel_receive_key(tc_channel_queue(queue));
#define SENDS_SEMAPHORES(set) tc_channel_send_key(tc_channel_semaphores(set));
#define RECEIVES_SEMAPHORES(result, set)                                                           \
    if ((result) == 0)                                                                             \
        tc_channel_receive_key(tc_channel_semaphores(set));
#define SENDS_SIGNAL(number) tc_channel_send_key(tc_channel_signal(number));
#define RECEIVES_SIGNAL(got, number)                                                               \
    if (got)                                                                                       \
        tc_channel_receive_signal(number);
#define SENDS_RING(ring)    tc_channel_send_ring(ring);
#define RECEIVES_RING(ring) tc_channel_receive_key(tc_channel_jobs(ring));
#define SENDS_JOBS(context) tc_channel_send_key(tc_channel_jobs(context));
#define RECEIVES_JOBS(got, context)                                                                \
    if ((got) > 0)                                                                                 \
        tc_channel_receive_key(tc_channel_jobs(context));
#define TIMER_SIGNAL(which)                                                                        \
    ((which) == ITIMER_REAL ? SIGALRM : (which) == ITIMER_VIRTUAL ? SIGVTALRM : SIGPROF)
#define ENDS(object, TYPE)                      tc_race_ends(object, TC_OBJECT_##TYPE, site);
#define CLOSES(fd)                              closes(fd, site);
#define OPENS(fd)                               tc_channel_open(fd);
#define SAME_FILE(fd, copy)                     copied(fd, copy);
#define PAIRS(result, fds)                      paired(result, fds, true);
#define OPENS_TWO(result, fds)                  paired(result, fds, false);
#define CONNECTS(to, length)                    tc_channel_connect(to, length);
#define ACCEPTS(fd)                             accepted(fd, result);
#define POLLED(result, fds, count)              polled(result, fds, count);
#define SELECTED(result, count, in, out, other) selected(result, count, in, out, other);
#define CONTROLS(fd, what)                      controls(fd, what);
#define CONTROLLED(fd, what, result)            controlled(fd, what, result);
#define PASSES(from, to)                        passes(from, to);
#define NUMBER_OF(file)                         ((file) ? (file)->_fileno : -1)
#define LEAVES(file, size)                      leaves(file, size);
#define LOOKS(file)                             struct buffer buffer = looks(file);
#define FILLED(file)                            filled(file, buffer);
#define WATCHES(epoll, what, fd, event)         watched(epoll, what, fd, event);
#define EVENTS(epoll, events, count)            tc_channel_events(epoll, events, count);

static inline size_t within(const char *text, size_t most) {
    size_t length = tc_calls.strnlen(text, most);
    return length < most ? length + 1 : most;
}

static void sends(int fd, struct tc_site site) {
    bool lasting;
    uint64_t channel = tc_channel_of(fd, &lasting);
    tc_descriptor_used(fd, lasting ? channel : 0, true, site);
    tc_channel_send_key(channel);
}

static void sends_if_watched(int fd, struct tc_site site) {
    if (tc_race_local.thread)
        sends(fd, site);
}

static void received(int fd, bool something, struct tc_site site) {
    bool lasting = false;
    uint64_t channel = something ? tc_channel_of(fd, &lasting) : 0;
    tc_channel_receive_of(fd, channel);
    tc_descriptor_used(fd, lasting ? channel : 0, false, site);
}

static void closes(int fd, struct tc_site site) {
    bool lasting;
    uint64_t channel = tc_channel_of(fd, &lasting);
    tc_descriptor_closed(fd, lasting ? channel : 0, site);
    tc_channel_close(fd);
}

static inline void received_by_others(int fd, bool something) {
    if (something)
        tc_channel_receive(fd);
}

static inline void accepted(int fd, int connection) {
    if (connection < 0)
        return;
    tc_channel_open(connection);
    tc_channel_accept(fd);
}

static inline void copied(int fd, int copy) {
    tc_channel_open(copy);
    tc_channel_same(fd, copy);
}

static inline void paired(int result, const int *fds, bool sockets) {
    if (result != 0)
        return;
    tc_channel_open(fds[0]);
    tc_channel_open(fds[1]);
    if (sockets)
        tc_channel_pair(fds);
}

static void polled(int result, const struct pollfd *fds, nfds_t count) {
    if (result <= 0)
        return;
    for (nfds_t i = 0; i < count; i++)
        if (fds[i].revents)
            tc_channel_receive(fds[i].fd);
}

static void watched(int epoll, int what, int fd, const struct epoll_event *event) {
    struct epoll_event copy;
    if (what == EPOLL_CTL_DEL)
        tc_channel_unwatch(fd);
    else if (tc_copy(&copy, event, sizeof copy))
        tc_channel_watch(epoll, fd, copy.data.u64);
}

static inline int is_in(const fd_set *set, int fd) {
    return set && FD_ISSET(fd, set);
}

/* `count` may be more than the sets have room for, as the kernel looks at open descriptors only:
 * the last one that is ready is the end. */
static void selected(int result, int count, const fd_set *in, const fd_set *out,
                     const fd_set *other) {
    for (int fd = 0; result > 0 && fd < count; fd++) {
        int ready = is_in(in, fd) + is_in(out, fd);
        result -= ready + is_in(other, fd);
        if (ready)
            tc_channel_receive(fd);
    }
}

/* Locks that belong to an open file, not to the process. */
static inline bool is_lock(int what) {
    return what == F_OFD_SETLK || what == F_OFD_SETLKW;
}

static inline void controls(int fd, int what) {
    if (is_lock(what))
        tc_channel_send(fd);
}

static inline void controlled(int fd, int what, int result) {
    if (is_lock(what))
        received_by_others(fd, result == 0);
    else if ((what == F_DUPFD || what == F_DUPFD_CLOEXEC) && result >= 0)
        copied(fd, result);
}

static void passes(int from, int to) {
    tc_channel_pass(from, to);
    tc_channel_receive(from);
    tc_channel_send(to);
}

/* A stream before something is put into its buffer: whether it may be written to the file now.  An
 * inner lock keeps others away only during the call: fields are read as they are. */
static void leaves(const FILE *file, size_t size) {
    if (file && (file->_flags & (STREAM_UNBUFFERED | STREAM_LINES) ||
                 (size_t)(file->_IO_write_end - file->_IO_write_ptr) < size))
        tc_channel_send(file->_fileno);
}

/* What of a file is in its stream's buffer. */
struct buffer {
    const char *at, *end;
};

static inline struct buffer looks(const FILE *file) {
    return file ? (struct buffer){file->_IO_read_ptr, file->_IO_read_end} : (struct buffer){0};
}

/* Whether more was read from the file since. */
static void filled(const FILE *file, struct buffer before) {
    struct buffer now = looks(file);
    if (file && (before.at == before.end || now.at == now.end || now.end != before.end ||
                 now.at < before.at))
        tc_channel_receive(file->_fileno);
}

static inline unsigned char folded(unsigned char byte, bool fold) {
    return fold && byte >= 'A' && byte <= 'Z' ? byte + 32 : byte;
}

size_t tc_common(const char *left, const char *right, size_t most, bool fold) {
    for (size_t i = 0; i < most; i++)
        if (!left[i] ||
            folded((unsigned char)left[i], fold) != folded((unsigned char)right[i], fold))
            return i + 1;
    return most;
}

void tc_range_pieces(const struct iovec *pieces, int count, size_t most, uint32_t access,
                     struct tc_site site) {
    for (int i = 0; i < count && most; i++) {
        size_t size = pieces[i].iov_len < most ? pieces[i].iov_len : most;
        tc_race_range(pieces[i].iov_base, size, access, site);
        most -= size;
    }
}

/* The same before the call, which may refuse what it is given: it is not touched here, either. */
static void reads_pieces(const struct iovec *pieces, int count, struct tc_site site) {
    struct iovec copy[16];
    for (int i = 0, some; i < count && count <= IOV_MAX; i += some) {
        some = count - i < 16 ? count - i : 16;
        if (!tc_copy(copy, pieces + i, (size_t)some * sizeof *copy))
            return;
        tc_range_pieces(copy, some, SIZE_MAX, TC_ACCESS_LIBC, site);
    }
}

static void reads_message(const struct msghdr *message, struct tc_site site) {
    struct msghdr copy;
    if (tc_copy(&copy, message, sizeof copy) && copy.msg_iovlen <= IOV_MAX)
        reads_pieces(copy.msg_iov, (int)copy.msg_iovlen, site);
}

static void wrote_messages(const struct mmsghdr *messages, int got, struct tc_site site) {
    for (int i = 0; i < got; i++) {
        const struct msghdr *message = &messages[i].msg_hdr;
        tc_range_pieces(message->msg_iov, (int)message->msg_iovlen, messages[i].msg_len,
                        TC_ACCESS_LIBC | TC_ACCESS_WRITE, site);
    }
}

/* Threads that are not watched, and what the shim itself calls meanwhile. */
#define WATCHED() __builtin_expect(tc_race_local.thread != NULL, 1)

/* For modules whose accesses are watched. */
#define TC_CALL(CLASS, RESULT, name, parameters, arguments, BEFORE, AFTER)                         \
    static RESULT tc_on_##name parameters {                                                        \
        if (!WATCHED())                                                                            \
            return tc_calls.name arguments;                                                        \
        struct tc_site site = TC_SITE();                                                           \
        (void)site;                                                                                \
        BEFORE                                                                                     \
        RESULT result = tc_calls.name arguments;                                                   \
        AFTER                                                                                      \
        return result;                                                                             \
    }
#define TC_CALL_VOID(CLASS, name, parameters, arguments, BEFORE)                                   \
    static void tc_on_##name parameters {                                                          \
        if (WATCHED()) {                                                                           \
            struct tc_site site = TC_SITE();                                                       \
            BEFORE                                                                                 \
        }                                                                                          \
        tc_calls.name arguments;                                                                   \
    }
#define TC_CALL_OWN(CLASS, RESULT, name, parameters)
#include "preload/race/calls.def"
#undef TC_CALL
#undef TC_CALL_VOID

#define PRINTS(call, size)                                                                         \
    va_list values;                                                                                \
    va_start(values, format);                                                                      \
    int result = call;                                                                             \
    va_end(values);                                                                                \
    if (WATCHED()) {                                                                               \
        struct tc_site site = TC_SITE();                                                           \
        READS(format, LENGTH(format) + 1)                                                          \
        WRITES(to, PRINTED(result, size))                                                          \
    }                                                                                              \
    return result

int tc_on_sprintf(char *to, const char *format, ...) {
    PRINTS(tc_calls.vsprintf(to, format, values), SIZE_MAX);
}

int tc_on_snprintf(char *to, size_t size, const char *format, ...) {
    PRINTS(tc_calls.vsnprintf(to, size, format, values), size);
}

int tc_on___sprintf_chk(char *to, int flag, size_t room, const char *format, ...) {
    PRINTS(tc_calls.__vsprintf_chk(to, flag, room, format, values), SIZE_MAX);
}

int tc_on___snprintf_chk(char *to, size_t size, int flag, size_t room, const char *format, ...) {
    PRINTS(tc_calls.__vsnprintf_chk(to, size, flag, room, format, values), size);
}

/* The same of streams: who is not watched has nothing to tell. */
#define STREAMS(before, call, after)                                                               \
    before va_list values;                                                                         \
    va_start(values, format);                                                                      \
    int result = call;                                                                             \
    va_end(values);                                                                                \
    after return result

int tc_on_fprintf(FILE *file, const char *format, ...) {
    STREAMS(LEAVES(file, SIZE_MAX), tc_calls.vfprintf(file, format, values), );
}

int tc_on___fprintf_chk(FILE *file, int flag, const char *format, ...) {
    STREAMS(LEAVES(file, SIZE_MAX), tc_calls.__vfprintf_chk(file, flag, format, values), );
}

int tc_on_dprintf(int fd, const char *format, ...) {
    STREAMS(sends_if_watched(fd, TC_SITE());, tc_calls.vdprintf(fd, format, values), );
}

int tc_on___dprintf_chk(int fd, int flag, const char *format, ...) {
    STREAMS(sends_if_watched(fd, TC_SITE());, tc_calls.__vdprintf_chk(fd, flag, format, values), );
}

int tc_on_fscanf(FILE *file, const char *format, ...) {
    STREAMS(LOOKS(file), tc_calls.vfscanf(file, format, values), FILLED(file));
}

int tc_on___isoc99_fscanf(FILE *file, const char *format, ...) {
    STREAMS(LOOKS(file), tc_calls.__isoc99_vfscanf(file, format, values), FILLED(file));
}

/* For the others: only what orders. */
#undef READS
#undef WRITES
#undef READS_PIECES
#undef READS_MESSAGE
#undef READS_MESSAGES
#undef WRITES_MESSAGES
#undef WRITES_PIECES
#define READS(address, size)
#define WRITES(address, size)
#define READS_PIECES(pieces, count)
#define READS_MESSAGE(message)
#define READS_MESSAGES(messages, count)
#define WRITES_MESSAGES(messages, got)
#define WRITES_PIECES(pieces, count, size)
#undef SENDS
#undef RECEIVES
#undef CLOSES
#define SENDS(fd)    tc_channel_send(fd);
#define RECEIVES(fd) received_by_others(fd, result >= 0);
#define CLOSES(fd)   tc_channel_close(fd);
#define TC_CALL_VOID(CLASS, name, parameters, arguments, BEFORE)
#define TC_ORDER_DROP(RESULT, name, parameters, arguments, BEFORE, AFTER)
#define TC_ORDER_RANGE(RESULT, name, parameters, arguments, BEFORE, AFTER)
#define TC_ORDER_LIBRARY TC_ORDER_EDGE
#define TC_ORDER_EDGE(RESULT, name, parameters, arguments, BEFORE, AFTER)                          \
    static RESULT tc_order_##name parameters {                                                     \
        BEFORE                                                                                     \
        RESULT result = tc_calls.name arguments;                                                   \
        AFTER                                                                                      \
        return result;                                                                             \
    }
#define TC_CALL(CLASS, RESULT, name, parameters, arguments, BEFORE, AFTER)                         \
    TC_ORDER_##CLASS(RESULT, name, parameters, arguments, BEFORE, AFTER)
#include "preload/race/calls.def"
#undef TC_CALL
#undef TC_CALL_VOID
#undef TC_CALL_OWN

#define TC_OTHERS_RANGE(wrapper) NULL
#define TC_OTHERS_EDGE(wrapper)  (void *)wrapper
#define TC_OTHERS_LIBRARY        TC_OTHERS_EDGE
#define TC_OTHERS_HEAP(wrapper)  NULL
#define TC_OTHERS_DROP(wrapper)  NULL
struct tc_call tc_call_rows[] = {
#define TC_CALL(CLASS, RESULT, name, parameters, arguments, BEFORE, AFTER)                         \
    {#name,                                                                                        \
     (void **)&tc_calls.name,                                                                      \
     (void *)tc_on_##name,                                                                         \
     TC_OTHERS_##CLASS(tc_order_##name),                                                           \
     TC_CALL_##CLASS,                                                                              \
     NULL,                                                                                         \
     false},
#define TC_CALL_VOID(CLASS, name, parameters, arguments, BEFORE)                                   \
    {#name, (void **)&tc_calls.name, (void *)tc_on_##name, NULL, TC_CALL_##CLASS, NULL, false},
#define TC_CALL_OWN(CLASS, RESULT, name, parameters)                                               \
    {#name,                                                                                        \
     (void **)&tc_calls.name,                                                                      \
     (void *)tc_on_##name,                                                                         \
     TC_OTHERS_##CLASS(tc_on_##name),                                                              \
     TC_CALL_##CLASS,                                                                              \
     NULL,                                                                                         \
     false},
#include "preload/race/calls.def"
#undef TC_CALL
#undef TC_CALL_VOID
#undef TC_CALL_OWN
};
const size_t tc_call_count = sizeof tc_call_rows / sizeof *tc_call_rows;

/* Operators that the program replaced may have memory that is not malloc's. */
static bool is_replaced(const struct tc_call *row, void *found) {
    Dl_info info;
    return row->name[0] == '_' && row->class == TC_CALL_DROP && dladdr(found, &info) &&
           !strstr(info.dli_fname, "libstdc++");
}

/* A name that something else defines, too, may be bound to that: it is left alone where it is not
 * known yet to what.  The heap may be anybody's. */
void tc_calls_find(void) {
    void *libc = dlopen("libc.so.6", RTLD_NOLOAD | RTLD_LAZY);
    for (size_t i = 0; libc && i < tc_call_count; i++) {
        struct tc_call *row = &tc_call_rows[i];
        void *first = dlsym(RTLD_DEFAULT, row->name);
        bool heap = row->class == TC_CALL_HEAP || row->class == TC_CALL_DROP;
        *row->libc = heap || row->class == TC_CALL_LIBRARY ? first : dlsym(libc, row->name);
        row->newest = tc_newest ? tc_newest(row->name) : NULL;
        row->own = first != *row->libc;
        if (heap && first && is_replaced(row, first))
            *row->libc = NULL;
    }
    tc_calls_find_heap();
}
