/* output.c: writes reports to files, pipes and terminals. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/cmd/command.h"
#include "analyzer/cmd/pipeline.h"

static bool write_all(int fd, const char *data, size_t size) {
    while (size) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EAGAIN) { /* a program may have left its terminal like this */
            struct pollfd ready = {.fd = fd, .events = POLLOUT};
            poll(&ready, 1, -1);
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        data += n;
        size -= (size_t)n;
    }
    return true;
}

/* Opening /dev/stderr anew would truncate or overwrite the file behind it. */
static int standard_stream(const char *path, int fd) {
    if (!path)
        return fd;
    if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0)
        return STDOUT_FILENO;
    return strcmp(path, "/dev/stderr") == 0 ? STDERR_FILENO : -1;
}

bool tc_write_output(const char *path, int fd, const char *data, size_t size) {
    int standard = standard_stream(path, fd);
    if (standard >= 0)
        return write_all(standard, data, size);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
    if (file < 0)
        return false;
    bool good = write_all(file, data, size);
    int wrong = errno;
    if (close(file) != 0 && good)
        return false;
    errno = wrong;
    return good;
}

static bool same_stream(int a, int b) {
    struct stat x, y;
    return a >= 0 && fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

static struct tc_style style_of(const struct tc_cli *cli, const struct tc_output *output, int fd,
                                char *directory) {
    struct tc_style style = {.width = 100, .directory = directory};
    int standard = standard_stream(output->path, fd);
    bool terminal = standard >= 0 && isatty(standard);
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
    struct winsize size;
    if (terminal && ioctl(standard, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
        style.width = size.ws_col;
    style.colour = terminal && !(no_colour && *no_colour) && term && strcmp(term, "dumb") != 0;
    /* `run` and the shim stay quiet on a clean program's own stream. */
    style.summary = !cli->at_exit && !cli->hang && (output->path || cli->command == TC_CLI_ANALYZE);
    style.brief = cli->hang;
    style.told = same_stream(standard, STDERR_FILENO);
    return style;
}

bool tc_write_report(const struct tc_cli *cli, const struct tc_output *output,
                     const struct tc_report *report, int fd) {
    char *directory = getcwd(NULL, 0);
    struct tc_style style = style_of(cli, output, fd, directory);
    const struct tc_format *format = output->format ? output->format : tc_format_find("text");
    struct tc_text text = {0};
    format->print(&text, report, &style);
    errno = 0;
    bool good = text.length == 0 && !output->path
                    ? true
                    : tc_write_output(output->path, fd, tc_text_string(&text), text.length);
    if (!good)
        tc_usage_error(cli->name, "cannot write the %s report to %s: %s", format->name,
                       output->path ? output->path : "standard output", strerror(errno));
    tc_text_free(&text);
    free(directory);
    return good;
}
