/* newest.c: what a program that was linked with -fsanitize=thread finds in libtsan, as libtsan
 * comes before libc, and would not find, or not as it is meant, in libc.
 *
 * What: the newest version of each function of newest.def, by a jump.  They are exported with a
 *       version of our own, which only references without any version can bind to, and hidden, so
 *       that dlsym passes them over: an interceptor that asks it for the next function would get
 *       one that leads back to itself.
 * Threads: any.
 */
#include "preload/newest.h"

#include <stddef.h>
#include <string.h>

#include "preload/arch.h"
#include "preload/hook.h"

__asm__(".text\n"
#define TC_NEWEST(name, version)                                                                   \
    ".symver tc_newest_" #name ", " #name "@" version "\n"                                         \
    ".symver tc_unversioned_" #name ", " #name "@THREADCHECK\n"                                    \
    ".globl tc_unversioned_" #name "\n"                                                            \
    ".type tc_unversioned_" #name ", @function\n"                                                  \
    "tc_unversioned_" #name ":\n" TC_ASM_JUMP("tc_newest_" #name) ".size tc_unversioned_" #name    \
                                                                  ", . - tc_unversioned_" #name    \
                                                                  "\n"
#include "preload/newest.def"
#undef TC_NEWEST
);

#define TC_NEWEST(name, version) extern const char tc_unversioned_##name[];
#include "preload/newest.def"
#undef TC_NEWEST

static const struct {
    const char *name;
    const char *function;
} rows[] = {
#define TC_NEWEST(name, version) {#name, tc_unversioned_##name},
#include "preload/newest.def"
#undef TC_NEWEST
};

#include "preload/poison.h"

const void *tc_newest(const char *name) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].function;
    return NULL;
}
