/* wakers.c: see wakers.h. */
#include "analyzer/checkers/wakers.h"

#include "analyzer/checkers/support.h"

static void say_waker(struct tc_finding *finding, const struct tc_hang *hang,
                      const struct tc_object *object, uint32_t index, const char *did) {
    const struct tc_thread *thread = tc_model_thread(hang->model, index);
    if (!thread)
        return;
    size_t t = tc_finding_thread(finding, index), o = tc_finding_object(finding, object->id);
    const struct tc_object *waits_for = tc_hang_wait(hang, thread)->object;
    if (thread->ended)
        tc_finding_explain_more(finding, "{t%zu} %s {o%zu}; it has ended.", t, did, o);
    else if (waits_for == object)
        tc_finding_explain_more(finding, "{t%zu} %s {o%zu}; it waits there itself.", t, did, o);
    else if (waits_for)
        tc_finding_explain_more(finding, "{t%zu} %s {o%zu}; it waits for {O%u}.", t, did, o,
                                waits_for->id);
    else
        tc_finding_explain_more(finding, "{t%zu} %s {o%zu}.", t, did, o);
}

void tc_finding_wakers(struct tc_finding *finding, const struct tc_hang *hang,
                       const struct tc_object *object) {
    const struct tc_wake *state = tc_wake_find(hang->wakes, object->id);
    bool is_barrier = object->traits & TC_TRAIT_PHASED, any = false;
    const char *did = is_barrier ? "came to" : "woke threads on";
    for (uint32_t i = 0; state && i < state->users; i++) {
        const struct tc_thread *thread = tc_model_thread(hang->model, state->user[i]);
        if (is_barrier && thread && tc_hang_wait(hang, thread)->object == object)
            continue; /* told of already */
        say_waker(finding, hang, object, state->user[i], did);
        any = true;
    }
    if ((object->traits & TC_TRAIT_COUNTED) && object->last_release_thread) {
        say_waker(finding, hang, object, object->last_release_thread, "was the last to post");
        any = true;
    }
    if (!any && !is_barrier && object->known)
        tc_finding_explain_more(finding, "Nobody ever %s it.",
                                object->traits & TC_TRAIT_COUNTED ? "posted" : "woke anybody on");
}
