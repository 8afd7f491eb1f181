/* hooks_process.c: the turns of a process's life: fork, exec, the exits that run no destructors,
 * and modules that go away.
 *
 * What: tells the recorder.  vfork is not wrapped: its child runs on its parent's stack, which no C
 *       function survives; the hooks that such a child calls see that they are not in the process
 *       that records.  dlopen is not wrapped: its result depends on who calls it; the recorder sees
 *       new modules when it meets an address that it does not know.
 * Threads: each hook works for the calling thread.
 */
#include <alloca.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "preload/fork_held.h"
#include "preload/hook_signal.h"
#include "preload/hook_thread.h"
#include "preload/race/race.h"
#include "preload/race/rewrite.h"
#include "preload/race/sample.h"

/* The watch's thread would be missing in the child, and its parent would look threaded. */
#define FORK(name)                                                                                 \
    TC_EXPORT pid_t name(void) {                                                                   \
        struct tc_thread *self = tc_enter();                                                       \
        if (!self)                                                                                 \
            return TC_REAL(name)();                                                                \
        uint32_t stack = tc_stack(self, TC_SITE());                                                \
        struct tc_fork_held held;                                                                  \
        tc_fork_prepare(self, &held);                                                              \
        tc_leave(self);                                                                            \
        tc_watch_stop();                                                                           \
        pid_t child = tc_real.name();                                                              \
        if (child == 0) {                                                                          \
            tc_fork_child(stack, &held);                                                           \
            tc_fates_forked();                                                                     \
        } else if (child > 0 && (self = tc_enter())) {                                             \
            tc_fork_parent(self, child, stack, &held);                                             \
            tc_leave(self);                                                                        \
        }                                                                                          \
        return child;                                                                              \
    }
FORK(fork)
FORK(_Fork)

#define EXIT(name)                                                                                 \
    TC_EXPORT void name(int status) {                                                              \
        if (tc_process_is_ours())                                                                  \
            tc_process_exit(status, true);                                                         \
        TC_REAL(name)(status);                                                                     \
        __builtin_unreachable();                                                                   \
    }
EXIT(_exit)
EXIT(_Exit)
EXIT(quick_exit)

#define EXEC(name, parameters, arguments)                                                          \
    TC_EXPORT int name parameters {                                                                \
        bool ours = tc_process_is_ours();                                                          \
        if (ours)                                                                                  \
            tc_process_exec();                                                                     \
        int result = TC_REAL(name) arguments;                                                      \
        int error = errno;                                                                         \
        if (ours)                                                                                  \
            tc_process_exec_failed();                                                              \
        errno = error;                                                                             \
        return result;                                                                             \
    }
EXEC(execve, (const char *path, char *const argv[], char *const envp[]), (path, argv, envp))
EXEC(execv, (const char *path, char *const argv[]), (path, argv))
EXEC(execvp, (const char *file, char *const argv[]), (file, argv))
EXEC(execvpe, (const char *file, char *const argv[], char *const envp[]), (file, argv, envp))
EXEC(fexecve, (int fd, char *const argv[], char *const envp[]), (fd, argv, envp))
EXEC(execveat, (int dir, const char *path, char *const argv[], char *const envp[], int flags),
     (dir, path, argv, envp, flags))

/* The forms with a list: the list becomes an array on the stack, as in libc.  `last` reads what
 * comes after the list's NULL. */
#define EXEC_LIST(name, target, last, ...)                                                         \
    TC_EXPORT int name(const char *path, const char *arg, ...) {                                   \
        va_list rest;                                                                              \
        size_t count = 1;                                                                          \
        va_start(rest, arg);                                                                       \
        for (const char *next = arg; next; next = va_arg(rest, const char *))                      \
            count++;                                                                               \
        va_end(rest);                                                                              \
        char **argv = alloca(count * sizeof *argv);                                                \
        va_start(rest, arg);                                                                       \
        argv[0] = (char *)arg;                                                                     \
        for (size_t i = 1; i < count; i++)                                                         \
            argv[i] = va_arg(rest, char *);                                                        \
        last;                                                                                      \
        va_end(rest);                                                                              \
        return target(__VA_ARGS__);                                                                \
    }
EXEC_LIST(execl, execv, , path, argv)
EXEC_LIST(execlp, execvp, , path, argv)
EXEC_LIST(execle, execve, char *const *envp = va_arg(rest, char *const *), path, argv, envp)

/* Who calls it does not matter to dlclose, as it does to dlopen. */
TC_EXPORT int dlclose(void *handle) {
    if (tc_race_on())
        tc_modules_changed(false); /* what goes must be known, to forget what it held */
    bool sampled = tc_sample_on;
    if (sampled)
        tc_sample_unload_begin();
    int result = TC_REAL(dlclose)(handle);
    if (sampled)
        tc_sample_unload_end();
    if (tc_race_on())
        tc_race_modules_gone();
    tc_modules_changed(true);
    return result;
}
