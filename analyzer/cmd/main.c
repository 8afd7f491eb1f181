/* main.c: `threadcheck COMMAND ...`. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/cmd/command.h"
#include "analyzer/cmd/help.h"
#include "analyzer/report/version.h"

static int print_help(void) {
    printf("usage: threadcheck COMMAND ...\n\n"
           "Finds deadlocks, lock misuse, lost wake-ups and, with --races, data races in programs\n"
           "with threads, without recompiling them.\n\n");
    for (const struct tc_command *command = tc_commands; command->name; command++)
        printf("  %-10s  %s\n", command->name, command->help);
    printf("\n  threadcheck run -- ./app        the usual way to start\n"
           "  threadcheck COMMAND --help      the options of a command\n"
           "  threadcheck --version\n");
    return tc_finish_output(NULL);
}

int main(int argc, char **argv) {
    if (argc < 2)
        return tc_usage_error(NULL, "a command is missing (see threadcheck --help)");
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
        (strcmp(word, "help") == 0 && argc == 2))
        return print_help();
    if (strcmp(word, "--version") == 0) {
        printf("threadcheck %s\n", TC_VERSION);
        return tc_finish_output(NULL);
    }
    if (strcmp(word, "help") == 0)
        return tc_command_help(argv[2]);
    const char *names[32] = {NULL};
    int count = 0;
    for (const struct tc_command *command = tc_commands; command->name; command++) {
        if (strcmp(command->name, word) == 0)
            return command->run(argc - 1, argv + 1);
        names[count++] = command->name;
    }
    const char *near = tc_nearest(word, names);
    const char *what = word[0] == '-' ? "option" : "command";
    if (near)
        return tc_usage_error(NULL, "unknown %s '%s'; did you mean %s?", what, word, near);
    return tc_usage_error(NULL, "unknown %s '%s' (see threadcheck --help)", what, word);
}
