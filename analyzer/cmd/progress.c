/* progress.c: see progress.h. */
#include "analyzer/cmd/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FIRST 1000000000u /* ns */
#define EVERY 100000000u
#define BAR   20

uint64_t tc_progress_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void tc_progress_begin(struct tc_progress *progress, const char *what, bool wanted, uint64_t now) {
    *progress =
        (struct tc_progress){.wanted = wanted, .what = what, .begin = now, .next = now + FIRST};
}

/* What is left, by what it took so far. */
static unsigned seconds_left(const struct tc_progress *progress, double part, uint64_t now) {
    double took = (double)(now - progress->begin) / 1e9;
    double left = part > 0.001 ? took / part - took : 0;
    return left < 1e6 ? (unsigned)(left + 0.5) : 0;
}

bool tc_progress_line(struct tc_progress *progress, double part, uint64_t now, char *text,
                      uint32_t size) {
    if (!progress->wanted || now < progress->next)
        return false;
    progress->next = now + EVERY;
    progress->shown = true;
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    char bar[BAR + 1] = "";
    memset(bar, '.', BAR);
    memset(bar, '#', (size_t)(part * BAR));
    snprintf(text, size, "\rthreadcheck: %.40s [%s] %3u %%, %u s left\033[K", progress->what, bar,
             (unsigned)(part * 100), seconds_left(progress, part, now));
    return true;
}

void tc_progress_step(void *opaque, double part) {
    char text[256];
    if (tc_progress_line(opaque, part, tc_progress_now(), text, sizeof text))
        fputs(text, stderr);
}

void tc_progress_end(struct tc_progress *progress) {
    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = false;
}
