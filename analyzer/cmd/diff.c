/* diff.c: `threadcheck diff`: what one JSON report has that another has not. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/cmd/command.h"
#include "analyzer/cmd/pipeline.h"
#include "analyzer/report/json_read.h"
#include "analyzer/report/version.h"

int tc_command_diff(int argc, char **argv);

/* Findings of the new report that the old one has not, the other way round, and those of both (as
 * in the new one). */
struct diff {
    json_t *new, *gone, *same;
};

static const char *text_of(const json_t *finding, const char *key) {
    const char *text = json_string_value(json_object_get(finding, key));
    return text ? text : "";
}

/* The report's list of findings; NULL after a message. */
static json_t *load(const char *path, json_t **root) {
    struct tc_text error = {0};
    *root = tc_json_read(path, &error);
    if (!*root)
        tc_usage_error("diff", "%s", tc_text_string(&error));
    tc_text_free(&error);
    return json_object_get(*root, "findings");
}

static json_t *ids_of(const json_t *findings) {
    json_t *ids = json_object(), *finding;
    size_t index;
    json_array_foreach(findings, index, finding)
        json_object_set_new(ids, text_of(finding, "id"), json_true());
    return ids;
}

static void compare(struct diff *diff, const json_t *old, const json_t *new) {
    json_t *old_ids = ids_of(old), *new_ids = ids_of(new), *finding;
    size_t index;
    json_array_foreach(new, index, finding) json_array_append(
        json_object_get(old_ids, text_of(finding, "id")) ? diff->same : diff->new, finding);
    json_array_foreach(old, index, finding) if (!json_object_get(new_ids, text_of(finding, "id")))
        json_array_append(diff->gone, finding);
    json_decref(old_ids);
    json_decref(new_ids);
}

static void add_list(struct tc_text *out, const char *title, const json_t *findings) {
    json_t *finding;
    size_t index;
    json_array_foreach(findings, index, finding) {
        tc_text_printf(out, "%s ", title);
        tc_text_clean(out, text_of(finding, "severity"), 20, false);
        tc_text_add(out, ": ");
        tc_text_clean(out, text_of(finding, "kind"), 100, false);
        tc_text_add(out, ": ");
        tc_text_clean(out, text_of(finding, "title"), 1000, false);
        tc_text_add(out, "; id ");
        tc_text_clean(out, text_of(finding, "id"), 100, false);
        tc_text_char(out, '\n');
    }
}

static void print_text(struct tc_text *out, const struct diff *diff) {
    add_list(out, "new ", diff->new);
    add_list(out, "gone", diff->gone);
    tc_text_printf(out, "threadcheck: %zu new, %zu gone, %zu in both\n", json_array_size(diff->new),
                   json_array_size(diff->gone), json_array_size(diff->same));
}

static void print_json(struct tc_text *out, const struct diff *diff) {
    json_t *root =
        json_pack("{s:i, s:{s:s, s:s}, s:O, s:O, s:O}", "version", 1, "tool", "name", "threadcheck",
                  "version", TC_VERSION, "new", diff->new, "gone", diff->gone, "same", diff->same);
    char *dump = json_dumps(root, JSON_INDENT(1));
    tc_text_add(out, dump);
    tc_text_char(out, '\n');
    free(dump);
    json_decref(root);
}

/* Whether something new is at warning or error. */
static bool fails(const struct diff *diff) {
    json_t *finding;
    size_t index;
    json_array_foreach(diff->new, index,
                       finding) if (strcmp(text_of(finding, "severity"), "info") != 0) return true;
    return false;
}

static int print(const struct tc_cli *cli, const struct diff *diff) {
    for (size_t i = 0; i < cli->output_count; i++) {
        const struct tc_output *output = &cli->outputs[i];
        struct tc_text text = {0};
        if (output->format && strcmp(output->format->name, "json") == 0)
            print_json(&text, diff);
        else
            print_text(&text, diff);
        bool good =
            tc_write_output(output->path, STDOUT_FILENO, tc_text_string(&text), text.length);
        tc_text_free(&text);
        if (!good)
            return tc_usage_error("diff", "cannot write to %s: %s",
                                  output->path ? output->path : "standard output", strerror(errno));
    }
    return fails(diff) ? cli->error_exitcode : 0;
}

/* What the new report was told to leave out may well be there: it would be wrong to be glad. */
static void tell_left_out(const struct tc_cli *cli, const json_t *root) {
    const json_t *left_out = json_object_get(root, "left_out");
    if (json_integer_value(json_object_get(left_out, "in_baseline")) > 0)
        fprintf(
            stderr,
            "threadcheck diff: %s leaves out what its baseline has, which may be told as gone\n",
            cli->operands[1]);
}

static int diff_reports(const struct tc_cli *cli) {
    json_t *old_root = NULL, *new_root = NULL;
    json_t *old = load(cli->operands[0], &old_root);
    json_t *new = old ? load(cli->operands[1], &new_root) : NULL;
    int status = TC_EXIT_USAGE;
    if (new) {
        struct diff diff = {json_array(), json_array(), json_array()};
        compare(&diff, old, new);
        tell_left_out(cli, new_root);
        status = print(cli, &diff);
        json_decref(diff.new);
        json_decref(diff.gone);
        json_decref(diff.same);
    }
    json_decref(old_root);
    json_decref(new_root);
    return status;
}

int tc_command_diff(int argc, char **argv) {
    struct tc_cli cli;
    int status = tc_cli_parse(&cli, TC_CLI_DIFF, argc, argv);
    if (status < 0 && cli.operand_count != 2)
        status = tc_usage_error("diff", "two JSON reports are needed, the old one and the new one "
                                        "(see threadcheck diff --help)");
    if (status < 0)
        status = diff_reports(&cli);
    tc_cli_free(&cli);
    return status;
}
