/* host.c: whether the program is an interpreter, whose own code is not what its user wants to know
 * about.
 *
 * CPython's threads take turns by its global lock; what its C code does under it is ordered, and
 * the races of the Python program are found elsewhere (python/race_model.h).  Covering every load
 * of the interpreter's loop would only make it slow. Threads: the constructor.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>

#include "preload/race/race.h"
#include "preload/sys.h"

bool tc_race_host_is_interpreter(void) {
    const void *function = dlsym(RTLD_DEFAULT, "Py_BytesMain");
    Dl_info info;
    bool found = function && dladdr(function, &info);
    dlerror(); /* the program's own next question is not answered with ours */
    if (!found)
        return false;
    uintptr_t headers = getauxval(AT_PHDR); /* of the executable, in its first page */
    if ((uintptr_t)info.dli_fbase == (headers & ~(uintptr_t)4095))
        return true;
    /* The interpreter is in libpython: of python3 itself, or of a program that embeds it. */
    char path[4096];
    long size = TC_SYSCALL_4(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", path, sizeof path - 1);
    path[size > 0 ? size : 0] = 0;
    const char *slash = strrchr(path, '/');
    return slash && strncmp(slash + 1, "python", 6) == 0;
}
