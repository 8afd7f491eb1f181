/* model.c: makes the model of a trace, and what can be asked of it (model.h). */
#include "analyzer/model/model.h"

#include <stdlib.h>

#include "analyzer/model/state.h"

/* Whether a counted object may be a lock: its first unit is known.  One of threading.h with a
 * static initialiser says its own; a sem_t that was first seen in use says what is left of it. */
static bool may_be_lock_like(const struct tc_object *object) {
    bool says_first = object->attr & TC_ATTR_STATIC && !(object->attr & TC_ATTR_PYTHON) &&
                      object->type != TC_OBJECT_SEMAPHORE;
    return object->traits & TC_TRAIT_COUNTED && object->value == 1 &&
           (says_first || !(object->attr & TC_ATTR_NO_INIT_SEEN));
}

void tc_model_meet_object(struct tc_model *model, uint32_t id) {
    struct tc_object *object = &model->objects[id - 1];
    const struct tc_meta_object *meta = tc_trace_object(model->trace, id);
    object->id = id;
    if (!meta) {
        object->uncertain = true;
        object->attr = TC_ATTR_NO_INIT_SEEN;
        model->unknown_objects++;
        model->process.complete = false;
        return;
    }
    object->known = true;
    object->type = (uint8_t)meta->type;
    object->attr = meta->attr;
    if (tc_trace_module_at(model->trace, meta->address))
        object->attr |= TC_ATTR_STATIC;
    object->stack = meta->stack;
    object->thread = meta->thread;
    object->value = meta->value;
    object->size = meta->size;
    object->address = meta->address;
    object->units = meta->value;
    object->traits = tc_object_table[object->type].traits;
    if (meta->attr & TC_ATTR_RECURSIVE)
        object->traits |= TC_TRAIT_RECURSIVE;
    object->name = tc_trace_object_name(model->trace, id);
    object->lock_like = may_be_lock_like(object);
}

static void meet_thread(struct tc_model *model, uint32_t index) {
    const struct tc_meta_thread *meta = tc_trace_thread(model->trace, index);
    struct tc_thread *thread = &model->threads[index - 1].thread;
    *thread = (struct tc_thread){.index = index,
                                 .parent = meta->parent,
                                 .tid = meta->tid,
                                 .create_stack = meta->create_stack,
                                 .object = meta->object,
                                 .name = tc_trace_thread_name(model->trace, index),
                                 .start_routine = meta->start_routine,
                                 .stack_low = meta->stack_low,
                                 .stack_high = meta->stack_high,
                                 .main = meta->tid && meta->tid == model->process.pid,
                                 .early = meta->flags & TC_THREAD_EARLY,
                                 .clock = tc_clock_new(index)};
    struct tc_object *object = meta->object ? tc_model_touch(model, meta->object) : NULL;
    if (object && object->type == TC_OBJECT_THREAD && !object->subject)
        object->subject = index;
}

struct tc_model *tc_model_new(struct tc_trace *trace) {
    const struct tc_file_header *header = tc_trace_header(trace);
    const struct tc_trace_process *program = tc_trace_process(trace);
    struct tc_model *model = tc_alloc(sizeof *model);
    model->trace = trace;
    model->object_count = tc_trace_object_count(trace);
    model->thread_count = tc_trace_thread_count(trace);
    model->object_memory = tc_alloc_array(model->object_count + 1ul, sizeof *model->objects);
    model->objects = (void *)(((uintptr_t)model->object_memory + 63) & ~(uintptr_t)63);
    model->threads = tc_alloc_array(model->thread_count, sizeof *model->threads);
    model->contexts = tc_contexts_new();
    model->process = (struct tc_process){
        .pid = header->pid,
        .parent_pid = header->parent_pid,
        .flags = header->flags,
        .exit_status = header->exit_status,
        .complete = tc_trace_note_count(trace) == 0 && tc_trace_lost(trace) == 0 &&
                    !(header->flags & TC_HEADER_NO_SPACE),
        .live = !(header->flags & (TC_HEADER_FINISHED | TC_HEADER_EXEC)),
        .holes = tc_trace_holes(trace) != 0,
        .lost = tc_trace_lost(trace),
        .argc = program->argc,
        .argv = program->argv,
        .executable = program->executable,
        .directory = program->directory,
    };
    for (uint32_t index = 1; index <= model->thread_count; index++)
        meet_thread(model, index);
    return model;
}

void tc_model_free(struct tc_model *model) {
    if (!model)
        return;
    for (uint32_t i = 0; i < model->object_count; i++)
        tc_sync_free(&model->objects[i]);
    for (uint32_t i = 0; i < model->thread_count; i++) {
        free(model->threads[i].held);
        tc_clock_free(model->threads[i].thread.clock);
    }
    tc_contexts_free(model->contexts);
    free(model->object_memory);
    free(model->threads);
    free(model);
}

struct tc_object *tc_model_object(const struct tc_model *model, uint32_t id) {
    return tc_model_touch((struct tc_model *)model, id); /* looked at on first use: a cache */
}

struct tc_thread *tc_model_thread(const struct tc_model *model, uint32_t index) {
    return index - 1u < model->thread_count ? &model->threads[index - 1].thread : NULL;
}

uint32_t tc_model_object_count(const struct tc_model *model) {
    return model->object_count;
}

uint32_t tc_model_thread_count(const struct tc_model *model) {
    return model->thread_count;
}

const struct tc_process *tc_model_process(const struct tc_model *model) {
    return &model->process;
}

const struct tc_held *tc_thread_holds(const struct tc_thread *thread,
                                      const struct tc_object *object) {
    for (uint32_t i = thread->held.count; i-- > 0;)
        if (thread->held.entries[i].object == object)
            return &thread->held.entries[i];
    return NULL;
}

struct tc_trace *tc_model_trace(const struct tc_model *model) {
    return model->trace;
}
