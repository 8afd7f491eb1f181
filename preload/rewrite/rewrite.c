/* rewrite.c: the rewriter's course: modules, areas, clones, branches, tables, entries; see
 * rewrite.h. */
#include "preload/rewrite/rewrite.h"

#include <string.h>
#include <sys/mman.h>

#include "preload/rewrite/clone.h"
#include "preload/rewrite/emit.h"
#include "preload/rewrite/frames.h"
#include "preload/rewrite/led.h"
#include "preload/rewrite/thunk.h"
#include "preload/rewrite/trace.h"

#define SPARE_TEXT      (16ull << 20) /* for modules that are loaded later */
#define SPARE_FUNCTIONS 262144u
#define LARGE           (4ull << 20) /* code of a module, from which on large pages are worth it */
#define PAGE            4096ul
#define LINE            64u /* bytes of a line of the cache */
#define JUMP            5u

static struct tc_rewrite_host *host;
static struct tc_area *areas;
static struct tc_module *modules;
static struct tc_pool kept; /* what lasts: modules, maps of jumps, steps of clones */

static uintptr_t original(uintptr_t address, uint32_t *below) {
    return tc_clone_original(areas, address, below);
}

static uint64_t text_of(const struct tc_module *module) {
    uint64_t size = 0;
    for (uint32_t i = 0; i < module->code_count; i++)
        size += module->code[i].high - module->code[i].low;
    return size;
}

static uint32_t functions_of(const struct tc_module *module) {
    uint32_t count = 0;
    if (module->table[0] == 1 && module->table[2] == 0x03)
        memcpy(&count, module->table + 8, 4);
    return count;
}

static bool reaches(const struct tc_area *area, uint64_t low, uint64_t high) {
    return area && low >= area->reach_low && high <= area->reach_high;
}

static bool fits_an_area(const struct tc_module *module) {
    return tc_area_may_hold(text_of(module), functions_of(module));
}

static bool crosses(const uint8_t *from, unsigned size, unsigned unit) {
    return ((uintptr_t)from & (unit - 1)) + size > unit;
}

/* The one that was made for the module; for those that came later, of the ones within reach that
 * with the most room. */
static struct tc_area *area_for(const struct tc_module *module) {
    struct tc_area *best = module->area;
    for (struct tc_area *area = best || !fits_an_area(module) ? NULL : areas; area;
         area = area->next)
        if (reaches(area, module->whole.low, module->whole.high) &&
            (!best ||
             tc_area_room(area, functions_of(module)) > tc_area_room(best, functions_of(module))))
            best = area;
    return best;
}

/* An area for all modules that lie near `first`, and some room for more. */
static bool make_area(const struct tc_range first, bool spare) {
    struct tc_range range = first;
    uint64_t text = spare ? SPARE_TEXT : 0;
    uint32_t functions = spare ? SPARE_FUNCTIONS : 16;
    for (struct tc_module *module = modules; module; module = module->next) {
        uint64_t low = module->whole.low < range.low ? module->whole.low : range.low;
        uint64_t high = module->whole.high > range.high ? module->whole.high : range.high;
        module->counted =
            !module->area && high - low <= 1ull << 30 &&
            tc_area_may_hold(text + text_of(module), functions + functions_of(module));
        if (!module->counted)
            continue;
        range = (struct tc_range){low, high};
        text += text_of(module);
        functions += functions_of(module);
    }
    struct tc_area *area = tc_area_make(range.low, range.high, text, functions);
    if (!area)
        return false;
    tc_thunk_install(area->head);
    area->next = areas;
    areas = area;
    for (struct tc_module *module = modules; module; module = module->next)
        if (module->counted && reaches(area, module->whole.low, module->whole.high))
            module->area = area;
    return true;
}

static bool begin(struct tc_rewrite_host *from_shim, const char **why) {
    host = from_shim;
    *why = "the decoder does not fit";
    if (!tc_insn_begin())
        return false;
    *why = "no memory";
    tc_led_begin(host);
    tc_trace_begin(original);
    tc_modules_begin();
    if (!tc_thunk_begin(host))
        return false;
    modules = tc_modules_read(&kept, NULL, host->modules);
    *why = "no memory within reach of the code that may be executed";
    for (const struct tc_module *module = modules; module; module = module->next)
        if (!module->area && fits_an_area(module))
            make_area(module->whole, false);
    if (strcmp(host->modules, "exe") != 0) {
        uint64_t here = (uint64_t)begin & ~(PAGE - 1);
        make_area((struct tc_range){here, here + PAGE}, true);
    }
    return areas != NULL || !modules;
}

/* Room for what is needed while a module is cloned. */
struct work {
    struct tc_pool pool;
    struct tc_decoder decoder;
    struct tc_emit emit;
    struct tc_frames frames;
    uint64_t budget; /* functions that may still be cloned */
};

static bool prepare(struct work *work, struct tc_module *module) {
    work->emit = (struct tc_emit){
        .code = {module->area->code},
        .module = module,
        .area = module->area,
        .host = host,
        .pool = &kept,
        .scratch = &work->pool,
    };
    work->frames = (struct tc_frames){.module = module, .area = module->area};
    if (!tc_decoder_make(&work->decoder, &work->pool, module))
        return false;
    work->emit.loop_ends = work->decoder.loop_ends;
    return tc_emit_prepare(&work->emit);
}

/* Of a function that is decoded: its code, its unwind table, and which place is which. */
static void make_clone(struct work *work, struct tc_function *function) {
    struct tc_emit *emit = &work->emit;
    struct tc_area *area = emit->area;
    uint64_t bound = tc_emit_bound(emit->module, function);
    if (!bound) {
        function->state = TC_WHY_NOTHING;
        return;
    }
    if (!work->budget) {
        function->state = TC_WHY_OPTION;
        return;
    }
    uint8_t *before = emit->code.at;
    emit->code.at = (uint8_t *)(((uintptr_t)before + 15) & ~(uintptr_t)15);
    emit->function = function;
    if ((uint64_t)(area->code_end - emit->code.at) < bound || !tc_emit_function(emit)) {
        emit->code.at = before;
        function->state = TC_WHY_ROOM;
    } else if ((function->state = tc_frames_add(&work->frames, function)) != TC_WHY_CLONED) {
        return;
    } else if (!tc_clone_add(area, &kept, function)) {
        function->state = TC_WHY_ROOM;
    } else {
        work->budget--;
    }
}

/* False: no memory. */
static bool clone_function(struct work *work, struct tc_function *function) {
    bool good = tc_function_decode(&work->decoder, work->emit.module, function);
    if (good && !function->state)
        make_clone(work, function);
    function->insns = NULL;
    function->places = NULL;
    return good;
}

/* Function after function: of each, only what later ones need of it is kept.  Those that turn out
 * to be branched into by later ones are cloned once more. */
static bool clone_functions(struct work *work, struct tc_module *module) {
    for (uint32_t i = 0; i < module->count; i++)
        if (!clone_function(work, &module->functions[i]))
            return false;
    for (uint32_t i = 0; i < module->count; i++) {
        struct tc_function *function = &module->functions[i];
        if (!function->again || function->state != TC_WHY_CLONED)
            continue;
        tc_clone_drop(module->area, function);
        work->budget++;
        if (!clone_function(work, function))
            return false;
    }
    return true;
}

/* What needs all clones: language data, and branches between functions. */
static void join_functions(struct work *work, struct tc_module *module) {
    for (uint32_t i = 0; i < module->count; i++) {
        struct tc_function *function = &module->functions[i];
        tc_function_judge(function);
        if (function->state == TC_WHY_CLONED)
            function->state = tc_frames_add_language(&work->frames, function);
    }
    tc_emit_settle(&work->emit);
}

/* There was no memory to complete them with. */
static void drop_clones(const struct tc_module *module) {
    for (uint32_t i = 0; i < module->count; i++)
        if (module->functions[i].state == TC_WHY_CLONED && module->functions[i].limit)
            tc_clone_drop(module->area, &module->functions[i]);
}

/* Puts a jump to its clone at a function's entry, at once for who may come there just now: in one
 * store, within a line of the cache. */
static void patch(const struct tc_area *area, const struct tc_clone *clone) {
    uint8_t *entry = (uint8_t *)clone->low + clone->entry_size;
    uint8_t *word = crosses(entry, JUMP, LINE) ? NULL : entry;
    if (word && crosses(word, 8, LINE))
        word = (uint8_t *)(((uintptr_t)entry & ~(uintptr_t)(LINE - 1)) + LINE - 8);
    uint8_t bytes[8], *jump = bytes;
    if (word) {
        memcpy(bytes, word, 8);
        jump += entry - word;
    }
    jump[0] = 0xe9;
    int32_t distance = (int32_t)((int64_t)((uint64_t)area->low + clone->begin) -
                                 (int64_t)((uintptr_t)entry + JUMP));
    memcpy(jump + 1, &distance, 4);
    uint64_t whole;
    memcpy(&whole, bytes, 8);
    if (word) /* LOCK or not, no other processor sees a part of it */
        __asm__ volatile("xchg %0, %1" : "+r"(whole), "+m"(*(uint64_t *)word) : : "memory");
    else
        memcpy(entry, jump, JUMP);
}

/* Those of the functions that turned out to be fit for it. */
static void patch_all(struct tc_module *module) {
    for (uint32_t i = 0; i < module->count; i++) {
        struct tc_function *function = &module->functions[i];
        if (function->state != TC_WHY_CLONED)
            continue;
        struct tc_clone *clone = &module->area->clones[function->clone];
        if (!function->no_jump && host->others_wait &&
            crosses((uint8_t *)clone->low + function->entry_size, JUMP, LINE))
            function->no_jump = TC_WHY_LINE;
        if (function->no_jump) { /* calls of other clones lead to its clone nevertheless */
            function->state = function->no_jump;
            continue;
        }
        clone->patched = true;
        clone->entry_size = function->entry_size;
        patch(module->area, clone);
    }
}

/* The module's code as the loader left it: tells whether it is the same when it is loaded again. */
static uint64_t sum_of(const struct tc_module *module) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < module->code_count; i++)
        for (uint64_t at = module->code[i].low; at + 8 <= module->code[i].high; at += 8) {
            uint64_t word;
            memcpy(&word, (const void *)at, 8);
            sum = (sum ^ word) * 0x9e3779b97f4a7c15ull;
            sum ^= sum >> 32;
        }
    return sum;
}

static bool protect_code(const struct tc_module *module, int protection) {
    for (uint32_t i = 0; i < module->code_count; i++) {
        uint64_t low = module->code[i].low & ~(PAGE - 1);
        uint64_t high = (module->code[i].high + PAGE - 1) & ~(PAGE - 1);
        if (tc_memory_protect((void *)low, high - low, protection) != 0)
            return false;
    }
    return true;
}

static void leave_interrupted(const struct tc_module *module, const uint64_t *interrupted,
                              uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        struct tc_function *function = tc_function_at(module, interrupted[i]);
        if (function && !function->state)
            function->state = TC_WHY_SIGNAL;
    }
}

static void add_counts(struct tc_rewrite_counts *counts, const struct tc_module *module) {
    for (uint32_t i = 0; i < module->count; i++) {
        const struct tc_function *function = &module->functions[i];
        counts->left[function->state]++;
        counts->functions += function->state != TC_WHY_STUB;
        counts->covered += function->state <= TC_WHY_NOTHING;
        counts->left_locks +=
            function->state > TC_WHY_NOTHING && !function->no_jump && function->locks;
        counts->instructions += function->count;
    }
}

/* The clones of a large module take memory that can be told before: pages of 4 KB each would cost
 * as much as the writing itself. */
static void expect(const struct tc_module *module) {
    const struct tc_area *area = module->area;
    uint64_t text = text_of(module), code = text * 5;
    if (text < LARGE)
        return;
    tc_site_expect(text / 16);
    if (code > (uint64_t)(area->code_end - area->code))
        code = (uint64_t)(area->code_end - area->code);
    tc_memory_large((void *)(((uint64_t)area->code + PAGE - 1) & ~(PAGE - 1)), code & ~(PAGE - 1));
}

static bool rewrite_module(struct work *work, struct tc_module *module, const uint64_t *interrupted,
                           uint32_t count) {
    if (!tc_module_list(&work->pool, module) || !prepare(work, module))
        return false;
    leave_interrupted(module, interrupted, count);
    expect(module);
    const int all = PROT_READ | PROT_WRITE | PROT_EXEC;
    struct tc_area *area = module->area;
    size_t size = (size_t)(area->high - area->low);
    if (tc_memory_protect(area->low, size, all) != 0 || !protect_code(module, all))
        return false;
    module->sum = *module->name ? sum_of(module) : 0; /* the executable stays */
    module->first_clone = module->clone_end = area->clone_count;
    bool good = clone_functions(work, module);
    if (good)
        join_functions(work, module);
    else
        drop_clones(module);
    area->code = work->emit.code.at;
    module->clone_end = area->clone_count;
    if (good && host->others_wait && !host->others_wait()) {
        drop_clones(module);
        module->busy = true;
        good = false;
    }
    if (good)
        patch_all(module);
    protect_code(module, PROT_READ | PROT_EXEC);
    tc_memory_protect(area->low, size, PROT_READ | PROT_EXEC);
    return good;
}

/* The module was rewritten before, and is loaded again: if it is the same, its clones are, too.
 * Otherwise they lead nobody any more. */
static bool patch_again(struct tc_module *module) {
    struct tc_area *area = module->area;
    if (!area || module->first_clone == module->clone_end)
        return false;
    bool same =
        sum_of(module) == module->sum && protect_code(module, PROT_READ | PROT_WRITE | PROT_EXEC);
    for (uint32_t i = module->first_clone; i < module->clone_end; i++) {
        struct tc_clone *clone = &area->clones[i];
        if (same && clone->patched)
            patch(area, clone);
        clone->dropped |= !same;
    }
    if (same)
        protect_code(module, PROT_READ | PROT_EXEC);
    return same;
}

static void gone(void) {
    tc_modules_mark_gone(modules);
}

static void run(struct tc_rewrite_counts *counts, uint64_t only, const uint64_t *interrupted,
                uint32_t count) {
    struct work work = {.budget = host->max_functions ? host->max_functions : UINT64_MAX};
    modules = tc_modules_read(&kept, modules, host->modules);
    for (struct tc_module *module = modules; module; module = module->next) {
        if (module->done || module->gone || (only != TC_REWRITE_ALL && module->bias != only))
            continue;
        module->done = true;
        module->area = area_for(module);
        if (module->knows_its_returns) {
            counts->modules_returns++;
        } else if (patch_again(module)) {
            tc_led_patch(module);
        } else if (!module->area || !rewrite_module(&work, module, interrupted, count)) {
            counts->modules_busy += module->busy;
            counts->modules_left += !module->busy;
            counts->modules_far += !module->area;
        } else {
            counts->modules++;
            add_counts(counts, module);
            tc_led_patch(module);
        }
        /* Decoded instructions are not needed any more. */
        module->functions = NULL;
        module->count = 0;
        tc_pool_release(&work.pool);
    }
    counts->checks = tc_site_count();
    for (const struct tc_area *area = areas; area; area = area->next)
        counts->code_bytes += (uint64_t)(area->code - (uint8_t *)area->head);
}

static uintptr_t returns_to(uintptr_t address) {
    return tc_clone_returns_to(areas, address);
}

static const struct tc_rewriter rewriter = {.begin = begin,
                                            .run = run,
                                            .gone = gone,
                                            .original = original,
                                            .returns_to = returns_to,
                                            .begin_decoder = tc_insn_begin,
                                            .decode = tc_insn_decode};

__attribute__((visibility("default"))) const struct tc_rewriter *tc_rewriter(void) {
    return &rewriter;
}
