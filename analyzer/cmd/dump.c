/* dump.c: `threadcheck dump TRACE`: what a trace says, one fact a line, for people and grep.
 *
 * Lines begin with what they tell: header, program, module, thread, object, stack, event, lost,
 * note.  Events come in the merged order, or with --raw as they lie in the file.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/cmd/command.h"
#include "analyzer/cmd/dump.h"
#include "analyzer/cmd/help.h"
#include "analyzer/model/engine.h"
#include "trace/decode.h"
#include "trace/std_text.h"

int tc_command_dump(int argc, char **argv);

static void dump_event(const struct tc_trace *trace, const struct tc_record *record) {
    const struct tc_event_info *info = &tc_event_table[record->code];
    printf("event T%" PRIu32 " #%" PRIu64 " %s", record->thread, record->number,
           info->name ? info->name : "UNKNOWN");
    if (!info->name)
        printf(" code=0x%02x", record->code);
    if (record->object) {
        const struct tc_meta_object *object = tc_trace_object(trace, record->object);
        const char *type = object && object->type < 256 ? tc_object_table[object->type].name : NULL;
        printf(" object=%" PRIu32 " %s", record->object, type ? type : "unknown");
        const char *name = tc_trace_object_name(trace, record->object);
        if (name) {
            printf(" name=");
            tc_dump_text(name);
        }
    }
    if (record->stack)
        printf(" stack=%" PRIu32, record->stack);
    if (record->arg)
        printf(" arg=%" PRIu64, record->arg);
    if (record->result)
        printf(" result=%" PRIu32, record->result);
    printf(" time=%" PRIu64 ".%09" PRIu64, record->time / 1000000000, record->time % 1000000000);
}

static void dump_lost(uint32_t thread, uint64_t count) {
    printf("lost T%" PRIu32 " events=", thread);
    if (count)
        printf("%" PRIu64 "\n", count);
    else
        printf("unknown\n");
}

/* The merged order comes through a checker that prints. */
struct printer {
    const struct tc_trace *trace;
    uint32_t thread;
};
static struct printer printer;

static void *create(const struct tc_config *config, struct tc_findings *findings,
                    const struct tc_model *model) {
    (void)config, (void)findings, (void)model;
    return &printer;
}

static void print_step(void *self, const struct tc_step *step) {
    const struct printer *to = self;
    if (to->thread && to->thread != step->record->thread)
        return;
    dump_event(to->trace, step->record);
    if (step->object && step->info->flags & TC_FLAG_ORDERED)
        printf(" ticket=%" PRIu64, step->object->ticket);
    printf("\n");
}

static void print_lost(void *self, const struct tc_thread *thread, uint64_t count) {
    const struct printer *to = self;
    if (!to->thread || to->thread == thread->index)
        dump_lost(thread->index, count);
}

static const struct tc_checker print_checker = {.name = "dump",
                                                .help = "prints every record",
                                                .effects = (1u << TC_EFFECT_COUNT) - 1,
                                                .ignored = true,
                                                .create = create,
                                                .step = print_step,
                                                .lost = print_lost};

void tc_dump_merged(struct tc_trace *trace, const struct tc_dump_options *options) {
    static const struct tc_checker *const checkers[] = {&print_checker, NULL};
    const struct tc_config config = {0};
    printer = (struct printer){trace, options->thread};
    struct tc_engine *engine = tc_engine_new(trace, checkers, &config, NULL);
    tc_engine_run(engine);
    tc_engine_free(engine);
}

static void dump_stream(struct tc_trace *trace, uint32_t thread) {
    struct tc_cursor cursor;
    struct tc_raw raw;
    uint64_t number = 0;
    tc_cursor_init(&cursor, trace, thread);
    for (enum tc_next next; (next = tc_cursor_next(&cursor, &raw)) != TC_NEXT_END;) {
        if (next == TC_NEXT_LOST) {
            dump_lost(thread, raw.arg);
            continue;
        }
        struct tc_record record = {.code = raw.code,
                                   .thread = thread,
                                   .object = raw.object,
                                   .stack = raw.stack,
                                   .result = raw.result,
                                   .arg = raw.arg,
                                   .time = cursor.time,
                                   .number = ++number};
        dump_event(trace, &record);
        if (raw.has_ticket)
            printf(" ticket=%" PRIu64, raw.ticket);
        printf("\n");
    }
    tc_cursor_free(&cursor);
}

void tc_dump_raw(struct tc_trace *trace, const struct tc_dump_options *options) {
    for (uint32_t thread = 1; thread <= tc_trace_thread_count(trace); thread++)
        if (!options->thread || options->thread == thread)
            dump_stream(trace, thread);
}

static int dump(const char *path, const struct tc_dump_options *options) {
    struct tc_trace_error error;
    struct tc_trace *trace = tc_trace_open_any(path, &error);
    if (!trace) {
        tc_usage_error("dump", "%s", error.text);
        return TC_EXIT_BAD_TRACE;
    }
    if (options->standard) {
        tc_dump_std(trace, options->requests);
        tc_trace_close(trace);
        return tc_finish_output("dump");
    }
    tc_dump_meta(trace);
    if (!options->meta && options->raw)
        tc_dump_raw(trace, options);
    else if (!options->meta)
        tc_dump_merged(trace, options);
    for (size_t i = 0; i < tc_trace_note_count(trace); i++)
        printf("note %s\n", tc_trace_note(trace, i));
    tc_trace_close(trace);
    return tc_finish_output("dump");
}

static bool parse_thread(const char *text, uint32_t *thread) {
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    *thread = (uint32_t)value;
    return *text >= '0' && *text <= '9' && !*end && !errno && value && value <= UINT32_MAX;
}

int tc_command_dump(int argc, char **argv) {
    struct tc_dump_options options = {0};
    const char *path = NULL;
    bool only_operands = false;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (only_operands || word[0] != '-' || !word[1]) {
            if (path)
                return tc_usage_error("dump", "one trace at a time");
            path = word;
        } else if (strcmp(word, "--") == 0) {
            only_operands = true;
        } else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            return tc_command_help("dump");
        } else if (strcmp(word, "--meta") == 0) {
            options.meta = true;
        } else if (strcmp(word, "--raw") == 0) {
            options.raw = true;
        } else if (strcmp(word, "--format=std") == 0 || strcmp(word, "--format=std-req") == 0) {
            options.standard = true;
            options.requests = word[12] == '-';
        } else if (strncmp(word, "--format=", 9) == 0 && strcmp(word, "--format=text") != 0) {
            return tc_usage_error("dump", "--format is '%s', not one of text, std, std-req",
                                  word + 9);
        } else if (strncmp(word, "--format=", 9) == 0) {
            continue;
        } else if (strncmp(word, "--thread=", 9) == 0) {
            if (!parse_thread(word + 9, &options.thread))
                return tc_usage_error("dump", "--thread takes the index of a thread, not '%s'",
                                      word + 9);
        } else {
            return tc_usage_error(
                "dump", "unknown option '%s' (--meta, --raw, --thread=N, --format)", word);
        }
    }
    if (!path)
        return tc_usage_error("dump", "a trace is missing");
    return dump(path, &options);
}
