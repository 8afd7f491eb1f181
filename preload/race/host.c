/* host.c: what the program is: an interpreter, whose own code is not what its user wants to know
 * about; or built with -fsanitize=thread.
 *
 * CPython's threads take turns by its global lock; what its C code does under it is ordered, and
 * the races of the Python program are found elsewhere (python/race_model.h).  Covering every load
 * of the interpreter's loop would only make it slow. Threads: the constructor.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
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

/* The loader has added the bias to most of these, but not for every module. */
static uintptr_t pointer(const struct link_map *map, uintptr_t value) {
    return value < map->l_addr ? value + map->l_addr : value;
}

/* Whether it needs the library of gcc's ThreadSanitizer, whose name is ours. */
static bool needs_runtime(const struct link_map *map) {
    static const char name[] = "libtsan.so";
    const char *strings = NULL;
    for (const Elf64_Dyn *entry = map->l_ld; entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == DT_STRTAB)
            strings = (const char *)pointer(map, entry->d_un.d_ptr);
    for (const Elf64_Dyn *entry = map->l_ld; strings && entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == DT_NEEDED &&
            strncmp(strings + entry->d_un.d_val, name, sizeof name - 1) == 0)
            return true;
    return false;
}

bool tc_race_host_is_compiled(void) {
    for (const struct link_map *map = _r_debug.r_map; map; map = map->l_next)
        if (map->l_ld && needs_runtime(map))
            return true;
    return false;
}
