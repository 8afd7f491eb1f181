/* told.c: the file beside a trace that says what was printed already (told.h). */
#include "analyzer/cmd/told.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/memory.h"

static char *file_of(const struct tc_report_process *process) {
    return process->trace && *process->trace ? tc_format("%s.told", process->trace) : NULL;
}

/* "DEVICE INODE ID" a line. */
void tc_told_write(const struct tc_report *report, int fd) {
    struct stat st;
    const struct tc_report_process *process = tc_report_main(report);
    char *path = process && fstat(fd, &st) == 0 ? file_of(process) : NULL;
    int file = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
    free(path);
    if (file < 0)
        return;
    for (size_t i = 0; i < report->finding_count; i++)
        if (!report->findings[i].hidden)
            dprintf(file, "%llx %llx %s\n", (unsigned long long)st.st_dev,
                    (unsigned long long)st.st_ino, report->findings[i].id);
    close(file);
}

void tc_told_forget(const struct tc_report *report) {
    for (size_t i = 0; i < report->process_count; i++) {
        char *path = file_of(&report->processes[i]);
        if (path)
            unlink(path);
        free(path);
    }
}

static void mark(struct tc_report *report, const char *id) {
    for (size_t i = 0; i < report->finding_count; i++)
        if (strcmp(report->findings[i].id, id) == 0)
            report->findings[i].told = true;
}

void tc_told_read(struct tc_report *report, int fd) {
    struct stat st;
    bool known = fstat(fd, &st) == 0;
    for (size_t i = 0; i < report->process_count; i++) {
        char *path = file_of(&report->processes[i]);
        FILE *file = path ? fopen(path, "re") : NULL;
        unsigned long long device, inode;
        char id[17];
        while (file && fscanf(file, "%llx %llx %16s", &device, &inode, id) == 3)
            if (known && device == st.st_dev && inode == st.st_ino)
                mark(report, id);
        if (file)
            fclose(file);
        free(path);
    }
    tc_told_forget(report);
}
