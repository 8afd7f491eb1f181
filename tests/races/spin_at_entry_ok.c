// expect: none
// compiled: data-race
// tsan: data-race
// why: what assembler does is not told by the compiler
// A spinlock of assembler whose loop goes back to its first bytes: its calls are watched.
#include "race.h"

__asm__(".text\n"
        ".type spin, @function\n"
        "spin:\n"
        ".cfi_startproc\n"
        "    nop\n"
        "1:  lock btsl $0, (%rdi)\n"
        "    jc 1b\n"
        "    ret\n"
        ".cfi_endproc\n"
        ".size spin, .-spin\n");
void spin(int *lock);

static int lock;
static long value;

static void *work(void *unused) {
    for (int i = 0; i < 1000; i++) {
        spin(&lock);
        value++;
        SHARED(&value);
        __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
    }
    return unused;
}

int main(void) {
    both(work, work, NULL);
    printf("%ld\n", value);
    return 0;
}
