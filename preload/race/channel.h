/* channel.h: what a descriptor leads to, as something that orders threads.
 *
 * What: a pipe is its inode, both ends alike; a socket is its connection, from whichever side; what
 *       has no inode of its own (eventfd, epoll, timerfd) is its first descriptor.  Where two of
 *       them cannot be told apart they are one: that orders too much and never too little.
 * Threads: any.  The caller's errno is kept.
 */
#ifndef TC_PRELOAD_RACE_CHANNEL_H
#define TC_PRELOAD_RACE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/recorder.h"

struct sockaddr;
struct epoll_event;

#define TC_DESCRIPTORS 65536 /* higher numbers are not told apart */

/* The channel that it leads to, 0: not a descriptor; *lasting: no later one under the same number
 * leads to that. */
uint64_t tc_channel_of(int fd, bool *lasting);

/* descriptor.c: the program's own code has used it, to send something or not, or is about to close
 * it; `channel` is its channel where that is lasting, else 0.  Somebody has opened it. */
void tc_descriptor_used(int fd, uint64_t channel, bool sends, struct tc_site site);
void tc_descriptor_closed(int fd, uint64_t channel, struct tc_site site);
void tc_descriptor_opened(int fd);

/* Edges of the calling thread. */
void tc_channel_send(int fd);
void tc_channel_receive(int fd);
void tc_channel_receive_of(int fd, uint64_t channel); /* of a descriptor whose channel is known */
void tc_channel_send_key(uint64_t key);
void tc_channel_receive_key(uint64_t key);

/* What is told of descriptors. */
void tc_channel_close(int fd);          /* its end is a message, too */
void tc_channel_open(int fd);           /* its number is free once who had it has closed it */
void tc_channel_same(int fd, int copy); /* by dup */
void tc_channel_pair(const int *fds);   /* by socketpair */
void tc_channel_pass(int from, int to); /* what is read from one goes into the other */
void tc_channel_connect(const struct sockaddr *to, size_t length);
void tc_channel_accept(int fd);

/* epoll.c: a descriptor is put into an epoll with what is told of it, is taken out or closed; these
 * events were given back. */
void tc_channel_watch(int epoll, int fd, uint64_t told);
void tc_channel_unwatch(int fd);
void tc_channel_events(int epoll, const struct epoll_event *events, int count);
uint64_t tc_channel_tag(int epoll, uint64_t told);

/* The key of a System V queue, and of a futex. */
static inline uint64_t tc_channel_queue(int queue) {
    return 1ull << 60 | (uint32_t)queue;
}

/* The key of a signal; of all that timer_settime may send, as one. */
#define TC_SIGNAL_OF_TIMERS 0
static inline uint64_t tc_channel_signal(int number) {
    return 6ull << 60 | (uint32_t)number;
}

/* The key of a set of System V semaphores. */
static inline uint64_t tc_channel_semaphores(int set) {
    return 7ull << 60 | (uint32_t)set;
}

/* The key of what is handed to the kernel by a ring of io_uring, or a context of libaio's: its
 * address, which nothing else orders by. */
static inline uint64_t tc_channel_jobs(const void *of) {
    return (uintptr_t)of & ~(uintptr_t)7;
}

/* Work is handed to the kernel by a ring of liburing's. */
void tc_channel_send_ring(const void *ring);

/* A signal arrived: by a call that sent it, or by a timer. */
void tc_channel_receive_signal(int number);

#endif
