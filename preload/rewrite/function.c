/* function.c: finds a module's functions by .eh_frame_hdr, decodes them, and says which can be
 * cloned; see module.h. */
#include <string.h>

#include "preload/rewrite/dwarf.h"
#include "preload/rewrite/module.h"

#define JUMP_SIZE 5 /* of the jump that is put at an entry */
#define INSNS_MAX 2000000u

struct tc_function *tc_function_at(const struct tc_module *module, uint64_t address) {
    uint32_t low = 0, high = module->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (module->functions[middle].low <= address)
            low = middle + 1;
        else
            high = middle;
    }
    struct tc_function *function = low ? &module->functions[low - 1] : NULL;
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

/* Reads the sorted table; functions of no size, or outside of the code, are not in the result. */
static bool list_functions(struct tc_pool *pool, struct tc_module *module) {
    const uint8_t *header = module->table;
    if (header[0] != 1 || header[2] != 0x03 || header[3] != 0x3b)
        return false; /* the only form that linkers write */
    struct tc_dwarf at = {header + 4, header + 64};
    tc_dwarf_pointer(&at, header[1], (uint64_t)header);
    uint32_t count;
    memcpy(&count, at.at, 4);
    const int32_t(*table)[2] = (const int32_t(*)[2])(at.at + 4);
    module->functions = tc_pool_take(pool, (count + 1) * sizeof *module->functions);
    if (!module->functions)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct tc_function *function = &module->functions[module->count];
        uint64_t low = (uint64_t)header + (uint64_t)(int64_t)table[i][0];
        function->fde = header + table[i][1];
        struct tc_fde fde;
        if (!tc_module_has_code(module, low) || !tc_fde_read(function->fde, &fde) ||
            fde.low != low || fde.high <= low || !tc_module_has_code(module, fde.high - 1) ||
            (module->count && low < function[-1].high))
            continue;
        function->low = low;
        function->high = fde.high;
        if (fde.cie.signal_frame || !fde.cie.understood)
            function->state = TC_WHY_UNWIND;
        module->count++;
    }
    return module->count != 0;
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
    if (insn->frame_address)
        function->frame_escapes = true;
    if ((insn->loads || insn->stores || insn->stack_address) && insn->base == TC_RSP &&
        insn->displacement < 0 && !(insn->touches & TC_BIT(TC_RSP)))
        function->red_zone = true;
}

static bool decode_function(struct tc_pool *pool, const struct tc_module *module,
                            struct tc_function *function, struct tc_insn *buffer) {
    uint32_t count = 0;
    for (uint64_t at = function->low; at < function->high;) {
        struct tc_insn *insn = &buffer[count];
        if (count == INSNS_MAX || !tc_insn_decode((const uint8_t *)at, function->high - at, insn) ||
            insn->flow == TC_FLOW_UNKNOWN || insn->uses_gs) {
            function->state = TC_WHY_CODE;
            return true;
        }
        insn->offset = (uint32_t)(at - function->low);
        insn->to = -1;
        learn(function, insn);
        if (calls_by_caller(module, function, insn))
            function->state = TC_WHY_CALLER;
        at += insn->length;
        count++;
    }
    function->count = count;
    if (is_stub(buffer, count))
        function->state = TC_WHY_STUB;
    function->insns = tc_pool_take(pool, count * sizeof *buffer);
    if (!function->insns)
        return false;
    memcpy(function->insns, buffer, count * sizeof *buffer);
    static const uint8_t endbr[] = {0xf3, 0x0f, 0x1e, 0xfa};
    if (function->high - function->low >= 4 && !memcmp((const void *)function->low, endbr, 4))
        function->entry_size = 4;
    if (!function->calls && (function->frame || function->stack_escapes))
        function->red_zone = true;
    return true;
}

/* A branch goes to `target`, which is in `function`, at `index`; `from` is where it comes from. */
static void note_target(struct tc_function *function, struct tc_function *from, uint64_t target,
                        int32_t index) {
    uint64_t offset = target - function->low;
    if (offset < 16)
        function->entry_targets |= (uint16_t)(1u << offset);
    /* At the place of the jump itself: right as long as it comes from the whole function. */
    if (offset && function != from) {
        function->split = from->split = true;
        if (!function->calls)
            function->red_zone = true;
        if (!from->calls)
            from->red_zone = true;
    }
    if (index >= 0)
        function->insns[index].leader = true;
}

/* The same as tc_function_index, by a map of the function: of each offset at which an instruction
 * begins, its place; what lies between is left over from other functions. */
static int32_t mapped_index(const struct tc_function *function, const uint32_t *map,
                            uint64_t address) {
    uint32_t offset = (uint32_t)(address - function->low), index = map[offset];
    return index < function->count && function->insns[index].offset == offset ? (int32_t)index : -1;
}

static void note_targets(const struct tc_module *module, struct tc_function *from, uint32_t *map) {
    for (uint32_t i = 0; i < from->count; i++)
        map[from->insns[i].offset] = i;
    for (uint32_t i = 0; i < from->count; i++) {
        struct tc_insn *insn = &from->insns[i];
        if (!insn->target)
            continue;
        if (insn->target >= from->low && insn->target < from->high) {
            insn->to = mapped_index(from, map, insn->target);
            if (insn->to < 0 || (insn->flow == TC_FLOW_CALL && insn->to > 0))
                from->state = TC_WHY_CODE; /* into the midst of an instruction; or to get its pc */
            note_target(from, from, insn->target, insn->to);
        } else {
            struct tc_function *other = tc_function_at(module, insn->target);
            if (other)
                note_target(other, from, insn->target,
                            other->insns ? tc_function_index(other, insn->target) : -1);
        }
    }
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

static void judge(const struct tc_module *module, struct tc_function *function) {
    if (function->state)
        return;
    /* In the place of endbr64 if it must be: the kernel has user programs go without. */
    if (has_target(function, function->entry_size))
        function->entry_size = 0;
    if (has_target(function, function->entry_size))
        function->state = TC_WHY_ENTRY;
    uint64_t size = function->high - function->low, wanted = function->entry_size + JUMP_SIZE;
    if (size < wanted && !is_padding(module, function->high, wanted - size))
        function->state = TC_WHY_SHORT;
    for (uint32_t i = 0; i < function->count; i++) {
        const struct tc_insn *insn = &function->insns[i];
        uint32_t after = insn->offset + insn->length;
        bool call = insn->flow == TC_FLOW_CALL || insn->flow == TC_FLOW_CALL_INDIRECT;
        if (after >= wanted)
            break;
        if (call && after != function->entry_size)
            function->state = TC_WHY_ENTRY; /* a frame may return into the jump */
    }
}

bool tc_module_decode(struct tc_pool *pool, struct tc_module *module) {
    if (!list_functions(pool, module))
        return false;
    struct tc_pool scratch = {0};
    struct tc_insn *buffer = tc_pool_take(&scratch, INSNS_MAX * sizeof *buffer);
    uint64_t longest = 0;
    for (uint32_t i = 0; i < module->count; i++)
        if (module->functions[i].high - module->functions[i].low > longest)
            longest = module->functions[i].high - module->functions[i].low;
    uint32_t *map = tc_pool_take(&scratch, longest * sizeof *map);
    bool good = buffer && map;
    for (uint32_t i = 0; good && i < module->count; i++)
        if (!module->functions[i].state)
            good = decode_function(pool, module, &module->functions[i], buffer);
    for (uint32_t i = 0; good && i < module->count; i++)
        if (module->functions[i].insns)
            note_targets(module, &module->functions[i], map);
    tc_pool_release(&scratch);
    for (uint32_t i = 0; good && i < module->count; i++)
        judge(module, &module->functions[i]);
    return good;
}
