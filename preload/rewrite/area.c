/* area.c: see area.h. */
#include "preload/rewrite/area.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preload/rewrite/memory.h"

#define PAGE       4096ul
#define REACH      0x7f000000l /* of a 32-bit displacement, less some room */
#define STEP       0x1000000ul
#define SIZE_LIMIT 0x60000000ul
#define ATTEMPTS   4

/* The object as it is in the file: one page. */
struct image {
    Elf64_Ehdr header;
    Elf64_Phdr segments[4];
    Elf64_Dyn dynamic[8];
    Elf64_Sym symbol;
    uint32_t hash[4];
    char strings[32];
};

static uint64_t whole_pages(uint64_t size) {
    return (size + PAGE - 1) & ~(PAGE - 1);
}

static void fill_image(struct image *image, uint64_t base, uint64_t size) {
    memset(image, 0, sizeof *image);
    memcpy(image->header.e_ident, ELFMAG, SELFMAG);
    image->header.e_ident[EI_CLASS] = ELFCLASS64;
    image->header.e_ident[EI_DATA] = ELFDATA2LSB;
    image->header.e_ident[EI_VERSION] = EV_CURRENT;
    image->header.e_type = ET_DYN;
    image->header.e_machine = EM_X86_64;
    image->header.e_version = EV_CURRENT;
    image->header.e_phoff = offsetof(struct image, segments);
    image->header.e_ehsize = sizeof image->header;
    image->header.e_phentsize = sizeof image->segments[0];
    image->header.e_phnum = 4;
    memcpy(image->strings, "\0threadcheck-clones", 20);
    image->segments[0] = (Elf64_Phdr){.p_type = PT_LOAD,
                                      .p_flags = PF_R | PF_X,
                                      .p_vaddr = base,
                                      .p_paddr = base,
                                      .p_filesz = PAGE,
                                      .p_memsz = size,
                                      .p_align = PAGE};
    uint64_t dynamic = base + offsetof(struct image, dynamic);
    image->segments[1] = (Elf64_Phdr){.p_type = PT_DYNAMIC,
                                      .p_flags = PF_R,
                                      .p_offset = dynamic - base,
                                      .p_vaddr = dynamic,
                                      .p_paddr = dynamic,
                                      .p_filesz = sizeof image->dynamic,
                                      .p_memsz = sizeof image->dynamic,
                                      .p_align = 8};
    image->segments[2] = (Elf64_Phdr){.p_type = PT_GNU_EH_FRAME,
                                      .p_flags = PF_R,
                                      .p_offset = PAGE,
                                      .p_vaddr = base + PAGE,
                                      .p_paddr = base + PAGE,
                                      .p_filesz = PAGE,
                                      .p_memsz = PAGE,
                                      .p_align = 4};
    image->segments[3] = (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W};
    image->hash[0] = image->hash[1] = 1;
    const Elf64_Dyn entries[] = {
        {DT_SONAME, {1}},
        {DT_STRTAB, {base + offsetof(struct image, strings)}},
        {DT_STRSZ, {sizeof image->strings}},
        {DT_SYMTAB, {base + offsetof(struct image, symbol)}},
        {DT_SYMENT, {sizeof image->symbol}},
        {DT_HASH, {base + offsetof(struct image, hash)}},
        {DT_NULL, {0}},
    };
    memcpy(image->dynamic, entries, sizeof entries);
}

/* Loads the image; true when it lies where it was meant to. */
static bool load(uint64_t base, uint64_t size) {
    struct image image;
    fill_image(&image, base, size);
    int fd = (int)syscall(SYS_memfd_create, "threadcheck-clones", MFD_CLOEXEC);
    if (fd < 0)
        return false;
    /* The name stays in the loader's list, where a debugger finds it: it must not lead to a file of
     * the debugger's, nor to one that the program opens later. */
    int high = fcntl(fd, F_DUPFD_CLOEXEC, 1000);
    if (high >= 0) {
        syscall(SYS_close, fd);
        fd = high;
    }
    static const char zero;
    static int count; /* objects of one name would be one object */
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd%.*s/%d", (int)getpid(), ++count,
             "////////////////////////", fd);
    void *handle = NULL;
    if (syscall(SYS_pwrite64, fd, &image, sizeof image, 0L) == (long)sizeof image &&
        syscall(SYS_pwrite64, fd, &zero, 1L, (long)PAGE - 1) == 1)
        handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    syscall(SYS_close, fd);
    if (!handle)
        return false;
    const struct link_map *map = handle;
    if (map->l_addr == 0)
        return true;
    dlclose(handle);
    return false;
}

static bool is_free(uint64_t at, uint64_t size) {
    void *got = tc_memory_map((void *)at, size, PROT_NONE, MAP_NORESERVE | MAP_FIXED_NOREPLACE);
    if (!got)
        return false;
    tc_memory_unmap(got, size);
    return (uint64_t)got == at;
}

/* A free place: below the modules, or, where there is none, so far above that the heap, which grows
 * there, has room. */
static uint64_t find_place(uint64_t low, uint64_t high, uint64_t size) {
    for (uint64_t distance = STEP; distance < (uint64_t)REACH; distance += STEP) {
        uint64_t at = (low - size - distance) & ~(STEP - 1);
        if (low > size + distance + STEP && high - at < (uint64_t)REACH && is_free(at, size))
            return at;
    }
    for (uint64_t distance = 0x40000000; distance < (uint64_t)REACH; distance += STEP) {
        uint64_t at = (high + distance) & ~(STEP - 1);
        if (at + size - low < (uint64_t)REACH && is_free(at, size))
            return at;
    }
    return 0;
}

static bool overlay(uint64_t base, uint64_t size) {
    struct image image;
    memcpy(&image, (const void *)base, sizeof image);
    if (!tc_memory_map((void *)base, size, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_NORESERVE))
        return false;
    memcpy((void *)base, &image, sizeof image);
    return true;
}

/* A table of no functions yet. */
static void begin_table(struct tc_area *area) {
    area->table[0] = 1;
    area->table[1] = 0x1b; /* relative to its place, 4 bytes */
    area->table[2] = 0x03; /* 4 bytes */
    area->table[3] = 0x3b; /* relative to the table, 4 bytes */
    int32_t frames = (int32_t)(area->frames - (area->table + 4));
    memcpy(area->table + 4, &frames, 4);
    memset(area->table + 8, 0, 4);
}

/* What as much is given at most: a table, frames and code. */
struct sizes {
    uint64_t table, frames, code, all;
};

static struct sizes sizes_for(uint64_t text, uint32_t functions) {
    struct sizes sizes = {whole_pages(12 + 8ull * functions),
                          whole_pages(text * 3 + functions * 64ull + 65536),
                          whole_pages(text * 14 + (1 << 20)), 0};
    sizes.all = PAGE + sizes.table + sizes.frames + sizes.code;
    return sizes;
}

bool tc_area_may_hold(uint64_t text, uint32_t functions) {
    return sizes_for(text, functions).all < SIZE_LIMIT;
}

uint64_t tc_area_room(const struct tc_area *area, uint32_t functions) {
    uint32_t rows;
    memcpy(&rows, area->table + 8, 4);
    bool room = area->clones_max - area->clone_count >= functions &&
                area->table + 12 + 8ull * ((uint64_t)rows + functions) <= area->table_end;
    return room ? (uint64_t)(area->code_end - area->code) : 0;
}

struct tc_area *tc_area_make(uint64_t low, uint64_t high, uint64_t text, uint32_t functions) {
    const struct sizes sizes = sizes_for(text, functions);
    uint64_t size = sizes.all;
    struct tc_area *area =
        tc_memory_map(NULL, whole_pages(sizeof *area), PROT_READ | PROT_WRITE, 0);
    struct tc_clone *clones = tc_memory_map(NULL, whole_pages(functions * sizeof *clones + 1),
                                            PROT_READ | PROT_WRITE, MAP_NORESERVE);
    if (!area || !clones || size >= SIZE_LIMIT)
        return NULL;
    uint64_t base = 0;
    for (unsigned attempt = 0; attempt < ATTEMPTS && !base; attempt++) {
        base = find_place(low, high, size);
        if (!base || !load(base, size)) /* the place was taken meanwhile */
            base = 0;
    }
    if (!base || !overlay(base, size))
        return NULL;
    area->low = (uint8_t *)base;
    area->high = area->low + size;
    area->table = area->low + PAGE;
    area->table_end = area->frames = area->table + sizes.table;
    area->frames_end = area->code = area->frames + sizes.frames;
    area->code_end = area->high;
    area->head = (struct tc_area_head *)area->code;
    area->code += sizeof *area->head;
    area->clones = clones;
    area->clones_max = functions;
    area->reach_low = base + size > (uint64_t)REACH ? base + size - REACH : 0;
    area->reach_high = base + REACH;
    begin_table(area);
    return area;
}

bool tc_area_open(struct tc_area *area) {
    return tc_memory_protect(area->low, (size_t)(area->high - area->low), PROT_READ | PROT_WRITE) ==
           0;
}

bool tc_area_close(struct tc_area *area) {
    return tc_memory_protect(area->low, (size_t)(area->high - area->low), PROT_READ | PROT_EXEC) ==
           0;
}
