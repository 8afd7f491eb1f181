/* patch.c: sets GOT slots of the modules to the wrappers of calls.def; see calls.h.
 *
 * A slot is changed only when it leads to libc's function, or is to be bound by the loader later
 * and there is no other function of that name.  Slots in what the loader made read-only are written
 * through a change of the page's protection, which is put back.
 * Threads: tc_calls_patch takes a lock of the shim's; slots are written whole.
 */
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/single_threaded.h>

#include "preload/arch.h"
#include "preload/options.h"
#include "preload/race/calls.h"
#include "preload/race/near.h"
#include "preload/race/parts.h"
#include "preload/sys.h"

#include "preload/poison.h"

#define PAGE     4096ul
#define TABLE    512u /* names, twice as many as there are rows and more */
#define SEEN_MAX 1024u

struct module {
    const struct link_map *map;
    uintptr_t bias;
    const Elf64_Sym *symbols;
    const char *strings;
    const Elf64_Rela *relocations[2];
    size_t counts[2];
    uintptr_t low, high;             /* its code: where an unbound slot leads */
    uintptr_t relro_low, relro_high; /* made read-only by the loader */
    bool ranges, drops;
    bool silent;                             /* nobody listens to what -fsanitize=thread tells */
    struct tc_near_slot near[TC_NEAR_SLOTS]; /* where it calls what -fsanitize=thread calls */
    size_t near_count;
    uintptr_t near_functions; /* for them; 0: none yet */
};

static struct tc_lock lock;
static uint16_t table[TABLE]; /* row + 1 */
static struct seen { /* modules that were looked at; a new one may get the place of one that is gone
                      */
    const struct link_map *map;
    uintptr_t bias;
    const void *dynamic;
} seen[SEEN_MAX];

static uint32_t hash(const char *name) {
    uint32_t sum = 5381;
    while (*name)
        sum = sum * 33 + (unsigned char)*name++;
    return sum;
}

static void make_table(void) {
    if (table[hash(tc_call_rows[0].name) % TABLE])
        return;
    for (size_t i = 0; i < tc_call_count; i++) {
        uint32_t at = hash(tc_call_rows[i].name);
        while (table[at % TABLE])
            at++;
        table[at % TABLE] = (uint16_t)(i + 1);
    }
}

static struct tc_call *row_of(const char *name) {
    for (uint32_t at = hash(name); table[at % TABLE]; at++) {
        struct tc_call *row = &tc_call_rows[table[at % TABLE] - 1];
        if (strcmp(row->name, name) == 0)
            return *row->libc ? row : NULL;
    }
    return NULL;
}

/* The loader has added the bias to most of these, but not for every module. */
static uintptr_t pointer(const struct link_map *map, uintptr_t value) {
    return value < map->l_addr ? value + map->l_addr : value;
}

static bool read_dynamic(struct module *module) {
    const struct link_map *map = module->map;
    for (const Elf64_Dyn *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        uintptr_t value = entry->d_un.d_val;
        switch (entry->d_tag) {
        case DT_SYMTAB:
            module->symbols = (const Elf64_Sym *)pointer(map, value);
            break;
        case DT_STRTAB:
            module->strings = (const char *)pointer(map, value);
            break;
        case DT_JMPREL:
            module->relocations[0] = (const Elf64_Rela *)pointer(map, value);
            break;
        case DT_PLTRELSZ:
            module->counts[0] = value / sizeof(Elf64_Rela);
            break;
        case DT_RELA:
            module->relocations[1] = (const Elf64_Rela *)pointer(map, value);
            break;
        case DT_RELASZ:
            module->counts[1] = value / sizeof(Elf64_Rela);
            break;
        default:
            break;
        }
    }
    return module->symbols && module->strings;
}

/* Older glibc has no _dl_find_object: libraries begin where the loader says that they were moved
 * to, which holds for all but the areas of clones, which it does not have either. */
extern int _dl_find_object(void *, struct dl_find_object *) __attribute__((weak));

static const Elf64_Ehdr *header_of(const struct link_map *map) {
    struct dl_find_object object;
    if (!_dl_find_object)
        return (const Elf64_Ehdr *)map->l_addr;
    return _dl_find_object(map->l_ld, &object) == 0 ? object.dlfo_map_start : NULL;
}

/* Program headers: the executable's by the kernel, a library's behind its ELF header. */
static bool view_of(const struct link_map *map, struct tc_module_view *view) {
    *view = (struct tc_module_view){map->l_addr, (const Elf64_Phdr *)getauxval(AT_PHDR),
                                    getauxval(AT_PHNUM)};
    if (!*map->l_name)
        return view->segments != NULL;
    const Elf64_Ehdr *header = header_of(map);
    if (!header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        return false;
    view->segments = (const Elf64_Phdr *)((uintptr_t)header + header->e_phoff);
    view->segment_count = header->e_phnum;
    return true;
}

static bool read_segments(struct module *module) {
    struct tc_module_view view;
    if (!view_of(module->map, &view))
        return false;
    const Elf64_Phdr *segments = view.segments;
    module->low = UINTPTR_MAX;
    for (size_t i = 0; i < view.segment_count; i++) {
        uintptr_t low = module->bias + segments[i].p_vaddr, high = low + segments[i].p_memsz;
        if (segments[i].p_type == PT_LOAD) {
            module->low = low < module->low ? low : module->low;
            module->high = high > module->high ? high : module->high;
        } else if (segments[i].p_type == PT_GNU_RELRO) {
            module->relro_low = low & ~(PAGE - 1);
            module->relro_high = high & ~(PAGE - 1);
        }
    }
    return module->high != 0;
}

static void write_slot(const struct module *module, void **slot, void *value) {
    uintptr_t page = (uintptr_t)slot & ~(PAGE - 1);
    bool read_only = page >= module->relro_low && page < module->relro_high;
    if (read_only && TC_SYSCALL_3(SYS_mprotect, page, PAGE, PROT_READ | PROT_WRITE) != 0)
        return;
    __atomic_store_n(slot, value, __ATOMIC_RELEASE);
    if (read_only)
        TC_SYSCALL_3(SYS_mprotect, page, PAGE, PROT_READ);
}

static void *wrapper_of(const struct module *module, const struct tc_call *row) {
    switch (row->class) {
    case TC_CALL_RANGE:
    case TC_CALL_EDGE:
    case TC_CALL_LIBRARY:
        return module->ranges ? row->wrapper : row->orders;
    case TC_CALL_HEAP:
        return row->wrapper;
    case TC_CALL_DROP:
        return module->drops ? row->wrapper : NULL;
    }
    return NULL;
}

static bool begins(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Where calls of the function go instead; NULL: they stay. */
static const void *near_function(struct module *module, int row) {
    if (module->silent)
        return tc_near_ret();
    if (!module->near_functions)
        module->near_functions = tc_near_functions(module->low, module->high);
    return module->near_functions ? tc_near_function(module->near_functions, row) : NULL;
}

/* Leads the slot of a function of tsan_access.def to one near by. */
static void patch_near(struct module *module, void **place, void *now, bool unbound,
                       const char *name) {
    int row = begins(name, "__tsan_") ? tc_near_row(name) : -1;
    if (row < 0 || (now != tc_near_original(row) && !unbound) ||
        module->near_count == TC_NEAR_SLOTS)
        return;
    const void *function = near_function(module, row);
    if (!function)
        return;
    write_slot(module, place, (void *)function);
    module->near[module->near_count++] =
        (struct tc_near_slot){place, function, module->silent || tc_near_is_nothing(row)};
}

/* While there is one thread, code that goes by the slots may be changed, too. */
static void relax(const struct module *module) {
    struct tc_module_view view;
    if (!module->near_count || !__libc_single_threaded || !view_of(module->map, &view))
        return;
    for (size_t i = 0; i < view.segment_count; i++) {
        uintptr_t low = view.bias + view.segments[i].p_vaddr;
        if (view.segments[i].p_type == PT_LOAD && view.segments[i].p_flags & PF_X)
            tc_near_relax(low, low + view.segments[i].p_filesz, module->near, module->near_count);
    }
}

static void patch_slots(struct module *module, const Elf64_Rela *relocations, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t type = (uint32_t)ELF64_R_TYPE(relocations[i].r_info);
        if (type != TC_RELOCATION_JUMP && type != TC_RELOCATION_DATA)
            continue;
        const Elf64_Sym *symbol = &module->symbols[ELF64_R_SYM(relocations[i].r_info)];
        const char *name = module->strings + symbol->st_name;
        void **slot = (void **)(module->bias + relocations[i].r_offset);
        void *now = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
        bool unbound = (uintptr_t)now >= module->low && (uintptr_t)now < module->high &&
                       type == TC_RELOCATION_JUMP && symbol->st_shndx == SHN_UNDEF;
        patch_near(module, slot, now, unbound, name);
        struct tc_call *row = module->silent ? NULL : row_of(name);
        void *wrapper = row ? wrapper_of(module, row) : NULL;
        if (!wrapper)
            continue;
        if (now == *row->libc || (now && now == row->newest) || (unbound && !row->own))
            write_slot(module, slot, wrapper);
    }
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Libc calls itself by itself; the loader must not be touched. */
static bool is_left_alone(const struct link_map *map) {
    static const char *const names[] = {"libc.so",    "libc-",         "ld-linux", "ld-2",
                                        "libpthread", "librt.so",      "librt-",   "linux-vdso",
                                        "libtsan",    "libthreadcheck"};
    const char *name = base_name(map->l_name);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (begins(name, names[i]))
            return true;
    return false;
}

/* Whose memory calls count as accesses: the program's own, and those of the C++ library, which are
 * the program's strings and containers. */
static bool is_cpp_library(const char *path) {
    return begins(base_name(path), "libstdc++");
}
static bool is_the_programs(const char *path) {
    static const char *const roots[] = {"/usr/lib64/", "/usr/lib/", "/lib64/", "/lib/"};
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (begins(path, roots[i]))
            return false;
    return true;
}

static bool is_new(const struct link_map *map) {
    for (unsigned i = 0; i < SEEN_MAX; i++) {
        if (seen[i].map == map && seen[i].bias == map->l_addr && seen[i].dynamic == map->l_ld)
            return false;
        if (!seen[i].map || seen[i].map == map) {
            seen[i] = (struct seen){map, map->l_addr, map->l_ld};
            return true;
        }
    }
    return false;
}

static void begin(struct module *module, const struct link_map *map) {
    memset(module, 0, offsetof(struct module, near));
    module->map = map;
    module->bias = map->l_addr;
    module->near_count = 0;
    module->near_functions = 0;
}

static void patch_modules(bool silent) {
    for (const struct link_map *map = _r_debug.r_map; map; map = map->l_next) {
        static struct module module; /* under the lock, as a thread's stack may be small */
        begin(&module, map);
        module.silent = silent;
        if (!map->l_ld || is_left_alone(map) || !is_new(map) || !read_dynamic(&module) ||
            !read_segments(&module))
            continue;
        module.drops = is_the_programs(map->l_name);
        module.ranges = module.drops || is_cpp_library(map->l_name);
        for (unsigned i = 0; i < 2; i++)
            patch_slots(&module, module.relocations[i], module.counts[i]);
        relax(&module);
    }
}

void tc_calls_patch(void) {
    struct tc_lock_state state = tc_lock_take(&lock);
    make_table();
    patch_modules(false);
    tc_lock_give(&lock, state);
}

void tc_calls_silence(void) {
    struct tc_lock_state state = tc_lock_take(&lock);
    patch_modules(true);
    tc_lock_give(&lock, state);
}

static bool is_loaded(const struct link_map *wanted) {
    const struct link_map *map = _r_debug.r_map;
    while (map && map != wanted)
        map = map->l_next;
    return map != NULL;
}

void tc_calls_gone(void) {
    struct tc_lock_state state = tc_lock_take(&lock);
    unsigned kept = 0;
    for (unsigned i = 0; i < SEEN_MAX && seen[i].map; i++)
        if (is_loaded(seen[i].map))
            seen[kept++] = seen[i];
    memset(&seen[kept], 0, (SEEN_MAX - kept) * sizeof seen[0]);
    tc_lock_give(&lock, state);
}

void tc_calls_modules(void (*each)(const struct tc_module_view *view)) {
    struct tc_module_view view;
    for (const struct link_map *map = _r_debug.r_map; map; map = map->l_next)
        if (map->l_ld && !is_left_alone(map) && is_the_programs(map->l_name) && view_of(map, &view))
            each(&view);
}

bool tc_calls_module_at(uintptr_t pc, struct tc_module_view *view) {
    struct dl_find_object object;
    if (!_dl_find_object || _dl_find_object((void *)pc, &object) != 0)
        return false;
    const struct link_map *map = object.dlfo_link_map;
    return map->l_ld && !is_left_alone(map) && is_the_programs(map->l_name) && view_of(map, view);
}

void tc_calls_forked(void) {
    tc_lock_init(&lock);
}
