// expect: none
// A vector grows by realloc under a mutex, which readers take as well.
#include "race.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int *numbers;
int count;

void *append(void *unused) {
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&lock);
        numbers = realloc(numbers, sizeof(int) * (count + 1));
        numbers[count++] = i;
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(void) {
    both(append, append, NULL);
    int sum = 0;
    for (int i = 0; i < count; i++)
        sum += numbers[i];
    printf("%d %d\n", count, sum);
    free(numbers);
    return 0;
}
