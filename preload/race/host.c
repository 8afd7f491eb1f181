/* host.c: whether the program is an interpreter, whose own code is not what its user wants to know
 * about.
 *
 * CPython's threads take turns by its global lock; what its C code does under it is ordered, and
 * the races of the Python program are found elsewhere (python/race_model.h).  Covering every load
 * of the interpreter's loop would only make it slow. Threads: the constructor.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <sys/auxv.h>

#include "preload/race/race.h"

bool tc_race_host_is_interpreter(void) {
    const void *function = dlsym(RTLD_DEFAULT, "Py_BytesMain");
    Dl_info info;
    bool found = function && dladdr(function, &info);
    dlerror(); /* the program's own next question is not answered with ours */
    uintptr_t headers = getauxval(AT_PHDR); /* of the executable, in its first page */
    return found && (uintptr_t)info.dli_fbase == (headers & ~(uintptr_t)4095);
}
