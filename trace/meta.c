/* meta.c: the meta records of a trace: program, modules, threads, objects, stacks, names.
 *
 * Damage: a record that makes no sense is stepped over word by word up to the next one that does;
 *         ids that a file of this size cannot have are not believed.
 */
#include <stdlib.h>
#include <string.h>

#include "trace/file.h"

struct loader {
    struct tc_trace *trace;
    uint32_t object_size, stack_size, thread_size, race_size; /* allocated entries */
    uint64_t damaged;                                         /* records that made no sense */
    bool out_of_memory;
};

/* Makes room for entry `index` (from 0) of an array with zeroed rest; NULL: no memory. */
static void *with_room(void *array, uint32_t *size, uint32_t index, size_t entry) {
    if (index < *size)
        return array;
    uint64_t wanted = (uint64_t)*size * 2 > index + 1ull ? (uint64_t)*size * 2 : index + 1ull;
    if (wanted < 16)
        wanted = 16;
    uint8_t *grown = realloc(array, wanted * entry);
    if (!grown)
        return NULL;
    memset(grown + *size * entry, 0, (wanted - *size) * entry);
    *size = (uint32_t)wanted;
    return grown;
}

/* Whether a file of this size can have `id` records of at least `size` bytes. */
static bool plausible(const struct loader *loader, uint32_t id, size_t size) {
    return id && id <= loader->trace->size / size + 16;
}

static char *copy_text(const char *text, size_t size) {
    char *copy = malloc(size + 1);
    if (copy) {
        memcpy(copy, text, size);
        copy[size] = 0;
    }
    return copy;
}

/* Bytes of `text` in a record of `size` bytes whose fixed part is `fixed` bytes long. */
#define TEXT_SIZE(record, size) ((size)-offsetof(__typeof__(*(record)), text))

static void load_process(struct loader *loader, const struct tc_meta_process *record,
                         uint32_t size) {
    struct tc_trace *trace = loader->trace;
    size_t left = TEXT_SIZE(record, size);
    uint32_t argc = record->argc < left + 1 ? record->argc : (uint32_t)left + 1;
    if (trace->process_text) {
        loader->damaged++;
        return;
    }
    trace->process_text = copy_text(record->text, left);
    trace->argv = calloc(argc + 1ul, sizeof *trace->argv);
    if (!trace->process_text || !trace->argv) {
        loader->out_of_memory = true;
        return;
    }
    /* The copy ends with a NUL; strings that are missing are that NUL. */
    char *at = trace->process_text, *end = at + left;
    const char *strings[2];
    for (int i = 0; i < 2; i++) {
        strings[i] = at;
        at += strlen(at);
        at += at < end;
    }
    for (uint32_t i = 0; i < argc; i++) {
        trace->argv[i] = at;
        at += strlen(at);
        at += at < end;
    }
    trace->process = (struct tc_trace_process){strings[0], strings[1], argc, trace->argv};
}

static void load_module(struct loader *loader, const struct tc_meta_module *record, uint32_t size) {
    struct tc_trace *trace = loader->trace;
    size_t text = TEXT_SIZE(record, size);
    if (record->build_id_size > text || record->start >= record->end) {
        loader->damaged++;
        return;
    }
    if (trace->module_count == trace->module_size) {
        size_t wanted = trace->module_size ? trace->module_size * 2 : 16;
        void *grown = realloc(trace->modules, wanted * sizeof *trace->modules);
        if (!grown) {
            loader->out_of_memory = true;
            return;
        }
        trace->modules = grown;
        trace->module_size = wanted;
    }
    const char *path = record->text + record->build_id_size;
    char *copy = copy_text(path, text - record->build_id_size);
    loader->out_of_memory |= !copy;
    trace->modules[trace->module_count++] =
        (struct tc_trace_module){.start = record->start,
                                 .end = record->end,
                                 .bias = record->bias,
                                 .build_id = (const uint8_t *)record->text,
                                 .build_id_size = record->build_id_size,
                                 .path = copy};
}

static void load_unload(struct loader *loader, const struct tc_meta_module *record) {
    for (size_t i = loader->trace->module_count; i-- > 0;) {
        struct tc_trace_module *module = &loader->trace->modules[i];
        if (module->start == record->start && !module->unloaded) {
            module->unloaded = true;
            return;
        }
    }
}

/* A thread may be told of twice: by who creates it and, with its tid, by itself. */
static void load_thread(struct loader *loader, const struct tc_meta_thread *record) {
    struct tc_trace *trace = loader->trace;
    if (!plausible(loader, record->thread, sizeof *record)) {
        loader->damaged++;
        return;
    }
    uint32_t index = record->thread - 1;
    void *grown = with_room(trace->threads, &loader->thread_size, index, sizeof *trace->threads);
    if (!grown) {
        loader->out_of_memory = true;
        return;
    }
    trace->threads = grown;
    struct tc_meta_thread *known = &trace->threads[index];
    known->thread = record->thread;
#define TAKE(field) known->field = record->field ? record->field : known->field
    TAKE(parent), TAKE(tid), TAKE(object), TAKE(start_routine), TAKE(stack_low), TAKE(stack_high);
    TAKE(create_stack), TAKE(flags);
#undef TAKE
    if (trace->thread_count < record->thread)
        trace->thread_count = record->thread;
}

static void load_object(struct loader *loader, const struct tc_meta_object *record) {
    struct tc_trace *trace = loader->trace;
    if (!record->id ||
        (record->id > TC_SPARSE_IDS && !plausible(loader, record->id, sizeof *record))) {
        loader->damaged++;
        return;
    }
    void *grown =
        with_room(trace->objects, &loader->object_size, record->id - 1, sizeof *trace->objects);
    if (!grown) {
        loader->out_of_memory = true;
        return;
    }
    trace->objects = grown;
    if (trace->objects[record->id - 1])
        loader->damaged++;
    else
        trace->objects[record->id - 1] = record;
    if (trace->object_count < record->id)
        trace->object_count = record->id;
}

static void load_stack(struct loader *loader, const struct tc_meta_stack *record, uint32_t size) {
    struct tc_trace *trace = loader->trace;
    uint32_t id = record->id;
    uint16_t count = record->count;
    if (!plausible(loader, id, sizeof *record) || count > TC_STACK_MAX ||
        size < sizeof *record + count * sizeof record->frames[0]) {
        loader->damaged++;
        return;
    }
    void *grown = with_room(trace->stacks, &loader->stack_size, id - 1, sizeof *trace->stacks);
    if (!grown) {
        loader->out_of_memory = true;
        return;
    }
    trace->stacks = grown;
    if (trace->stacks[id - 1].frames)
        loader->damaged++;
    else
        trace->stacks[id - 1] = (struct tc_trace_stack){record->frames, count, record->flags};
    if (trace->stack_count < id)
        trace->stack_count = id;
}

static void load_race(struct loader *loader, const struct tc_meta_race *record, uint32_t size) {
    struct tc_trace *trace = loader->trace;
    uint64_t locks = 0;
    for (unsigned i = 0; i < 2; i++)
        locks += record->sides[i].held == UINT32_MAX ? 0 : record->sides[i].held;
    if (!plausible(loader, record->id, sizeof *record) ||
        locks > (size - sizeof *record) / sizeof record->locks[0]) {
        loader->damaged++;
        return;
    }
    void *grown = with_room(trace->races, &loader->race_size, record->id - 1, sizeof *trace->races);
    if (!grown) {
        loader->out_of_memory = true;
        return;
    }
    trace->races = grown;
    trace->races[record->id - 1] = record;
    if (trace->race_count < record->id)
        trace->race_count = record->id;
}

/* Puts a name into an array of one entry a thing; the last one told holds. */
static void set_name(struct loader *loader, char ***names, uint32_t count, uint32_t id,
                     const char *text, size_t size) {
    if (!id || id > count) {
        loader->damaged++;
        return;
    }
    if (!*names)
        *names = calloc(count, sizeof **names);
    char *copy = *names ? copy_text(text, size) : NULL;
    if (!copy) {
        loader->out_of_memory = true;
        return;
    }
    free((*names)[id - 1]);
    (*names)[id - 1] = copy;
}

/* First round: all but the names, which need the counts of what they name. */
static void load_record(struct loader *loader, const struct tc_meta_header *head, uint32_t size) {
    static const size_t least[] = {[TC_META_PROCESS] = sizeof(struct tc_meta_process),
                                   [TC_META_MODULE] = sizeof(struct tc_meta_module),
                                   [TC_META_UNLOAD] = sizeof(struct tc_meta_module),
                                   [TC_META_THREAD] = sizeof(struct tc_meta_thread),
                                   [TC_META_THREAD_NAME] = sizeof(struct tc_meta_name),
                                   [TC_META_OBJECT] = sizeof(struct tc_meta_object),
                                   [TC_META_OBJECT_NAME] = sizeof(struct tc_meta_name),
                                   [TC_META_STACK] = sizeof(struct tc_meta_stack),
                                   [TC_META_RACE] = sizeof(struct tc_meta_race),
                                   [TC_META_WARNING] = sizeof(struct tc_meta_name),
                                   [TC_META_NOTE] = sizeof(struct tc_meta_name),
                                   [TC_META_CODE] = sizeof(struct tc_meta_code)};
    uint16_t type = head->type;
    if (type < sizeof least / sizeof *least && size < least[type]) {
        loader->damaged++;
        return;
    }
    switch (type) {
    case TC_META_PROCESS:
        load_process(loader, (const struct tc_meta_process *)head, size);
        break;
    case TC_META_MODULE:
        load_module(loader, (const struct tc_meta_module *)head, size);
        break;
    case TC_META_UNLOAD:
        load_unload(loader, (const struct tc_meta_module *)head);
        break;
    case TC_META_THREAD:
        load_thread(loader, (const struct tc_meta_thread *)head);
        break;
    case TC_META_OBJECT:
        load_object(loader, (const struct tc_meta_object *)head);
        break;
    case TC_META_STACK:
        load_stack(loader, (const struct tc_meta_stack *)head, size);
        break;
    case TC_META_RACE:
        load_race(loader, (const struct tc_meta_race *)head, size);
        break;
    case TC_META_CODE:
        if (plausible(loader, ((const struct tc_meta_code *)head)->id, sizeof(struct tc_meta_code)))
            loader->out_of_memory |=
                !tc_trace_load_code(loader->trace, (const struct tc_meta_code *)head, size);
        else
            loader->damaged++;
        break;
    default: /* names: later; 0: not finished; others: of a newer writer, not needed */
        break;
    }
}

static void load_name(struct loader *loader, const struct tc_meta_header *head, uint32_t size) {
    struct tc_trace *trace = loader->trace;
    const struct tc_meta_name *name = (const struct tc_meta_name *)head;
    uint16_t type = head->type;
    if (size < sizeof *name)
        return;
    size_t text = TEXT_SIZE(name, size);
    if (type == TC_META_THREAD_NAME)
        set_name(loader, &trace->thread_names, trace->thread_count, name->id, name->text, text);
    if (type == TC_META_OBJECT_NAME)
        set_name(loader, &trace->object_names, trace->object_count, name->id, name->text, text);
    if (type == TC_META_RACE_NAME)
        set_name(loader, &trace->race_names, trace->race_count, name->id, name->text, text);
    if (type != TC_META_WARNING && type != TC_META_NOTE)
        return;
    char *copy = copy_text(name->text, text);
    loader->out_of_memory |=
        !copy || !tc_text_list_add(type == TC_META_NOTE ? &trace->remarks : &trace->warnings, copy);
    free(copy);
}

typedef void record_function(struct loader *loader, const struct tc_meta_header *head,
                             uint32_t size);

/* Hands out the records of one chunk.  A gap (its writer was killed) or damage is passed over to
 * the next word that begins a record. */
static uint64_t walk_chunk(struct loader *loader, const struct tc_trace_chunk *chunk,
                           record_function *function) {
    uint64_t damaged = 0;
    const uint8_t *at = chunk->start + sizeof(struct tc_chunk_header);
    bool sound = true;
    while ((size_t)(chunk->end - at) >= sizeof(struct tc_meta_header) && !loader->out_of_memory) {
        const struct tc_meta_header *head = (const struct tc_meta_header *)at;
        uint32_t size = head->size;
        if (head->magic != TC_META_MAGIC || size < sizeof *head || size > TC_META_MAX ||
            size > (size_t)(chunk->end - at)) {
            damaged += sound && (size || head->magic);
            sound = !size && !head->magic;
            at += 8;
            continue;
        }
        sound = true;
        if (__atomic_load_n(&head->type, __ATOMIC_ACQUIRE))
            function(loader, head, size);
        uint32_t padded = (size + 7u) & ~7u;
        if (padded > (size_t)(chunk->end - at))
            break;
        at += padded;
    }
    return damaged;
}

static void note_missing_chunks(struct tc_trace *trace) {
    uint32_t next = 0;
    for (uint32_t i = trace->event_chunks; i < trace->chunk_count; i++) {
        uint32_t index = trace->chunks[i].index;
        if (index > next)
            tc_trace_add_note(trace, "%u chunks of meta records (from number %u on) are missing",
                              index - next, next);
        next = index + 1;
    }
}

/* Brings the arrays to their final counts. */
static bool settle(struct loader *loader) {
    struct tc_trace *trace = loader->trace;
    const struct tc_file_header *header = &trace->header;
    /* Events may refer to objects whose records are missing. */
    if (header->objects > trace->object_count &&
        plausible(loader, header->objects, sizeof(struct tc_meta_object)))
        trace->object_count = header->objects;
    if (trace->object_count) {
        void *grown = with_room(trace->objects, &loader->object_size, trace->object_count - 1,
                                sizeof *trace->objects);
        trace->objects = grown ? grown : trace->objects;
        loader->out_of_memory |= !grown;
    }
    if (trace->thread_count) {
        void *grown = with_room(trace->threads, &loader->thread_size, trace->thread_count - 1,
                                sizeof *trace->threads);
        trace->threads = grown ? grown : trace->threads;
        loader->out_of_memory |= !grown;
    }
    return !loader->out_of_memory;
}

bool tc_trace_load_meta(struct tc_trace *trace) {
    struct loader loader = {.trace = trace};
    trace->process = (struct tc_trace_process){.executable = "", .directory = ""};
    note_missing_chunks(trace);
    for (uint32_t i = trace->event_chunks; i < trace->chunk_count; i++)
        loader.damaged += walk_chunk(&loader, &trace->chunks[i], load_record);
    if (!settle(&loader))
        return false;
    for (uint32_t i = trace->event_chunks; i < trace->chunk_count; i++)
        walk_chunk(&loader, &trace->chunks[i], load_name);
    if (!trace->process_text)
        tc_trace_add_note(trace, "the record of the program itself is missing");
    if (loader.damaged)
        tc_trace_add_note(trace, "%llu meta records are damaged",
                          (unsigned long long)loader.damaged);
    return !loader.out_of_memory;
}

void tc_trace_free_meta(struct tc_trace *trace) {
    for (size_t i = 0; i < trace->module_count; i++)
        free((char *)trace->modules[i].path);
    for (uint32_t i = 0; trace->thread_names && i < trace->thread_count; i++)
        free(trace->thread_names[i]);
    for (uint32_t i = 0; trace->object_names && i < trace->object_count; i++)
        free(trace->object_names[i]);
    tc_trace_free_codes(trace);
    free(trace->modules);
    free(trace->thread_names);
    free(trace->object_names);
    for (uint32_t i = 0; trace->race_names && i < trace->race_count; i++)
        free(trace->race_names[i]);
    free(trace->race_names);
    free(trace->threads);
    free(trace->objects);
    free(trace->stacks);
    free(trace->races);
    free(trace->process_text);
    free(trace->argv);
}

const struct tc_trace_process *tc_trace_process(const struct tc_trace *trace) {
    return &trace->process;
}

size_t tc_trace_module_count(const struct tc_trace *trace) {
    return trace->module_count;
}

const struct tc_trace_module *tc_trace_module(const struct tc_trace *trace, size_t index) {
    return index < trace->module_count ? &trace->modules[index] : NULL;
}

const struct tc_trace_module *tc_trace_module_at(const struct tc_trace *trace, uint64_t address) {
    for (size_t i = trace->module_count; i-- > 0;)
        if (address >= trace->modules[i].start && address < trace->modules[i].end)
            return &trace->modules[i];
    return NULL;
}

uint32_t tc_trace_thread_count(const struct tc_trace *trace) {
    return trace->thread_count;
}

const struct tc_meta_thread *tc_trace_thread(const struct tc_trace *trace, uint32_t index) {
    return index && index <= trace->thread_count ? &trace->threads[index - 1] : NULL;
}

const char *tc_trace_thread_name(const struct tc_trace *trace, uint32_t index) {
    bool named = trace->thread_names && index && index <= trace->thread_count;
    return named ? trace->thread_names[index - 1] : NULL;
}

uint32_t tc_trace_object_count(const struct tc_trace *trace) {
    return trace->object_count;
}

const struct tc_meta_object *tc_trace_object(const struct tc_trace *trace, uint32_t id) {
    return id && id <= trace->object_count ? trace->objects[id - 1] : NULL;
}

const char *tc_trace_object_name(const struct tc_trace *trace, uint32_t id) {
    return trace->object_names && id && id <= trace->object_count ? trace->object_names[id - 1]
                                                                  : NULL;
}

uint32_t tc_trace_stack_count(const struct tc_trace *trace) {
    return trace->stack_count;
}

struct tc_trace_stack tc_trace_stack(const struct tc_trace *trace, uint32_t id) {
    return id && id <= trace->stack_count ? trace->stacks[id - 1] : (struct tc_trace_stack){0};
}

const char *tc_trace_race_name(const struct tc_trace *trace, uint64_t id) {
    return trace->race_names && id && id <= trace->race_count ? trace->race_names[id - 1] : NULL;
}

uint32_t tc_trace_race_count(const struct tc_trace *trace) {
    return trace->race_count;
}

const struct tc_meta_race *tc_trace_race(const struct tc_trace *trace, uint64_t id) {
    return id && id <= trace->race_count ? trace->races[id - 1] : NULL;
}
