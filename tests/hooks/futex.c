/* futex.c: syscall(), with SYS_futex and with other numbers: results, errno, all six arguments. */
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "show.h"

static atomic_uint word;

static long futex(atomic_uint *at, int operation, unsigned value, const struct timespec *until,
                  atomic_uint *second, unsigned third) {
    return syscall(SYS_futex, at, operation, value, until, second, third);
}

static void *wait_for_one(void *unused) {
    while (atomic_load(&word) == 0)
        futex(&word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0);
    return unused;
}

static void refusals(void) {
    struct timespec soon = {0, 1000000}, wrong = {0, -1};
    SHOW(futex(&word, FUTEX_WAIT, 5, NULL, NULL, 0));
    SHOW(futex(&word, FUTEX_WAIT_PRIVATE, 0, &soon, NULL, 0));
    SHOW(futex(&word, FUTEX_WAIT, 0, &wrong, NULL, 0));
    SHOW(futex(NULL, FUTEX_WAIT, 0, NULL, NULL, 0));
    SHOW(futex((atomic_uint *)8, FUTEX_WAKE, 1, NULL, NULL, 0));
    SHOW(futex((atomic_uint *)((char *)&word + 1), FUTEX_WAIT, 0, NULL, NULL, 0));
    SHOW(futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0));
    SHOW(futex(&word, 77, 0, NULL, NULL, 0));
}

/* Arguments up to the sixth arrive; what is not a futex goes its own way. */
static void others(void) {
    SHOW(syscall(SYS_getpid) == getpid());
    SHOW(syscall(SYS_close, -1));
    SHOW(syscall(-1));
    long page = syscall(SYS_mmap, NULL, 4096, 3, 0x22, -1, 0L);
    SHOW(page != -1);
    SHOW(syscall(SYS_munmap, page, 4096));
    long child = syscall(SYS_clone, 17 /* SIGCHLD */, NULL, NULL, NULL, NULL);
    if (child == 0)
        syscall(SYS_exit_group, 7);
    int status = 0;
    SHOW(waitpid((pid_t)child, &status, 0) == child);
    SHOW(WEXITSTATUS(status));
}

int main(void) {
    refusals();
    others();
    pthread_t thread;
    pthread_create(&thread, NULL, wait_for_one, NULL);
    refusals();
    others();
    atomic_store(&word, 1);
    futex(&word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT_MAX, NULL, NULL, 0);
    SHOW(pthread_join(thread, NULL));
    return 0;
}
