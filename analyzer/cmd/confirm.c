/* confirm.c: `threadcheck confirm`: runs the program again and steers it into what a report
 * predicted, by delays alone.  A hang that stands then is a fact. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/base/memory.h"
#include "analyzer/cmd/child.h"
#include "analyzer/cmd/command.h"
#include "analyzer/cmd/confirm_plan.h"
#include "analyzer/cmd/launch.h"
#include "analyzer/cmd/pipeline.h"
#include "analyzer/cmd/told.h"
#include "analyzer/cmd/trace_list.h"

int tc_command_confirm(int argc, char **argv);

#define DEFAULT_RUNS    10
#define DEFAULT_SECONDS 20.0

/* What one call of the command works with. */
struct confirm {
    const struct tc_cli *cli;
    const char *shim, *directory;
    int runs;
    double seconds;
};

static struct tc_child child; /* static: the alarm ends it */
static volatile sig_atomic_t alarms;

static void end_child(int signal_number) {
    (void)signal_number;
    if (child.pid > 0)
        kill(child.pid, alarms++ ? SIGKILL : SIGTERM);
}

/* SIGTERM after `seconds`, SIGKILL every second from then on; 0: no more. */
static void set_alarm(double seconds) {
    struct itimerval timer = {{0, 0}, {0, 0}};
    alarms = 0;
    if (seconds > 0) {
        timer.it_value.tv_sec = (time_t)seconds;
        timer.it_value.tv_usec = (suseconds_t)((seconds - (double)timer.it_value.tv_sec) * 1e6) + 1;
        timer.it_interval.tv_sec = 1;
    }
    struct sigaction action = {.sa_handler = end_child, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

/* The plan as a file that the program maps, too; NULL after a message. */
static struct tc_steer_plan *share_plan(const struct confirm *confirm, const char *path,
                                        const struct tc_candidate *candidate) {
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct tc_steer_plan *plan = MAP_FAILED;
    if (fd >= 0 && ftruncate(fd, sizeof(*plan)) == 0)
        plan = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    if (plan == MAP_FAILED) {
        tc_usage_error("confirm", "cannot write %s: %s", path, strerror(errno));
        return NULL;
    }
    *plan = candidate->plan;
    plan->hold_ns = (uint64_t)(confirm->seconds * 1e9 / 4);
    plan->budget_ns = (uint64_t)(confirm->seconds * 1e9 / 2) * plan->role_count;
    plan->after_ns = 50000000;
    return plan;
}

/* Reads the traces of a run and removes them.  With the finding in them: reports it, and returns
 * the exit status of that; else 0. */
static int judge(const struct confirm *confirm, const struct tc_candidate *candidate) {
    struct tc_pipeline pipeline;
    struct tc_trace_list traces = {0};
    int verdict = 0;
    tc_pipeline_begin(&pipeline, confirm->cli);
    tc_trace_list_directory(&traces, confirm->directory);
    for (size_t i = 0; i < traces.count; i++) {
        tc_pipeline_trace(&pipeline, traces.entries[i].path);
        unlink(traces.entries[i].path);
    }
    tc_told_forget(pipeline.report);
    tc_trace_list_free(&traces);
    struct tc_report *report = pipeline.report;
    size_t kept = 0;
    for (size_t i = 0; i < report->finding_count; i++) {
        struct tc_report_finding *finding = &report->findings[i];
        if (tc_candidate_matches(candidate, finding)) {
            finding->confidence = TC_CONFIDENCE_CONFIRMED;
            report->findings[kept++] = *finding;
        } else {
            tc_report_finding_free(finding);
        }
    }
    report->finding_count = kept;
    if (kept)
        verdict = tc_pipeline_report(&pipeline, STDERR_FILENO);
    tc_pipeline_end(&pipeline);
    return verdict;
}

/* Runs the program once under the plan.  Its wait status, or -1 with errno set. */
static int run_steered(const struct confirm *confirm, const char *plan_path) {
    char *options = tc_format("report=0:trace=%s:on_deadlock=abort:hang_timeout=0.5:steer=%s",
                              confirm->directory, plan_path);
    child = (struct tc_child){
        .argv = confirm->cli->operands + 1, .preload = confirm->shim, .options = options};
    set_alarm(confirm->seconds);
    int status = tc_child_run(&child);
    int why = errno;
    set_alarm(0);
    free(options);
    errno = why;
    return status;
}

/* Why it did not come about, in words. */
static void explain_failure(const struct confirm *confirm, const struct tc_candidate *candidate,
                            const struct tc_steer_plan *plan) {
    fprintf(stderr, "threadcheck: not confirmed in %d runs: %s (%s)\n", confirm->runs,
            candidate->title, candidate->id);
    bool all = true;
    for (uint32_t i = 0; i < plan->role_count; i++) {
        all = all && plan->roles[i].arrivals;
        if (!plan->roles[i].arrivals)
            fprintf(stderr, "  no thread reached %s\n", candidate->places[i]);
    }
    if (all && candidate->wait.depth)
        fprintf(stderr,
                "  the wake-up was sent, but nobody was left waiting: the waiter checks what it "
                "waits for, another\n  wake-up came later, or it waits there so often that "
                "the right wait was not held\n");
    else if (all && !plan->go)
        fprintf(stderr,
                "  each place was reached, but never all of them at one time: a thread held at one "
                "of them for\n  up to %.1f s kept the others from theirs, so their order may be "
                "fixed by the program\n",
                (double)plan->hold_ns / 1e9);
    else if (all)
        fprintf(stderr, "  the threads were brought there together, but went on: they may have "
                        "used other objects\n");
}

/* Tries one finding; the exit status for it, or -1 after a message when nothing can be run. */
static int confirm_one(const struct confirm *confirm, const struct tc_candidate *candidate) {
    char *path = tc_format("%s/plan", confirm->directory);
    struct tc_steer_plan total = candidate->plan;
    int verdict = 0;
    for (int run = 1; run <= confirm->runs && !verdict; run++) {
        struct tc_steer_plan *plan = share_plan(confirm, path, candidate);
        int status = plan ? run_steered(confirm, path) : -1;
        if (status == -1) {
            if (plan)
                tc_usage_error("confirm", "cannot run %s: %s", confirm->cli->operands[1],
                               strerror(errno));
            verdict = -1;
            break;
        }
        for (uint32_t i = 0; i < plan->role_count; i++)
            total.roles[i].arrivals += plan->roles[i].arrivals;
        total.go += plan->go;
        total.hold_ns = plan->hold_ns;
        munmap(plan, sizeof(*plan));
        verdict = judge(confirm, candidate);
        if (verdict)
            fprintf(stderr, "threadcheck: confirmed in run %d of %d: %s (%s)\n", run, confirm->runs,
                    candidate->title, candidate->id);
    }
    if (verdict == 0)
        explain_failure(confirm, candidate, &total);
    unlink(path);
    free(path);
    return verdict;
}

static int confirm_all(struct confirm *confirm, const struct tc_candidates *candidates) {
    int result = 0;
    for (size_t i = 0; i < candidates->count; i++) {
        int verdict = confirm_one(confirm, &candidates->entries[i]);
        if (verdict < 0)
            return errno == ENOENT ? TC_EXIT_NOT_FOUND : TC_EXIT_CANNOT_RUN;
        if (verdict)
            result = verdict;
    }
    return result;
}

int tc_command_confirm(int argc, char **argv) {
    struct tc_cli cli;
    struct confirm confirm = {.cli = &cli};
    struct tc_candidates candidates = {0};
    char *shim = NULL, *directory = NULL;
    int status = tc_cli_parse(&cli, TC_CLI_CONFIRM, argc, argv);
    if (status < 0 && cli.operand_count < 2)
        status = tc_usage_error("confirm",
                                "%s is missing: threadcheck confirm [options] "
                                "REPORT.json -- PROGRAM [ARGUMENT...]",
                                cli.operand_count ? "a program" : "a report");
    if (status < 0 &&
        (!tc_candidates_read(cli.operands[0], cli.id, &candidates) ||
         !tc_can_preload("confirm", cli.operands[1]) || !(shim = tc_find_shim("confirm")) ||
         !(directory = tc_temporary_directory("confirm"))))
        status = TC_EXIT_USAGE;
    if (status < 0) {
        confirm.shim = shim;
        confirm.directory = directory;
        confirm.runs = cli.runs ? cli.runs : DEFAULT_RUNS;
        confirm.seconds = cli.seconds > 0 ? cli.seconds : DEFAULT_SECONDS;
        status = confirm_all(&confirm, &candidates);
    }
    if (directory)
        rmdir(directory);
    tc_candidates_free(&candidates);
    free(directory);
    free(shim);
    tc_cli_free(&cli);
    return status;
}
