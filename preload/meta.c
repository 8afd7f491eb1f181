/* meta.c: the table of stacks, and what a new file begins with; see meta.h. */
#include "preload/meta.h"

#include <fcntl.h>
#include <string.h>

#include "preload/code.h"
#include "preload/file.h"
#include "preload/modules.h"
#include "preload/object.h"
#include "preload/options.h"
#include "preload/process.h"
#include "preload/race/sample.h"

#include "preload/poison.h"

#define PAGE_BITS 12
#define PAGE_SIZE (1u << PAGE_BITS)
#define TOP_SIZE  (1u << 14) /* pages: 64 million stacks */

struct kept_stack {
    uint32_t id;
    uint16_t count, flags;
    uint32_t written_epoch;
    uint64_t frames[];
};

static struct kept_stack **directory[TOP_SIZE];
static struct tc_arena arena;
static struct tc_lock lock;
static uint32_t stacks;

static struct kept_stack *stack_by_id(uint32_t id) {
    if (!id || id >> PAGE_BITS >= TOP_SIZE)
        return NULL;
    struct kept_stack **page = __atomic_load_n(&directory[id >> PAGE_BITS], __ATOMIC_ACQUIRE);
    return page ? __atomic_load_n(&page[id & (PAGE_SIZE - 1)], __ATOMIC_ACQUIRE) : NULL;
}

static void write_stack(struct kept_stack *stack) {
    struct tc_meta_stack record = {.id = stack->id, .count = stack->count, .flags = stack->flags};
    if (stack->written_epoch == tc_process.epoch ||
        !tc_meta_put(TC_META_STACK, &record, sizeof(record), stack->frames,
                     stack->count * sizeof(stack->frames[0])))
        return;
    stack->written_epoch = tc_process.epoch;
    __atomic_fetch_add(&tc_file.header->stacks, 1, __ATOMIC_RELAXED);
}

static struct kept_stack *add(const uint64_t *frames, unsigned count, unsigned flags) {
    uint32_t id = stacks + 1;
    if (id >> PAGE_BITS >= TOP_SIZE)
        return NULL;
    struct kept_stack ***page = &directory[id >> PAGE_BITS];
    if (!*page) {
        struct kept_stack **fresh = tc_map(PAGE_SIZE * sizeof(*fresh));
        if (!fresh)
            return NULL;
        __atomic_store_n(page, fresh, __ATOMIC_RELEASE);
    }
    struct kept_stack *stack = tc_arena_take(&arena, sizeof(*stack) + count * sizeof(*frames));
    if (!stack)
        return NULL;
    stack->id = id;
    stack->count = (uint16_t)count;
    stack->flags = (uint16_t)flags;
    memcpy(stack->frames, frames, count * sizeof(*frames));
    __atomic_store_n(&(*page)[id & (PAGE_SIZE - 1)], stack, __ATOMIC_RELEASE);
    stacks = id;
    return stack;
}

uint32_t tc_meta_stack(struct tc_thread *self, const uint64_t *frames, unsigned count,
                       unsigned flags) {
    (void)self;
    tc_modules_cover(frames, count);
    if (TC_UNLIKELY(tc_sample_on))
        tc_sample_learn(frames, count);
    struct tc_lock_state state = tc_lock_take(&lock);
    struct kept_stack *stack = add(frames, count, flags);
    if (stack)
        write_stack(stack);
    tc_lock_give(&lock, state);
    if (!stack)
        tc_lose(TC_LOSS_MEMORY, 1);
    return stack ? stack->id : 0;
}

const uint64_t *tc_meta_stack_frames(uint32_t id, unsigned *count) {
    struct kept_stack *stack = stack_by_id(id);
    *count = stack ? stack->count : 0;
    return stack ? stack->frames : NULL;
}

/* The executable's path, the working directory, then the arguments, as /proc has them. */
void tc_meta_write_process(void) {
    static char text[96 << 10]; /* under tc_process.lock */
    struct tc_meta_process record = {0};
    size_t used = 0;
    const char *links[] = {"/proc/self/exe", "/proc/self/cwd"};
    for (unsigned i = 0; i < 2; i++) {
        long got = TC_SYSCALL_4(SYS_readlinkat, AT_FDCWD, links[i], text + used, TC_PATH_MAX - 1);
        used += got > 0 ? (size_t)got : 0;
        text[used++] = 0;
    }
    long got = tc_read_file("/proc/self/cmdline", text + used, sizeof(text) - used);
    for (long i = 0; i < got; i++)
        record.argc += text[used + (size_t)i] == 0;
    used += got > 0 ? (size_t)got : 0;
    if (used && text[used - 1] == 0)
        used--; /* joined by NUL, not ended by it */
    tc_meta_put(TC_META_PROCESS, &record, sizeof(record), text, used);
}

void tc_meta_write_all(void) {
    tc_modules_write();
    tc_code_write_all();
    struct tc_lock_state state = tc_lock_take(&lock);
    for (uint32_t id = 1; id <= stacks; id++) {
        struct kept_stack *stack = stack_by_id(id);
        if (stack)
            write_stack(stack);
    }
    tc_lock_give(&lock, state);
    for (struct tc_thread *thread = tc_threads; thread; thread = thread->next)
        if (thread->index && thread->state != TC_THREAD_FREE)
            tc_thread_write(thread);
    state = tc_lock_take(&tc_objects_lock);
    for (uint32_t id = 1; id <= tc_objects_count; id++) {
        struct tc_object *object = tc_object_by_id(id);
        if (object && object->type != TC_OBJECT_THREAD) /* those came with their threads */
            tc_object_write(object);
    }
    tc_lock_give(&tc_objects_lock, state);
}

void tc_meta_note_once(uint8_t *told, const char *text) {
    struct tc_meta_name record = {0};
    if (!__atomic_exchange_n(told, 1, __ATOMIC_RELAXED))
        tc_meta_put(TC_META_NOTE, &record, sizeof record, text, strlen(text));
}

void tc_meta_forked(void) {
    tc_code_forked();
    if (tc_lock_is_held(&lock)) /* by another thread, which was adding a stack: that is lost */
        arena = (struct tc_arena){0};
    tc_lock_init(&lock);
}
