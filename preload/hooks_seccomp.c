/* hooks_seccomp.c: prctl(PR_SET_SECCOMP, …) and syscall(SYS_seccomp, …), by which a program
 * restricts its system calls from then on: sampling of races, which makes some that the program
 * itself does not make, ends before that.  Whatever else these two are called for goes straight on.
 *
 * Threads: any.
 */
#include "preload/arch.h"

#if TC_REWRITES

#include <sys/prctl.h>
#include <sys/syscall.h>

#include "preload/hook.h"
#include "preload/race/sample.h"
#include "preload/real.h"

#include "preload/poison.h"

#define NUMBER_PRCTL   "22"
#define NUMBER_SECCOMP "317"
_Static_assert(PR_SET_SECCOMP == 22 && SYS_seccomp == 317, "what the entries below compare with");

int tc_on_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int tc_on_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    tc_sample_end();
    return TC_REAL(prctl)(option, a, b, c, d);
}

long tc_on_seccomp(long number, long a, long b, long c, long d, long e, long f);
long tc_on_seccomp(long number, long a, long b, long c, long d, long e, long f) {
    tc_sample_end();
    return TC_REAL(syscall)(number, a, b, c, d, e, f);
}

/* For calls before the constructor. */
int tc_prctl_next(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int (*tc_next_prctl)(int, unsigned long, unsigned long, unsigned long,
                     unsigned long) = tc_prctl_next;
int tc_prctl_next(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return TC_REAL(prctl)(option, a, b, c, d);
}

long (*tc_real_syscall)(long, long, long, long, long, long, long);
long tc_syscall_in_sample(long number, long a, long b, long c, long d, long e, long f);

void tc_seccomp_watch(void) {
    tc_real_syscall = tc_real.syscall;
    tc_next_prctl = tc_real.prctl;
    tc_next_syscall = tc_syscall_in_sample;
}

/* What syscall() leads to while races are sampled, and prctl(); each a jump for all else. */
__asm__(".text\n"
        ".globl prctl\n"
        ".type prctl, %function\n"
        ".p2align 4\n"
        "prctl:\n"
        ".cfi_startproc\n" TC_ASM_SYSCALL(
            NUMBER_PRCTL, "tc_on_prctl",
            "tc_next_prctl") ".cfi_endproc\n"
                             ".size prctl, . - prctl\n"
                             ".globl tc_syscall_in_sample\n"
                             ".hidden tc_syscall_in_sample\n"
                             ".type tc_syscall_in_sample, %function\n"
                             ".p2align 4\n"
                             "tc_syscall_in_sample:\n"
                             ".cfi_startproc\n" TC_ASM_SYSCALL(
                                 NUMBER_SECCOMP, "tc_on_seccomp",
                                 "tc_real_syscall") ".cfi_endproc\n"
                                                    ".size tc_syscall_in_sample, . - "
                                                    "tc_syscall_in_sample\n");

#endif
