/* sys.c: see sys.h. */
#include "preload/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/single_threaded.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "preload/poison.h"

#define ARENA_PIECE (256u << 10)

#if defined(__x86_64__)
long tc_syscall(long number, long a, long b, long c, long d, long e, long f) {
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
long tc_syscall(long number, long a, long b, long c, long d, long e, long f) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc #0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory", "cc");
    return x0;
}
#endif

int tc_getpid(void) {
    return (int)TC_SYSCALL_0(SYS_getpid);
}

int tc_gettid(void) {
    return (int)TC_SYSCALL_0(SYS_gettid);
}

void *tc_map(size_t size) {
    long at =
        TC_SYSCALL_6(SYS_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at < 0 && at > -4096 ? NULL : (void *)at;
}

void tc_unmap(void *memory, size_t size) {
    TC_SYSCALL_2(SYS_munmap, memory, size);
}

static uint64_t clock_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now); /* the vdso's: no lock, and it cannot fail */
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t tc_now(void) {
    return clock_ns(CLOCK_MONOTONIC);
}

uint64_t tc_realtime(void) {
    return clock_ns(CLOCK_REALTIME);
}

/* Locks that the thread holds: the outermost blocks signals for all. */
static __thread unsigned locks_held __attribute__((tls_model("initial-exec")));

/* But for SIGSYS: by it a program's sandbox (a browser's, say) may carry out the system calls that
 * are made here, and the kernel ends a process that blocks it. */
struct tc_lock_state tc_signals_hold(void) {
    struct tc_lock_state state = {0};
    uint64_t all = ~(1ull << (SIGSYS - 1));
    if (++locks_held == 1)
        TC_SYSCALL_4(SYS_rt_sigprocmask, 0 /* SIG_BLOCK */, &all, &state.signals, 8);
    return state;
}

void tc_signals_let(struct tc_lock_state state) {
    if (--locks_held == 0)
        TC_SYSCALL_4(SYS_rt_sigprocmask, 2 /* SIG_SETMASK */, &state.signals, NULL, 8);
}

struct tc_lock_state tc_lock_take(struct tc_lock *lock) {
    if (__libc_single_threaded) { /* and a handler of its own goes straight through */
        locks_held++;
        lock->word = 1;
        return (struct tc_lock_state){.alone = true};
    }
    struct tc_lock_state state = tc_signals_hold();
    uint32_t seen = 0;
    if (__atomic_compare_exchange_n(&lock->word, &seen, 1, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED))
        return state;
    while (__atomic_exchange_n(&lock->word, 2, __ATOMIC_ACQUIRE) != 0)
        TC_SYSCALL_4(SYS_futex, &lock->word, FUTEX_WAIT_PRIVATE, 2, NULL);
    return state;
}

bool tc_locks_held(void) {
    return locks_held != 0;
}

void tc_lock_give(struct tc_lock *lock, struct tc_lock_state state) {
    if (state.alone) {
        __atomic_store_n(&lock->word, 0, __ATOMIC_RELEASE);
        locks_held--;
        return;
    }
    if (__atomic_exchange_n(&lock->word, 0, __ATOMIC_RELEASE) == 2)
        TC_SYSCALL_3(SYS_futex, &lock->word, FUTEX_WAKE_PRIVATE, 1);
    tc_signals_let(state);
}

void *tc_arena_take(struct tc_arena *arena, size_t size) {
    size = (size + 15) & ~(size_t)15;
    if (size > (size_t)(arena->end - arena->next)) {
        size_t piece = size > ARENA_PIECE ? (size + 4095) & ~(size_t)4095 : ARENA_PIECE;
        uint8_t *memory = tc_map(piece);
        if (!memory)
            return NULL;
        if (piece > ARENA_PIECE) /* of its own: the rest of the current piece stays in use */
            return memory;
        arena->next = memory;
        arena->end = memory + piece;
    }
    void *taken = arena->next;
    arena->next += size;
    return taken;
}

struct tc_text tc_text_begin(char *buffer, size_t size) {
    buffer[0] = 0;
    return (struct tc_text){buffer, buffer + size - 1};
}

void tc_text_add_n(struct tc_text *text, const char *string, size_t length) {
    size_t room = (size_t)(text->end - text->at);
    if (length > room)
        length = room;
    memcpy(text->at, string, length);
    text->at += length;
    *text->at = 0;
}

void tc_text_add(struct tc_text *text, const char *string) {
    tc_text_add_n(text, string, strlen(string));
}

void tc_text_add_number(struct tc_text *text, uint64_t number) {
    char digits[20];
    size_t at = sizeof(digits);
    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    tc_text_add_n(text, digits + at, sizeof(digits) - at);
}

bool tc_stderr_is_kept(void) {
    static bool known, open;
    static struct stat first;
    struct stat now;
    bool is_open = TC_SYSCALL_2(SYS_fstat, 2, &now) == 0;
    if (!known) {
        known = true;
        open = is_open;
        first = now;
    }
    return open && is_open && now.st_dev == first.st_dev && now.st_ino == first.st_ino &&
           now.st_rdev == first.st_rdev;
}

void tc_say(const char *first, const char *second, const char *third) {
    char line[1024];
    if (!tc_stderr_is_kept())
        return;
    struct tc_text text = tc_text_begin(line, sizeof(line) - 1);
    tc_text_add(&text, "threadcheck: ");
    const char *parts[] = {first, second, third};
    for (unsigned i = 0; i < 3 && parts[i]; i++)
        tc_text_add(&text, parts[i]);
    *text.at++ = '\n';
    TC_SYSCALL_3(SYS_write, 2, line, text.at - line);
}

const char *tc_env_get(char *const *env, const char *name) {
    size_t length = strlen(name);
    for (; env && *env; env++)
        if (!strncmp(*env, name, length) && (*env)[length] == '=')
            return *env + length + 1;
    return NULL;
}

/* sigprocmask copies its set in before it refuses the unknown `how`. */
bool tc_can_read(uintptr_t address) {
    const long unknown_how = -1;
    return TC_SYSCALL_4(SYS_rt_sigprocmask, unknown_how, address, 0, 8) != -EFAULT;
}

/* Some sandboxes refuse the call, and may make a line of each refusal: not asked again then. */
bool tc_copy(void *to, const void *from, size_t size) {
    static uint32_t refused;
    struct iovec here = {to, size}, there = {(void *)from, size};
    if (!__atomic_load_n(&refused, __ATOMIC_RELAXED)) {
        long got = TC_SYSCALL_6(SYS_process_vm_readv, tc_getpid(), &here, 1, &there, 1, 0);
        if (got != -ENOSYS && got != -EPERM)
            return got == (long)size;
        __atomic_store_n(&refused, 1, __ATOMIC_RELAXED);
    }
    if (!tc_can_read((uintptr_t)from))
        return false;
    memcpy(to, from, size); /* the rest most likely is there, too */
    return true;
}

long tc_read_file(const char *path, char *buffer, size_t size) {
    long fd = TC_SYSCALL_4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    size_t have = 0;
    long got = 0;
    while (have < size && (got = TC_SYSCALL_3(SYS_read, fd, buffer + have, size - have)) > 0)
        have += (size_t)got;
    TC_SYSCALL_1(SYS_close, fd);
    return got < 0 ? got : (long)have;
}
