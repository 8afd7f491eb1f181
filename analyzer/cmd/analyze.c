/* analyze.c: `threadcheck analyze`: reports on traces that are there. */
#include <unistd.h>

#include "analyzer/cmd/command.h"
#include "analyzer/cmd/pipeline.h"
#include "analyzer/cmd/trace_list.h"

int tc_command_analyze(int argc, char **argv);

static int analyze(const struct tc_cli *cli) {
    struct tc_trace_list list = {0};
    unsigned wrong = tc_trace_list_operands(&list, "analyze", cli->operands, cli->operand_count);
    struct tc_pipeline pipeline;
    tc_pipeline_begin(&pipeline, cli);
    for (size_t i = 0; i < list.count; i++)
        tc_pipeline_trace(&pipeline, list.entries[i].path);
    wrong += pipeline.unreadable;
    int status = 0;
    if (pipeline.report->process_count) /* with nothing read there is nothing to report on */
        status = tc_pipeline_report(&pipeline, cli->hang ? STDERR_FILENO : STDOUT_FILENO);
    if (cli->remove)
        for (size_t i = 0; i < list.count; i++)
            unlink(list.entries[i].path);
    tc_pipeline_end(&pipeline);
    tc_trace_list_free(&list);
    return status == 0 && wrong ? TC_EXIT_BAD_TRACE : status;
}

int tc_command_analyze(int argc, char **argv) {
    struct tc_cli cli;
    int status = tc_cli_parse(&cli, TC_CLI_ANALYZE, argc, argv);
    if (status < 0 && !cli.operand_count)
        status = tc_usage_error("analyze", "a trace is missing (see threadcheck analyze --help)");
    if (status < 0)
        status = analyze(&cli);
    tc_cli_free(&cli);
    return status;
}
