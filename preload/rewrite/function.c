/* function.c: finds a module's functions by .eh_frame_hdr, decodes them, and says which can be
 * cloned; see module.h. */
#include <string.h>

#include "preload/rewrite/dwarf.h"
#include "preload/rewrite/module.h"

#define JUMP_SIZE 5 /* of the jump that is put at an entry */
#define BUCKET    1024u

/* Numbers of functions by address. */
struct tc_function *tc_function_at(const struct tc_module *module, uint64_t address) {
    if (!module->count || address < module->base ||
        address >= module->functions[module->count - 1].high)
        return NULL;
    uint32_t i = module->buckets[(address - module->base) / BUCKET];
    while (i && module->functions[i - 1].low > address)
        i--;
    struct tc_function *function = i ? &module->functions[i - 1] : NULL;
    return function && address < function->high ? function : NULL;
}

int32_t tc_function_index(const struct tc_function *function, uint64_t address) {
    uint32_t low = 0, high = function->count;
    uint64_t offset = address - function->low;
    if (!offset && high)
        return 0; /* most are calls */
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (function->insns[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < function->count && function->insns[low].offset == offset ? (int32_t)low : -1;
}

/* Whether a call of what is there may go through a GOT slot: endbr64, bnd, and a jump or push. */
static bool leads_on(const uint8_t *code, uint64_t size) {
    static const uint8_t endbr[] = {0xf3, 0x0f, 0x1e, 0xfa};
    if (size > 5 && memcmp(code, endbr, 4) == 0)
        code += 4;
    return code[0] == 0xff || (size > 1 && code[0] == 0xf2 && code[1] == 0xff);
}

/* Reads the sorted table; functions of no size, or outside of the code, are not in the result. */
static void read_table(struct tc_module *module, const int32_t (*table)[2], uint32_t count) {
    const uint8_t *header = module->table;
    for (uint32_t i = 0; i < count; i++) {
        struct tc_function *function = &module->functions[module->count];
        uint64_t low = (uint64_t)header + (uint64_t)(int64_t)table[i][0];
        function->fde = header + table[i][1];
        struct tc_fde fde;
        if (!tc_module_has_code(module, low) || !tc_fde_read(function->fde, &fde) ||
            fde.low != low || fde.high <= low || !tc_module_has_code(module, fde.high - 1) ||
            (module->count && low < function[-1].high) || fde.high - low > UINT32_MAX / 8)
            continue;
        function->low = low;
        function->high = fde.high;
        function->leads_on = leads_on((const uint8_t *)low, fde.high - low);
        if (fde.cie.signal_frame || !fde.cie.understood)
            function->state = TC_WHY_UNWIND;
        if (fde.high - low > module->longest)
            module->longest = (uint32_t)(fde.high - low);
        module->count++;
    }
}

static bool fill_buckets(struct tc_pool *pool, struct tc_module *module) {
    module->base = module->functions[0].low;
    uint64_t count = (module->functions[module->count - 1].high - module->base) / BUCKET + 1;
    module->buckets = tc_pool_take(pool, count * sizeof *module->buckets);
    if (!module->buckets)
        return false;
    uint32_t next = 0;
    for (uint64_t i = 0; i < count; i++) {
        while (next < module->count &&
               module->functions[next].low < module->base + (i + 1) * BUCKET)
            next++;
        module->buckets[i] = next;
    }
    return true;
}

bool tc_module_list(struct tc_pool *pool, struct tc_module *module) {
    const uint8_t *header = module->table;
    if (header[0] != 1 || header[2] != 0x03 || header[3] != 0x3b)
        return false; /* the only form that linkers write */
    struct tc_dwarf at = {header + 4, header + 64};
    tc_dwarf_pointer(&at, header[1], (uint64_t)header);
    uint32_t count;
    memcpy(&count, at.at, 4);
    module->count = module->longest = 0;
    module->functions = tc_pool_take(pool, (count + 1ull) * sizeof *module->functions);
    if (!module->functions)
        return false;
    read_table(module, (const int32_t(*)[2])(at.at + 4), count);
    return module->count && fill_buckets(pool, module);
}

/* The GOT slot through which `insn` calls or jumps, directly or by a stub of the linker; or 0. */
static uint64_t slot_of(const struct tc_module *module, const struct tc_function *function,
                        const struct tc_insn *insn) {
    if (insn->flow == TC_FLOW_CALL_INDIRECT || insn->flow == TC_FLOW_JUMP_INDIRECT)
        return insn->displacement_at ? function->low + insn->offset + insn->length +
                                           (uint64_t)(int64_t)insn->displacement
                                     : 0;
    if ((insn->flow != TC_FLOW_CALL && insn->flow != TC_FLOW_JUMP) ||
        !tc_module_has_code(module, insn->target))
        return 0;
    const uint8_t *code = (const uint8_t *)insn->target;
    static const uint8_t endbr[] = {0xf3, 0x0f, 0x1e, 0xfa};
    if (!tc_module_has_code(module, insn->target + 11))
        return 0;
    if (memcmp(code, endbr, 4) == 0)
        code += 4;
    if (code[0] == 0xf2)
        code++;
    if (code[0] != 0xff || code[1] != 0x25)
        return 0;
    int32_t displacement;
    memcpy(&displacement, code + 2, 4);
    return (uint64_t)code + 6 + (uint64_t)(int64_t)displacement;
}

static bool calls_by_caller(const struct tc_module *module, const struct tc_function *function,
                            const struct tc_insn *insn) {
    uint64_t slot = module->caller_count ? slot_of(module, function, insn) : 0;
    for (uint32_t i = 0; slot && i < module->caller_count; i++)
        if (module->caller_slots[i] == slot)
            return true;
    return false;
}

static bool is_stub(const struct tc_insn *insns, uint32_t count) {
    for (uint32_t i = 0; i < count && i < 3; i++)
        if (insns[i].flow == TC_FLOW_JUMP_INDIRECT && insns[i].displacement_at)
            return true;
    return false;
}

/* What one instruction says of its function. */
static void learn(struct tc_function *function, const struct tc_insn *insn) {
    function->calls |= insn->flow == TC_FLOW_CALL || insn->flow == TC_FLOW_CALL_INDIRECT;
    function->indirect |= insn->flow == TC_FLOW_JUMP_INDIRECT;
    function->frame |= insn->sets_frame;
    function->stack_escapes |= insn->stack_address;
    function->sets_carry |= insn->sets_carry;
    function->conditional |= insn->conditional;
    function->registers |= insn->reads | insn->touches;
    function->locks |= insn->locked;
    if (insn->frame_address)
        function->frame_escapes = true;
    if ((insn->loads || insn->stores || insn->stack_address) && insn->base == TC_RSP &&
        insn->displacement < 0 && !(insn->touches & TC_BIT(TC_RSP)))
        function->red_zone = true;
}

/* Where the code ends in which the function lies: as far may be read. */
static uint64_t end_of_code(const struct tc_module *module, const struct tc_function *function) {
    for (uint32_t i = 0; i < module->code_count; i++)
        if (function->low >= module->code[i].low && function->high <= module->code[i].high)
            return module->code[i].high;
    return function->high;
}

/* All instructions, to `insns`; false: something is not understood. */
static bool decode_all(const struct tc_module *module, struct tc_function *function,
                       struct tc_insn *insns) {
    uint64_t end = end_of_code(module, function);
    function->count = function->registers = 0;
    for (uint64_t at = function->low; at < function->high;) {
        struct tc_insn *insn = &insns[function->count];
        if (!tc_insn_decode((const uint8_t *)at, end - at, insn) ||
            at + insn->length > function->high || insn->flow == TC_FLOW_UNKNOWN || insn->uses_gs)
            return false;
        insn->offset = (uint32_t)(at - function->low);
        insn->to = TC_TO_ELSEWHERE;
        learn(function, insn);
        at += insn->length;
        function->count++;
    }
    return true;
}

/* Of each offset at which an instruction begins, its place; what lies between is left over from
 * other functions. */
static void fill_map(const struct tc_function *function, uint32_t *map) {
    for (uint32_t i = 0; i < function->count; i++)
        map[function->insns[i].offset] = i;
}

static int32_t mapped_index(const struct tc_function *function, const uint32_t *map,
                            uint64_t offset) {
    uint32_t index = map[offset];
    return index < function->count && function->insns[index].offset == offset ? (int32_t)index : -1;
}

static void note_entry_target(struct tc_function *function, uint64_t offset) {
    if (offset < 16)
        function->entry_targets |= (uint16_t)(1u << offset);
}

/* A branch into the function itself. */
static void note_own(const struct tc_decoder *decoder, struct tc_function *function,
                     struct tc_insn *insn) {
    uint64_t offset = insn->target - function->low;
    insn->to = mapped_index(function, decoder->map, offset);
    if (insn->to < 0 || (insn->flow == TC_FLOW_CALL && insn->to > 0))
        function->state = TC_WHY_CODE; /* into the midst of an instruction; or to get its pc */
    note_entry_target(function, offset);
    if (insn->to < 0)
        return;
    struct tc_insn *to = &function->insns[insn->to];
    to->leader = true;
    if (to <= insn && insn->flow != TC_FLOW_CALL) {
        to->loop_head = true;
        decoder->loop_ends[insn->to] = (uint32_t)(insn - function->insns);
    }
}

/* Functions that branch into the midst of each other are parts of one, which has one frame.  Who
 * was cloned before that was known is cloned again. */
static bool note_other(struct tc_pool *pool, struct tc_function *from, struct tc_function *other,
                       uint64_t target) {
    uint32_t offset = (uint32_t)(target - other->low);
    if (!offset)
        return true;
    other->split = from->split = true;
    if (!other->targeted &&
        !(other->targeted = tc_pool_take(pool, (other->high - other->low + 7) / 8)))
        return false;
    if (other->targeted[offset / 8] >> offset % 8 & 1)
        return true;
    other->targeted[offset / 8] |= (uint8_t)(1u << offset % 8);
    struct tc_target *added = tc_pool_take(pool, sizeof *added);
    if (!added)
        return false;
    *added = (struct tc_target){other->targets, offset};
    other->targets = added;
    note_entry_target(other, offset);
    other->again |= other->low < from->low;
    return true;
}

static bool note_targets(const struct tc_decoder *decoder, const struct tc_module *module,
                         struct tc_function *from) {
    for (uint32_t i = 0; i < from->count; i++) {
        struct tc_insn *insn = &from->insns[i];
        if (insn->flow == TC_FLOW_CALL_INDIRECT || insn->flow == TC_FLOW_JUMP_INDIRECT) {
            if (calls_by_caller(module, from, insn))
                from->state = TC_WHY_CALLER;
            continue;
        }
        if (!insn->target)
            continue;
        if (insn->target >= from->low && insn->target < from->high) {
            note_own(decoder, from, insn);
            continue;
        }
        struct tc_function *other = tc_function_at(module, insn->target);
        if ((!other || other->leads_on) && calls_by_caller(module, from, insn))
            from->state = TC_WHY_CALLER;
        if (!other)
            continue;
        insn->to = TC_TO_FUNCTION - (int32_t)(other - module->functions);
        if (!note_other(decoder->pool, from, other, insn->target))
            return false;
    }
    return true;
}

/* Whether the bytes after a function are padding, up to `wanted` of them. */
static bool is_padding(const struct tc_module *module, uint64_t at, uint64_t wanted) {
    const struct tc_function *next = tc_function_at(module, at + wanted - 1);
    if (next || !tc_module_has_code(module, at + wanted))
        return false;
    for (uint64_t end = at + wanted; at < end;) {
        const uint8_t *code = (const uint8_t *)at;
        struct tc_insn insn;
        if (*code == 0xcc || *code == 0x90) {
            at++;
            continue;
        }
        if (!tc_insn_decode(code, 15, &insn) || insn.flow != TC_FLOW_NEXT || insn.touches ||
            insn.loads || insn.stores || insn.flags_written ||
            !(code[0] == 0x66 || code[0] == 0x0f))
            return false;
        at += insn.length;
    }
    return true;
}

/* Whether branches go into the bytes before and under a jump that is put behind `entry` bytes. */
static bool has_target(const struct tc_function *function, unsigned entry) {
    unsigned under = ((1u << (entry + JUMP_SIZE)) - 1) & ~1u & ~(1u << entry);
    return function->entry_targets & under;
}

void tc_function_judge(struct tc_function *function) {
    if (function->state)
        return;
    /* In the place of endbr64 if it must be: the kernel has user programs go without. */
    if (has_target(function, function->entry_size))
        function->entry_size = 0;
    if (has_target(function, function->entry_size))
        function->no_jump = TC_WHY_ENTRY;
}

/* Whether there is room for a jump at the entry that nobody comes into the midst of. */
static void judge(const struct tc_module *module, struct tc_function *function) {
    tc_function_judge(function);
    if (function->state || function->no_jump)
        return;
    uint64_t size = function->high - function->low, wanted = function->entry_size + JUMP_SIZE;
    if (size < wanted && !is_padding(module, function->high, wanted - size))
        function->no_jump = TC_WHY_SHORT;
    for (uint32_t i = 0; i < function->count; i++) {
        const struct tc_insn *insn = &function->insns[i];
        uint32_t after = insn->offset + insn->length;
        bool call = insn->flow == TC_FLOW_CALL || insn->flow == TC_FLOW_CALL_INDIRECT;
        if (after >= wanted)
            break;
        if (call && after != function->entry_size)
            function->no_jump = TC_WHY_ENTRY; /* a frame may return into the jump */
    }
}

bool tc_decoder_make(struct tc_decoder *decoder, struct tc_pool *pool,
                     const struct tc_module *module) {
    decoder->pool = pool;
    decoder->insns = tc_pool_take(pool, module->longest * sizeof *decoder->insns);
    decoder->map = tc_pool_take(pool, module->longest * sizeof *decoder->map);
    decoder->loop_ends = tc_pool_take(pool, module->longest * sizeof *decoder->loop_ends);
    return decoder->insns && decoder->map && decoder->loop_ends;
}

bool tc_function_decode(const struct tc_decoder *decoder, const struct tc_module *module,
                        struct tc_function *function) {
    static const uint8_t endbr[] = {0xf3, 0x0f, 0x1e, 0xfa};
    uint32_t before = function->state;
    function->insns = decoder->insns;
    if (!decode_all(module, function, decoder->insns))
        function->state = TC_WHY_CODE;
    if (function->high - function->low >= 4 && !memcmp((const void *)function->low, endbr, 4))
        function->entry_size = 4;
    fill_map(function, decoder->map);
    if (!note_targets(decoder, module, function))
        return false;
    if (is_stub(function->insns, function->count))
        function->state = TC_WHY_STUB;
    for (const struct tc_target *target = function->targets; target; target = target->next) {
        int32_t index = mapped_index(function, decoder->map, target->offset);
        if (index >= 0)
            function->insns[index].leader = true;
    }
    if (!function->calls && (function->frame || function->stack_escapes || function->split))
        function->red_zone = true;
    if (before)
        function->state = before; /* it only had to say where it branches to */
    else
        judge(module, function);
    return true;
}
