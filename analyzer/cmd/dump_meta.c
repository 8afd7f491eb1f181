/* dump_meta.c: the header and the meta records of a trace as text (dump.h). */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "analyzer/cmd/dump.h"
#include "threadcheck/events.h"

struct bit {
    uint32_t bit;
    const char *name;
};

static void print_bits(uint32_t bits, const struct bit *names, size_t count) {
    const char *separator = "";
    for (size_t i = 0; i < count; i++) {
        if (!(bits & names[i].bit))
            continue;
        printf("%s%s", separator, names[i].name);
        separator = ",";
        bits &= ~names[i].bit;
    }
    if (bits)
        printf("%s0x%" PRIx32, separator, bits);
    else if (!*separator)
        printf("none");
}
#define PRINT_BITS(bits, names) print_bits(bits, names, sizeof(names) / sizeof *(names))

void tc_dump_text(const char *text) {
    for (; *text; text++)
        putchar(isprint((unsigned char)*text) || (*text & 0x80) ? *text : '?');
}

static void dump_header(const struct tc_trace *trace) {
    static const struct bit flags[] = {{TC_HEADER_FINISHED, "finished"},
                                       {TC_HEADER_EXEC, "exec"},
                                       {TC_HEADER_EXIT_RAW, "exit-raw"},
                                       {TC_HEADER_FORK_CHILD, "fork-child"},
                                       {TC_HEADER_EXITING, "exiting"},
                                       {TC_HEADER_COMPACT, "compact"},
                                       {TC_HEADER_LIMIT, "limit"},
                                       {TC_HEADER_NO_SPACE, "no-space"},
                                       {TC_HEADER_RACES_SAMPLE, "races-sample"},
                                       {TC_HEADER_RACES_FULL, "races-full"}};
    const struct tc_file_header *header = tc_trace_header(trace);
    printf("header version=%u min_version=%u pid=%u parent_pid=%u flags=", header->version,
           header->min_version, header->pid, header->parent_pid);
    PRINT_BITS(header->flags, flags);
    printf(" exit_status=%u threads=%u objects=%u stacks=%u lost=%" PRIu64 "\n",
           header->exit_status, header->threads, header->objects, header->stacks,
           tc_trace_lost(trace));
    if (header->flags & TC_HEADER_FORK_CHILD)
        printf("parent_trace pid=%u\n", header->parent_trace_pid);
}

static void dump_process(const struct tc_trace *trace) {
    const struct tc_trace_process *process = tc_trace_process(trace);
    printf("program ");
    tc_dump_text(process->executable);
    printf("\ndirectory ");
    tc_dump_text(process->directory);
    printf("\n");
    for (uint32_t i = 0; i < process->argc; i++) {
        printf("argument %" PRIu32 " ", i);
        tc_dump_text(process->argv[i]);
        printf("\n");
    }
}

static void dump_modules(const struct tc_trace *trace) {
    for (size_t i = 0; i < tc_trace_module_count(trace); i++) {
        const struct tc_trace_module *module = tc_trace_module(trace, i);
        printf("module 0x%" PRIx64 "-0x%" PRIx64 " bias=0x%" PRIx64 " build_id=", module->start,
               module->end, module->bias);
        for (uint32_t j = 0; j < module->build_id_size; j++)
            printf("%02x", module->build_id[j]);
        printf("%s ", module->unloaded ? " unloaded" : "");
        tc_dump_text(module->path);
        printf("\n");
    }
}

static void dump_threads(const struct tc_trace *trace) {
    for (uint32_t i = 1; i <= tc_trace_thread_count(trace); i++) {
        const struct tc_meta_thread *thread = tc_trace_thread(trace, i);
        printf("thread %" PRIu32 " parent=%u tid=%u object=%u start=0x%" PRIx64 " stack=%u", i,
               thread->parent, thread->tid, thread->object, thread->start_routine,
               thread->create_stack);
        const char *name = tc_trace_thread_name(trace, i);
        if (thread->flags & TC_THREAD_EARLY)
            printf(" early");
        if (name) {
            printf(" name=");
            tc_dump_text(name);
        }
        printf("\n");
    }
}

static void dump_objects(const struct tc_trace *trace) {
    static const struct bit attributes[] = {{TC_ATTR_RECURSIVE, "recursive"},
                                            {TC_ATTR_ERRORCHECK, "errorcheck"},
                                            {TC_ATTR_ROBUST, "robust"},
                                            {TC_ATTR_SHARED_PROCESS, "shared-process"},
                                            {TC_ATTR_NO_INIT_SEEN, "no-init-seen"},
                                            {TC_ATTR_FIRST_USE, "first-use"},
                                            {TC_ATTR_NAMED, "named"},
                                            {TC_ATTR_ON_STACK, "on-stack"},
                                            {TC_ATTR_FRESH, "fresh"},
                                            {TC_ATTR_PREFER_WRITER, "prefer-writer"},
                                            {TC_ATTR_INTERNAL, "internal"},
                                            {TC_ATTR_HELD_WHEN_SEEN, "held-when-seen"}};
    for (uint32_t id = 1; id <= tc_trace_object_count(trace); id++) {
        const struct tc_meta_object *object = tc_trace_object(trace, id);
        if (!object)
            continue;
        const char *type = object->type < 256 ? tc_object_table[object->type].name : NULL;
        printf("object %" PRIu32 " %s address=0x%" PRIx64 " size=%u value=%u thread=%u stack=%u"
               " attributes=",
               id, type ? type : "unknown", object->address, object->size, object->value,
               object->thread, object->stack);
        PRINT_BITS(object->attr, attributes);
        const char *name = tc_trace_object_name(trace, id);
        if (name) {
            printf(" name=");
            tc_dump_text(name);
        }
        printf("\n");
    }
}

static void dump_python(const struct tc_trace *trace, uint64_t frame) {
    const struct tc_trace_code *code = tc_trace_code(trace, (uint32_t)(frame >> 24));
    printf(" python:");
    tc_dump_text(code ? code->name : "?");
    printf(":");
    tc_dump_text(code ? code->file : "?");
    printf(":%u", (unsigned)(frame & 0xffffff));
}

static void dump_stacks(const struct tc_trace *trace) {
    for (uint32_t id = 1; id <= tc_trace_stack_count(trace); id++) {
        struct tc_trace_stack stack = tc_trace_stack(trace, id);
        if (!stack.frames)
            continue;
        printf("stack %" PRIu32 "%s%s", id, stack.flags & TC_STACK_TRUNCATED ? " truncated" : "",
               stack.flags & TC_STACK_SIGNAL ? " signal" : "");
        for (uint16_t i = 0; i < stack.count; i++)
            if (stack.frames[i] & TC_FRAME_PYTHON)
                dump_python(trace, stack.frames[i]);
            else
                printf(" 0x%" PRIx64 "%s", (uint64_t)(stack.frames[i] & ~TC_FRAME_EXACT),
                       stack.frames[i] & TC_FRAME_EXACT ? "!" : "");
        printf("\n");
    }
}

static void dump_race_side(const struct tc_meta_race_side *side, const uint32_t *locks) {
    static const struct bit flags[] = {
        {TC_RACE_WRITE, "write"},     {TC_RACE_ATOMIC, "atomic"},
        {TC_RACE_MODIFY, "modify"},   {TC_RACE_PLAIN_MOVE, "plain-move"},
        {TC_RACE_LIBC, "libc"},       {TC_RACE_VOLATILE, "volatile"},
        {TC_RACE_SAMPLED, "sampled"}, {TC_RACE_PARTIAL, "partial"},
    };
    printf(" thread=%u stack=%u address=0x%" PRIx64 " size=%u flags=", side->thread, side->stack,
           side->address, side->size);
    PRINT_BITS(side->flags, flags);
    if (side->held == UINT32_MAX) {
        printf(" held=?");
        return;
    }
    printf(" held=%u", side->held);
    for (uint32_t i = 0; i < side->held; i++)
        printf("%c%u", i ? ',' : ':', locks[i]);
}

static void dump_races(const struct tc_trace *trace) {
    for (uint32_t id = 1; id <= tc_trace_race_count(trace); id++) {
        const struct tc_meta_race *race = tc_trace_race(trace, id);
        if (!race)
            continue;
        uint32_t first = race->sides[0].held == UINT32_MAX ? 0 : race->sides[0].held;
        printf("race %" PRIu32, id);
        dump_race_side(&race->sides[0], race->locks);
        printf(" before:");
        dump_race_side(&race->sides[1], race->locks + first);
        if (race->block_size)
            printf(" block=0x%" PRIx64 "+%" PRIu64 " stack=%u thread=%u", race->block_start,
                   race->block_size, race->block_stack, race->block_thread);
        printf("\n");
    }
}

void tc_dump_meta(const struct tc_trace *trace) {
    dump_header(trace);
    dump_process(trace);
    dump_modules(trace);
    dump_threads(trace);
    dump_objects(trace);
    dump_stacks(trace);
    dump_races(trace);
    for (size_t i = 0; i < tc_trace_warning_count(trace); i++) {
        printf("warning ");
        tc_dump_text(tc_trace_warning(trace, i));
        printf("\n");
    }
    for (size_t i = 0; i < tc_trace_remark_count(trace); i++) {
        printf("note ");
        tc_dump_text(tc_trace_remark(trace, i));
        printf("\n");
    }
}
