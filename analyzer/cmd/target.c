/* target.c: looks at a program's file. */
#include "analyzer/cmd/target.h"

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/memory.h"

/* What the shim beside us can be loaded into. */
#if defined(__aarch64__)
#define MACHINE  EM_AARCH64
#define NOT_OURS "is not a 64-bit Arm program"
#else
#define MACHINE  EM_X86_64
#define NOT_OURS "is not a 64-bit x86 program"
#endif

char *tc_target_find(const char *program) {
    if (strchr(program, '/'))
        return access(program, F_OK) == 0 ? tc_strdup(program) : NULL;
    const char *path = getenv("PATH");
    char *found = NULL;
    for (const char *p = path ? path : "/bin:/usr/bin"; p && !found;) {
        const char *end = strchrnul(p, ':');
        char *candidate = end == p ? tc_format("./%s", program)
                                   : tc_format("%.*s/%s", (int)(end - p), p, program);
        struct stat st;
        if (stat(candidate, &st) == 0 && S_ISREG(st.st_mode) && access(candidate, X_OK) == 0)
            found = candidate;
        else
            free(candidate);
        p = *end ? end + 1 : NULL;
    }
    return found;
}

/* The loader that the program asks for, to be freed; NULL when it asks for none. */
static char *interpreter(int fd, const Elf64_Ehdr *header) {
    for (unsigned i = 0; i < header->e_phnum && i < 256; i++) {
        Elf64_Phdr segment;
        off_t at = (off_t)(header->e_phoff + i * sizeof(segment));
        if (pread(fd, &segment, sizeof(segment), at) != sizeof(segment))
            return NULL;
        if (segment.p_type != PT_INTERP || segment.p_filesz > 4096)
            continue;
        char *name = tc_alloc(segment.p_filesz + 1);
        if (pread(fd, name, segment.p_filesz, (off_t)segment.p_offset) < 0)
            name[0] = 0;
        return name;
    }
    return NULL;
}

const char *tc_target_refuses(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    Elf64_Ehdr header;
    const char *why = NULL;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
        pread(fd, &header, sizeof(header), 0) != sizeof(header) ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        goto done; /* a script: what it runs will tell */
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != MACHINE) {
        why = NOT_OURS;
        goto done;
    }
    char *loader = interpreter(fd, &header);
    if (!loader)
        why = "is statically linked";
    else if (!strstr(loader, "ld-linux"))
        why = "does not use the GNU C library";
    else if ((st.st_mode & S_ISUID && st.st_uid != geteuid()) ||
             (st.st_mode & S_ISGID && st.st_gid != getegid()))
        why = "runs with the rights of another user";
    free(loader);
done:
    if (fd >= 0)
        close(fd);
    return why;
}

/* Where the file has what will be at this address; -1: nowhere. */
static off_t file_offset(const Elf64_Phdr *segments, unsigned count, Elf64_Addr address) {
    for (unsigned i = 0; i < count; i++)
        if (segments[i].p_type == PT_LOAD && address - segments[i].p_vaddr < segments[i].p_filesz)
            return (off_t)(segments[i].p_offset + (address - segments[i].p_vaddr));
    return -1;
}

/* The first needed library whose name begins so. */
static char *needed(int fd, const Elf64_Phdr *segments, unsigned count, const char *begin) {
    const Elf64_Phdr *dynamic = segments;
    while (dynamic < segments + count && dynamic->p_type != PT_DYNAMIC)
        dynamic++;
    if (dynamic == segments + count || dynamic->p_filesz > 1 << 16)
        return NULL;
    size_t entries = dynamic->p_filesz / sizeof(Elf64_Dyn);
    Elf64_Dyn *table = tc_alloc(dynamic->p_filesz + 1);
    off_t strings = -1;
    char name[256] = "";
    if (pread(fd, table, dynamic->p_filesz, (off_t)dynamic->p_offset) < 0)
        entries = 0;
    for (size_t i = 0; i < entries; i++)
        if (table[i].d_tag == DT_STRTAB)
            strings = file_offset(segments, count, table[i].d_un.d_ptr);
    bool found = false;
    for (size_t i = 0; i < entries && strings >= 0 && !found; i++)
        found = table[i].d_tag == DT_NEEDED &&
                pread(fd, name, sizeof(name) - 1, strings + (off_t)table[i].d_un.d_val) > 0 &&
                strncmp(name, begin, strlen(begin)) == 0;
    free(table);
    return found ? tc_strdup(name) : NULL;
}

char *tc_target_first_library(const char *path) {
    Elf64_Ehdr header;
    Elf64_Phdr segments[64];
    char *found = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && pread(fd, &header, sizeof(header), 0) == sizeof(header) &&
        memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64 &&
        header.e_phentsize == sizeof(*segments)) {
        unsigned count = header.e_phnum < 64 ? header.e_phnum : 64;
        size_t size = count * sizeof(*segments);
        bool read = pread(fd, segments, size, (off_t)header.e_phoff) == (ssize_t)size;
        if (read)
            found = needed(fd, segments, count, "libasan.so");
    }
    if (fd >= 0)
        close(fd);
    return found;
}
