// expect: none
// What a thread has freed comes to another one by ways in which libc allocates for it, by realloc
// through a pointer, and aligned.
#include <malloc.h>
#include <string.h>

#include "race.h"

static struct heap {
    void *(*resize)(void *, size_t);
    void (*release)(void *);
} heap = {realloc, free};

/* Of many sizes, so that blocks become one again. */
static void *fill_and_free(void *unused) {
    char *blocks[64];
    for (int i = 0; i < 64; i++) {
        size_t size = 24 + (size_t)i * 40;
        blocks[i] = malloc(size);
        memset(blocks[i], i, size);
    }
    for (int i = 0; i < 64; i++)
        free(blocks[i]);
    return unused;
}

static void add_up(const char *from, size_t size) {
    int sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += from[i];
    USE(sum);
}

static void *use_anew(void *unused) {
    later();
    char text[3000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\n';
    for (int i = 0; i < 20; i++) {
        char *line = NULL;
        size_t room = 0;
        FILE *file = fmemopen(text, sizeof text, "r");
        MUST(getline(&line, &room, file) == sizeof text);
        add_up(line, sizeof text);
        fclose(file);
        char *block = NULL;
        for (size_t size = 16; size < 3000; size *= 2) {
            block = heap.resize(block, size);
            memset(block, i, size);
        }
        void *page = memalign(64, 500);
        memset(page, 1, 500);
        add_up(page, 500);
        free(page);
        heap.release(block);
        char *written = NULL;
        size_t length = 0;
        file = open_memstream(&written, &length);
        fwrite(text, 1, 1000, file);
        fclose(file);
        add_up(written, length);
        free(written);
        free(line);
    }
    return unused;
}

int main(void) {
    mallopt(M_ARENA_MAX, 1);
    for (int i = 0; i < 3; i++)
        both(fill_and_free, use_anew, NULL);
    return 0;
}
