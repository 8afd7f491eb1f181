/* guest.c: programs that --races=sample must not disturb, one for each argument.
 * Each prints the same in every run, and has no race.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static void die(const char *what) {
    perror(what);
    exit(9);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Counts under the lock for so long. */
static void *count_for(void *seconds) {
    for (double end = now() + *(double *)seconds; now() < end;)
        for (int i = 0; i < 100; i++) {
            pthread_mutex_lock(&lock);
            counter++;
            pthread_mutex_unlock(&lock);
        }
    return NULL;
}

static void count(int threads, double seconds) {
    pthread_t *all = calloc((size_t)threads, sizeof *all);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 128 << 10);
    for (int i = 0; i < threads; i++)
        if ((errno = pthread_create(&all[i], &attributes, count_for, &seconds)))
            die("pthread_create");
    for (int i = 0; i < threads; i++)
        pthread_join(all[i], NULL);
    free(all);
    printf("%d threads counted: %d\n", threads, counter > 0);
    fflush(stdout);
}

static void *count_until(void *nanoseconds) {
    struct timespec time;
    do {
        double seconds = 0.01;
        count_for(&seconds);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    } while (time.tv_sec * 1000000000L + time.tv_nsec < *(long *)nanoseconds);
    return NULL;
}

/* So much processor time that sampling has begun, or was refused. */
static void compute(void) {
    long limit = 700000000;
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, count_until, &limit))
            die("pthread_create");
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    puts("computed");
}

static void forks(void) {
    count(2, 0.2);
    for (int i = 0; i < 3; i++) {
        pid_t child = fork();
        if (child == 0) {
            count(2, 0.1);
            _exit(7);
        }
        int status;
        if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
            die("waitpid");
        printf("child ended with %d\n", WEXITSTATUS(status));
    }
    count(2, 0.2);
}

static sem_t looked;

static void *send_later(void *target) {
    double seconds = 0.1;
    count_for(&seconds);
    pthread_kill(*(pthread_t *)target, SIGUSR1);
    sem_wait(&looked);
    count_for(&seconds);
    pthread_kill(*(pthread_t *)target, SIGTRAP);
    return NULL;
}

/* All is blocked from the start, SIGTRAP too: nothing but what was sent may come. */
static void waits(void) {
    sigset_t all, back, pending;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    pthread_t self = pthread_self(), sender;
    sem_init(&looked, 0, 0);
    pthread_create(&sender, NULL, send_later, &self);
    double seconds = 0.05;
    count_for(&seconds);
    pthread_sigmask(SIG_SETMASK, NULL, &back);
    sigpending(&pending);
    printf("blocked %d, pending %d\n", sigismember(&back, SIGTRAP), sigismember(&pending, SIGTRAP));
    int got = 0;
    sigset_t user;
    sigemptyset(&user);
    sigaddset(&user, SIGUSR1);
    sigwait(&user, &got);
    printf("got %d\n", got == SIGUSR1);
    int fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    struct signalfd_siginfo info;
    printf("nothing else: %d\n", read(fd, &info, sizeof info) < 0 && errno == EAGAIN);
    close(fd);
    sem_post(&looked);
    sigset_t trap;
    sigemptyset(&trap);
    sigaddset(&trap, SIGTRAP);
    sigwait(&trap, &got);
    printf("got %d\n", got == SIGTRAP);
    pthread_join(sender, NULL);
}

static volatile sig_atomic_t traps;

static void on_trap(int number) {
    (void)number;
    traps = traps + 1;
}

/* A program with breakpoints of its own. */
static void own_traps(int after) {
    if (after)
        compute();
    struct sigaction action = {.sa_handler = on_trap}, before;
    sigaction(SIGTRAP, &action, &before);
    printf("before: %d\n", before.sa_handler == SIG_DFL);
    for (int i = 0; i < 5; i++)
        __asm__ volatile("int3");
    count(2, 0.2);
    raise(SIGTRAP);
    printf("%d traps\n", (int)traps);
}

/* The rest of the process gets that from perf_event_open. */
static void refuse(int error) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_perf_event_open, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {4, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
        die("seccomp");
}

static void no_descriptors(void) {
    struct rlimit limit = {16, 16};
    setrlimit(RLIMIT_NOFILE, &limit);
    while (dup(0) >= 0) {
    }
    compute();
}

/* Takes all watchpoints of this thread and of those that it creates. */
static void no_registers(void) {
    static long watched[8];
    struct perf_event_attr attr = {.size = sizeof attr,
                                   .type = PERF_TYPE_BREAKPOINT,
                                   .bp_type = HW_BREAKPOINT_W,
                                   .bp_len = 8,
                                   .inherit = 1,
                                   .exclude_kernel = 1,
                                   .exclude_hv = 1};
    for (int i = 0; i < 4; i++) {
        attr.bp_addr = (unsigned long)&watched[i];
        if (syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0) < 0)
            break; /* the test sees whether there are any */
    }
    compute();
}

static void loads(void) {
    count(2, 0.1);
    for (int i = 0; i < 20; i++) {
        void *library = dlopen("libm.so.6", RTLD_NOW);
        double (*square_root)(double) = library ? (double (*)(double))dlsym(library, "sqrt") : NULL;
        if (!square_root || square_root(16) < 3.9)
            die("dlopen");
        dlclose(library);
    }
    count(2, 0.2);
}

/* Loads a library of the program's own again and again, runs it in two threads, and unloads it,
 * while other threads are at work in it, too, that have it loaded for themselves. */
static void (*plugin(const char *path, void **library))(long) {
    *library = dlopen(path, RTLD_NOW);
    void (*found)(long) = *library ? (void (*)(long))dlsym(*library, "plugin_count") : NULL;
    if (!found)
        die("dlopen");
    return found;
}

struct plugged {
    const char *path;
    double seconds;
};

static void *load_and_run(void *argument) {
    const struct plugged *what = argument;
    for (double end = now() + what->seconds; now() < end;) {
        void *library;
        void (*count_there)(long) = plugin(what->path, &library);
        for (int i = 0; i < 20; i++)
            count_there(100);
        dlclose(library);
    }
    return NULL;
}

static void plugins(const char *path, const char *copy) {
    struct plugged one = {path, 2.0}, other = {copy, 2.0};
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, load_and_run, i & 1 ? &other : &one);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    puts("loaded and unloaded");
}

static void *nothing(void *unused) {
    return unused;
}

/* Many threads that live for a moment. */
static void brief_threads(int number) {
    for (int i = 0; i < number; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL))
            die("pthread_create");
    }
    printf("%d threads\n", number);
}

static void *answer(void *pipes) {
    const int *ends = pipes;
    char byte;
    while (read(ends[0], &byte, 1) == 1)
        if (write(ends[3], &byte, 1) != 1)
            die("write");
    return pipes;
}

/* Two threads that do nothing but hand over to each other, until standard input ends. */
static void switches(void) {
    int ends[4];
    char byte = 1;
    pthread_t thread;
    if (pipe(ends) || pipe(ends + 2) || fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK))
        die("pipe");
    pthread_create(&thread, NULL, answer, ends);
    for (char end; read(STDIN_FILENO, &end, 1) != 0;)
        if (write(ends[1], &byte, 1) != 1 || read(ends[2], &byte, 1) != 1)
            die("hand over");
    close(ends[1]);
    pthread_join(thread, NULL);
    puts("handed over");
}

static void *busy(void *unused) {
    for (;;)
        for (int i = 0; i < 100; i++) {
            pthread_mutex_lock(&lock);
            counter++;
            pthread_mutex_unlock(&lock);
        }
    return unused;
}

/* The next program takes the place of this one while all threads are at work. */
static void executes(char **argv) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, busy, NULL);
    struct timespec rest = {0, 200000000};
    nanosleep(&rest, NULL);
    execl("/proc/self/exe", argv[0], "threads", "3", (char *)NULL);
    die("execl");
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    int number = argc > 2 ? atoi(argv[2]) : 0;
    if (!strcmp(what, "threads"))
        count(number, number > 100 ? 1.0 : 0.4);
    else if (!strcmp(what, "computes"))
        compute();
    else if (!strcmp(what, "forks"))
        forks();
    else if (!strcmp(what, "waits"))
        waits();
    else if (!strcmp(what, "traps"))
        own_traps(number);
    else if (!strcmp(what, "refused")) {
        refuse(number);
        compute();
    } else if (!strcmp(what, "registers")) {
        no_registers();
    } else if (!strcmp(what, "descriptors"))
        no_descriptors();
    else if (!strcmp(what, "loads"))
        loads();
    else if (!strcmp(what, "plugins") && argc > 3)
        plugins(argv[2], argv[3]);
    else if (!strcmp(what, "brief"))
        brief_threads(number);
    else if (!strcmp(what, "switches"))
        switches();
    else if (!strcmp(what, "executes"))
        executes(argv);
    else
        return 2;
    return 0;
}
