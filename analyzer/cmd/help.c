/* help.c: what a command is for, and its options. */
#include "analyzer/cmd/help.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/cmd/command.h"
#include "analyzer/cmd/option_table.h"

int tc_command_help(const char *name) {
    for (const struct tc_command *command = tc_commands; command->name; command++) {
        if (strcmp(command->name, name) != 0)
            continue;
        printf("usage: threadcheck %s %s\n\n%s\n", name, command->operands, command->help);
        enum tc_cli_command options = tc_cli_command_of(name);
        if (options)
            tc_cli_print_options(options);
        return tc_finish_output(NULL);
    }
    return tc_usage_error(NULL, "unknown command '%s' (see threadcheck --help)", name);
}
