/* judge_exit.c: threads of runtimes that end with a lock on purpose.
 *
 * A runtime may stop the world for good before the process ends: it takes its lock and lets the
 * thread that did so end with it.  Nobody is to get that lock any more, so it is no defect of the
 * program's, as long as nobody is seen to wait for it.
 */
#include <stdlib.h>
#include <string.h>

#include "analyzer/report/resolver.h"
#include "analyzer/report/text_buffer.h"

static const struct {
    const char *file, *thread; /* how its name begins; the thread that does it */
    const char *why;
} runtimes[] = {
    {"libjvm.so", "VM Thread",
     "Java's virtual machine means to: its last safepoint, which takes the lock, lasts until the "
     "process has ended."},
};

static const char *why_on_purpose(const struct tc_report_thread *thread) {
    const struct tc_report_frames *frames = thread->stack_count ? &thread->stacks[0].frames : NULL;
    const char *path = frames && frames->count ? frames->entries[0].module : NULL;
    const char *slash = path ? strrchr(path, '/') : NULL, *file = slash ? slash + 1 : path;
    for (size_t i = 0; file && thread->name && i < sizeof runtimes / sizeof *runtimes; i++)
        if (strncmp(file, runtimes[i].file, strlen(runtimes[i].file)) == 0 &&
            strcmp(thread->name, runtimes[i].thread) == 0)
            return runtimes[i].why;
    return NULL;
}

void tc_exit_judge(struct tc_report_finding *finding) {
    const char *why = finding->thread_count == 1 ? why_on_purpose(&finding->threads[0]) : NULL;
    if (!why)
        return;
    finding->severity = TC_SEVERITY_INFO;
    struct tc_text text = {0};
    tc_text_printf(&text, "%s %s", finding->explanation, why);
    free(finding->explanation);
    finding->explanation = tc_text_take(&text);
}
