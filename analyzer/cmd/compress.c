/* compress.c: `threadcheck compress`: puts traces away in a fraction of their size. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/memory.h"
#include "analyzer/cmd/command.h"
#include "analyzer/cmd/trace_list.h"
#include "threadcheck/trace_format.h"
#include "trace/zstd_file.h"

int tc_command_compress(int argc, char **argv);

/* 0, or the exit status that is due after a message: it is no trace, is compressed already, or is
 * still written to. */
static int refuse(int file, const char *path) {
    struct tc_file_header header;
    ssize_t size = pread(file, &header, sizeof header, 0);
    if (size > 0 && tc_is_compressed(&header, (size_t)size))
        return tc_usage_error("compress", "%s is compressed already", path);
    if (size < (ssize_t)sizeof header ||
        memcmp(header.magic, TC_TRACE_MAGIC, sizeof header.magic) != 0) {
        tc_usage_error("compress", "%s: not a threadcheck trace", path);
        return TC_EXIT_BAD_TRACE;
    }
    bool ended = header.flags & TC_HEADER_FINISHED;
    if (!ended && header.pid && kill((pid_t)header.pid, 0) == 0)
        return tc_usage_error("compress", "%s: process %u may still write to it", path, header.pid);
    return 0;
}

/* The new file takes the place of the old one when it is whole.  The exit status that is due. */
static int compress_to(int from, const char *path, const char *to_path) {
    struct tc_trace_error error = {.state = TC_TRACE_OK};
    int to = open(to_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (to < 0)
        return tc_usage_error("compress", "%s: %s", to_path, strerror(errno));
    bool good = tc_compress_file(from, path, to, to_path, &error);
    if (close(to) != 0 && good) {
        snprintf(error.text, sizeof error.text, "%s: %s", to_path, strerror(errno));
        good = false;
    }
    if (good && unlink(path) == 0)
        return 0;
    if (good)
        snprintf(error.text, sizeof error.text, "%s: %s", path, strerror(errno));
    unlink(to_path);
    return tc_usage_error("compress", "%s", error.text);
}

static int compress_trace(const char *path) {
    int from = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (from < 0) {
        tc_usage_error("compress", "%s: %s", path, strerror(errno));
        return TC_EXIT_BAD_TRACE;
    }
    char *to_path = tc_format("%s.zst", path);
    int status = refuse(from, path);
    if (!status)
        status = compress_to(from, path, to_path);
    close(from);
    free(to_path);
    return status;
}

static bool is_compressed(const char *path) {
    uint8_t first[4];
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is = file >= 0 && read(file, first, sizeof first) == sizeof first &&
              tc_is_compressed(first, sizeof first);
    if (file >= 0)
        close(file);
    return is;
}

int tc_command_compress(int argc, char **argv) {
    struct tc_trace_list list = {0};
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        puts("usage: threadcheck compress TRACE...\n\n"
             "compress traces with zstd: FILE becomes FILE.zst, which every command reads.\n"
             "Of a directory, all traces in it that are not compressed yet.");
        return 0;
    }
    int first = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;
    if (first == 1 && argc > 1 && argv[1][0] == '-' && argv[1][1])
        return tc_usage_error("compress", "unknown option %s", argv[1]);
    if (first >= argc)
        return tc_usage_error("compress", "a trace is missing: threadcheck compress TRACE...");
    int status = 0;
    for (int i = first; i < argc; i++) {
        struct stat found;
        bool folder = stat(argv[i], &found) == 0 && S_ISDIR(found.st_mode);
        size_t before = list.count;
        if (tc_trace_list_operands(&list, "compress", &argv[i], 1))
            status = TC_EXIT_BAD_TRACE;
        for (size_t k = before; k < list.count; k++)
            if (!folder || !is_compressed(list.entries[k].path)) {
                int one = compress_trace(list.entries[k].path);
                status = one ? one : status;
            }
    }
    tc_trace_list_free(&list);
    return status;
}
