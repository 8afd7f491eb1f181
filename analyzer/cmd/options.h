/* options.h: the parsed command line of the commands that have some (options.def).
 * Rules: not thread-safe.  Strings point into argv.
 */
#ifndef TC_ANALYZER_OPTIONS_H
#define TC_ANALYZER_OPTIONS_H

#include <stdbool.h>

#include "analyzer/cmd/option_table.h"
#include "analyzer/report/format.h"
#include "analyzer/report/suppress.h"

#ifdef __cplusplus
extern "C" {
#endif

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
    bool hang, at_exit, remove;
    char **operands; /* what is no option, in order; ends with NULL */
    int operand_count;
};

/* Parses argv[1] and on.  Returns -1 to go on, else the exit status (a mistake was named on stderr,
 * or help printed).  To be given to tc_cli_free in any case. */
int tc_cli_parse(struct tc_cli *cli, enum tc_cli_command command, int argc, char **argv);
void tc_cli_free(struct tc_cli *cli);

/* Whether a list of names by commas has this one. */
bool tc_cli_has_name(const char *list, const char *name);

#ifdef __cplusplus
}
#endif
#endif
