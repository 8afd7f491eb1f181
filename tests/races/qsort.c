// expect: data-race
// A thread sorts an array by qsort while another one reads an element.
#include "race.h"

int numbers[50];

int ascending(const void *left, const void *right) {
    return *(const int *)left - *(const int *)right;
}

void *sort(void *unused) {
    qsort(numbers, 50, sizeof(int), ascending);
    return unused;
}

void *read_it(void *unused) {
    later();
    USE(numbers[25]);
    return unused;
}

int main(void) {
    for (int i = 0; i < 50; i++)
        numbers[i] = i * 7 % 50;
    both(sort, read_it, NULL);
    return 0;
}
