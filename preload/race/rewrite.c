/* rewrite.c: see rewrite.h.
 *
 * The library is loaded by the constructor, where dlopen may be called; rewriting itself needs
 * neither the heap nor the loader.  The return addresses of the frames that are on the stack then
 * are replaced by their places in the clones (frames are laid out alike), so that main's loop is
 * covered, too.
 */
#include "preload/race/rewrite.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <sys/single_threaded.h>

#include "preload/arch.h"
#include "preload/file.h"
#include "preload/meta.h"
#include "preload/modules.h"
#include "preload/options.h"
#include "preload/others.h"
#include "preload/race/calls.h"
#include "preload/race/race.h"
#include "preload/race/sample.h"
#include "preload/rewrite/rewrite.h"
#include "preload/unwind.h"

#define LATE_MAX  256          /* modules loaded late that are remembered */
#define STACK_MAX (16ul << 20) /* of another thread, from where it is now */
#define LIBRARY   "libthreadcheck-rewrite.so"

static const struct tc_rewriter *rewriter;

#if TC_REWRITES

static bool done; /* it was tried: there are threads, or there is about to be one */
static bool constructed;
static struct tc_rewrite_host host;

static int32_t offset_of(const void *variable) {
    uintptr_t thread;
    __asm__("mov %%fs:0, %0" : "=r"(thread));
    return (int32_t)((intptr_t)variable - (intptr_t)thread);
}

/* The library beside the shim, or NULL; *why is the loader's word. */
static void *load(const char **why) {
    char path[4096];
    *why = "the shim's own path is not known";
    if (!tc_modules_own_path(path, sizeof path - sizeof LIBRARY))
        return NULL;
    char *slash = strrchr(path, '/');
    if (!slash)
        return NULL;
    strcpy(slash + 1, LIBRARY);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        *why = dlerror();
    return library;
}

static bool refuse(const char *why) {
    tc_say("races=full is not possible here: ", why, NULL);
    return false;
}

/* What the library gives, or NULL. */
static const struct tc_rewriter *find(const char **why) {
    void *library = load(why);
    if (!library)
        return NULL;
    tc_rewriter_get *get = (tc_rewriter_get *)dlsym(library, "tc_rewriter");
    *why = LIBRARY " is of another version";
    return get ? get() : NULL;
}

bool tc_race_sample_begin(void) {
    const char *why;
    const struct tc_rewriter *decoder = find(&why);
    if (decoder && decoder->begin_decoder()) {
        tc_sample_begin(decoder);
        return true;
    }
    tc_say("races=sample is not possible here: ", why, NULL);
    return false;
}

static void late(void *handle);

bool tc_race_rewrite_begin(void) {
    const char *why;
    const struct tc_rewriter *found = find(&why);
    if (!found)
        return refuse(why);
    host = (struct tc_rewrite_host){
        .modules = tc_options.races_modules,
        .max_functions = tc_options.races_max_functions,
        .key_offset = offset_of(&tc_race_local.key),
        .base_offset = offset_of(&tc_race_local.base),
        .renew = tc_race_renew,
        .quick = tc_race_quick,
        .access = tc_race_access_rest,
        .range = tc_race_range,
        .atomic_before = tc_race_atomic_before,
        .atomic_after = tc_race_atomic_after,
        .late = late,
        .dlsym = (void *)dlsym,
        .dlvsym = (void *)dlvsym,
        .threads = !__libc_single_threaded,
    };
    rewriter = found;
    if (rewriter->begin(&host, &why))
        return true;
    rewriter = NULL;
    return refuse(why);
}

/* One line for the report. */
static void tell(const struct tc_rewrite_counts *counts) {
    static const char *const texts[] = {
#define TC_LEFT(name, text) [TC_WHY_##name] = text,
#include "preload/rewrite/left.def"
#undef TC_LEFT
    };
    char line[1024];
    struct tc_text text = tc_text_begin(line, sizeof line);
    tc_text_add(&text, "data races: ");
    tc_text_add_number(&text, counts->covered);
    tc_text_add(&text, " of ");
    tc_text_add_number(&text, counts->functions);
    tc_text_add(&text, " functions of ");
    tc_text_add_number(&text, counts->modules);
    tc_text_add(&text, counts->modules == 1 ? " module are covered" : " modules are covered");
    const char *separator = "; left: ";
    for (unsigned i = TC_WHY_NOTHING + 1; i < TC_WHY_COUNT; i++) {
        if (!counts->left[i] || i == TC_WHY_STUB)
            continue;
        tc_text_add(&text, separator);
        tc_text_add_number(&text, counts->left[i]);
        tc_text_add(&text, " ");
        tc_text_add(&text, texts[i]);
        separator = ", ";
    }
    if (counts->left_locks) {
        tc_race_partial = true;
        tc_text_add(&text, separator);
        tc_text_add_number(&text, counts->left_locks);
        tc_text_add(&text, " of these with atomic instructions");
    }
    if (counts->modules_far)
        tc_race_partial = true;
    if (counts->modules_left) {
        tc_text_add(&text, separator);
        tc_text_add_number(&text, counts->modules_left);
        tc_text_add(&text, " modules out of reach");
        separator = ", ";
    }
    if (counts->modules_busy) {
        tc_text_add(&text, separator);
        tc_text_add_number(&text, counts->modules_busy);
        tc_text_add(&text, " modules as other threads ran in the meantime");
        separator = ", ";
    }
    if (counts->modules_returns) {
        tc_text_add(&text, separator);
        tc_text_add(&text, "a program of OCaml's, which finds its frames by return address");
    }
    struct tc_meta_name record = {0};
    tc_meta_put(TC_META_NOTE, &record, sizeof record, line, (size_t)(text.at - line));
    if (tc_options.verbose)
        tc_say(line, NULL, NULL);
}

/* The word at `slot` is the return address of a frame. */
static void redirect(uintptr_t slot) {
    uintptr_t *word = (uintptr_t *)slot;
    uintptr_t clone = rewriter->returns_to(*word);
    if (clone != *word)
        *word = clone;
}

/* Where the stack ends that `sp` lies on: at libc's block of the thread, which points to itself
 * twice.  0: not found. */
static uintptr_t stack_end(uintptr_t sp) {
    for (uintptr_t at = sp; at - sp < STACK_MAX; at += 8) {
        if ((at == sp || !(at & 4095)) && !tc_can_read(at))
            return 0;
        const uintptr_t *words = (const uintptr_t *)at;
        if (!(at & 63) && words[0] == at && words[2] == at)
            return at;
    }
    return 0;
}

/* Another thread waits, and its stack pointer is `sp`: when it goes on, it returns to clones.  It
 * may do so at any time, so that a word is changed only as long as it is what it was; what else
 * than a return address has this value is one from before, or is as good with the other. */
static void redirect_waiting(uintptr_t sp) {
    sp = (sp + 7) & ~(uintptr_t)7;
    uintptr_t end = stack_end(sp);
    if (!end)
        tc_race_partial = true;
    for (uintptr_t at = sp; at < end; at += 8) {
        uintptr_t seen = __atomic_load_n((uintptr_t *)at, __ATOMIC_RELAXED);
        uintptr_t clone = rewriter->returns_to(seen);
        if (clone != seen)
            __atomic_compare_exchange_n((uintptr_t *)at, &seen, clone, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED);
    }
}

static bool others_wait(void) {
    return tc_others_wait(NULL);
}

static void rewrite(struct tc_thread *self, struct tc_site site) {
    static struct tc_unwound stack; /* of the one thread that rewrites */
    if (!rewriter || __atomic_exchange_n(&done, true, __ATOMIC_ACQ_REL))
        return;
    if (!__libc_single_threaded) { /* there were threads before the constructor */
        host.others_wait = others_wait;
        if (!others_wait()) {
            refuse("there were threads before the program was known, and they do not rest");
            rewriter = NULL; /* nor what is loaded later: what orders it would not be seen */
            return;
        }
    }
    tc_unwind(site, self->stack_low, self->stack_high, &stack);
    uint64_t interrupted[8];
    uint32_t count = 0;
    for (uint32_t i = 0; i < stack.count && count < 8; i++)
        if (stack.frames[i] & TC_FRAME_EXACT)
            interrupted[count++] = stack.frames[i] & ~TC_FRAME_EXACT;
    struct tc_rewrite_counts counts = {0};
    rewriter->run(&counts, TC_REWRITE_ALL, interrupted, count);
    redirect(site.cfa - 8);
    for (uint32_t i = 0; i < stack.slot_count; i++)
        if (!stack.slots[i].relative)
            redirect(site.cfa + (uintptr_t)(intptr_t)stack.slots[i].offset);
    if (host.others_wait && (counts.modules_busy || !tc_others_wait(redirect_waiting)))
        tc_race_partial = true; /* what they order by atomic instructions may not be seen */
    host.others_wait = NULL;
    tc_materialise(self);
    tell(&counts);
}

void tc_race_rewrite_now(struct tc_thread *self, struct tc_site site) {
    if (__atomic_load_n(&constructed, __ATOMIC_ACQUIRE))
        rewrite(self, site);
}

void tc_race_rewrite_constructed(struct tc_thread *self, struct tc_site site) {
    if (self)
        rewrite(self, site);
    __atomic_store_n(&constructed, true, __ATOMIC_RELEASE);
}

/* Modules that were asked about, under the lock. */
static struct late_module {
    const struct link_map *map;
    uint64_t bias;
} late_modules[LATE_MAX];
static unsigned late_count;
static struct tc_lock late_lock;

static bool is_loaded(const void *handle) {
    const struct link_map *map = _r_debug.r_map;
    while (map && map != handle)
        map = map->l_next;
    return map != NULL;
}

/* Whether `handle` is a module that was not asked about before; its place. */
static bool is_new_module(const void *handle, uint64_t *bias) {
    if (!is_loaded(handle) || late_count == LATE_MAX)
        return false;
    const struct link_map *map = handle;
    *bias = map->l_addr;
    for (unsigned i = 0; i < late_count; i++)
        if (late_modules[i].map == map && late_modules[i].bias == map->l_addr)
            return false;
    late_modules[late_count++] = (struct late_module){map, map->l_addr};
    return true;
}

/* The program asks for a function of a module: if it was loaded just now, nobody else knows its
 * functions yet. */
static void late(void *handle) {
    struct tc_thread *self = handle && done && rewriter ? tc_enter() : NULL;
    if (!self)
        return;
    struct tc_lock_state state = tc_lock_take(&late_lock);
    struct tc_rewrite_counts counts = {0};
    uint64_t bias;
    if (is_new_module(handle, &bias)) {
        tc_calls_patch(); /* what it calls orders threads, too */
        rewriter->run(&counts, bias, NULL, 0);
    }
    tc_lock_give(&late_lock, state);
    if (counts.functions)
        tell(&counts);
    tc_leave(self);
}

void tc_race_modules_gone(void) {
    struct tc_thread *self = done ? tc_enter() : NULL;
    if (!self)
        return;
    struct tc_lock_state state = tc_lock_take(&late_lock);
    unsigned kept = 0;
    for (unsigned i = 0; i < late_count; i++)
        if (is_loaded(late_modules[i].map))
            late_modules[kept++] = late_modules[i];
    late_count = kept;
    if (rewriter)
        rewriter->gone();
    tc_calls_gone();
    tc_lock_give(&late_lock, state);
    tc_leave(self);
}

void tc_race_rewrite_forked(void) {
    tc_lock_init(&late_lock);
}

#else

void tc_race_modules_gone(void) {}
void tc_race_rewrite_forked(void) {}

bool tc_race_sample_begin(void) {
    return false;
}

bool tc_race_rewrite_begin(void) {
    return false;
}

void tc_race_rewrite_now(struct tc_thread *self, struct tc_site site) {
    (void)self;
    (void)site;
}

void tc_race_rewrite_constructed(struct tc_thread *self, struct tc_site site) {
    (void)self;
    (void)site;
}

#endif

/* What was asked for before: clones stay where they are.  Kept without a lock: the key is stored
 * mixed with the answer, so that what two threads wrote at a time is no address's. */
#define KNOWN_BITS 14
static struct { uint64_t mixed, original; } known[1 << KNOWN_BITS];

uintptr_t tc_race_original(uintptr_t address) {
    if (!rewriter)
        return address;
    size_t at = (size_t)((address * 0x9e3779b97f4a7c15ull) >> (64 - KNOWN_BITS));
    uint64_t original = __atomic_load_n(&known[at].original, __ATOMIC_RELAXED);
    if (original && (__atomic_load_n(&known[at].mixed, __ATOMIC_RELAXED) ^ original) == address)
        return original;
    original = rewriter->original(address, NULL);
    if (original != address) { /* what lies in no clone may come to lie in one */
        __atomic_store_n(&known[at].original, original, __ATOMIC_RELAXED);
        __atomic_store_n(&known[at].mixed, original ^ address, __ATOMIC_RELAXED);
    }
    return original;
}
