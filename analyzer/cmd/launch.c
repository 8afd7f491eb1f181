/* launch.c: see launch.h. */
#include "analyzer/cmd/launch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/memory.h"
#include "analyzer/cmd/command.h"
#include "analyzer/cmd/target.h"

char *tc_find_shim(const char *command) {
    static const char *const places[] = {"../lib/libthreadcheck.so", "libthreadcheck.so",
                                         "../../preload/libthreadcheck.so"};
    const char *asked = getenv("THREADCHECK_SHIM");
    char *shim = asked && *asked ? realpath(asked, NULL) : NULL;
    for (size_t i = 0; !asked && !shim && i < sizeof(places) / sizeof(*places); i++)
        shim = tc_beside_tool(places[i]);
    if (!shim)
        tc_usage_error(command, "cannot find %s; is threadcheck installed whole?",
                       asked && *asked ? asked : "../lib/libthreadcheck.so beside this program");
    else if (strpbrk(shim, " :")) {
        tc_usage_error(command,
                       "the shim is at '%s': LD_PRELOAD cannot name a path with a blank or "
                       "a colon",
                       shim);
        free(shim);
        shim = NULL;
    }
    return shim;
}

char *tc_temporary_directory(const char *command) {
    const char *base = getenv("TMPDIR");
    char *path = tc_format("%s/threadcheck-XXXXXX", base && base[0] == '/' ? base : "/tmp");
    if (!mkdtemp(path)) {
        tc_usage_error(command, "cannot make a temporary directory %s: %s", path, strerror(errno));
        free(path);
        return NULL;
    }
    /* A server of root's becomes another user before its first thread: that one may add a file
     * here, but neither list nor take away what there is. */
    if (geteuid() == 0)
        chmod(path, 01733);
    return path;
}

bool tc_can_preload(const char *command, const char *program) {
    char *path = tc_target_find(program);
    const char *why = path ? tc_target_refuses(path) : NULL;
    if (why)
        tc_usage_error(command, "%s %s: nothing can be recorded", program, why);
    free(path);
    return !why;
}
