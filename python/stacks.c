/* stacks.c: native and Python frames in one stack.
 *
 * What: each activation of the interpreter's loop among the native frames stands for the Python
 *       frames up to the one that C code called.  A stack is known again by its native part and by
 *       where each Python frame is: a hash that the walk makes on its way.
 * Threads: any; look-ups take no lock.  A code object that a kept hash was made from must stay at
 *          its address: it is kept alive, at once or, by a thread without the interpreter's lock,
 *          when it takes it next (until then its own frames keep it).
 */
#include <string.h>

#include "preload/interpreter.h"
#include "preload/meta.h"
#include "preload/process.h"
#include "preload/sys.h"
#include "preload/unwind.h"
#include "python/frames.h"

#include "preload/poison.h"

struct known {
    uint64_t hash; /* 0: free; stored last */
    uint32_t id;
};

struct table {
    uint32_t used, mask;
    struct known entries[];
};

#define FIRST_ENTRIES 1024u
#define NO_NATIVE     1 /* what a hash begins with, less the native stack's id */
/* What is thread-local is taken from the stack of each thread, which may be as small as can be. */
#define PENDING 64
#define CACHE   48

static struct table *table; /* grows by being replaced; old ones stay readable */
static struct tc_lock table_lock;

/* Where the interpreter's loop is, and the file that it is in. */
static uintptr_t loop_low, loop_high, module_low, module_high;
static bool hide_module; /* it has nothing but the interpreter in it */

static __thread struct {
    PyObject *pending[PENDING]; /* code objects to be kept alive */
    uint32_t pending_count;
    uint32_t generation; /* of the process that `cache` was filled in */
    struct known cache[CACHE];
} local __attribute__((tls_model("initial-exec")));

static uint32_t look_up(const struct table *in, uint64_t hash) {
    if (!in)
        return 0;
    for (uint32_t at = (uint32_t)(hash >> 32);; at++) {
        const struct known *entry = &in->entries[at & in->mask];
        uint64_t found = __atomic_load_n(&entry->hash, __ATOMIC_ACQUIRE);
        if (found == hash)
            return entry->id;
        if (!found)
            return 0;
    }
}

static void put(struct table *in, uint64_t hash, uint32_t id) {
    uint32_t at = (uint32_t)(hash >> 32) & in->mask;
    while (in->entries[at].hash && in->entries[at].hash != hash)
        at = (at + 1) & in->mask;
    in->entries[at].id = id;
    __atomic_store_n(&in->entries[at].hash, hash, __ATOMIC_RELEASE);
    in->used++;
}

static void remember(uint64_t hash, uint32_t id) {
    struct tc_lock_state state = tc_lock_take(&table_lock);
    struct table *old = table;
    if (!old || old->used >= (old->mask + 1) / 4 * 3) {
        uint32_t size = old ? (old->mask + 1) * 2 : FIRST_ENTRIES;
        struct table *larger = tc_map(sizeof *larger + (size_t)size * sizeof(struct known));
        if (larger)
            larger->mask = size - 1;
        for (uint32_t i = 0; larger && old && i <= old->mask; i++)
            if (old->entries[i].hash)
                put(larger, old->entries[i].hash, old->entries[i].id);
        if (larger)
            __atomic_store_n(&table, larger, __ATOMIC_RELEASE);
    }
    if (table && table->used < (table->mask + 1) / 4 * 3)
        put(table, hash, id);
    tc_lock_give(&table_lock, state);
}

static inline uint64_t hash_step(uint64_t hash, uint64_t where) {
    hash = (hash ^ where) * 0x9e3779b97f4a7c15ull;
    return hash ^ hash >> 29;
}

static uint64_t hash_of(uint64_t hash, const struct tc_py_frame *frames, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        hash = hash_step(hash, frames[i].where);
    return hash ? hash : 1;
}

/* Whether this thread runs in the interpreter now: then it has the lock. */
static bool has_lock(const void *state) {
    return tc_py_running() == state;
}

static bool is_pending(const PyObject *code) {
    for (uint32_t i = 0; i < local.pending_count; i++)
        if (local.pending[i] == code)
            return true;
    return false;
}

/* Sees to it that the code objects stay where they are; false: that cannot be promised. */
static bool keep_codes(const struct tc_py_frame *frames, unsigned count, bool locked) {
    for (unsigned i = 0; i < count; i++) {
        if (locked)
            tc_py_code_keep(frames[i].code);
        else if (is_pending(frames[i].code) || tc_py_code_is_kept(frames[i].code))
            continue;
        else if (local.pending_count < PENDING)
            local.pending[local.pending_count++] = frames[i].code;
        else
            return false;
    }
    return true;
}

void tc_py_keep_pending(void) {
    while (local.pending_count)
        tc_py_code_keep(local.pending[--local.pending_count]);
}

/* What is made of the two. */
struct merging {
    const struct tc_py_frame *python;
    unsigned python_count, python_next;
    uint64_t frames[TC_UNWIND_FRAMES + TC_PY_FRAMES];
    unsigned count;
};

/* The frames of one activation of the loop; all that are left when `all`. */
static void put_python(struct merging *into, bool all) {
    while (into->python_next < into->python_count) {
        const struct tc_py_frame *frame = &into->python[into->python_next++];
        uint32_t code = tc_py_code_id(frame->code);
        into->frames[into->count++] = TC_PYTHON_FRAME(code, (uint32_t)tc_py_line(frame));
        if (frame->entry && !all)
            return;
    }
}

static bool in_loop(uint64_t frame) {
    return frame >= loop_low && frame < loop_high;
}

/* Frames of the interpreter itself stand for nothing of the program's. */
static bool is_hidden(uint64_t frame) {
    return hide_module && frame >= module_low && frame < module_high;
}

static void put_native(struct merging *into, const uint64_t *native, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        uint64_t frame = native[i] & ~TC_FRAME_EXACT;
        if (in_loop(frame))
            put_python(into, false);
        else if (!is_hidden(frame))
            into->frames[into->count++] = native[i];
    }
}

/* The last activation of the loop takes what is left, as frames may have been missed. */
static unsigned last_loop(const uint64_t *native, unsigned count) {
    while (count > 0 && !in_loop(native[count - 1] & ~TC_FRAME_EXACT))
        count--;
    return count;
}

static struct tc_lock merge_lock;

static TC_COLD uint32_t merge_new(struct tc_thread *self, uint32_t native,
                                  const struct tc_py_frame *python, unsigned count) {
    static struct merging merging; /* under merge_lock: too large for a small thread's stack */
    unsigned native_count = 0;
    const uint64_t *frames = tc_meta_stack_frames(native, &native_count);
    struct tc_lock_state state = tc_lock_take(&merge_lock);
    merging.python = python;
    merging.python_count = count;
    merging.python_next = merging.count = 0;
    unsigned last = last_loop(frames, native_count);
    put_native(&merging, frames, last);
    put_python(&merging, true);
    put_native(&merging, frames + last, native_count - last);
    uint32_t id = tc_stack_of_frames(self, merging.frames, merging.count,
                                     count == TC_PY_FRAMES ? TC_STACK_TRUNCATED : 0);
    tc_lock_give(&merge_lock, state);
    return id;
}

static struct known *cached(uint64_t hash) {
    return &local.cache[(hash >> 40) % CACHE];
}

/* By where the thread is; 0: it is in no Python code. */
static uint32_t stack_of(struct tc_thread *self, void *state, uint32_t native,
                         const struct tc_site *site) {
    struct tc_py_frame frames[TC_PY_FRAMES];
    unsigned count = tc_py_walk(state, frames, TC_PY_FRAMES);
    if (!count)
        return 0;
    uint64_t hash = hash_of(NO_NATIVE + native, frames, count);
    struct known *near = cached(hash);
    if (TC_LIKELY(near->hash == hash && local.generation == tc_process.generation))
        return near->id;
    uint32_t id = look_up(__atomic_load_n(&table, __ATOMIC_ACQUIRE), hash);
    if (!id) {
        if (site)
            native = tc_stack_native(self, *site);
        id = merge_new(self, native, frames, count);
        if (!id || !keep_codes(frames, count, has_lock(state)))
            return id;
        remember(hash, id);
    }
    if (local.generation != tc_process.generation)
        memset(local.cache, 0, sizeof local.cache);
    local.generation = tc_process.generation;
    *near = (struct known){hash, id};
    return id;
}

uint32_t tc_py_stack(struct tc_thread *self, struct tc_site site) {
    return stack_of(self, tc_py_running(), 0, &site);
}

uint32_t tc_py_stack_of(struct tc_thread *self, void *state, struct tc_site site) {
    return stack_of(self, state, 0, &site);
}

/* hash_of without the list of frames; `count`: how many there are. */
static inline uint64_t hash_here(uint64_t hash, const void *state, unsigned *count) {
    for (const void *frame = tc_py_first_frame(state); frame && *count < TC_PY_FRAMES;
         frame = tc_py_at(frame, tc_py_layout.previous)) {
        if (tc_py_is_stand_in(frame))
            continue;
        hash = hash_step(hash, tc_py_where(frame));
        ++*count;
    }
    return hash ? hash : 1;
}

/* A signal handler may fill the entry anew meanwhile. */
static inline uint32_t cached_id(uint64_t hash) {
    const volatile struct known *near = cached(hash);
    uint32_t id = near->id;
    bool valid = near->hash == hash && near->id == id;
    return valid && local.generation == tc_process.generation ? id : 0;
}

uint32_t tc_py_stack_known(const void *state) {
    unsigned count = 0;
    return cached_id(hash_here(NO_NATIVE, state, &count));
}

static uint32_t known(uint32_t native) {
    const void *state = tc_py.PyGILState_GetThisThreadState();
    unsigned count = 0;
    uint64_t hash = state ? hash_here(NO_NATIVE + native, state, &count) : 0;
    if (!count)
        return native;
    uint32_t id = cached_id(hash);
    return id ? id : look_up(__atomic_load_n(&table, __ATOMIC_ACQUIRE), hash);
}

static uint32_t merge(struct tc_thread *self, uint32_t native) {
    return stack_of(self, tc_py.PyGILState_GetThisThreadState(), native, NULL);
}

static bool is_in(const uint64_t *frames, unsigned count) {
    return last_loop(frames, count) > 0;
}

static bool is_own(uint64_t code) {
    return code >= module_low && code < module_high;
}

static void forked(void) {
    tc_lock_init(&table_lock);
    tc_lock_init(&merge_lock);
    tc_py_codes_forked();
}

void tc_py_stacks_begin(const struct tc_py_code_range *loop, const struct tc_py_code_range *module,
                        bool hide) {
    loop_low = loop->low;
    loop_high = loop->high;
    module_low = module->low;
    module_high = module->high;
    hide_module = hide;
    tc_interpreter.forked = forked;
    tc_interpreter.is_in = is_in;
    tc_interpreter.is_own = is_own;
    tc_interpreter.known = known;
    __atomic_store_n(&tc_interpreter.merge, merge, __ATOMIC_RELEASE);
}
