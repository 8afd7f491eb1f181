/* lifecycle.c: the process begins and ends: the constructor, exit, exec and the report.
 *
 * Threads: the constructor runs in the first thread; other libraries' constructors may have made
 *          some before it.  An end may come from any thread, and from several at once: the first
 *          one reports.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "preload/compact.h"
#include "preload/event.h"
#include "preload/file.h"
#include "preload/fork_held.h"
#include "preload/hook_thread.h"
#include "preload/libc_short.h"
#include "preload/modules.h"
#include "preload/options.h"
#include "preload/race/race.h"
#include "preload/race/sample.h"
#include "preload/real.h"
#include "preload/report.h"
#include "preload/steer.h"

#include "preload/poison.h"

static void set_flags(uint32_t flags) {
    if (tc_file.header)
        __atomic_fetch_or(&tc_file.header->flags, flags, __ATOMIC_RELEASE);
}

/* Moves into the file what a thread still has in memory because another one made the file. */
static void note_exit(struct tc_thread *self, int status, bool raw) {
    if (tc_process.mode == TC_MODE_FILE) {
        if (self->chunk.header && self->chunk.in_memory)
            tc_chunk_next(self);
        tc_fork_fates_tell(self);
        if (self->compact)
            tc_compact_tell_all(self);
        tc_event(self, TC_EV_PROCESS_EXIT, (struct tc_ref){0}, 0, (uint64_t)(uint32_t)status,
                 raw ? 1 : 0);
        tc_file.header->exit_status = (uint32_t)status;
        set_flags(TC_HEADER_EXITING | (raw ? TC_HEADER_EXIT_RAW : 0));
    }
}

/* The last thing that the process does as far as we are concerned. */
static void finish(void) {
    if (tc_process.mode != TC_MODE_FILE ||
        __atomic_exchange_n(&tc_process.reported, 1, __ATOMIC_ACQ_REL))
        return;
    struct tc_thread *active = tc_busy_begin(); /* a sandbox's handler may open the file for it */
    tc_modules_write();
    tc_busy_end(active);
    set_flags(TC_HEADER_FINISHED);
    tc_file_end();
    tc_watch_stop();
    if (tc_options.verbose)
        tc_sample_tell();
    if (tc_options.report)
        tc_report_run(false);
    tc_report_remove_trace();
    tc_process.mode = TC_MODE_OFF;
}

void tc_process_exit(int status, bool raw) {
    struct tc_thread *self = tc_process_is_ours() ? tc_enter() : NULL;
    if (!self)
        return;
    if (!__atomic_exchange_n(&tc_process.exiting, 1, __ATOMIC_ACQ_REL))
        note_exit(self, status, raw);
    if (raw)
        finish();
    tc_leave(self);
}

/* Registered before everything else, and so called after everything else: the destructors of the
 * program and of its libraries have run. */
static void at_exit(int status, void *unused) {
    (void)unused;
    tc_process_exit(status, false);
    if (tc_process_is_ours())
        finish();
}

static void at_quick_exit_handler(void) {
    if (tc_process_is_ours())
        finish();
}

void tc_process_exec(void) {
    if (!tc_process_is_ours())
        return;
    tc_fork_fate_exec(true);
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    if (tc_process.mode == TC_MODE_FILE) {
        tc_fork_fates_tell(self);
        if (self->compact)
            tc_compact_tell_all(self);
        tc_event(self, TC_EV_EXEC, (struct tc_ref){0}, 0, 0, 0);
        set_flags(TC_HEADER_EXEC | TC_HEADER_FINISHED);
        if (tc_options.report) /* now or never; recording is over even if exec fails */
            finish();
    }
    tc_leave(self);
}

void tc_process_exec_failed(void) {
    if (tc_process_is_ours())
        tc_fork_fate_exec(false);
    if (tc_file.header && tc_process_is_ours())
        __atomic_fetch_and(&tc_file.header->flags, ~(uint32_t)(TC_HEADER_EXEC | TC_HEADER_FINISHED),
                           __ATOMIC_RELEASE);
}

int tc_spawn_hang_report(void) {
    return tc_report_run(true);
}

void tc_process_end_by_watch(int status) {
    if (!tc_file.header || __atomic_exchange_n(&tc_process.reported, 1, __ATOMIC_ACQ_REL))
        return;
    tc_file.header->exit_status = (uint32_t)status;
    set_flags(TC_HEADER_EXITING | TC_HEADER_EXIT_RAW | TC_HEADER_FINISHED);
    if (tc_options.report)
        tc_report_run(false);
    tc_report_remove_trace();
}

/* What is mapped is reckoned in pages of this size. */
static bool has_our_pages(void) {
    if (getauxval(AT_PAGESZ) == TC_PAGE)
        return true;
    tc_say("nothing is recorded: the machine's pages of memory are not of 4 KB", NULL, NULL);
    return false;
}

/* The environment as the kernel gave it: libc has it only once its own constructor has run. */
static char **first_environment(void) {
    extern void *__libc_stack_end; /* the loader's: where the kernel put argc */
    uintptr_t *words = __libc_stack_end;
    return words ? (char **)(words + words[0] + 2) : environ;
}

/* Recording begins, once: in the constructor, or `early`, with the first thread that is created
 * before it.  Then nothing that may need the loader or the heap is done, as the allocator may be
 * who creates the thread; the constructor does that. */
static void begin(char **env, bool early) {
    tc_options_read(env);
    tc_real_resolve();
    tc_syscall_begin();
    if (getauxval(AT_SECURE) || !has_our_pages())
        return;
    tc_process.libc_known = tc_libc_look();
    if (tc_steer_begin())
        tc_steer_libraries();
    tc_report_prepare();
    tc_fork_held_begin();
    on_exit(at_exit, NULL);
    at_quick_exit(at_quick_exit_handler);
    tc_race_begin();
    if (!early)
        tc_race_load();
    tc_process_begin();
}

static bool begun;

/* Whether it is up to the caller. */
static bool is_first(void) {
    return !__atomic_exchange_n(&begun, true, __ATOMIC_ACQ_REL);
}

__attribute__((constructor(101))) static void constructed(int argc, char **argv, char **env) {
    (void)argc;
    (void)argv;
    int kept_errno = errno;
    if (is_first())
        begin(env, false);
    else
        tc_race_load();
    tc_race_constructed(TC_SITE());
    errno = kept_errno; /* the program finds it as the loader left it */
}

/* Before our constructor come those of other libraries, and the executable's preinit functions. */
struct tc_thread *tc_enter_creating(void) {
    struct tc_thread *self = tc_enter();
    if (TC_LIKELY(self || tc_process_alive) || !is_first())
        return self;
    int kept_errno = errno;
    begin(first_environment(), true);
    errno = kept_errno;
    return tc_enter();
}
