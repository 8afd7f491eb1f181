/* option_table.h: which options each command has (options.def), for help and completion.
 * Rules: what is here is constant and static; tc_cli_format_names is not thread-safe.
 */
#ifndef TC_ANALYZER_OPTION_TABLE_H
#define TC_ANALYZER_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum tc_cli_command {
    TC_CLI_RUN = 1,
    TC_CLI_ANALYZE = 2,
    TC_CLI_BOTH = 3,
    TC_CLI_CONFIRM = 4,
    TC_CLI_ALL = 7,
    TC_CLI_PROFILE = 8,
    TC_CLI_DIFF = 16,
    TC_CLI_FAILING = 7 + 16, /* those whose exit status tells of findings */
    TC_CLI_EVERY = 31
};

/* The command of that name as an option's row names it; 0: it has no options of the table. */
enum tc_cli_command tc_cli_command_of(const char *name);

struct tc_cli_option {
    const char *name;
    enum tc_cli_command commands;
    const char *value, *help; /* as in options.def */
};

/* The rows of options.def, in their order. */
extern const struct tc_cli_option tc_cli_options[];
extern const size_t tc_cli_option_count;

/* The option number `index` of a command; false when it has fewer. */
bool tc_cli_option_get(size_t index, const char *command, struct tc_cli_option *option);

/* The formats of a command, "text, json". */
const char *tc_cli_format_names(enum tc_cli_command command);

/* Prints the options of a command, and its formats. */
void tc_cli_print_options(enum tc_cli_command command);

#ifdef __cplusplus
}
#endif
#endif
