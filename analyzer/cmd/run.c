/* run.c: `threadcheck run`: runs a program under the shim and reports on all its processes. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/base/memory.h"
#include "analyzer/cmd/child.h"
#include "analyzer/cmd/command.h"
#include "analyzer/cmd/launch.h"
#include "analyzer/cmd/pipeline.h"
#include "analyzer/cmd/trace_list.h"

int tc_command_run(int argc, char **argv);

/* mkdir -p. */
static bool make_directory(const char *path) {
    char *copy = tc_strdup(path);
    for (char *p = copy + 1; *p; p++)
        if (*p == '/') {
            *p = 0;
            mkdir(copy, 0777);
            *p = '/';
        }
    bool good = mkdir(copy, 0777) == 0 || errno == EEXIST;
    struct stat st;
    if (good && (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))) {
        errno = ENOTDIR;
        good = false;
    }
    free(copy);
    return good;
}

/* Where the traces go, absolute, to be freed; NULL after a message. */
static char *trace_directory(const struct tc_cli *cli) {
    char *path = NULL;
    if (!cli->trace) {
        if (!(path = tc_temporary_directory("run")))
            return NULL;
    } else if (!make_directory(cli->trace) || access(cli->trace, W_OK | X_OK) != 0 ||
               !(path = realpath(cli->trace, NULL))) {
        tc_usage_error("run", "--trace=%s: %s", cli->trace, strerror(errno));
        return NULL;
    }
    if (strchr(path, ':')) {
        tc_usage_error("run", "%s: a path with a colon cannot be given to the shim", path);
        free(path);
        return NULL;
    }
    return path;
}

/* What the shim is told. */
static char *shim_options(const struct tc_cli *cli, const char *directory) {
    struct tc_text text = {0};
    tc_text_printf(&text, "report=0:trace=%s", directory);
    if (cli->on_deadlock)
        tc_text_printf(&text, ":on_deadlock=%s", cli->on_deadlock);
    if (cli->races)
        tc_text_printf(&text, ":races=%s", cli->races);
    if (cli->races_modules)
        tc_text_printf(&text, ":races_modules=%s", cli->races_modules);
    if (cli->races_max_functions)
        tc_text_printf(&text, ":races_max_functions=%s", cli->races_max_functions);
    if (cli->record)
        tc_text_printf(&text, ":record=%s", cli->record);
    if (cli->trace_limit)
        tc_text_printf(&text, ":trace_limit=%s", cli->trace_limit);
    if (cli->hang_timeout)
        tc_text_printf(&text, ":hang_timeout=%s", cli->hang_timeout);
    if (cli->error_exitcode)
        tc_text_printf(&text, ":error_exitcode=%d", cli->error_exitcode);
    return tc_text_take(&text);
}

/* Fills in what the report says of the program that was started. */
static void describe(struct tc_report *report, const struct tc_cli *cli, int pid, int status) {
    struct tc_report_process *program = &report->program;
    program->pid = (uint32_t)pid;
    program->parent_pid = (uint32_t)getpid();
    program->executable = tc_clean(cli->operands[0], 4096);
    program->argv = tc_alloc(((size_t)cli->operand_count + 1) * sizeof(*program->argv));
    for (int i = 0; i < cli->operand_count; i++)
        program->argv[program->argc++] = tc_clean(cli->operands[i], 4096);
    program->complete = true;
    program->has_exit = true;
    program->exit = status;
}

/* The last trace of the child itself (exec starts another) ended as the child did. */
static void tell_exit(struct tc_report *report, int pid, int status) {
    for (size_t i = report->process_count; i > 0; i--) {
        struct tc_report_process *process = &report->processes[i - 1];
        if (process->pid != (uint32_t)pid)
            continue;
        process->has_exit = true;
        process->exit = status;
        return;
    }
}

/* Reports on the traces that this run left; returns the exit status for them. */
static int report_on(const struct tc_cli *cli, const char *directory,
                     const struct tc_trace_list *before, int pid, int status) {
    struct tc_pipeline pipeline;
    struct tc_trace_list after = {0};
    tc_pipeline_begin(&pipeline, cli);
    describe(pipeline.report, cli, pid, status);
    tc_trace_list_directory(&after, directory);
    for (size_t i = 0; i < after.count; i++)
        if (!tc_trace_list_has(before, &after.entries[i]))
            tc_pipeline_trace(&pipeline, after.entries[i].path);
    tell_exit(pipeline.report, pid, status);
    int verdict = tc_pipeline_report(&pipeline, STDERR_FILENO);
    tc_pipeline_end(&pipeline);
    if (!cli->trace)
        for (size_t i = 0; i < after.count; i++)
            unlink(after.entries[i].path);
    tc_trace_list_free(&after);
    return verdict;
}

static int cannot_start(const char *program, int why) {
    tc_usage_error("run", "cannot run %s: %s", program,
                   why == ENOENT ? "no such program" : strerror(why));
    return why == ENOENT ? TC_EXIT_NOT_FOUND : TC_EXIT_CANNOT_RUN;
}

static int run(const struct tc_cli *cli, const char *shim, const char *directory) {
    struct tc_trace_list before = {0};
    tc_trace_list_directory(&before, directory);
    char *options = shim_options(cli, directory);
    struct tc_child child = {.argv = cli->operands,
                             .preload = tc_can_preload("run", cli->operands[0]) ? shim : NULL,
                             .options = options};
    int status = tc_child_run(&child);
    free(options);
    if (status == -1) {
        int why = errno;
        tc_trace_list_free(&before);
        return cannot_start(cli->operands[0], why);
    }
    int own = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    int verdict = report_on(cli, directory, &before, child.pid, own);
    tc_trace_list_free(&before);
    return verdict ? verdict : own;
}

int tc_command_run(int argc, char **argv) {
    struct tc_cli cli;
    char *shim = NULL, *directory = NULL;
    int status = tc_cli_parse(&cli, TC_CLI_RUN, argc, argv);
    if (status < 0 && !cli.operand_count)
        status =
            tc_usage_error("run", "a program is missing: threadcheck run [options] -- PROGRAM");
    if (status < 0 && (!(shim = tc_find_shim("run")) || !(directory = trace_directory(&cli))))
        status = TC_EXIT_USAGE;
    if (status < 0)
        status = run(&cli, shim, directory);
    if (directory && !cli.trace)
        rmdir(directory);
    free(directory);
    free(shim);
    tc_cli_free(&cli);
    return status;
}
