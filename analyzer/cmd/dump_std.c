/* dump_std.c: `threadcheck dump --format=std`: the trace in the text format of RAPID
 * (trace/std_text.h), for comparison with published tools.
 *
 * Locks are acq and rel, their outermost levels only; read locks have no form in std and are left
 * out.  What else orders threads (condition, semaphore, barrier, event, annotation) is a variable:
 * who sends reads and writes it, who receives reads it. */
#include <inttypes.h>
#include <stdio.h>

#include "analyzer/cmd/dump.h"
#include "analyzer/model/engine.h"

struct std_printer {
    bool requests;
};
static struct std_printer printer;

static void *create(const struct tc_config *config, struct tc_findings *findings,
                    const struct tc_model *model) {
    (void)config, (void)findings, (void)model;
    return &printer;
}

static void print(const struct tc_step *step, const char *op, char kind, uint32_t operand) {
    printf("T%" PRIu32 "|%s(%c%" PRIu32 ")|%" PRIu32 "\n", step->record->thread, op, kind, operand,
           step->record->stack);
}

/* How many levels of the object the thread holds exclusively. */
static uint32_t levels(const struct tc_step *step) {
    for (uint32_t i = 0; i < step->held->count; i++)
        if (step->held->entries[i].object == step->object &&
            step->held->entries[i].mode == TC_MODE_EXCLUSIVE)
            return step->held->entries[i].depth;
    return 0;
}

static bool is_exclusive(const struct tc_step *step) {
    return step->object && step->object->traits & TC_TRAIT_LOCK &&
           step->info->mode == TC_MODE_EXCLUSIVE;
}

static void print_thread(const struct tc_step *step) {
    uint32_t subject = step->object ? step->object->subject : 0;
    if (step->record->code == TC_EV_THREAD_CREATE)
        print(step, "fork", 'T', subject);
    else if (step->record->code == TC_EV_THREAD_JOIN)
        print(step, "join", 'T', subject);
}

static void print_step(void *self, const struct tc_step *step) {
    const struct std_printer *to = self;
    uint32_t id = step->record->object;
    if (step->object && step->object->type == TC_OBJECT_THREAD) {
        print_thread(step);
        return;
    }
    switch ((enum tc_effect)step->info->effect) {
    case TC_EFFECT_REQUEST:
        if (to->requests && is_exclusive(step) && !levels(step))
            print(step, "req", 'L', id);
        break;
    case TC_EFFECT_ACQUIRE:
        if (is_exclusive(step) && !levels(step))
            print(step, "acq", 'L', id);
        else if (step->info->mode == TC_MODE_COUNTED)
            print(step, "r", 'V', id);
        break;
    case TC_EFFECT_RELEASE:
        if (is_exclusive(step) && (levels(step) == 1 || step->info->flags & TC_FLAG_WAIT)) {
            print(step, "rel", 'L', id);
        } else if (step->info->mode == TC_MODE_COUNTED) {
            print(step, "r", 'V', id);
            print(step, "w", 'V', id);
        }
        break;
    case TC_EFFECT_SEND:
        print(step, "r", 'V', id);
        print(step, "w", 'V', id);
        break;
    case TC_EFFECT_RECEIVE:
        print(step, "r", 'V', id);
        break;
    case TC_EFFECT_NONE:
    case TC_EFFECT_CREATE:
    case TC_EFFECT_DESTROY:
    case TC_EFFECT_READ:
    case TC_EFFECT_WRITE:
    case TC_EFFECT_COUNT:
        break;
    }
}

static const struct tc_checker std_checker = {.name = "dump-std",
                                              .help = "prints in the format of RAPID",
                                              .effects = (1u << TC_EFFECT_COUNT) - 1,
                                              .ignored = true,
                                              .create = create,
                                              .step = print_step};

void tc_dump_std(struct tc_trace *trace, bool requests) {
    static const struct tc_checker *const checkers[] = {&std_checker, NULL};
    const struct tc_config config = {0};
    printer = (struct std_printer){requests};
    struct tc_engine *engine = tc_engine_new(trace, checkers, &config, NULL);
    tc_engine_run(engine);
    tc_engine_free(engine);
}
