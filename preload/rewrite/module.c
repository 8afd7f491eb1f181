/* module.c: finds the modules that are to be rewritten; see module.h. */
#include "preload/rewrite/module.h"

#include <elf.h>
#include <link.h>
#include <string.h>

#include "preload/rewrite/led.h"

struct search {
    struct tc_pool *pool;
    struct tc_module *modules;
    const char *wanted;
    unsigned seen; /* modules so far: the first is the executable */
};

static const char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool begins(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

/* Whether `name` is matched by the pattern in [pattern, end): * and ? as in a shell. */
static bool matches(const char *pattern, const char *end, const char *name) {
    if (pattern == end)
        return *name == 0;
    if (*pattern == '*')
        return matches(pattern + 1, end, name) || (*name && matches(pattern, end, name + 1));
    return *name && (*pattern == '?' || *pattern == *name) && matches(pattern + 1, end, name + 1);
}

static bool matches_any(const char *patterns, const char *name) {
    for (const char *at = patterns; *at;) {
        const char *end = at + strcspn(at, ",");
        if (matches(at, end, name))
            return true;
        at = *end ? end + 1 : end;
    }
    return false;
}

/* What must not be rewritten: the C library, which our hooks stand for; the loader; what unwinds;
 * and ourselves. */
static bool is_runtime(const char *name) {
    static const char *const runtime[] = {
        "ld-linux",    "ld-2.",          "libc.so",    "libc-2.",
        "libm.so",     "libdl.so",       "libpthread", "librt.so",
        "libgcc_s",    "libthreadcheck", "libZydis",   "libZycore",
        "linux-vdso",  "libtsan",        "libasan",    "libubsan",
        "liblsan",     "libthreading",   "libunwind",  "libjemalloc",
        "libtcmalloc", "libmimalloc",    "libpython",  "threadcheck-clones",
        "libjvm", /* the code that it makes orders its threads, unseen */
    };
    for (unsigned i = 0; i < sizeof runtime / sizeof *runtime; i++)
        if (begins(name, runtime[i]))
            return true;
    return false;
}

/* In the directories that every program shares.  A deeper one is one program's own. */
static bool is_system(const char *path) {
    static const char *const roots[] = {"/usr/lib64/", "/usr/lib/", "/lib64/", "/lib/"};
    for (unsigned i = 0; i < sizeof roots / sizeof *roots; i++) {
        if (!begins(path, roots[i]))
            continue;
        const char *rest = path + strlen(roots[i]), *slash = strchr(rest, '/');
        if (!slash)
            return true;
        const char *triplet = strstr(rest, "-linux-gnu");
        return triplet && triplet < slash && !strchr(slash + 1, '/');
    }
    return false;
}

/* A library of the system whose own atomic instructions order the program's threads. */
static bool is_order_library(const char *name) {
    static const char *const names[] = {
#define TC_ORDER_LIBRARY(name, what) name,
#include "threadcheck/order_libraries.def"
#undef TC_ORDER_LIBRARY
    };
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (begins(name, names[i]))
            return true;
    return false;
}

static bool is_wanted(const char *wanted, const char *path, bool executable) {
    const char *name = file_name(path);
    bool all = !strcmp(wanted, "default") || !strcmp(wanted, "all");
    if (executable)
        return all || matches_any(wanted, "exe");
    if (!*path || is_runtime(name) || begins(path, "/proc/"))
        return false;
    if (strcmp(wanted, "all") == 0)
        return true;
    if (strcmp(wanted, "default") == 0)
        return !is_system(path) || is_order_library(name);
    return matches_any(wanted, name);
}

static bool acts_by_caller(const char *name) {
    static const char *const names[] = {"dlopen",  "dlmopen", "dlsym",     "dlvsym",
                                        "_dl_sym", "mcount",  "__fentry__"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void add_caller_slots(struct tc_module *module, const Elf64_Rela *rela, size_t size,
                             const Elf64_Sym *symbols, const char *strings) {
    for (size_t i = 0; i < size / sizeof *rela; i++) {
        uint32_t type = ELF64_R_TYPE(rela[i].r_info), symbol = ELF64_R_SYM(rela[i].r_info);
        if ((type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT) || !symbol)
            continue;
        const char *name = strings + symbols[symbol].st_name;
        if (module->caller_count < TC_CALLER_SLOTS && acts_by_caller(name))
            module->caller_slots[module->caller_count++] = module->bias + rela[i].r_offset;
        module->compiled |= begins(name, "__tsan_func_entry");
        int row = tc_led_row(name);
        if (row >= 0 && module->led_count < TC_LED_SLOTS)
            module->led_slots[module->led_count++] =
                (struct tc_led_slot){module->bias + rela[i].r_offset, (uint32_t)row};
    }
}

/* The loader has relocated the entries of most modules, but not of all. */
static uint64_t dynamic_address(const struct tc_module *module, uint64_t value) {
    return value < module->whole.low ? value + module->bias : value;
}

static void read_dynamic(struct tc_module *module, const Elf64_Dyn *dynamic) {
    uint64_t jump_table = 0, table = 0, symbols = 0, strings = 0;
    size_t jump_size = 0, size = 0;
    for (; dynamic->d_tag != DT_NULL; dynamic++) {
        uint64_t value = dynamic->d_un.d_val;
        switch (dynamic->d_tag) {
        case DT_JMPREL:
            jump_table = dynamic_address(module, value);
            break;
        case DT_PLTRELSZ:
            jump_size = value;
            break;
        case DT_RELA:
            table = dynamic_address(module, value);
            break;
        case DT_RELASZ:
            size = value;
            break;
        case DT_SYMTAB:
            symbols = dynamic_address(module, value);
            break;
        case DT_STRTAB:
            strings = dynamic_address(module, value);
            break;
        default:
            break;
        }
    }
    if (!symbols || !strings)
        return;
    if (jump_table)
        add_caller_slots(module, (const Elf64_Rela *)jump_table, jump_size,
                         (const Elf64_Sym *)symbols, (const char *)strings);
    if (table)
        add_caller_slots(module, (const Elf64_Rela *)table, size, (const Elf64_Sym *)symbols,
                         (const char *)strings);
}

static void add_range(struct tc_range *ranges, uint32_t *count, uint32_t most, uint64_t low,
                      uint64_t size) {
    if (*count < most)
        ranges[(*count)++] = (struct tc_range){low, low + size};
}

static void read_segments(struct tc_module *module, const struct dl_phdr_info *info) {
    const Elf64_Dyn *dynamic = NULL;
    module->whole.low = UINT64_MAX;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const Elf64_Phdr *segment = &info->dlpi_phdr[i];
        uint64_t low = module->bias + segment->p_vaddr, size = segment->p_memsz;
        if (segment->p_type == PT_LOAD) {
            if (low < module->whole.low)
                module->whole.low = low;
            if (low + size > module->whole.high)
                module->whole.high = low + size;
            if (segment->p_flags & PF_X)
                add_range(module->code, &module->code_count, 4, low, size);
        }
        if ((segment->p_type == PT_LOAD && !(segment->p_flags & PF_W)) ||
            segment->p_type == PT_GNU_RELRO)
            add_range(module->fixed, &module->fixed_count, TC_MODULE_RANGES, low, size);
        if (segment->p_type == PT_GNU_EH_FRAME)
            module->table = (const uint8_t *)low;
        if (segment->p_type == PT_DYNAMIC)
            dynamic = (const Elf64_Dyn *)low;
    }
    if (dynamic)
        read_dynamic(module, dynamic);
}

/* Runtimes that look return addresses up in tables of their own, to find what is alive on the
 * stack, must not meet those of clones. */
static const char *const tables[] = {"caml_frametable"}; /* OCaml's */
static uint64_t table_places[sizeof tables / sizeof *tables];

void tc_modules_begin(void) {
    for (unsigned i = 0; i < sizeof tables / sizeof *tables; i++)
        table_places[i] = (uint64_t)tc_led_find(tables[i]);
}

static bool knows_its_returns(const struct tc_module *module) {
    for (unsigned i = 0; i < sizeof tables / sizeof *tables; i++)
        if (table_places[i] >= module->whole.low && table_places[i] < module->whole.high)
            return true;
    return false;
}

static struct tc_module *known_as(struct tc_module *modules, const struct dl_phdr_info *info) {
    struct tc_module *known = modules;
    while (known &&
           (known->bias != info->dlpi_addr || strncmp(known->name, info->dlpi_name, 255) != 0))
        known = known->next;
    return known;
}

static int add_module(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)size;
    struct search *search = argument;
    bool executable = search->seen++ == 0;
    if (!is_wanted(search->wanted, info->dlpi_name, executable))
        return 0;
    struct tc_module *known = known_as(search->modules, info);
    if (known && !known->gone)
        return 0;
    struct tc_module read;
    memset(&read, 0, sizeof read);
    read.bias = info->dlpi_addr;
    strncpy(read.name, info->dlpi_name, sizeof read.name - 1);
    read_segments(&read, info);
    if (!read.table || !read.code_count || read.compiled)
        return 0;
    read.knows_its_returns = knows_its_returns(&read);
    if (known) { /* it is back, or one that has its name and its place */
        read.next = known->next;
        read.area = known->area;
        read.first_clone = known->first_clone;
        read.clone_end = known->clone_end;
        read.sum = known->sum;
        *known = read;
        return 0;
    }
    struct tc_module *module = tc_pool_take(search->pool, sizeof *module);
    if (!module)
        return 1;
    *module = read;
    module->next = search->modules;
    search->modules = module;
    return 0;
}

static int find_loaded(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)size;
    struct tc_module *known = known_as(argument, info);
    if (known)
        known->gone = false;
    return 0;
}

void tc_modules_mark_gone(struct tc_module *modules) {
    for (struct tc_module *module = modules; module; module = module->next)
        module->gone = true;
    dl_iterate_phdr(find_loaded, modules);
    for (struct tc_module *module = modules; module; module = module->next)
        module->done &= !module->gone;
}

struct tc_module *tc_modules_read(struct tc_pool *pool, struct tc_module *known,
                                  const char *wanted) {
    struct search search = {pool, known, *wanted ? wanted : "default", 0};
    dl_iterate_phdr(add_module, &search);
    return search.modules;
}

static bool in_ranges(const struct tc_range *ranges, uint32_t count, uint64_t address) {
    for (uint32_t i = 0; i < count; i++)
        if (address >= ranges[i].low && address < ranges[i].high)
            return true;
    return false;
}

bool tc_module_is_fixed(const struct tc_module *module, uint64_t address) {
    return in_ranges(module->fixed, module->fixed_count, address);
}

bool tc_module_has_code(const struct tc_module *module, uint64_t address) {
    return in_ranges(module->code, module->code_count, address);
}
