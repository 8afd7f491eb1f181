/* sample_pick.c: see sample_pick.h. */
#include "preload/race/sample_pick.h"

#include <elf.h>
#include <link.h>
#include <string.h>

#include "preload/race/calls.h"
#include "preload/sys.h"

#include "preload/poison.h"

#define MODULES   64
#define CONSTANTS 4
#define LONGEST   (64u << 10) /* bytes of a function that are decoded at most */
#define NEAR      48          /* instructions behind a place that are looked at */
#define SCANNED   2048        /* bytes of a function that are looked at, at most twice */
#define KEPT      1024        /* decoded instructions */

struct module {
    uintptr_t low, high;   /* its code */
    const uint8_t *header; /* .eh_frame_hdr */
    const int32_t *table;  /* pairs: function, FDE; relative to the header */
    uint32_t count;
    struct {
        uintptr_t low, high;
    } constants[CONSTANTS];
};

static struct module modules[MODULES];
static unsigned module_count; /* a module is whole before it is counted */
static uint32_t learning;     /* a thread adds one */
static tc_decode *decode;

/* By where the instruction ends.  A reader takes what has one and the same end before and after. */
static struct kept {
    uintptr_t end;
    struct tc_pick pick;
} kept[KEPT];

void tc_pick_begin(tc_decode *with) {
    decode = with;
}

/* False: its functions cannot be known. */
static bool read_module(const struct tc_module_view *view, struct module *module) {
    *module = (struct module){.low = UINTPTR_MAX};
    unsigned constants = 0;
    for (size_t i = 0; i < view->segment_count; i++) {
        const Elf64_Phdr *segment = &view->segments[i];
        uintptr_t low = view->bias + segment->p_vaddr, high = low + segment->p_memsz;
        if (segment->p_type == PT_GNU_EH_FRAME)
            module->header = (const uint8_t *)low;
        if (segment->p_type != PT_LOAD)
            continue;
        if (segment->p_flags & PF_X) {
            module->low = low < module->low ? low : module->low;
            module->high = high > module->high ? high : module->high;
        }
        if (!(segment->p_flags & PF_W) && constants < CONSTANTS) {
            module->constants[constants].low = low;
            module->constants[constants++].high = high;
        }
    }
    /* Version 1; the count as 4 bytes, the table relative to the header: what linkers write. */
    if (!module->header || !module->high || module->header[0] != 1 || module->header[2] != 0x03 ||
        module->header[3] != 0x3b)
        return false;
    memcpy(&module->count, module->header + 8, sizeof module->count);
    module->table = (const int32_t *)(module->header + 12);
    return module->count != 0;
}

static unsigned known(void) {
    return __atomic_load_n(&module_count, __ATOMIC_ACQUIRE);
}

static void add_module(const struct tc_module_view *view) {
    unsigned count = known();
    if (count < MODULES && read_module(view, &modules[count]))
        __atomic_store_n(&module_count, count + 1, __ATOMIC_RELEASE);
}

bool tc_pick_find_modules(void) {
    module_count = 0;
    memset(kept, 0, sizeof kept);
    tc_calls_modules(add_module);
    return module_count != 0;
}

static const struct module *module_of(uintptr_t pc) {
    for (unsigned i = 0, count = known(); i < count; i++)
        if (pc >= modules[i].low && pc < modules[i].high)
            return &modules[i];
    return NULL;
}

bool tc_pick_learn(uintptr_t pc) {
    struct tc_module_view view;
    uint32_t nobody = 0;
    if (module_of(pc) || !tc_calls_module_at(pc, &view) ||
        !__atomic_compare_exchange_n(&learning, &nobody, 1, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED))
        return false;
    bool added = false;
    if (!module_of(pc)) {
        add_module(&view);
        added = module_of(pc) != NULL;
    }
    __atomic_store_n(&learning, 0, __ATOMIC_RELEASE);
    return added;
}

void tc_pick_forget_gone(void) {
    unsigned stay = 0;
    for (unsigned i = 0; i < module_count; i++) {
        struct tc_module_view view;
        struct module now;
        if (tc_calls_module_at(modules[i].low, &view) && read_module(&view, &now) &&
            now.low == modules[i].low && now.high == modules[i].high)
            modules[stay++] = now;
    }
    if (!stay) { /* an older glibc, which cannot be asked */
        tc_pick_find_modules();
        return;
    }
    module_count = stay;
    memset(kept, 0, sizeof kept);
}

bool tc_pick_is_watched(uintptr_t pc) {
    return module_of(pc) != NULL;
}

bool tc_pick_is_constant(uintptr_t address) {
    for (unsigned i = 0, count = known(); i < count; i++)
        for (unsigned k = 0; k < CONSTANTS; k++)
            if (address >= modules[i].constants[k].low && address < modules[i].constants[k].high)
                return true;
    return false;
}

/* The function around `pc`, by the search table and the first words of its FDE. */
static bool function_of(uintptr_t pc, uintptr_t *low, uintptr_t *high) {
    const struct module *module = module_of(pc);
    if (!module)
        return false;
    uint32_t first = 0, last = module->count - 1;
    while (first < last) {
        uint32_t middle = (first + last + 1) / 2;
        if ((uintptr_t)(module->header + module->table[2 * middle]) <= pc)
            first = middle;
        else
            last = middle - 1;
    }
    *low = (uintptr_t)(module->header + module->table[2 * first]);
    const uint8_t *fde = module->header + module->table[2 * first + 1];
    int32_t begin;
    uint32_t size;
    memcpy(&begin, fde + 8, sizeof begin);
    memcpy(&size, fde + 12, sizeof size);
    *high = *low + size;
    /* Written relative to itself by 4 bytes, as compilers do; else it is not understood. */
    return (uintptr_t)(fde + 8) + (uintptr_t)(intptr_t)begin == *low && pc >= *low && pc < *high &&
           *high <= module->high;
}

static bool decode_at(uintptr_t at, uintptr_t high, struct tc_pick *pick) {
    pick->start = at;
    if (!decode((const uint8_t *)at, high - at, &pick->insn) || !pick->insn.length)
        return false;
    pick->end = at + pick->insn.length;
    return true;
}

bool tc_pick_is_shared(const struct tc_insn *insn) {
    return insn->size && insn->size <= 32 && (insn->loads || insn->stores) && !insn->locked &&
           !insn->of_thread && !insn->uses_gs && !insn->repeats && !insn->string &&
           !insn->narrow_address && !insn->masked && !insn->gathers && !insn->by_bit &&
           insn->base != TC_RSP;
}

bool tc_pick_random(uint64_t random, struct tc_pick *pick) {
    const struct module *module = modules, *end = modules + known();
    uint64_t size = 0;
    for (; module < end; module++)
        size += module->high - module->low;
    if (!size)
        return false;
    uint64_t at = random % size;
    for (module = modules; at >= module->high - module->low; module++)
        at -= module->high - module->low;
    uintptr_t pc = module->low + at, low, high;
    if (!function_of(pc, &low, &high) || pc - low > LONGEST)
        return false;
    for (; low < high && decode_at(low, high, pick); low = pick->end)
        if (pick->end > pc && tc_pick_is_shared(&pick->insn))
            return true;
    return false;
}

bool tc_pick_of_function(uintptr_t pc, uint64_t random, struct tc_pick *pick) {
    uintptr_t low, high;
    if (!function_of(pc, &low, &high))
        return false;
    struct tc_pick one;
    unsigned seen = 0;
    uintptr_t at = pc - low > SCANNED ? pc : low; /* where an instruction begins */
    uintptr_t end = high - at > 2 * SCANNED ? at + 2 * SCANNED : high;
    for (; at < end && decode_at(at, high, &one); at = one.end) {
        if (!tc_pick_is_shared(&one.insn))
            continue;
        random = random * 6364136223846793005ull + 1442695040888963407ull;
        if ((random >> 33) % ++seen == 0)
            *pick = one;
    }
    return seen;
}

bool tc_pick_near(uintptr_t pc, unsigned number, const ucontext_t *context, struct tc_pick *pick,
                  uintptr_t *address) {
    uintptr_t low, high;
    uint16_t touched = 0;
    bool found = false;
    if (!function_of(pc, &low, &high))
        return false;
    struct tc_pick one;
    for (unsigned i = 0; i < NEAR && pc < high && decode_at(pc, high, &one); i++, pc = one.end) {
        const struct tc_insn *insn = &one.insn;
        uint16_t used = (uint16_t)((insn->base >= 0 ? TC_BIT(insn->base) : 0) |
                                   (insn->index >= 0 ? TC_BIT(insn->index) : 0));
        if (tc_pick_is_shared(insn) && !(used & touched) &&
            tc_pick_address(&one, context, false, address)) {
            *pick = one;
            found = true;
            if (number-- == 0)
                break;
        }
        touched |= insn->touches;
        if (insn->flow != TC_FLOW_NEXT && insn->flow != TC_FLOW_BRANCH)
            break;
    }
    return found && tc_pick_address(pick, context, false, address);
}

bool tc_pick_at(uintptr_t pc, struct tc_pick *pick) {
    uintptr_t low, high;
    return function_of(pc, &low, &high) && decode_at(pc, high, pick);
}

bool tc_pick_before(uintptr_t pc, struct tc_pick *pick) {
    struct kept *place = &kept[(pc ^ pc >> 10) % KEPT];
    if (__atomic_load_n(&place->end, __ATOMIC_ACQUIRE) == pc) {
        *pick = place->pick;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (__atomic_load_n(&place->end, __ATOMIC_RELAXED) == pc)
            return true;
    }
    uintptr_t low, high;
    if (!function_of(pc - 1, &low, &high) || pc - low > LONGEST)
        return false;
    for (; low < pc; low = pick->end)
        if (!decode_at(low, high, pick))
            return false;
    if (low != pc)
        return false;
    __atomic_store_n(&place->end, 0, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    place->pick = *pick;
    __atomic_store_n(&place->end, pc, __ATOMIC_RELEASE);
    return true;
}

static uintptr_t value_of(const ucontext_t *context, int number) {
    static const uint8_t place[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                      REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                      REG_R12, REG_R13, REG_R14, REG_R15};
    return number == TC_NO_REGISTER ? 0 : (uintptr_t)context->uc_mcontext.gregs[place[number]];
}

bool tc_pick_address(const struct tc_pick *pick, const ucontext_t *context, bool after,
                     uintptr_t *address) {
    const struct tc_insn *insn = &pick->insn;
    uint16_t used = (uint16_t)((insn->base >= 0 ? TC_BIT(insn->base) : 0) |
                               (insn->index >= 0 ? TC_BIT(insn->index) : 0));
    if (after && used & insn->touches)
        return false;
    *address = value_of(context, insn->base) + value_of(context, insn->index) * insn->scale +
               (uintptr_t)(intptr_t)insn->displacement + (insn->displacement_at ? pick->end : 0);
    return true;
}
