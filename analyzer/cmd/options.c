/* options.c: parses the options of commands from their table. */
#include "analyzer/cmd/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/checker.h"
#include "analyzer/cmd/command.h"
#include "analyzer/cmd/help.h"
#include "analyzer/report/profile_format.h"

static int bad_choice(const struct tc_cli *cli, const char *option, const char *value,
                      const char *choices) {
    return tc_usage_error(cli->name, "--%s is '%s', not one of %s", option, value, choices);
}

static struct tc_output *add_output(struct tc_cli *cli) {
    cli->outputs = tc_realloc(cli->outputs, (cli->output_count + 1) * sizeof(*cli->outputs));
    cli->outputs[cli->output_count] = (struct tc_output){0};
    return &cli->outputs[cli->output_count++];
}

static const struct tc_format *find_format(enum tc_cli_command command, const char *name) {
    if (command == TC_CLI_PROFILE)
        return tc_profile_format_find(name);
    if (command == TC_CLI_DIFF && strcmp(name, "text") != 0 && strcmp(name, "json") != 0)
        return NULL;
    return tc_format_find(name);
}

static int tc_set_format(struct tc_cli *cli, const char *option, const char *value) {
    const struct tc_format *format = find_format(cli->command, value);
    if (!format)
        return bad_choice(cli, option, value, tc_cli_format_names(cli->command));
    add_output(cli)->format = format;
    return -1;
}

static int tc_set_output(struct tc_cli *cli, const char *option, const char *value) {
    (void)option;
    struct tc_output *last = cli->output_count ? &cli->outputs[cli->output_count - 1] : NULL;
    if (!last || last->path)
        last = add_output(cli);
    last->path = value;
    return -1;
}

static int tc_set_trace(struct tc_cli *cli, const char *option, const char *value) {
    (void)option;
    cli->trace = value;
    return -1;
}

static int tc_set_on_deadlock(struct tc_cli *cli, const char *option, const char *value) {
    if (strcmp(value, "report") != 0 && strcmp(value, "abort") != 0)
        return bad_choice(cli, option, value, "report, abort");
    cli->on_deadlock = value;
    return -1;
}

static int tc_set_hang_timeout(struct tc_cli *cli, const char *option, const char *value) {
    char *end; /* the library, which gets the text, reads decimal numbers only */
    bool decimal = value[strspn(value, "0123456789.")] == 0;
    double seconds = strtod(value, &end);
    if (!decimal || *end || end == value || !(seconds >= 0 && seconds <= 1e8))
        return tc_usage_error(cli->name, "--%s is '%s', not a number of seconds", option, value);
    cli->hang_timeout = value;
    return -1;
}

static int tc_set_record(struct tc_cli *cli, const char *option, const char *value) {
    if (strcmp(value, "full") != 0 && strcmp(value, "compact") != 0)
        return bad_choice(cli, option, value, "full, compact");
    cli->record = value;
    return -1;
}

static int tc_set_trace_limit(struct tc_cli *cli, const char *option, const char *value) {
    size_t digits = strspn(value, "0123456789");
    unsigned shift = value[digits] == 'k'   ? 10
                     : value[digits] == 'M' ? 20
                     : value[digits] == 'G' ? 30
                                            : 0;
    bool fits = digits > 0 && digits < 16 && strtoull(value, NULL, 10) <= UINT64_MAX >> shift;
    if (!fits || (value[digits] && (!strchr("kMG", value[digits]) || value[digits + 1])))
        return tc_usage_error(cli->name, "--%s is '%s', not a size in bytes, or with k, M or G",
                              option, value);
    cli->trace_limit = value;
    return -1;
}

static int tc_set_races(struct tc_cli *cli, const char *option, const char *value) {
    if (strcmp(value, "off") != 0 && strcmp(value, "sample") != 0 && strcmp(value, "full") != 0)
        return bad_choice(cli, option, value, "off, sample, full");
    cli->races = value;
    return -1;
}

static int tc_set_races_modules(struct tc_cli *cli, const char *option, const char *value) {
    if (!*value || strchr(value, ':'))
        return tc_usage_error(cli->name, "--%s is '%s': names by commas, without a colon", option,
                              value);
    cli->races_modules = value;
    return -1;
}

static int tc_set_races_max_functions(struct tc_cli *cli, const char *option, const char *value) {
    size_t digits = strspn(value, "0123456789");
    if (digits == 0 || digits > 9 || value[digits])
        return tc_usage_error(cli->name, "--%s is '%s', not a number of functions", option, value);
    cli->races_max_functions = value;
    return -1;
}

static int tc_set_error_exitcode(struct tc_cli *cli, const char *option, const char *value) {
    char *end;
    errno = 0;
    long number = strtol(value, &end, 10);
    if (errno || *end || end == value || number < 0 || number > 255)
        return tc_usage_error(cli->name, "--%s is '%s', not a number from 0 to 255", option, value);
    cli->error_exitcode = (int)number;
    return -1;
}

static int tc_set_suppressions(struct tc_cli *cli, const char *option, const char *value) {
    (void)option;
    struct tc_text error = {0};
    int status = -1;
    if (!tc_suppressions_read(cli->suppressions, value, &error))
        status = tc_usage_error(cli->name, "%s", tc_text_string(&error));
    tc_text_free(&error);
    return status;
}

static int tc_set_gen_suppressions(struct tc_cli *cli, const char *option, const char *value) {
    (void)option;
    cli->gen_suppressions = true;
    cli->gen_suppressions_path = value;
    return -1;
}

static int tc_set_baseline(struct tc_cli *cli, const char *option, const char *value) {
    (void)option;
    struct tc_text error = {0};
    int status = -1;
    if (!tc_baseline_check(value, &error))
        status = tc_usage_error(cli->name, "%s", tc_text_string(&error));
    tc_text_free(&error);
    cli->baseline = value;
    return status;
}

static int tc_set_min_severity(struct tc_cli *cli, const char *option, const char *value) {
    for (int i = TC_SEVERITY_INFO; i <= TC_SEVERITY_ERROR; i++)
        if (strcmp(value, tc_severity_name((enum tc_severity)i)) == 0) {
            cli->min_severity = (enum tc_severity)i;
            return -1;
        }
    return bad_choice(cli, option, value, "error, warning, info");
}

bool tc_cli_has_name(const char *list, const char *name) {
    for (;; list++) {
        size_t size = strcspn(list, ",");
        if (strlen(name) == size && memcmp(list, name, size) == 0)
            return true;
        list += size;
        if (!*list)
            return false;
    }
}

static bool is_check(const char *name, size_t size) {
    for (size_t i = 0; tc_checkers[i]; i++)
        if (tc_checkers[i]->effects && strlen(tc_checkers[i]->name) == size &&
            memcmp(tc_checkers[i]->name, name, size) == 0)
            return true;
    return false;
}

static int tc_set_checks(struct tc_cli *cli, const char *option, const char *value) {
    for (const char *at = value;; at++) {
        size_t size = strcspn(at, ",");
        if (!is_check(at, size))
            return tc_usage_error(cli->name,
                                  "--%s: there is no check '%.*s' (threadcheck list checks)",
                                  option, (int)size, at);
        at += size;
        if (!*at)
            break;
    }
    cli->checks = value;
    return -1;
}

static int tc_set_long_hold(struct tc_cli *cli, const char *option, const char *value) {
    char *end;
    errno = 0;
    double seconds = strtod(value, &end);
    if (errno || *end || end == value || !(seconds >= 1e-9 && seconds <= 1e9))
        return tc_usage_error(cli->name, "--%s is '%s', not a number of seconds above 0", option,
                              value);
    cli->long_hold = (uint64_t)(seconds * 1e9);
    return -1;
}

static int tc_set_hang(struct tc_cli *cli, const char *option, const char *value) {
    (void)option;
    (void)value;
    cli->hang = true;
    return -1;
}

static int tc_set_at_exit(struct tc_cli *cli, const char *option, const char *value) {
    (void)option;
    (void)value;
    cli->at_exit = true;
    return -1;
}

static int tc_set_remove(struct tc_cli *cli, const char *option, const char *value) {
    (void)option;
    (void)value;
    cli->remove = true;
    return -1;
}

static int tc_set_id(struct tc_cli *cli, const char *option, const char *value) {
    (void)option;
    cli->id = value;
    return -1;
}

static int tc_set_runs(struct tc_cli *cli, const char *option, const char *value) {
    char *end;
    errno = 0;
    long number = strtol(value, &end, 10);
    if (errno || *end || end == value || number < 1 || number > 1000000)
        return tc_usage_error(cli->name, "--%s is '%s', not a number from 1", option, value);
    cli->runs = (int)number;
    return -1;
}

static int tc_set_timeout(struct tc_cli *cli, const char *option, const char *value) {
    char *end;
    errno = 0;
    cli->seconds = strtod(value, &end);
    if (errno || *end || end == value || !(cli->seconds > 0 && cli->seconds <= 1e6))
        return tc_usage_error(cli->name, "--%s is '%s', not a number of seconds above 0", option,
                              value);
    return -1;
}

static int tc_set_help(struct tc_cli *cli, const char *option, const char *value) {
    (void)option;
    (void)value;
    return tc_command_help(cli->name);
}

static int (*const setters[])(struct tc_cli *cli, const char *option, const char *value) = {
#define TC_CLI(field, option, commands, value, help) tc_set_##field,
#include "analyzer/cmd/options.def"
#undef TC_CLI
};
enum { OPTION_COUNT = sizeof(setters) / sizeof(*setters) };

/* A --format goes with the --output after it.  One that has none goes with an --output that stands
 * without a format. */
static void pair_outputs(struct tc_cli *cli) {
    size_t kept = 0;
    for (size_t i = 0; i < cli->output_count; i++) {
        struct tc_output *output = &cli->outputs[i];
        for (size_t j = 0; output->path && !output->format && j < cli->output_count; j++)
            if (cli->outputs[j].format && !cli->outputs[j].path) {
                output->format = cli->outputs[j].format;
                cli->outputs[j].format = NULL;
            }
    }
    for (size_t i = 0; i < cli->output_count; i++)
        if (cli->outputs[i].format || cli->outputs[i].path)
            cli->outputs[kept++] = cli->outputs[i];
    cli->output_count = kept;
}

/* The number of an option of this command; OPTION_COUNT: it has none of that name. */
static size_t find(const struct tc_cli *cli, const char *name, size_t length) {
    size_t i = 0;
    for (; i < OPTION_COUNT; i++) {
        const struct tc_cli_option *option = &tc_cli_options[i];
        if (option->commands & cli->command && strlen(option->name) == length &&
            memcmp(option->name, name, length) == 0)
            break;
    }
    return i;
}

static int unknown(const struct tc_cli *cli, const char *argument) {
    const char *names[OPTION_COUNT + 1] = {NULL};
    int count = 0;
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (tc_cli_options[i].commands & cli->command)
            names[count++] = tc_cli_options[i].name;
    char *name = tc_strdup(argument + strspn(argument, "-"));
    name[strcspn(name, "=")] = 0;
    const char *near = tc_nearest(name, names);
    int status =
        near ? tc_usage_error(cli->name, "unknown option '%s'; did you mean --%s?", argument, near)
             : tc_usage_error(cli->name, "unknown option '%s' (see threadcheck %s --help)",
                              argument, cli->name);
    free(name);
    return status;
}

static int take_value(struct tc_cli *cli, size_t number, const char *value) {
    const struct tc_cli_option *option = &tc_cli_options[number];
    if (option->value && value && !*value)
        return tc_usage_error(cli->name, "--%s needs a value: --%s=%s", option->name, option->name,
                              option->value[0] == '[' ? "FILE" : option->value);
    return setters[number](cli, option->name, value);
}

/* Takes argv[*index], an option, and its value. */
static int take(struct tc_cli *cli, int argc, char **argv, int *index) {
    const char *argument = argv[*index];
    if (strcmp(argument, "-h") == 0)
        argument = "--help";
    const char *name = argument + 2;
    const char *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    size_t number = strncmp(argument, "--", 2) == 0 ? find(cli, name, length) : OPTION_COUNT;
    if (number == OPTION_COUNT)
        return unknown(cli, argument);
    const struct tc_cli_option *option = &tc_cli_options[number];
    const char *value = equals ? equals + 1 : NULL;
    if (!option->value && value)
        return tc_usage_error(cli->name, "--%s takes no value", option->name);
    if (option->value && option->value[0] != '[' && !value) {
        if (*index + 1 >= argc || strcmp(argv[*index + 1], "--") == 0)
            return tc_usage_error(cli->name, "--%s needs a value: --%s=%s", option->name,
                                  option->name, option->value);
        value = argv[++*index];
    }
    return take_value(cli, number, value);
}

int tc_cli_parse(struct tc_cli *cli, enum tc_cli_command command, int argc, char **argv) {
    *cli = (struct tc_cli){.command = command,
                           .name = argv[0],
                           .error_exitcode = TC_EXIT_FINDINGS,
                           .min_severity = TC_SEVERITY_WARNING};
    cli->suppressions = tc_suppressions_new();
    cli->operands = tc_alloc(((size_t)argc + 1) * sizeof(*cli->operands));
    int i = 1;
    for (; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        if (argv[i][0] == '-' && argv[i][1]) {
            int status = take(cli, argc, argv, &i);
            if (status >= 0)
                return status;
            continue;
        }
        if (command == TC_CLI_RUN) /* what follows the program is the program's */
            break;
        cli->operands[cli->operand_count++] = argv[i];
    }
    for (; i < argc; i++)
        cli->operands[cli->operand_count++] = argv[i];
    pair_outputs(cli);
    if (!cli->output_count)
        add_output(cli);
    return -1;
}

void tc_cli_free(struct tc_cli *cli) {
    tc_suppressions_free(cli->suppressions);
    free(cli->outputs);
    free(cli->operands);
}
