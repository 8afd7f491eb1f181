/* list.c: `threadcheck list`: the tables that threadcheck is made of. */
#include <stdio.h>
#include <string.h>

#include "analyzer/checkers/checker.h"
#include "analyzer/cmd/command.h"
#include "analyzer/cmd/help.h"
#include "analyzer/report/format.h"
#include "threadcheck/events.h"

int tc_command_list(int argc, char **argv);

static void list_kinds(void) {
    for (int i = 0; i < TC_FINDING_COUNT; i++)
        printf("  %-26s %-8s %-10s %s\n", tc_finding_table[i].kind,
               tc_severity_name(tc_finding_table[i].severity),
               tc_confidence_name(tc_finding_table[i].confidence), tc_finding_table[i].title);
}

static void list_events(void) {
    for (int i = 0; i < 256; i++)
        if (tc_event_table[i].name)
            printf("  0x%02x %-26s %s\n", (unsigned)i, tc_event_table[i].name,
                   tc_event_table[i].help);
}

static void list_objects(void) {
    for (int i = 1; i < 256; i++)
        if (tc_object_table[i].name)
            printf("  %-3d %-18s %s\n", i, tc_object_table[i].name, tc_object_table[i].help);
}

static void list_formats(void) {
    for (const struct tc_format *format = tc_formats; format->name; format++)
        printf("  %-10s %s\n", format->name, format->help);
}

static void list_checks(void) {
    for (size_t i = 0; tc_checkers[i]; i++)
        if (tc_checkers[i]->effects)
            printf("  %-16s %s\n", tc_checkers[i]->name, tc_checkers[i]->help);
}

static void list_options(void) {
    static const struct {
        const char *name, *value, *help;
    } rows[] = {
#define TC_OPTION(name, TYPE, value, help)         {#name, "" #value "", help},
#define TC_OPTION_CHOICE(name, value, words, help) {#name, words, help},
#include "preload/options.def"
#undef TC_OPTION
#undef TC_OPTION_CHOICE
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        printf("  %-16s %-18s %s\n", rows[i].name, rows[i].value, rows[i].help);
}

static const struct {
    const char *name, *title;
    void (*list)(void);
} lists[] = {
    {"kinds", "kinds of findings: name, usual severity and confidence", list_kinds},
    {"checks", "checks (--checks)", list_checks},
    {"events", "events of a trace", list_events},
    {"objects", "types of objects", list_objects},
    {"formats", "report formats (--format)", list_formats},
    {"options", "THREADCHECK_OPTIONS=key=value:key=value", list_options},
};
enum { LISTS = sizeof(lists) / sizeof(*lists) };

int tc_command_list(int argc, char **argv) {
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        return tc_command_help("list");
    if (argc > 2)
        return tc_usage_error(
            "list", "one list at a time: kinds, checks, events, objects, formats, options");
    bool found = false;
    for (int i = 0; i < LISTS; i++) {
        if (argc == 2 && strcmp(argv[1], lists[i].name) != 0)
            continue;
        if (argc < 2)
            printf("%s%s:\n", i ? "\n" : "", lists[i].title);
        lists[i].list();
        found = true;
    }
    if (!found)
        return tc_usage_error(
            "list", "there is no list '%s' (kinds, checks, events, objects, formats, options)",
            argv[1]);
    return tc_finish_output("list");
}
