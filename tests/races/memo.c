// expect: data-race
// stripped: data-race or possible
// Two threads fill in and read the same table of known results.
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static unsigned long memo[50];
__attribute__((noinline)) static unsigned long fib(int n) {
    if (n < 2)
        return n;
    if (memo[n])
        return memo[n];
    return memo[n] = fib(n - 1) + fib(n - 2);
}
static void *w(void *x) {
    if (x)
        usleep(20000);
    return fib(40) ? x : 0;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, 0, w, 0);
    pthread_create(&b, 0, w, &a);
    pthread_join(a, 0);
    pthread_join(b, 0);
    puts("x");
    return 0;
}
