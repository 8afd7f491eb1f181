// Where races are not looked for, what -fsanitize=thread calls for each access leads to one
// function that does nothing; what does something else, too, as atomics and copies do, goes on to
// do that.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* By their addresses only, as those are in the program's tables. */
void enters(void) __asm__("__tsan_func_entry");
void reads(void) __asm__("__tsan_read1");
void writes(void) __asm__("__tsan_write8");
void reads_much(void) __asm__("__tsan_read16");

static long counter;
static atomic_long sum;
static char from[64] = "copied", to[64];

static void *work(void *unused) {
    for (int i = 0; i < 1000; i++) {
        counter++;
        sum++;
    }
    memcpy(to, from, sizeof to);
    return unused;
}

int main(void) {
    void (*volatile one[])(void) = {enters, reads, writes, reads_much};
    printf("%s\n", one[0] == one[1] && one[0] == one[2] && one[0] == one[3] ? "silent" : "telling");
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, work, NULL);
        pthread_join(thread, NULL);
    }
    printf("%ld %ld %s\n", counter, (long)sum, to);
    return 0;
}
