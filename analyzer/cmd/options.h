/* options.h: the parsed command line of the commands that have some (options.def).
 * Rules: not thread-safe.  Strings point into argv.
 */
#ifndef TC_ANALYZER_OPTIONS_H
#define TC_ANALYZER_OPTIONS_H

#include <stdbool.h>

#include "analyzer/report/format.h"
#include "analyzer/report/suppress.h"

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

struct tc_output {
    const struct tc_format *format; /* NULL: text */
    const char *path;               /* NULL: the command's default; "-": stdout */
};

struct tc_cli {
    enum tc_cli_command command;
    const char *name; /* of the command, for messages */
    struct tc_output *outputs;
    size_t output_count;
    const char *trace, *on_deadlock, *hang_timeout, *record, *trace_limit, *races, *baseline;
    const char *races_modules, *races_max_functions;
    bool gen_suppressions;
    const char *gen_suppressions_path; /* NULL: where the report goes */
    struct tc_suppressions *suppressions;
    const char *id;     /* of the finding to confirm; NULL: all */
    int runs;           /* 0: the default */
    double seconds;     /* 0: the default */
    uint64_t long_hold; /* ns; 0: the default */
    const char *checks; /* names, by commas; NULL: all */
    int error_exitcode;
    enum tc_severity min_severity;
    bool hang, at_exit, remove, help;
    char **operands; /* what is no option, in order; ends with NULL */
    int operand_count;
};

/* Parses argv[1] and on.  Returns -1 to go on, else the exit status (a mistake was named on stderr,
 * or help printed).  To be given to tc_cli_free in any case. */
int tc_cli_parse(struct tc_cli *cli, enum tc_cli_command command, int argc, char **argv);
void tc_cli_free(struct tc_cli *cli);

/* Whether a list of names by commas has this one. */
bool tc_cli_has_name(const char *list, const char *name);

/* The command of that name as an option's row names it; 0: it has no options of the table. */
enum tc_cli_command tc_cli_command_of(const char *name);

struct tc_cli_option {
    const char *name, *value, *help; /* value: as in options.def */
};

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
