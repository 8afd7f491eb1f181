// waits.c: one thread waits for another that waits for something from outside; nothing hangs.
//
// usage: waits CASE      what comes from outside comes after three seconds
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECONDS 3

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static int flag, ends[2], *word;
static char byte;

// Another process that does something later.
static pid_t later(void (*action)(void)) {
    pid_t child = fork();
    if (child == 0) {
        sleep(SECONDS);
        action();
        _exit(0);
    }
    return child;
}

static void send_byte(void) {
    if (write(ends[1], "x", 1) != 1)
        _exit(1);
}
static void send_signal(void) {
    kill(getppid(), SIGUSR1);
}
static void wake_word(void) {
    __atomic_store_n(word, 1, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}
static void nothing(void) {}

static int on_pipe(void) {
    later(send_byte);
    return read(ends[0], &byte, 1) == 1;
}
static int on_poll(void) {
    later(send_byte);
    return poll(&(struct pollfd){.fd = ends[0], .events = POLLIN}, 1, -1) == 1;
}
static int on_select(void) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    later(send_byte);
    return select(ends[0] + 1, &set, NULL, NULL, NULL) == 1;
}
static int on_epoll(void) {
    struct epoll_event event = {.events = EPOLLIN};
    int epoll = epoll_create1(0);
    epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event);
    later(send_byte);
    return epoll_wait(epoll, &event, 1, -1) == 1;
}
static int on_socket(void) {
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
        return 0;
    later(send_byte);
    return recv(ends[0], &byte, 1, 0) == 1;
}
static int on_eventfd(void) {
    uint64_t count = 0;
    ends[0] = ends[1] = eventfd(0, 0);
    pid_t child = fork();
    if (child == 0) {
        sleep(SECONDS);
        _exit(eventfd_write(ends[1], 1));
    }
    return read(ends[0], &count, sizeof count) == sizeof count;
}
static int on_child(void) {
    int status;
    return waitpid(later(nothing), &status, 0) > 0 && status == 0;
}
static int on_timer(void) {
    struct itimerspec when = {.it_value = {SECONDS, 0}};
    uint64_t count;
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    timerfd_settime(timer, 0, &when, NULL);
    return read(timer, &count, sizeof count) == sizeof count;
}
static int on_sigwait(void) {
    sigset_t set;
    int number;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    later(send_signal);
    return sigwait(&set, &number) == 0;
}
static int on_futex(void) {
    later(wake_word);
    while (!__atomic_load_n(word, __ATOMIC_SEQ_CST))
        syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0);
    return 1;
}
static int on_io_uring(void) {
    struct io_uring_params parameters = {0};
    long ring = syscall(SYS_io_uring_setup, 4, &parameters);
    if (ring < 0)
        return on_pipe(); // not allowed here
    char *queue = mmap(NULL, parameters.sq_off.array + 4 * sizeof(unsigned), PROT_READ | PROT_WRITE,
                       MAP_SHARED, (int)ring, IORING_OFF_SQ_RING);
    struct io_uring_sqe *entry = mmap(NULL, 4 * sizeof *entry, PROT_READ | PROT_WRITE, MAP_SHARED,
                                      (int)ring, IORING_OFF_SQES);
    if (queue == MAP_FAILED || entry == MAP_FAILED)
        return 0;
    entry[0] =
        (struct io_uring_sqe){.opcode = IORING_OP_POLL_ADD, .fd = ends[0], .poll_events = POLLIN};
    *(unsigned *)(queue + parameters.sq_off.array) = 0;
    __atomic_store_n((unsigned *)(queue + parameters.sq_off.tail), 1, __ATOMIC_RELEASE);
    later(send_byte);
    return syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1;
}

static const struct {
    const char *name;
    int (*wait)(void);
} cases[] = {
    {"pipe", on_pipe},   {"poll", on_poll},         {"select", on_select},
    {"epoll", on_epoll}, {"socket", on_socket},     {"eventfd", on_eventfd},
    {"child", on_child}, {"timer", on_timer},       {"sigwait", on_sigwait},
    {"futex", on_futex}, {"io_uring", on_io_uring},
};

static int (*outside)(void);

static void *wait_outside(void *unused) {
    pthread_mutex_lock(&lock); // main waits now and holds nothing that a fork would copy
    pthread_mutex_unlock(&lock);
    if (!outside())
        _exit(1);
    pthread_mutex_lock(&lock);
    flag = 1;
    pthread_cond_signal(&ready);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(int argc, char **argv) {
    pthread_t thread;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    word = mmap(NULL, sizeof *word, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (word == MAP_FAILED || pipe(ends))
        return 1;
    alarm(60);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (argc < 2)
            puts(cases[i].name);
        else if (strcmp(cases[i].name, argv[1]) == 0)
            outside = cases[i].wait;
    }
    if (!outside)
        return argc < 2 ? 0 : 2;
    pthread_mutex_lock(&lock);
    pthread_create(&thread, NULL, wait_outside, NULL);
    while (!flag)
        pthread_cond_wait(&ready, &lock);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    return 0;
}
