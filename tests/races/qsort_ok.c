// expect: none
// Two threads sort halves of an array and search in what both may read.
#include "race.h"

int numbers[100], table[3] = {1, 5, 9};

int ascending(const void *left, const void *right) {
    return *(const int *)left - *(const int *)right;
}

void *sort(void *half) {
    qsort(half, 50, sizeof(int), ascending);
    int wanted = 5;
    MUST(bsearch(&wanted, table, 3, sizeof(int), ascending) == &table[1]);
    return NULL;
}

int main(void) {
    for (int i = 0; i < 100; i++)
        numbers[i] = i * 37 % 100;
    pthread_t first = start(sort, numbers), second = start(sort, numbers + 50);
    finish(first);
    finish(second);
    for (int i = 1; i < 100; i++)
        MUST(i == 50 || numbers[i - 1] <= numbers[i]);
    return 0;
}
