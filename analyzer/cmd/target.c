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
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != EM_X86_64) {
        why = "is not a 64-bit x86 program";
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
