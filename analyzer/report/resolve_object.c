/* resolve_object.c: what an object is called.
 *
 * In this order: its annotation or the name set by the program; the variable, member or element in
 * static storage; else where it was created.  Its identity, which finding ids are made of, has no
 * address and no number that changes from run to run.
 */
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/resolver.h"
#include "analyzer/report/text_buffer.h"

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* A name from the module that the address lies in; sets `module` when it lies in one. */
static bool name_static(const struct tc_resolver *resolver, const struct tc_object *model,
                        struct tc_report_object *object, struct tc_report_module *module) {
    const struct tc_report_source *source = resolver->source;
    if (!model->address || !source->module(source->context, model->address, model->stack, module) ||
        !module->path)
        return false;
    struct tc_symbol_file *file =
        tc_symbols_file(resolver->symbols, module->path, module->build_id, module->build_id_size);
    const char *scope = NULL;
    const char *name =
        tc_symbol_file_data(file, model->address - module->bias, model->size, &scope);
    if (!name)
        return false;
    object->name = tc_strdup(name);
    object->scope = tc_clean(scope, 256);
    object->named = true;
    return true;
}

/* "app+0x4060" in static storage, else "mutex created at server.c:42", or with less when less is
 * known. */
static char *name_by_place(const struct tc_report_object *object,
                           const struct tc_report_module *module) {
    struct tc_text text = {0};
    const struct tc_report_frame *frame = tc_report_key_frame(&object->created);
    if (module->path) {
        tc_text_clean(&text, base_name(module->path), 256, false);
        tc_text_printf(&text, "+%#llx", (unsigned long long)(object->address - module->bias));
        return tc_text_take(&text);
    }
    tc_text_add(&text, object->type);
    if (!frame)
        return tc_text_take(&text);
    tc_text_add(&text, object->first_seen ? " first used " : " created ");
    if (frame->file)
        tc_text_printf(&text, "at %s:%u", base_name(frame->file), frame->line);
    else
        tc_text_printf(&text, "in %s", frame->function);
    return tc_text_take(&text);
}

/* "locks[3]" becomes "locks[]". */
static char *without_indices(const char *name, bool *changed) {
    struct tc_text text = {0};
    for (const char *p = name; *p; p++) {
        tc_text_char(&text, *p);
        if (*p != '[')
            continue;
        const char *end = p + 1;
        while (*end >= '0' && *end <= '9')
            end++;
        if (*end != ']' || end == p + 1)
            continue;
        *changed = true;
        p = end - 1;
    }
    return tc_text_take(&text);
}

/* The program's frames of the place of creation: function, and line counted from its start. */
static void add_creation(struct tc_text *text, const struct tc_report_object *object) {
    for (size_t i = 0, used = 0; i < object->created.count && used < 4; i++) {
        const struct tc_report_frame *frame = &object->created.entries[i];
        if (frame->role != TC_FRAME_PROGRAM)
            continue;
        used++;
        tc_text_printf(text, "@%s", frame->named ? frame->function : "");
        if (frame->line && frame->function_line)
            tc_text_printf(text, "+%d", (int)frame->line - (int)frame->function_line);
        else
            tc_text_printf(text, "/%#llx", (unsigned long long)frame->module_offset);
    }
}

/* "/queue-4711" becomes "/queue-#": names of named semaphores often have a process id in them. */
static char *without_numbers(const char *name, bool *changed) {
    struct tc_text text = {0};
    for (const char *p = name; *p; p++) {
        bool digit = *p >= '0' && *p <= '9';
        *changed = *changed || digit;
        if (!digit)
            tc_text_char(&text, *p);
        else if (p == name || p[-1] < '0' || p[-1] > '9')
            tc_text_char(&text, '#');
    }
    return tc_text_take(&text);
}

static void identify(struct tc_report_object *object, const struct tc_report_module *module,
                     uint32_t attr) {
    struct tc_text text = {0};
    tc_text_printf(&text, "%s:", object->type);
    if (object->named && attr & TC_ATTR_NAMED) {
        char *name = without_numbers(object->name, &object->class_identity);
        tc_text_add(&text, name);
        free(name);
    } else if (object->named) {
        char *name = without_indices(object->name, &object->class_identity);
        tc_text_printf(&text, "%s:%s", object->scope ? object->scope : "", name);
        free(name);
    } else if (module->path) {
        tc_text_printf(&text, "%s+%#llx", base_name(module->path),
                       (unsigned long long)(object->address - module->bias));
    } else {
        object->class_identity = true;
        if (!object->first_seen)
            add_creation(&text, object);
    }
    object->identity = tc_text_take(&text);
}

/* A name in a Python program is one within its function: others may have objects of the same name,
 * and so may every call of it. */
static void scope_of_python(struct tc_report_object *object, const struct tc_object *model) {
    if (!(model->attr & TC_ATTR_PYTHON) || model->type == TC_OBJECT_GIL)
        return;
    const struct tc_report_frame *frame = tc_report_key_frame(&object->created);
    if (!frame || !frame->named || strcmp(frame->function, "<module>") == 0)
        return;
    object->scope = tc_strdup(frame->function);
    object->class_identity = true;
}

struct tc_report_object tc_resolve_object(const struct tc_resolver *resolver, uint32_t id) {
    struct tc_report_object object = {.type = "object", .language = "c"};
    const struct tc_object *model = tc_model_object(resolver->source->model, id);
    struct tc_report_module module = {0};
    if (!model) {
        object.name = tc_strdup("an object that is not in the trace");
        object.identity = tc_strdup("");
        object.class_identity = true;
        return object;
    }
    if (tc_object_table[model->type].name)
        object.type = tc_object_table[model->type].name;
    object.language = model->type == TC_OBJECT_GIL || model->attr & TC_ATTR_PYTHON ? "python" : "c";
    object.address = model->address;
    object.first_seen = model->attr & (TC_ATTR_NO_INIT_SEEN | TC_ATTR_FIRST_USE);
    object.creator = model->thread;
    object.created = tc_resolve_stack(resolver, model->stack);
    if (model->name && *model->name) {
        object.name = tc_clean(model->name, 256);
        object.named = true;
        scope_of_python(&object, model);
    } else if (!name_static(resolver, model, &object, &module)) {
        object.name = tc_source_name(resolver->sources, &object.created);
        if (!object.name)
            object.name = name_by_place(&object, &module);
    }
    identify(&object, &module, model->attr);
    return object;
}
