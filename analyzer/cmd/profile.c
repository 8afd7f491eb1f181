/* profile.c: `threadcheck profile`: which locks were waited for, where, and because of whom. */
#include <unistd.h>

#include "analyzer/cmd/command.h"
#include "analyzer/cmd/pipeline.h"
#include "analyzer/cmd/trace_list.h"
#include "analyzer/report/profile_format.h"

int tc_command_profile(int argc, char **argv);

static int profile(struct tc_cli *cli) {
    struct tc_trace_list list = {0};
    unsigned wrong = tc_trace_list_operands(&list, cli->name, cli->operands, cli->operand_count);
    for (size_t i = 0; i < cli->output_count; i++)
        if (!cli->outputs[i].format)
            cli->outputs[i].format = tc_profile_format_find("text");
    struct tc_pipeline pipeline;
    tc_pipeline_begin(&pipeline, cli);
    for (size_t i = 0; i < list.count; i++)
        tc_pipeline_trace(&pipeline, list.entries[i].path);
    wrong += pipeline.unreadable;
    int status = 0;
    if (pipeline.report->process_count) {
        status = tc_pipeline_report(&pipeline, STDOUT_FILENO);
        status = status == TC_EXIT_USAGE ? status : 0; /* findings are not what was asked for */
    }
    tc_pipeline_end(&pipeline);
    tc_trace_list_free(&list);
    return status == 0 && wrong ? TC_EXIT_BAD_TRACE : status;
}

int tc_command_profile(int argc, char **argv) {
    struct tc_cli cli;
    int status = tc_cli_parse(&cli, TC_CLI_PROFILE, argc, argv);
    if (status < 0 && !cli.operand_count)
        status = tc_usage_error("profile", "a trace is missing (see threadcheck profile --help)");
    if (status < 0)
        status = profile(&cli);
    tc_cli_free(&cli);
    return status;
}
