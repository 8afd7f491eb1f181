/* option_table.c: options.def as a table, and what help and completion ask of it. */
#include "analyzer/cmd/option_table.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/report/format.h"
#include "analyzer/report/profile_format.h"

const struct tc_cli_option tc_cli_options[] = {
#define TC_CLI(field, option, commands, value, help) {option, TC_CLI_##commands, value, help},
#include "analyzer/cmd/options.def"
#undef TC_CLI
};
const size_t tc_cli_option_count = sizeof(tc_cli_options) / sizeof(*tc_cli_options);

const char *tc_cli_format_names(enum tc_cli_command command) {
    if (command == TC_CLI_PROFILE)
        return tc_profile_format_names();
    return command == TC_CLI_DIFF ? "text, json" : tc_format_names();
}

enum tc_cli_command tc_cli_command_of(const char *name) {
    static const struct {
        const char *name;
        enum tc_cli_command command;
    } rows[] = {{"run", TC_CLI_RUN},
                {"analyze", TC_CLI_ANALYZE},
                {"confirm", TC_CLI_CONFIRM},
                {"profile", TC_CLI_PROFILE},
                {"diff", TC_CLI_DIFF}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].command;
    return 0;
}

bool tc_cli_option_get(size_t index, const char *command, struct tc_cli_option *option) {
    enum tc_cli_command asked = tc_cli_command_of(command);
    for (size_t i = 0; i < tc_cli_option_count; i++)
        if (tc_cli_options[i].commands & asked && index-- == 0) {
            *option = tc_cli_options[i];
            return true;
        }
    return false;
}

/* "--trace=DIR"; returns its length. */
static int print_left(char *left, size_t size, const struct tc_cli_option *option) {
    const char *value = option->value ? option->value : "";
    const char *equals = *value && *value != '[' ? "=" : "";
    return snprintf(left, size, "--%s%s%s", option->name, equals, value);
}

void tc_cli_print_options(enum tc_cli_command command) {
    char left[64];
    int width = 0;
    for (size_t i = 0; i < tc_cli_option_count; i++) {
        int size = print_left(left, sizeof left, &tc_cli_options[i]);
        if (tc_cli_options[i].commands & command && size > width)
            width = size;
    }
    printf("\noptions (--option=VALUE or --option VALUE):\n");
    for (size_t i = 0; i < tc_cli_option_count; i++) {
        if (!(tc_cli_options[i].commands & command))
            continue;
        print_left(left, sizeof left, &tc_cli_options[i]);
        printf("  %-*s %s\n", width, left, tc_cli_options[i].help);
    }
    printf("\nformats: %s\n", tc_cli_format_names(command));
}
