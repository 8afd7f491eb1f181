/* resolve_thread.c: what a thread is called, and where it was created. */
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/resolver.h"
#include "analyzer/report/text_buffer.h"

/* What the main thread and others are called in sentences. */
static char *thread_label(const struct tc_report_thread *thread, bool main) {
    struct tc_text text = {0};
    if (main)
        tc_text_add(&text, "main thread");
    else
        tc_text_printf(&text, "thread %u", thread->index);
    if (thread->name && !main)
        tc_text_printf(&text, " \"%s\"", thread->name);
    else if (thread->start && !main)
        tc_text_printf(&text, " (%s)", thread->start);
    return tc_text_take(&text);
}

/* The name of a thread's start function, NULL when not known. */
static char *start_name(const struct tc_resolver *resolver, const struct tc_thread *model) {
    struct tc_report_module module = {0};
    const struct tc_report_source *source = resolver->source;
    if (!model->start_routine ||
        !source->module(source->context, model->start_routine, model->create_stack, &module) ||
        !module.path)
        return NULL;
    struct tc_symbol_file *file =
        tc_symbols_file(resolver->symbols, module.path, module.build_id, module.build_id_size);
    const struct tc_symbol_frame *frames;
    size_t count = tc_symbol_file_frames(file, model->start_routine - module.bias, &frames);
    const char *name = count ? frames[count - 1].function : NULL;
    if (!name || strcmp(name, "execute_native_thread_routine") == 0)
        return NULL; /* std::thread: says nothing */
    return tc_strdup(name);
}

struct tc_report_thread tc_resolve_thread(const struct tc_resolver *resolver, uint32_t index) {
    struct tc_report_thread thread = {.index = index, .pid = resolver->process->pid};
    const struct tc_thread *model = tc_model_thread(resolver->source->model, index);
    if (model) {
        thread.tid = model->tid;
        thread.name = model->name && *model->name ? tc_clean(model->name, 256) : NULL;
        thread.start = start_name(resolver, model);
        thread.creator = model->parent;
        thread.created = tc_resolve_stack(resolver, model->create_stack);
    }
    thread.label = thread_label(&thread, model ? model->main : index == 1);
    return thread;
}
