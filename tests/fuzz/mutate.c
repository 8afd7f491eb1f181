/* mutate.c: drives trace_fuzz.c without libFuzzer: mutate SECONDS TRACE...
 *
 * What: runs each trace as it is, cut and with bytes changed, for the given time.  The changes come
 *       from a fixed sequence, so that a failure comes again.  Before each run the input is written
 *       to ./mutate-last, to be looked at after a crash.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/fuzz/trace_fuzz.h"

struct input {
    uint8_t *bytes;
    size_t size;
};

static uint64_t random_state = 0x9e3779b97f4a7c15ull;

/* Source: G. Marsaglia, Xorshift RNGs, Journal of Statistical Software 8 (2003). */
static uint64_t random_number(uint64_t below) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

static bool read_input(const char *path, struct input *input) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        return false;
    input->size = (size_t)ftell(file);
    rewind(file);
    input->bytes = malloc(input->size + 1);
    bool good = input->bytes && fread(input->bytes, 1, input->size, file) == input->size;
    fclose(file);
    return good && input->size;
}

static void run(const uint8_t *bytes, size_t size) {
    FILE *file = fopen("mutate-last", "wb");
    if (file) {
        fwrite(bytes, 1, size, file);
        fclose(file);
    }
    LLVMFuzzerTestOneInput(bytes, size);
}

/* Changes a few bytes, mostly where there are some. */
static void change(uint8_t *bytes, size_t size) {
    static const uint8_t favourites[] = {0, 1, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0xff};
    for (uint64_t changes = 1 + random_number(8); changes; changes--) {
        size_t at = random_number(size);
        for (int tries = 0; tries < 20 && !bytes[at]; tries++)
            at = random_number(size);
        bytes[at] = random_number(2) ? favourites[random_number(sizeof favourites)]
                                     : (uint8_t)random_number(256);
    }
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fputs("usage: mutate SECONDS TRACE...\n", stderr);
        return 2;
    }
    size_t count = (size_t)argc - 2;
    struct input *inputs = calloc(count, sizeof *inputs);
    for (size_t i = 0; inputs && i < count; i++) {
        if (!read_input(argv[i + 2], &inputs[i])) {
            fprintf(stderr, "mutate: %s cannot be read\n", argv[i + 2]);
            return 2;
        }
        run(inputs[i].bytes, inputs[i].size);
    }
    uint64_t runs = 0;
    for (time_t end = time(NULL) + atoi(argv[1]); inputs && time(NULL) < end; runs++) {
        const struct input *input = &inputs[random_number(count)];
        size_t size = random_number(4) ? input->size : 1 + random_number(input->size);
        uint8_t *copy = malloc(size);
        if (!copy)
            return 2;
        memcpy(copy, input->bytes, size);
        if (size == input->size || random_number(2))
            change(copy, size);
        run(copy, size);
        free(copy);
    }
    printf("%llu runs\n", (unsigned long long)runs);
    return 0;
}
