/* descriptor.c: descriptors that the program's own code uses and closes: who used one must come
 * before who closes it, or it may be used once its number means another file.
 *
 * What: each number has a word of its own, which is read by whoever uses it and written by whoever
 *       closes it; nothing but its shadow is ever touched.  What another file did under that number
 *       is forgotten, so only files are looked at that can be told apart (pipes, sockets, files).
 *       A call counts when it has come back: to close what another thread is blocked in is how
 *       some wake it.
 * Threads: any.
 */
#include "preload/race/channel.h"
#include "preload/race/race.h"

#include "preload/poison.h"

#define STANDARD 3 /* the first ones are everybody's */

static uint64_t words[TC_DESCRIPTORS];
static uint64_t files[TC_DESCRIPTORS]; /* which each number was last seen to mean */

static void *word_of(int fd) {
    return fd >= STANDARD && fd < TC_DESCRIPTORS ? &words[fd] : NULL;
}

static void begin_anew(int fd) {
    tc_race_forget((uintptr_t)&words[fd], (uintptr_t)&words[fd + 1]);
}

int tc_race_descriptor_at(uintptr_t address) {
    uintptr_t low = (uintptr_t)words;
    return address >= low && address < low + sizeof words ? (int)((address - low) / sizeof words[0])
                                                          : -1;
}

void tc_descriptor_used(int fd, uint64_t file, bool sends, struct tc_site site) {
    void *word = file && tc_channel_is_file(file) ? word_of(fd) : NULL;
    if (!word)
        return;
    if (__atomic_load_n(&files[fd], __ATOMIC_RELAXED) != file) {
        begin_anew(fd);
        __atomic_store_n(&files[fd], file, __ATOMIC_RELAXED);
    }
    tc_race_range(word, sizeof words[0],
                  TC_ACCESS_LIBC | TC_ACCESS_DESCRIPTOR | (sends ? TC_ACCESS_MODIFY : 0u), site);
}

void tc_descriptor_closed(int fd, uint64_t file, struct tc_site site) {
    void *word = word_of(fd);
    if (!word || !__atomic_load_n(&files[fd], __ATOMIC_RELAXED))
        return;
    if (file && file == __atomic_load_n(&files[fd], __ATOMIC_RELAXED))
        tc_race_range(word, sizeof words[0],
                      TC_ACCESS_LIBC | TC_ACCESS_DESCRIPTOR | TC_ACCESS_WRITE, site);
    __atomic_store_n(&files[fd], 0, __ATOMIC_RELAXED);
    begin_anew(fd);
}
