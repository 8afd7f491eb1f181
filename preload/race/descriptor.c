/* descriptor.c: descriptors that the program's own code uses and closes: who used one must come
 * before who closes it, or it may be used once its number means another file.
 *
 * What: each number has a word of its own, which is read by whoever uses it and written by whoever
 *       closes it; nothing but its shadow is ever touched.  What was done by the number before it
 *       meant what it means now is forgotten.  Not every call that opens or closes one is seen, so
 *       only what can be told apart from what was there before is looked at: pipes and sockets.
 *       A call counts when it has come back: to close what another thread is blocked in is how
 *       some wake it.
 * Threads: any.
 */
#include "preload/race/channel.h"
#include "preload/race/race.h"

#include "preload/poison.h"

#define STANDARD 3 /* the first ones are everybody's */

static uint64_t words[TC_DESCRIPTORS];
static uint64_t channels[TC_DESCRIPTORS]; /* what each number was last seen to mean */

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

void tc_descriptor_used(int fd, uint64_t channel, bool sends, struct tc_site site) {
    void *word = channel ? word_of(fd) : NULL;
    if (!word)
        return;
    if (__atomic_load_n(&channels[fd], __ATOMIC_RELAXED) != channel) {
        begin_anew(fd);
        __atomic_store_n(&channels[fd], channel, __ATOMIC_RELAXED);
    }
    tc_race_range(word, sizeof words[0],
                  TC_ACCESS_LIBC | TC_ACCESS_DESCRIPTOR | (sends ? TC_ACCESS_MODIFY : 0u), site);
}

void tc_descriptor_closed(int fd, uint64_t channel, struct tc_site site) {
    void *word = word_of(fd);
    uint64_t known = word ? __atomic_load_n(&channels[fd], __ATOMIC_RELAXED) : 0;
    if (known && known == channel)
        tc_race_range(word, sizeof words[0],
                      TC_ACCESS_LIBC | TC_ACCESS_DESCRIPTOR | TC_ACCESS_WRITE, site);
    if (known)
        tc_descriptor_opened(fd);
}

void tc_descriptor_opened(int fd) {
    if (!word_of(fd) || !__atomic_load_n(&channels[fd], __ATOMIC_RELAXED))
        return;
    __atomic_store_n(&channels[fd], 0, __ATOMIC_RELAXED);
    begin_anew(fd);
}
