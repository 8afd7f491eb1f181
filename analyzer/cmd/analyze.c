/* analyze.c: `threadcheck analyze`: reports on traces that are there. */
#include <unistd.h>

#include "analyzer/cmd/command.h"
#include "analyzer/cmd/pipeline.h"

int tc_command_analyze(int argc, char **argv);

int tc_command_analyze(int argc, char **argv) {
    struct tc_cli cli;
    int status = tc_cli_parse(&cli, TC_CLI_ANALYZE, argc, argv);
    if (status < 0 && !cli.operand_count)
        status = tc_usage_error("analyze", "a trace is missing (see threadcheck analyze --help)");
    if (status < 0)
        status = tc_pipeline_operands(&cli, cli.hang ? STDERR_FILENO : STDOUT_FILENO);
    tc_cli_free(&cli);
    return status;
}
