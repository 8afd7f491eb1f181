/* hook.c: the parts of a hook that are not worth inlining.
 *
 * What: calls that may block or be unwound, and the record of misuse.
 * Threads: each works for the calling thread.
 */
#include "preload/hook.h"

#include "preload/arch.h"

static __thread struct tc_frame *frames __attribute__((tls_model("initial-exec")));

void tc_misuse(struct tc_thread *self, enum tc_event_code code, struct tc_ref object,
               uint32_t stack, uint32_t result) {
    tc_materialise(self);
    tc_event(self, code, object, stack, 0, result);
}

void tc_destroying(struct tc_thread *self, void *address, uint8_t type, uint32_t stack) {
    struct tc_ref object = tc_object_find(address, type);
    if (object.id) {
        if (tc_held_count(self, object.id))
            tc_materialise(self);
        tc_object_destroy(self, address, type, stack);
        return;
    }
    object.id = tc_object_dead(address, type);
    if (object.id)
        tc_misuse(self, TC_EV_USE_DEAD, object, stack, 0);
    else
        tc_object_destroy(self, address, type, stack);
}

/* long tc_call_with_personality(void *function, long a, long b, long c, long d) */
long tc_call_with_personality(void *function, long a, long b, long c, long d);
int tc_frame_personality(int version, int actions, uint64_t kind, void *exception, void *context);
__asm__(
    ".text\n"
    ".hidden tc_call_with_personality\n"
    ".globl tc_call_with_personality\n"
    ".type tc_call_with_personality, @function\n"
    "tc_call_with_personality:\n" TC_ASM_CALL_WITH(
        "tc_frame_personality") ".size tc_call_with_personality, . - tc_call_with_personality\n");

/* Called by the unwinder for the frame above.  1: the ABI's version; action 2: it is being left.
 * 8: go on unwinding; 3: an unwinder that is not understood. */
int tc_frame_personality(int version, int actions, uint64_t kind, void *exception, void *context) {
    (void)kind;
    (void)exception;
    (void)context;
    if (version != 1)
        return 3;
    struct tc_frame *frame = frames;
    if ((actions & 2) && frame) {
        frames = frame->outer;
        if (frame->unwound)
            frame->unwound(frame);
    }
    return 8;
}

long tc_guarded_call(struct tc_frame *frame, void *function, long a, long b, long c, long d) {
    frame->outer = frames;
    frames = frame;
    long result = tc_call_with_personality(function, a, b, c, d);
    frames = frame->outer;
    return result;
}

static void wait_unwound(struct tc_frame *frame) {
    struct tc_blocking *call = (struct tc_blocking *)frame;
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    tc_wait_end(self);
    tc_event(self, TC_EV_REQUEST_FAILED, call->object, call->stack, 0, ECANCELED);
    tc_leave(self);
}

long tc_blocking_call(struct tc_blocking *call, void *function, long a, long b, long c, long d) {
    if (!call->frame.unwound)
        call->frame.unwound = wait_unwound;
    struct tc_thread *self = tc_enter();
    if (self) {
        tc_event_time(self);
        tc_event(self, call->request, call->object, call->stack, 0, 0);
        tc_wait_begin(self, call->request, call->object, call->stack);
        tc_leave(self);
    }
    long result = tc_guarded_call(&call->frame, function, a, b, c, d);
    if ((self = tc_enter())) {
        tc_wait_end(self);
        tc_leave(self);
    }
    return result;
}

int tc_blocking_lock(struct tc_ref object, uint32_t stack, enum tc_event_code request,
                     enum tc_event_code acquire, void *function, long a, long b, long c) {
    struct tc_blocking call = {.object = object, .stack = stack, .request = request};
    struct tc_thread *self = tc_enter();
    if (self) {
        if (tc_held_count(self, object.id))
            tc_materialise(self);
        tc_leave(self);
    }
    int result = (int)tc_blocking_call(&call, function, a, b, c, 0);
    if (!(self = tc_enter()))
        return result;
    if (result == 0)
        tc_event(self, acquire, object, stack, 0, 0);
    else if (result == EOWNERDEAD)
        tc_event(self, TC_EV_ACQUIRE_ORPHAN, object, stack, 0, 0);
    else if (result == ETIMEDOUT)
        tc_event(self, TC_EV_REQUEST_FAILED, object, stack, 0, ETIMEDOUT);
    else
        tc_misuse(self, TC_EV_REQUEST_FAILED, object, stack, (uint32_t)result);
    tc_leave(self);
    return result;
}
