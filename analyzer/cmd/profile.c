/* profile.c: `threadcheck profile`: which locks were waited for, where, and because of whom. */
#include <unistd.h>

#include "analyzer/cmd/command.h"
#include "analyzer/cmd/pipeline.h"
#include "analyzer/report/profile_format.h"

int tc_command_profile(int argc, char **argv);

static int profile(struct tc_cli *cli) {
    cli->error_exitcode = 0; /* findings are not what was asked for */
    for (size_t i = 0; i < cli->output_count; i++)
        if (!cli->outputs[i].format)
            cli->outputs[i].format = tc_profile_format_find("text");
    return tc_pipeline_operands(cli, STDOUT_FILENO);
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
