/* heap_plug.c: allocates, fills and frees blocks of whichever heap the program has; see heap.c. */
#include <stdlib.h>
#include <string.h>

int heap_plug(int times) {
    for (int i = 0; i < times; i++) {
        char *block = malloc(100), *zeroed = calloc(10, 10);
        if (!block || !zeroed || zeroed[i % 100])
            return 0;
        memset(block, i, 100);
        block = realloc(block, 200);
        if (!block || block[99] != (char)i)
            return 0;
        free(zeroed);
        free(block);
    }
    return 1;
}
