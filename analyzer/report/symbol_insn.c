/* symbol_insn.c: what the instructions around an access say of it, where debug information does
 * not.
 *
 * The code of a function is followed in a straight line for some instructions before and behind the
 * access: each register has a value with a number, and the set of memory operands that the value
 * was computed from.  So a value that is read, changed and stored back is known as that, also when
 * its address is read again in between (as code without optimisation does) or when a new head of a
 * list takes the old one into itself.
 * Source: what compilers make of atomic loads and stores is from gcc 12 and clang 14.
 */
#include "analyzer/report/symbol_decode.h"

enum {
    AROUND = 64,      /* instructions that are looked at on each side */
    TEST_WITHIN = 12, /* a flag is tested so soon after it was read */
    FROM = 3,         /* origins that are kept of a value */
    SLOTS = 32,       /* places of the frame that are kept */
    RSP = 4,
    RBP = 5,
    VECTORS = 16, /* the first of them, behind the general registers */
    REGISTERS = VECTORS + 32,
};

struct value {
    uint32_t number;     /* the same: the same value */
    uint64_t from[FROM]; /* memory operands that it was computed from */
};

struct slot {
    int base;
    int64_t displacement;
    struct value value;
};

struct machine {
    struct value registers[REGISTERS];
    struct slot slots[SLOTS];
    uint32_t slot_count, numbers;
    uint32_t took[FROM]; /* numbers of addresses of memory that `target` was stored into */
    uint64_t target;     /* the memory operand in question, 0: not known yet */
    bool updates;        /* the access stores what was made of the target's own value */
};

static uint32_t fresh(struct machine *machine) {
    return ++machine->numbers;
}

static int general(ZydisRegister reg) {
    reg = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
    return reg >= ZYDIS_REGISTER_RAX && reg <= ZYDIS_REGISTER_R15 ? (int)(reg - ZYDIS_REGISTER_RAX)
                                                                  : -1;
}

/* The number of a register whose value is kept, or -1. */
static int tracked(ZydisRegister reg) {
    reg = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
    return reg >= ZYDIS_REGISTER_ZMM0 && reg <= ZYDIS_REGISTER_ZMM31
               ? VECTORS + (int)(reg - ZYDIS_REGISTER_ZMM0)
               : general(reg);
}

static bool has_origin(const struct value *value, uint64_t key) {
    for (unsigned i = 0; i < FROM; i++)
        if (key && value->from[i] == key)
            return true;
    return false;
}

static void add_origin(struct value *value, uint64_t key) {
    for (unsigned i = 0; i < FROM && key; i++)
        if (!value->from[i] || value->from[i] == key) {
            value->from[i] = key;
            return;
        }
}

static void add_origins(struct value *value, const struct value *of) {
    for (unsigned i = 0; i < FROM; i++)
        add_origin(value, of->from[i]);
}

/* The same for two operands that name the same memory, as far as is known; never 0. */
static uint64_t key_of(const struct machine *machine, const struct tc_decoded *insn,
                       const ZydisDecodedOperand *operand) {
    uint64_t key = (uint64_t)operand->mem.disp.value;
    int base = general(operand->mem.base), index = general(operand->mem.index);
    if (operand->mem.base == ZYDIS_REGISTER_RIP)
        key += insn->at + insn->z.length;
    if (base >= 0)
        key += (machine->registers[base].number + 1) * 0x9e3779b97f4a7c15ull;
    if (index >= 0)
        key += (machine->registers[index].number + 1) * operand->mem.scale * 0xc2b2ae3d27d4eb4full;
    return key ? key : 1;
}

/* The place of the frame that an operand is, or NULL. */
static struct slot *slot_of(struct machine *machine, const ZydisDecodedOperand *operand) {
    int base = general(operand->mem.base);
    if ((base != RSP && base != RBP) || operand->mem.index != ZYDIS_REGISTER_NONE)
        return NULL;
    for (uint32_t i = 0; i < machine->slot_count; i++) {
        struct slot *slot = &machine->slots[i];
        if (slot->base == base && slot->displacement == operand->mem.disp.value)
            return slot;
    }
    if (machine->slot_count == SLOTS)
        return NULL;
    struct slot *slot = &machine->slots[machine->slot_count++];
    *slot = (struct slot){base, operand->mem.disp.value, {.number = fresh(machine)}};
    return slot;
}

/* The value that an operand has when it is read. */
static struct value value_of(struct machine *machine, const struct tc_decoded *insn,
                             const ZydisDecodedOperand *operand) {
    struct value value = {0};
    if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER && tracked(operand->reg.value) >= 0)
        return machine->registers[tracked(operand->reg.value)];
    if (!tc_operand_is_memory(operand)) {
        value.number = fresh(machine);
        return value;
    }
    struct slot *slot = slot_of(machine, operand);
    if (slot)
        value = slot->value;
    else
        value.number = fresh(machine);
    add_origin(&value, key_of(machine, insn, operand));
    return value;
}

/* Changes of a value that leave it the thing that it was. */
static bool is_move(ZydisMnemonic mnemonic) {
    switch (mnemonic) {
    case ZYDIS_MNEMONIC_MOV:
    case ZYDIS_MNEMONIC_MOVZX:
    case ZYDIS_MNEMONIC_MOVSX:
    case ZYDIS_MNEMONIC_MOVSXD:
    case ZYDIS_MNEMONIC_MOVD:
    case ZYDIS_MNEMONIC_MOVQ:
    case ZYDIS_MNEMONIC_VMOVD:
    case ZYDIS_MNEMONIC_VMOVQ:
        return true;
    default:
        return false;
    }
}

/* Instructions of vector registers that gcc makes of plain accesses only: atomic ones it moves as
 * integers, at most by movd and movq. */
static bool is_plain_of_gcc(const ZydisDecodedInstruction *z) {
    switch (z->meta.isa_set) {
    case ZYDIS_ISA_SET_SSE:
    case ZYDIS_ISA_SET_SSE2:
    case ZYDIS_ISA_SET_AVX:
        return !is_move(z->mnemonic);
    default:
        return z->encoding == ZYDIS_INSTRUCTION_ENCODING_EVEX && !is_move(z->mnemonic);
    }
}

/* What an instruction writes is computed from what it reads. */
static struct value result_of(struct machine *machine, const struct tc_decoded *insn) {
    struct value result = {0};
    unsigned read = 0;
    for (unsigned i = 0; i < insn->z.operand_count_visible; i++) {
        const ZydisDecodedOperand *operand = &insn->operands[i];
        if (insn->z.mnemonic == ZYDIS_MNEMONIC_LEA && tc_operand_is_memory(operand) == false &&
            operand->type == ZYDIS_OPERAND_TYPE_MEMORY) {
            int parts[] = {general(operand->mem.base), general(operand->mem.index)};
            for (unsigned k = 0; k < 2; k++)
                if (parts[k] >= 0)
                    add_origins(&result, &machine->registers[parts[k]]);
        }
        if (!(operand->actions & ZYDIS_OPERAND_ACTION_MASK_READ))
            continue;
        struct value value = value_of(machine, insn, operand);
        add_origins(&result, &value);
        result.number = value.number;
        read++;
    }
    if (!is_move(insn->z.mnemonic) || read != 1)
        result.number = fresh(machine);
    return result;
}

static void call(struct machine *machine) {
    static const uint8_t clobbered[] = {0, 1, 2, 6, 7, 8, 9, 10, 11};
    for (unsigned i = 0; i < sizeof clobbered; i++)
        machine->registers[clobbered[i]] = (struct value){.number = fresh(machine)};
    for (unsigned i = VECTORS; i < REGISTERS; i++)
        machine->registers[i] = (struct value){.number = fresh(machine)};
}

/* Memory that was given the target's value: if its address then becomes the target's, the old value
 * is behind the new one, as in a list. */
static void take(struct machine *machine, uint32_t number) {
    for (unsigned i = 0; i < FROM; i++)
        if (!machine->took[i]) {
            machine->took[i] = number;
            return;
        }
}

static bool has_taken(const struct machine *machine, uint32_t number) {
    for (unsigned i = 0; i < FROM; i++)
        if (number && machine->took[i] == number)
            return true;
    return false;
}

/* One instruction.  True: it stores into `target` what was made of the target's own value. */
static bool step(struct machine *machine, const struct tc_decoded *insn) {
    if (insn->z.meta.category == ZYDIS_CATEGORY_CALL) {
        call(machine);
        return false;
    }
    struct value result = result_of(machine, insn);
    bool updates = false;
    for (unsigned i = 0; i < insn->z.operand_count; i++) {
        const ZydisDecodedOperand *operand = &insn->operands[i];
        if (!(operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
            continue;
        if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER && tracked(operand->reg.value) >= 0) {
            machine->registers[tracked(operand->reg.value)] = result;
        } else if (tc_operand_is_memory(operand)) {
            uint64_t key = key_of(machine, insn, operand);
            struct slot *slot = slot_of(machine, operand);
            int base = general(operand->mem.base);
            if (key == machine->target && !tc_decoded_is_atomic(insn))
                updates |= has_origin(&result, key) || has_taken(machine, result.number);
            else if (has_origin(&result, machine->target) && base >= 0 && base != RSP)
                take(machine, machine->registers[base].number);
            if (slot)
                slot->value = result;
        }
    }
    return updates;
}

static bool is_test(ZydisMnemonic mnemonic) {
    switch (mnemonic) {
    case ZYDIS_MNEMONIC_CMP:
    case ZYDIS_MNEMONIC_TEST:
    case ZYDIS_MNEMONIC_BT:
    case ZYDIS_MNEMONIC_COMISS:
    case ZYDIS_MNEMONIC_COMISD:
    case ZYDIS_MNEMONIC_UCOMISS:
    case ZYDIS_MNEMONIC_UCOMISD:
    case ZYDIS_MNEMONIC_VCOMISS:
    case ZYDIS_MNEMONIC_VCOMISD:
    case ZYDIS_MNEMONIC_VUCOMISS:
    case ZYDIS_MNEMONIC_VUCOMISD:
        return true;
    default:
        return false;
    }
}

/* Whether a branch depends on what was read from the target, or it is followed as a pointer. */
static bool is_tested(struct machine *machine, const struct tc_decoded *insn) {
    bool test = is_test(insn->z.mnemonic);
    for (unsigned i = 0; i < insn->z.operand_count_visible; i++) {
        const ZydisDecodedOperand *operand = &insn->operands[i];
        int reg = test && operand->type == ZYDIS_OPERAND_TYPE_REGISTER ? tracked(operand->reg.value)
                  : tc_operand_is_memory(operand)                      ? general(operand->mem.base)
                                                                       : -1;
        const struct slot *slot =
            test && tc_operand_is_memory(operand) ? slot_of(machine, operand) : NULL;
        if ((reg >= 0 && has_origin(&machine->registers[reg], machine->target)) ||
            (slot && has_origin(&slot->value, machine->target)))
            return true;
    }
    return false;
}

/* Goes through the code before the access, so that `machine` knows values; the access itself into
 * `access`. */
static bool come_to(const struct tc_code *code, uint64_t end, struct machine *machine,
                    struct tc_decoded *access) {
    uint64_t starts[AROUND], at = code->start;
    uint32_t count = 0;
    for (; at < end && tc_code_decode(code, at, access); at += access->z.length)
        starts[count++ % AROUND] = at;
    if (at != end || !count)
        return false;
    uint32_t first = count > AROUND ? count - AROUND : 0;
    for (uint32_t i = 0; i < REGISTERS; i++)
        machine->registers[i].number = fresh(machine);
    for (unsigned pass = 0; pass < 2; pass++) { /* the second one knows what the target is */
        struct machine again = {.target = machine->target, .numbers = REGISTERS};
        for (uint32_t i = 0; i < REGISTERS; i++)
            again.registers[i].number = i + 1;
        bool updates = false;
        for (uint32_t i = first; i < count; i++) {
            tc_code_decode(code, starts[i % AROUND], access);
            const ZydisDecodedOperand *memory = tc_decoded_memory(access);
            if (i + 1 == count && memory && !pass)
                machine->target = key_of(&again, access, memory);
            updates = step(&again, access);
        }
        if (pass) {
            *machine = again;
            machine->updates = updates;
        }
    }
    return machine->target != 0;
}

static enum tc_symbol_use use_of_read(const struct tc_code *code, struct machine *machine,
                                      const struct tc_decoded *access, bool gcc) {
    if (access->z.mnemonic == ZYDIS_MNEMONIC_CMP || access->z.mnemonic == ZYDIS_MNEMONIC_TEST)
        return gcc ? TC_USE_PLAIN : TC_USE_FLAG;
    enum tc_symbol_use use = gcc && is_plain_of_gcc(&access->z) ? TC_USE_PLAIN : TC_USE_READ;
    struct tc_decoded insn;
    uint64_t at = access->at + access->z.length;
    for (unsigned i = 0; i < AROUND && tc_code_decode(code, at, &insn); i++, at += insn.z.length) {
        if (i < TEST_WITHIN && use == TC_USE_READ && is_tested(machine, &insn))
            use = TC_USE_FLAG;
        if (step(machine, &insn))
            return TC_USE_UPDATE;
        if (insn.z.meta.category == ZYDIS_CATEGORY_RET)
            break;
    }
    return use;
}

enum tc_symbol_use tc_symbol_file_use(struct tc_symbol_file *file, uint64_t end,
                                      int64_t *constant) {
    struct tc_code code;
    struct machine machine = {0};
    struct tc_decoded access;
    if (!tc_code_at(file, end - 1, &code) || !come_to(&code, end, &machine, &access))
        return TC_USE_UNKNOWN;
    const ZydisDecodedOperand *memory = tc_decoded_memory(&access);
    bool writes = memory->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE;
    bool reads = memory->actions & ZYDIS_OPERAND_ACTION_MASK_READ;
    if (writes && (reads || machine.updates))
        return TC_USE_UPDATE;
    if (writes && access.operands[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
        *constant = access.operands[1].imm.value.s;
        return TC_USE_STORE_CONSTANT;
    }
    bool gcc = tc_symbol_file_is_gcc(file);
    if (writes)
        return gcc && is_plain_of_gcc(&access.z) ? TC_USE_PLAIN : TC_USE_STORE;
    return use_of_read(&code, &machine, &access, gcc);
}
