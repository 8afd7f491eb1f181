/* newest.c: what a program that was linked with -fsanitize=thread finds in libtsan, as libtsan
 * comes before libc, and would not find, or not as it is meant, in libc.
 *
 * What: the newest version of each function of newest.def, by a jump.  They are exported with a
 *       version of our own, which only references without any version can bind to, and hidden, so
 *       that dlsym passes them over: an interceptor that asks it for the next function would get
 * one that leads back to itself. Threads: any.
 */
#include "preload/newest.h"

#include <stddef.h>

#include "preload/hook.h"

__asm__(".text\n"
        ".hidden tc_newest_begin\n"
        ".globl tc_newest_begin\n"
        "tc_newest_begin:\n"
#define TC_NEWEST(name, version)                                                                   \
    ".symver tc_newest_" #name ", " #name "@" version "\n"                                         \
    ".symver tc_unversioned_" #name ", " #name "@THREADCHECK\n"                                    \
    ".globl tc_unversioned_" #name "\n"                                                            \
    ".type tc_unversioned_" #name ", @function\n"                                                  \
    "tc_unversioned_" #name ":\n"                                                                  \
    "jmp *tc_newest_" #name "@GOTPCREL(%rip)\n"                                                    \
    ".size tc_unversioned_" #name ", . - tc_unversioned_" #name "\n"
#include "preload/newest.def"
#undef TC_NEWEST
        ".hidden tc_newest_end\n"
        ".globl tc_newest_end\n"
        "tc_newest_end:\n");

extern const char tc_newest_begin[] __attribute__((visibility("hidden")));
extern const char tc_newest_end[] __attribute__((visibility("hidden")));

#include "preload/poison.h"

bool tc_is_newest(const void *function) {
    return (uintptr_t)function - (uintptr_t)tc_newest_begin <
           (uintptr_t)tc_newest_end - (uintptr_t)tc_newest_begin;
}
