/* completion.c: `threadcheck completion`: what bash and zsh need to complete its command lines,
 * made from the tables of commands, options, formats and kinds. */
#include <stdio.h>
#include <string.h>

#include "analyzer/checkers/finding.h"
#include "analyzer/cmd/command.h"
#include "analyzer/cmd/help.h"
#include "analyzer/cmd/option_table.h"

int tc_command_completion(int argc, char **argv);

/* "[kinds|events]" and "error|warning" as words with a blank between; nothing when there are none.
 */
static void print_words(const char *choices) {
    for (const char *p = choices; *p; p++)
        if (*p == '|')
            putchar(' ');
        else if (*p != '[' && *p != ']')
            putchar(*p);
}

/* "text, json" without the commas. */
static void print_formats(enum tc_cli_command command) {
    for (const char *p = tc_cli_format_names(command); *p; p++)
        if (*p != ',')
            putchar(*p);
}

static void print_kinds(void) {
    for (int i = 0; i < TC_FINDING_COUNT; i++)
        printf("%s%s", i ? " " : "", tc_finding_table[i].kind);
}

/* The words that a command itself takes. */
static void print_operands(const struct tc_command *command) {
    if (strcmp(command->name, "explain") == 0)
        print_kinds();
    else if (strcmp(command->name, "list") == 0 || strcmp(command->name, "completion") == 0)
        print_words(command->operands);
}

static bool is_format(const struct tc_cli_option *option) {
    return strcmp(option->name, "format") == 0;
}

static bool has_choices(const struct tc_cli_option *option) {
    return option->value && strchr(option->value, '|');
}

static void bash_options(const struct tc_command *command) {
    printf("        %s) echo \"", command->name);
    struct tc_cli_option option;
    for (size_t i = 0; tc_cli_option_get(i, command->name, &option); i++)
        printf("%s--%s%s", i ? " " : "", option.name,
               option.value && option.value[0] != '[' ? "=" : "");
    printf("\" ;;\n");
}

static void bash_values(const struct tc_command *command) {
    struct tc_cli_option option;
    for (size_t i = 0; tc_cli_option_get(i, command->name, &option); i++) {
        if (!is_format(&option) && !has_choices(&option))
            continue;
        printf("        %s:--%s) echo \"", command->name, option.name);
        if (is_format(&option))
            print_formats(tc_cli_command_of(command->name));
        else
            print_words(option.value);
        printf("\" ;;\n");
    }
}

static void bash_operands(const struct tc_command *command) {
    printf("        %s) echo \"", command->name);
    print_operands(command);
    printf("\" ;;\n");
}

static void bash_table(const char *name, void (*row)(const struct tc_command *command)) {
    printf("_threadcheck_%s() {\n    case $1 in\n", name);
    for (const struct tc_command *command = tc_commands; command->name; command++)
        row(command);
    printf("    esac\n}\n");
}

static const char bash_function[] =
    "_threadcheck() {\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} option= command=${COMP_WORDS[1]} words i\n"
    "    COMPREPLY=()\n"
    "    if [ \"$COMP_CWORD\" = 1 ]; then\n"
    "        COMPREPLY=($(compgen -W \"$_threadcheck_commands\" -- \"$word\"))\n"
    "        return\n"
    "    fi\n"
    "    # What follows -- is the program's.\n"
    "    for ((i = 2; i < COMP_CWORD; i++)); do\n"
    "        if [ \"${COMP_WORDS[i]}\" = -- ]; then\n"
    "            if [ $((i + 1)) = \"$COMP_CWORD\" ]; then\n"
    "                COMPREPLY=($(compgen -c -- \"$word\") $(compgen -f -- \"$word\"))\n"
    "            else\n"
    "                COMPREPLY=($(compgen -f -- \"$word\"))\n"
    "            fi\n"
    "            return\n"
    "        fi\n"
    "    done\n"
    "    # --option=value comes as three words, --option value as two.\n"
    "    if [ \"$word\" = = ]; then\n"
    "        option=${COMP_WORDS[COMP_CWORD - 1]} word=\n"
    "    elif [ \"${COMP_WORDS[COMP_CWORD - 1]}\" = = ]; then\n"
    "        option=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    else\n"
    "        option=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "        case \" $(_threadcheck_options \"$command\") \" in\n"
    "        *\" $option= \"*) ;;\n"
    "        *) option= ;;\n"
    "        esac\n"
    "    fi\n"
    "    if [ -n \"$option\" ]; then\n"
    "        words=$(_threadcheck_values \"$command:$option\")\n"
    "        if [ -n \"$words\" ]; then\n"
    "            COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
    "        else\n"
    "            COMPREPLY=($(compgen -f -- \"$word\"))\n"
    "        fi\n"
    "    elif [ \"${word:0:1}\" = - ]; then\n"
    "        COMPREPLY=($(compgen -W \"$(_threadcheck_options \"$command\")\" -- \"$word\"))\n"
    "        [ \"${COMPREPLY[0]: -1}\" != = ] || compopt -o nospace 2>/dev/null\n"
    "    else\n"
    "        words=$(_threadcheck_operands \"$command\")\n"
    "        if [ -n \"$words\" ]; then\n"
    "            COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
    "        else\n"
    "            COMPREPLY=($(compgen -f -- \"$word\"))\n"
    "        fi\n"
    "    fi\n"
    "}\n"
    "complete -o filenames -F _threadcheck threadcheck\n";

static void print_bash(void) {
    printf("# bash completion for threadcheck, made by `threadcheck completion bash`.\n"
           "_threadcheck_commands=\"");
    for (const struct tc_command *command = tc_commands; command->name; command++)
        printf("%s ", command->name);
    printf("--help --version\"\n");
    bash_table("options", bash_options);
    bash_table("values", bash_values);
    bash_table("operands", bash_operands);
    fputs(bash_function, stdout);
}

/* Text inside '...' of zsh, where _arguments and _describe give a meaning to []:. */
static void zsh_text(const char *text, const char *special) {
    for (const char *p = text; *p; p++) {
        if (*p == '\'')
            fputs("'\\'", stdout);
        else if (strchr(special, *p))
            putchar('\\');
        putchar(*p);
    }
}

static void zsh_option(const struct tc_command *command, const struct tc_cli_option *option) {
    bool optional = option->value && option->value[0] == '[';
    printf(" \\\n            '*--%s%s[", option->name, !option->value ? "" : optional ? "=-" : "=");
    zsh_text(option->help, "[]:\\");
    putchar(']');
    if (option->value) {
        printf("%s:%s:", optional ? ":" : "", option->name);
        if (is_format(option) || has_choices(option)) {
            putchar('(');
            if (is_format(option))
                print_formats(tc_cli_command_of(command->name));
            else
                print_words(option->value);
            putchar(')');
        } else if (strstr(option->value, "FILE")) {
            fputs("_files", stdout);
        } else if (strcmp(option->value, "DIR") == 0) {
            fputs("_files -/", stdout);
        }
    }
    putchar('\'');
}

static void zsh_command(const struct tc_command *command) {
    printf("    %s)\n        _arguments -S", command->name);
    struct tc_cli_option option;
    for (size_t i = 0; tc_cli_option_get(i, command->name, &option); i++)
        zsh_option(command, &option);
    bool runs = strcmp(command->name, "run") == 0;
    bool words = strcmp(command->name, "explain") == 0 || strcmp(command->name, "list") == 0 ||
                 strcmp(command->name, "completion") == 0;
    if (runs)
        printf(" \\\n            '1:program:_command_names -e' '*::arguments:_normal'\n");
    else if (words) {
        printf(" \\\n            '1:word:(");
        print_operands(command);
        printf(")'\n");
    } else {
        printf(" \\\n            '*:file:_files'\n");
    }
    printf("        ;;\n");
}

static void print_zsh(void) {
    printf("#compdef threadcheck\n"
           "# zsh completion for threadcheck, made by `threadcheck completion zsh`.\n"
           "_threadcheck() {\n"
           "    if ((CURRENT == 2)); then\n"
           "        local -a commands=(");
    for (const struct tc_command *command = tc_commands; command->name; command++) {
        printf("\n            '%s:", command->name);
        zsh_text(command->help, ":\\");
        putchar('\'');
    }
    printf("\n        )\n"
           "        _describe command commands\n"
           "        return\n"
           "    fi\n"
           "    local command=$words[2]\n"
           "    shift words\n"
           "    ((CURRENT--))\n"
           "    case $command in\n");
    for (const struct tc_command *command = tc_commands; command->name; command++)
        zsh_command(command);
    printf("    esac\n"
           "}\n"
           "_threadcheck \"$@\"\n");
}

int tc_command_completion(int argc, char **argv) {
    const char *shell = argc == 2 ? argv[1] : "";
    if (strcmp(shell, "--help") == 0 || strcmp(shell, "-h") == 0)
        return tc_command_help("completion");
    if (strcmp(shell, "bash") == 0)
        print_bash();
    else if (strcmp(shell, "zsh") == 0)
        print_zsh();
    else
        return tc_usage_error("completion", "which shell: bash or zsh?");
    return tc_finish_output("completion");
}
