// expect: none
// All threads wait for a word of shared memory, which another process changes after some time.
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "program.h"

static uint32_t *word;

static void *wait_for_it(void *unused) {
    while (!__atomic_load_n(word, __ATOMIC_ACQUIRE))
        syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0);
    return unused;
}

int main(void) {
    word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    MUST(word != MAP_FAILED);
    pid_t child = fork();
    if (child == 0) {
        pause_ms(2500);
        __atomic_store_n(word, 1, __ATOMIC_RELEASE);
        syscall(SYS_futex, word, FUTEX_WAKE, 100, NULL, NULL, 0);
        _exit(0);
    }
    pthread_t other = start(wait_for_it, NULL);
    wait_for_it(NULL);
    finish(other);
    MUST(waitpid(child, NULL, 0) == child);
    return 0;
}
