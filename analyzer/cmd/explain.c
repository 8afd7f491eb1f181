/* explain.c: `threadcheck explain KIND`: prints the page of a kind of finding. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/checkers/finding.h"
#include "analyzer/cmd/command.h"
#include "analyzer/cmd/help.h"
#include "analyzer/report/page.h"
#include "analyzer/report/report.h"

int tc_command_explain(int argc, char **argv);

static int explain(const struct tc_finding_info *info) {
    const char *page = tc_finding_page(info->kind);
    if (page)
        fputs(page, stdout);
    else
        printf("%s: %s\n\nUsually: %s, %s.\n", info->kind, info->title,
               tc_severity_name(info->severity), tc_confidence_name(info->confidence));
    return tc_finish_output("explain");
}

int tc_command_explain(int argc, char **argv) {
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        return tc_command_help("explain");
    if (argc != 2)
        return tc_usage_error("explain", "%s (threadcheck list kinds names them)",
                              argc < 2 ? "a kind of finding is missing" : "one kind at a time");
    const char *names[TC_FINDING_COUNT + 1] = {NULL};
    for (int i = 0; i < TC_FINDING_COUNT; i++) {
        names[i] = tc_finding_table[i].kind;
        if (strcmp(argv[1], names[i]) == 0)
            return explain(&tc_finding_table[i]);
    }
    const char *near = tc_nearest(argv[1], names);
    if (near)
        return tc_usage_error("explain", "no kind of finding is called '%s'; did you mean %s?",
                              argv[1], near);
    return tc_usage_error("explain",
                          "no kind of finding is called '%s' (threadcheck list kinds names them)",
                          argv[1]);
}
