// expect: none
// A sandbox as browsers have it: files are opened by a handler of SIGSYS, which takes a lock for
// it, also those that are opened for the recording; nothing of the program's own is lost.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define ALLOWED 0x5a5a1234u /* as a sixth argument, which openat has not */

static pthread_mutex_t broker = PTHREAD_MUTEX_INITIALIZER;
static volatile int opened;

static void serve(int number, siginfo_t *info, void *context) {
    (void)number;
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    if (info->si_syscall != SYS_openat)
        _exit(3);
    bool locked = pthread_mutex_trylock(&broker) == 0; /* SIGSYS is open here, as in browsers */
    long result = syscall(SYS_openat, registers[REG_RDI], registers[REG_RSI], registers[REG_RDX],
                          registers[REG_R10], 0l, (long)ALLOWED);
    opened++;
    if (locked)
        pthread_mutex_unlock(&broker);
    registers[REG_RAX] = result < 0 ? -errno : result;
}

static int enclose(void) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ALLOWED, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    struct sigaction action = {.sa_sigaction = serve, .sa_flags = SA_SIGINFO | SA_NODEFER};
    return sigaction(SIGSYS, &action, NULL) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void *work(void *argument) {
    int fd = open("/proc/self/status", O_RDONLY);
    close(fd);
    return fd < 0 ? argument : NULL;
}

int main(void) {
    pthread_t thread;
    void *failed;
    if (enclose() != 0)
        return 2;
    for (int i = 0; i < 2; i++) {
        if (pthread_create(&thread, NULL, work, (void *)1) || pthread_join(thread, &failed) ||
            failed)
            return 1;
        void *library = dlopen(i ? "libnsl.so.1" : "librt.so.1", RTLD_NOW);
        if (library)
            dlclose(library);
    }
    printf("%s\n", opened >= 2 ? "opened" : "not opened");
    return 0;
}
