// expect: none
// Two threads work on rows of one matrix, each on its own.
#include <pthread.h>
#include <stdio.h>
static float m[64][64];
struct job {
    int from, to;
};
static void *w(void *p) {
    struct job *j = p;
    for (int r = j->from; r < j->to; r++)
        for (int c = 0; c < 64; c++)
            m[r][c] += 1.5f;
    return 0;
}
int main(void) {
    struct job a = {0, 32}, b = {32, 64};
    pthread_t t, u;
    pthread_create(&t, 0, w, &a);
    pthread_create(&u, 0, w, &b);
    pthread_join(t, 0);
    pthread_join(u, 0);
    puts("x");
    return 0;
}
