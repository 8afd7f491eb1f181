/* support.c: questions that several checkers ask of the model, and how their findings begin. */
#include "analyzer/checkers/support.h"

#include <string.h>

#include "analyzer/base/memory.h"

void *tc_reach(void *array, size_t *size, size_t index, size_t entry) {
    if (index < *size)
        return array;
    size_t wanted = index + index / 2 + 64;
    array = tc_realloc_array(array, wanted, entry);
    memset((char *)array + *size * entry, 0, (wanted - *size) * entry);
    *size = wanted;
    return array;
}

struct tc_thread *tc_holder(const struct tc_model *model, const struct tc_object *object) {
    if (object->owner)
        return tc_model_thread(model, object->owner);
    if (!object->readers && !object->lock_like)
        return NULL;
    uint32_t count = tc_model_thread_count(model);
    for (uint32_t i = 1; i <= count; i++) {
        struct tc_thread *thread = tc_model_thread(model, i);
        if (thread && tc_thread_holds(thread, object))
            return thread;
    }
    return NULL;
}

struct tc_thread *tc_blocked_on(const struct tc_model *model, const struct tc_object *object,
                                uint32_t except) {
    uint32_t count = tc_model_thread_count(model);
    for (uint32_t i = 1; i <= count; i++) {
        struct tc_thread *thread = tc_model_thread(model, i);
        if (thread && i != except && !thread->ended && thread->blocked.object == object &&
            !(tc_event_table[thread->blocked.code].flags & TC_FLAG_TIMED))
            return thread;
    }
    return NULL;
}

static void doubt(struct tc_finding *finding) {
    finding->severity = TC_SEVERITY_INFO;
    finding->confidence = TC_CONFIDENCE_POSSIBLE;
}

void tc_finding_doubt(struct tc_finding *finding, const struct tc_model *model) {
    const struct tc_process *process = tc_model_process(model);
    if (!process->lost && !process->holes)
        return;
    doubt(finding);
    tc_finding_explain_more(finding,
                            "Events of this process were lost, so this may be a mistake: what is "
                            "missing could explain it.");
}

void tc_finding_doubt_early(struct tc_finding *finding, const struct tc_model *model) {
    for (size_t i = 0; i < finding->thread_count; i++) {
        const struct tc_thread *thread = tc_model_thread(model, finding->threads[i].thread);
        if (!thread || !thread->early)
            continue;
        doubt(finding);
        tc_finding_explain_more(finding,
                                "{t%zu} was there before recording began, so this may be a "
                                "mistake: it may hold a lock that keeps the others out.",
                                i);
        return;
    }
}

void tc_finding_doubt_unseen(struct tc_finding *finding, const struct tc_model *model,
                             const struct tc_object *object) {
    if (!(object->attr & TC_ATTR_NO_INIT_SEEN))
        return;
    for (uint32_t i = 1; i <= tc_model_thread_count(model); i++)
        if (tc_model_thread(model, i)->early) {
            doubt(finding);
            tc_finding_explain_more(finding, "There were threads before recording began, so this "
                                             "may be a mistake: one may have waited since then.");
            return;
        }
}

struct tc_finding *tc_finding_of(struct tc_findings *findings, enum tc_finding_kind kind,
                                 uint32_t object, uint32_t thread, uint32_t stack,
                                 const char *what) {
    uint64_t object_key = tc_key(1, object);
    uint64_t place_key = stack ? tc_key(2, stack) : object_key;
    struct tc_finding *finding = tc_findings_add2(findings, kind, object_key, place_key);
    if (!finding)
        return NULL;
    if (object)
        tc_finding_object(finding, object);
    tc_finding_stack(finding, tc_finding_thread(finding, thread), stack, "%s", what);
    return finding;
}

struct tc_finding *tc_finding_at(struct tc_findings *findings, enum tc_finding_kind kind,
                                 const struct tc_step *step, const char *what) {
    const struct tc_record *record = step->record;
    return tc_finding_of(findings, kind, record->object, record->thread, record->stack, what);
}

void tc_finding_holder(struct tc_finding *finding, const struct tc_model *model,
                       const struct tc_object *object) {
    struct tc_thread *holder = tc_holder(model, object);
    if (!holder)
        return;
    const struct tc_held *held = tc_thread_holds(holder, object);
    uint32_t stack = held ? held->stack : object->owner_stack;
    if (!stack)
        return;
    size_t o = tc_finding_object(finding, object->id);
    size_t t = tc_finding_thread(finding, holder->index);
    tc_finding_stack(finding, t, stack,
                     held && held->mode == TC_MODE_SHARED ? "acquired {o%zu} for reading"
                                                          : "acquired {o%zu}",
                     o);
}
