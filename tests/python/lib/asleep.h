/* asleep.h: a thread that is joined goes on until whoever joins it sleeps in the join. */
#ifndef TESTS_PYTHON_LIB_ASLEEP_H
#define TESTS_PYTHON_LIB_ASLEEP_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static inline void rest(long milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* Whether a thread of this process sleeps, by the letter that follows its name. */
static inline bool is_asleep(pid_t thread) {
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)thread);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = read(file, text, sizeof text - 1);
    close(file);
    text[size > 0 ? size : 0] = 0;
    const char *end = strrchr(text, ')');
    return end && end[1] == ' ' && end[2] == 'S';
}

/* The join that the thread is about to begin then lasts a while, however late it comes to it. */
static inline void until_joined_by(pid_t thread) {
    while (!is_asleep(thread))
        rest(1);
    rest(20);
}

#endif
