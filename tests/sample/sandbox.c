/* sandbox.c: a program whose seccomp filter sends SIGSYS for some system calls, which its handler
 * then carries out, as sandboxes of browsers do.  Each thread that makes one must have SIGSYS open,
 * or the kernel ends the process; and perf_event_open, which the program itself never asks for,
 * must not be asked for in its name.
 *
 * usage: sandbox early|late     the filter comes before the first thread, or when threads are at
 * work
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define LET_IT 0x5eccULL /* as the sixth argument, which none of these has */

/* What may come from anywhere in a process, and has at most five arguments; not what libc calls
 * with all signals blocked. */
static const int trapped[] = {
    SYS_perf_event_open, SYS_openat,    SYS_ftruncate,     SYS_fallocate,    SYS_close,
    SYS_readlinkat,      SYS_getrusage, SYS_clock_gettime, SYS_rt_sigaction, SYS_prlimit64,
    SYS_nanosleep,       SYS_ioctl,     SYS_mkdirat,       SYS_tgkill,       SYS_sched_yield};
#define COUNT (int)(sizeof trapped / sizeof *trapped)

static int perf_asked, carried_out;
static pthread_mutex_t locks[64];
static long counter;
static int stop;

static long raw(long number, const long long *registers, long last) {
    register long r10 __asm__("r10") = (long)registers[REG_R10];
    register long r8 __asm__("r8") = (long)registers[REG_R8];
    register long r9 __asm__("r9") = last;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(registers[REG_RDI]), "S"(registers[REG_RSI]),
                       "d"(registers[REG_RDX]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

static void on_sys(int number, siginfo_t *info, void *data) {
    ucontext_t *context = data;
    (void)number;
    __atomic_fetch_add(&carried_out, 1, __ATOMIC_RELAXED);
    if (info->si_syscall == SYS_perf_event_open) {
        __atomic_fetch_add(&perf_asked, 1, __ATOMIC_RELAXED);
        context->uc_mcontext.gregs[REG_RAX] = -ENOSYS;
        return;
    }
    long result = raw(info->si_syscall, context->uc_mcontext.gregs, (long)LET_IT);
    context->uc_mcontext.gregs[REG_RAX] = result;
}

/* Sixth argument, low word: let it; else the number decides. */
static void restrict_calls(void) {
    struct sock_filter filter[2 * COUNT + 8];
    int at = 0;
    filter[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                offsetof(struct seccomp_data, args[5]));
    filter[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)LET_IT, 0, 1);
    filter[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[at++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < COUNT; i++) {
        filter[at++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)trapped[i], 0, 1);
        filter[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
    }
    filter[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {(unsigned short)at, filter};
    struct sigaction action = {.sa_sigaction = on_sys, .sa_flags = SA_SIGINFO | SA_NODEFER};
    if (sigaction(SIGSYS, &action, NULL) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program)) {
        perror("seccomp");
        exit(9);
    }
}

static void *work(void *number) {
    for (long i = (long)number; !__atomic_load_n(&stop, __ATOMIC_RELAXED); i++) {
        pthread_mutex_lock(&locks[i % 63]);
        pthread_mutex_lock(&locks[63]);
        counter++;
        pthread_mutex_unlock(&locks[63]);
        pthread_mutex_unlock(&locks[i % 63]);
    }
    return NULL;
}

static void *wait_long(void *unused) {
    pthread_mutex_lock(&locks[0]);
    pthread_mutex_unlock(&locks[0]);
    return unused;
}

static sem_t wanted[2];

static void *wait_for_alarm(void *semaphore) {
    while (sem_wait(semaphore) != 0) {
    }
    return NULL;
}

static void on_alarm(int number) {
    (void)number;
    sem_post(&wanted[0]);
    sem_post(&wanted[1]);
}

/* Nobody is left who could wake the two, but for the handler: what is caught, the hang watch asks
 * the kernel for. */
static void wait_for_handler(void) {
    struct itimerval later = {{0, 0}, {0, 900000}};
    pthread_t thread;
    sem_init(&wanted[0], 0, 0);
    sem_init(&wanted[1], 0, 0);
    signal(SIGALRM, on_alarm);
    pthread_create(&thread, NULL, wait_for_alarm, &wanted[0]);
    setitimer(ITIMER_REAL, &later, NULL);
    wait_for_alarm(&wanted[1]);
    pthread_join(thread, NULL);
}

static void rest(long milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

int main(int argc, char **argv) {
    int late = argc > 1 && !strcmp(argv[1], "late");
    pthread_t threads[4], waiter;
    for (int i = 0; i < 64; i++)
        pthread_mutex_init(&locks[i], NULL);
    if (!late)
        restrict_calls();
    for (long i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    rest(400);
    if (late)
        restrict_calls();
    pthread_mutex_lock(&locks[0]); /* one waits for long: the hang watch looks */
    pthread_create(&waiter, NULL, wait_long, NULL);
    rest(900);
    pthread_mutex_unlock(&locks[0]);
    rest(200);
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    pthread_join(waiter, NULL);
    wait_for_handler();
    printf("asked for watchpoints %d times; counted %d, carried out %d\n", perf_asked, counter > 0,
           carried_out > 0);
    return 0;
}
