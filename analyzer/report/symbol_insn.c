/* symbol_insn.c: what the instructions around an access say of it, where debug information does
 * not.
 *
 * The code of a function is followed in a straight line for some instructions before and behind the
 * access: each register has a value with a number, and the set of memory operands that the value
 * was computed from.  So a value that is read, changed and stored back is known as that, also when
 * its address is read again in between (as code without optimisation does) or when a new head of a
 * list takes the old one into itself.
 * Source: Intel's manual, volume 2, by way of Zydis; what compilers make of atomic loads and stores
 *         is from gcc 12 and clang 14.
 */
#include <Zydis/Zydis.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"
#include "analyzer/report/symbol_file.h"

enum {
    AROUND = 64,        /* instructions that are looked at on each side */
    TEST_WITHIN = 12,   /* a flag is tested so soon after it was read */
    BEFORE = 512,       /* bytes of code before an access that are enough */
    ROWS = 16,          /* of the unwind tables, to have so much */
    TEXT_MAX = 8 << 20, /* of a section that is searched for atomic instructions */
    FROM = 3,           /* origins that are kept of a value */
    SLOTS = 32,         /* places of the frame that are kept */
    RSP = 4,
    RBP = 5,
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
    struct value registers[16];
    struct slot slots[SLOTS];
    uint32_t slot_count, numbers;
    uint32_t took[FROM]; /* numbers of addresses of memory that `target` was stored into */
    uint64_t target;     /* the memory operand in question, 0: not known yet */
    bool updates;        /* the access stores what was made of the target's own value */
};

struct code {
    const uint8_t *bytes; /* at `start` */
    uint64_t start, size;
};

struct insn {
    ZydisDecodedInstruction z;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    uint64_t at;
};

static bool decode(const struct code *code, uint64_t at, struct insn *insn) {
    static ZydisDecoder decoder;
    static bool begun;
    if (!begun)
        begun = ZYAN_SUCCESS(
            ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64));
    insn->at = at;
    return begun && at >= code->start && at < code->start + code->size &&
           ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code->bytes + (at - code->start),
                                               code->start + code->size - at, &insn->z,
                                               insn->operands));
}

/* The bytes at an address of the file's code, up to the end of their section. */
static const uint8_t *bytes_at(Elf *elf, uint64_t address, uint64_t *room) {
    Elf_Scn *section = NULL;
    while ((section = elf_nextscn(elf, section))) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header) || !(header.sh_flags & SHF_EXECINSTR) ||
            header.sh_type != SHT_PROGBITS || address - header.sh_addr >= header.sh_size)
            continue;
        Elf_Data *data = elf_rawdata(section, NULL);
        uint64_t offset = address - header.sh_addr;
        if (!data || !data->d_buf || offset >= data->d_size)
            return NULL;
        *room = data->d_size - offset;
        return (const uint8_t *)data->d_buf + offset;
    }
    return NULL;
}

static Elf *elf_of(struct tc_symbol_file *file, GElf_Addr *bias) {
    GElf_Ehdr header;
    if (!tc_symbol_file_open(file))
        return NULL;
    Elf *elf = dwfl_module_getelf(file->module, bias);
    return elf && gelf_getehdr(elf, &header) && header.e_machine == EM_X86_64 ? elf : NULL;
}

/* Code around an address that begins where an instruction does: rows of the unwind tables do. */
static bool code_at(struct tc_symbol_file *file, uint64_t address, struct code *code) {
    GElf_Addr elf_bias = 0, cfi_bias = 0;
    Elf *elf = elf_of(file, &elf_bias);
    Dwarf_CFI *cfi = elf ? dwfl_module_eh_cfi(file->module, &cfi_bias) : NULL;
    Dwarf_Addr begin = address - cfi_bias + 1;
    for (unsigned row = 0; cfi && row < ROWS && address - cfi_bias + 1 - begin < BEFORE; row++) {
        Dwarf_Frame *frame = NULL;
        Dwarf_Addr start = 0, end = 0;
        if (dwarf_cfi_addrframe(cfi, begin - 1, &frame) != 0)
            break;
        dwarf_frame_info(frame, &start, &end, NULL);
        free(frame);
        if (start >= begin || (row && end != begin))
            break;
        begin = start;
    }
    code->start = begin + cfi_bias;
    if (code->start > address)
        return false;
    code->bytes = bytes_at(elf, code->start - elf_bias, &code->size);
    return code->bytes && address - code->start < code->size;
}

static uint32_t fresh(struct machine *machine) {
    return ++machine->numbers;
}

static int general(ZydisRegister reg) {
    reg = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
    return reg >= ZYDIS_REGISTER_RAX && reg <= ZYDIS_REGISTER_R15 ? (int)(reg - ZYDIS_REGISTER_RAX)
                                                                  : -1;
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

static bool is_memory(const ZydisDecodedOperand *operand) {
    return operand->type == ZYDIS_OPERAND_TYPE_MEMORY && operand->mem.type == ZYDIS_MEMOP_TYPE_MEM;
}

/* The same for two operands that name the same memory, as far as is known; never 0. */
static uint64_t key_of(const struct machine *machine, const struct insn *insn,
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
static struct value value_of(struct machine *machine, const struct insn *insn,
                             const ZydisDecodedOperand *operand) {
    struct value value = {0};
    if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER && general(operand->reg.value) >= 0)
        return machine->registers[general(operand->reg.value)];
    if (!is_memory(operand)) {
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
    return mnemonic == ZYDIS_MNEMONIC_MOV || mnemonic == ZYDIS_MNEMONIC_MOVZX ||
           mnemonic == ZYDIS_MNEMONIC_MOVSX || mnemonic == ZYDIS_MNEMONIC_MOVSXD;
}

/* What an instruction writes is computed from what it reads. */
static struct value result_of(struct machine *machine, const struct insn *insn) {
    struct value result = {0};
    unsigned read = 0;
    for (unsigned i = 0; i < insn->z.operand_count_visible; i++) {
        const ZydisDecodedOperand *operand = &insn->operands[i];
        if (insn->z.mnemonic == ZYDIS_MNEMONIC_LEA && is_memory(operand) == false &&
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

/* The one memory operand of an instruction that is an access, or NULL. */
static const ZydisDecodedOperand *memory_of(const struct insn *insn) {
    for (unsigned i = 0; i < insn->z.operand_count; i++)
        if (is_memory(&insn->operands[i]))
            return &insn->operands[i];
    return NULL;
}

static bool is_atomic(const struct insn *insn) {
    return (insn->z.attributes & ZYDIS_ATTRIB_HAS_LOCK) ||
           insn->z.mnemonic == ZYDIS_MNEMONIC_MFENCE ||
           (insn->z.mnemonic == ZYDIS_MNEMONIC_XCHG && memory_of(insn));
}

/* One instruction.  True: it stores into `target` what was made of the target's own value. */
static bool step(struct machine *machine, const struct insn *insn) {
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
        if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER && general(operand->reg.value) >= 0) {
            machine->registers[general(operand->reg.value)] = result;
        } else if (is_memory(operand)) {
            uint64_t key = key_of(machine, insn, operand);
            struct slot *slot = slot_of(machine, operand);
            int base = general(operand->mem.base);
            if (key == machine->target && !is_atomic(insn))
                updates |= has_origin(&result, key) || has_taken(machine, result.number);
            else if (has_origin(&result, machine->target) && base >= 0 && base != RSP)
                take(machine, machine->registers[base].number);
            if (slot)
                slot->value = result;
        }
    }
    return updates;
}

/* Whether a branch depends on what was read from the target, or it is followed as a pointer. */
static bool is_tested(struct machine *machine, const struct insn *insn) {
    bool test = insn->z.mnemonic == ZYDIS_MNEMONIC_CMP || insn->z.mnemonic == ZYDIS_MNEMONIC_TEST ||
                insn->z.mnemonic == ZYDIS_MNEMONIC_BT;
    for (unsigned i = 0; i < insn->z.operand_count_visible; i++) {
        const ZydisDecodedOperand *operand = &insn->operands[i];
        int reg = test && operand->type == ZYDIS_OPERAND_TYPE_REGISTER ? general(operand->reg.value)
                  : is_memory(operand)                                 ? general(operand->mem.base)
                                                                       : -1;
        const struct slot *slot = test && is_memory(operand) ? slot_of(machine, operand) : NULL;
        if ((reg >= 0 && has_origin(&machine->registers[reg], machine->target)) ||
            (slot && has_origin(&slot->value, machine->target)))
            return true;
    }
    return false;
}

/* Goes through the code before the access, so that `machine` knows values; the access itself into
 * `access`. */
static bool come_to(const struct code *code, uint64_t end, struct machine *machine,
                    struct insn *access) {
    uint64_t starts[AROUND], at = code->start;
    uint32_t count = 0;
    for (; at < end && decode(code, at, access); at += access->z.length)
        starts[count++ % AROUND] = at;
    if (at != end || !count)
        return false;
    uint32_t first = count > AROUND ? count - AROUND : 0;
    for (uint32_t i = 0; i < 16; i++)
        machine->registers[i].number = fresh(machine);
    for (unsigned pass = 0; pass < 2; pass++) { /* the second one knows what the target is */
        struct machine again = {.target = machine->target, .numbers = 16};
        for (uint32_t i = 0; i < 16; i++)
            again.registers[i].number = i + 1;
        bool updates = false;
        for (uint32_t i = first; i < count; i++) {
            decode(code, starts[i % AROUND], access);
            const ZydisDecodedOperand *memory = memory_of(access);
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

static enum tc_symbol_use use_of_read(const struct code *code, struct machine *machine,
                                      const struct insn *access, bool gcc) {
    if (access->z.mnemonic == ZYDIS_MNEMONIC_CMP || access->z.mnemonic == ZYDIS_MNEMONIC_TEST)
        return gcc ? TC_USE_PLAIN : TC_USE_FLAG;
    enum tc_symbol_use use = TC_USE_READ;
    struct insn insn;
    uint64_t at = access->at + access->z.length;
    for (unsigned i = 0; i < AROUND && decode(code, at, &insn); i++, at += insn.z.length) {
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
    struct code code;
    struct machine machine = {0};
    struct insn access;
    if (!code_at(file, end - 1, &code) || !come_to(&code, end, &machine, &access))
        return TC_USE_UNKNOWN;
    const ZydisDecodedOperand *memory = memory_of(&access);
    bool writes = memory->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE;
    bool reads = memory->actions & ZYDIS_OPERAND_ACTION_MASK_READ;
    if (writes && (reads || machine.updates))
        return TC_USE_UPDATE;
    if (writes && access.operands[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
        *constant = access.operands[1].imm.value.s;
        return TC_USE_STORE_CONSTANT;
    }
    if (writes)
        return TC_USE_STORE;
    return use_of_read(&code, &machine, &access, tc_symbol_file_is_gcc(file));
}

/* Whether there is an atomic instruction at `bytes`, or 15 bytes behind at most. */
static bool may_be_atomic(const uint8_t *bytes, uint64_t room) {
    return bytes[0] == 0xf0 || ((bytes[0] & 0xfe) == 0x86 && room > 1 && bytes[1] < 0xc0) ||
           (bytes[0] == 0x0f && room > 2 && bytes[1] == 0xae && bytes[2] == 0xf0);
}

static bool section_has_atomics(struct tc_symbol_file *file, uint64_t address, const uint8_t *bytes,
                                uint64_t size) {
    struct code code = {0};
    struct insn insn;
    for (uint64_t i = 0; i < size; i++) {
        if (!may_be_atomic(bytes + i, size - i) || !code_at(file, address + i, &code))
            continue;
        uint64_t at = code.start;
        while (at + 3 < address + i && decode(&code, at, &insn) &&
               at + insn.z.length <= address + i)
            at += insn.z.length;
        if (at <= address + i && decode(&code, at, &insn) && is_atomic(&insn))
            return true;
    }
    return false;
}

bool tc_symbol_file_has_atomics(struct tc_symbol_file *file) {
    GElf_Addr bias = 0;
    GElf_Shdr header;
    Elf *elf = elf_of(file, &bias);
    Elf_Scn *section = NULL;
    if (file->atomics_known)
        return file->atomics;
    file->atomics_known = file->atomics = true;
    bool any = false;
    while (elf && (section = elf_nextscn(elf, section))) {
        if (!gelf_getshdr(section, &header) || !(header.sh_flags & SHF_EXECINSTR) ||
            header.sh_type != SHT_PROGBITS)
            continue;
        Elf_Data *data = elf_rawdata(section, NULL);
        any = true;
        if (!data || !data->d_buf || data->d_size > TEXT_MAX ||
            section_has_atomics(file, header.sh_addr + bias, data->d_buf, data->d_size))
            return true;
    }
    file->atomics = !any;
    return file->atomics;
}

/* Whether nothing but gcc made the file's code, as far as it says. */
bool tc_symbol_file_is_gcc(struct tc_symbol_file *file) {
    GElf_Addr bias = 0;
    GElf_Shdr header;
    size_t names = 0;
    Elf *elf = elf_of(file, &bias);
    Elf_Scn *section = NULL;
    if (!elf || elf_getshdrstrndx(elf, &names) != 0)
        return false;
    while ((section = elf_nextscn(elf, section))) {
        const char *name =
            gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;
        Elf_Data *data = name && strcmp(name, ".comment") == 0 ? elf_rawdata(section, NULL) : NULL;
        if (!data || !data->d_buf)
            continue;
        const char *text = data->d_buf;
        return memmem(text, data->d_size, "GCC:", 4) && !memmem(text, data->d_size, "clang", 5) &&
               !memmem(text, data->d_size, "rustc", 5) && !memmem(text, data->d_size, "LLVM", 4);
    }
    return false;
}
