/* guessed_order.c: takes back the certainty of findings that rest on a guess.
 *
 * When records are missing, the merge has to go on without them at some places (merge.h), and the
 * order of the events of an object from there on is a guess.  What is found of such an object, and
 * an inversion of a thread that went on without what it was sent, which may have kept it apart from
 * others, is shown as possible only, and says why.  So is a misused join of such a thread.
 */
#include "analyzer/checkers/support.h"

#include <stdlib.h>

#include "analyzer/base/memory.h"

struct guessed_order {
    struct tc_findings *findings;
    const struct tc_model *model;
};

static void *guessed_create(const struct tc_config *config, struct tc_findings *findings,
                            const struct tc_model *model) {
    (void)config;
    struct guessed_order *self = tc_alloc(sizeof *self);
    self->findings = findings;
    self->model = model;
    return self;
}

static void lower(struct tc_finding *finding) {
    finding->severity = TC_SEVERITY_INFO;
    finding->confidence = TC_CONFIDENCE_POSSIBLE;
}

static bool doubt_object(const struct guessed_order *self, struct tc_finding *finding) {
    for (size_t i = 0; i < finding->object_count; i++) {
        const struct tc_object *object = tc_model_object(self->model, finding->objects[i]);
        if (!object || !object->guessed)
            continue;
        lower(finding);
        tc_finding_explain_more(finding,
                                "Records of {o%zu} are missing and the order of its events had to "
                                "be guessed, so this may be a mistake.",
                                i);
        return true;
    }
    return false;
}

static void doubt_thread(const struct guessed_order *self, struct tc_finding *finding) {
    for (size_t i = 0; i < finding->thread_count; i++) {
        const struct tc_thread *thread = tc_model_thread(self->model, finding->threads[i].thread);
        if (!thread || !thread->unordered)
            continue;
        lower(finding);
        tc_finding_explain_more(finding,
                                "The order of what {t%zu} was sent by others had to be guessed, as "
                                "records are missing, so this may be a mistake.",
                                i);
        return;
    }
}

static void guessed_finish(void *opaque) {
    const struct guessed_order *self = opaque;
    for (size_t i = 0; i < tc_findings_count(self->findings); i++) {
        struct tc_finding *finding = tc_findings_get(self->findings, i);
        if (finding->severity == TC_SEVERITY_INFO)
            continue;
        if (!doubt_object(self, finding) && (finding->kind == TC_FINDING_LOCK_ORDER_INVERSION ||
                                             finding->kind == TC_FINDING_JOIN_MISUSE))
            doubt_thread(self, finding);
    }
}

const struct tc_checker tc_checker_guessed_order = {
    .name = "guessed_order",
    .help = "takes findings that rest on a guessed order for possible ones only",
    .create = guessed_create,
    .finish = guessed_finish,
    .destroy = free,
};
