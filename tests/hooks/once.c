/* Initialisation that happens once: also when it is cancelled, nested, or waited for. */
#include <threads.h>
#include <unistd.h>

#include "show.h"

static pthread_once_t first = PTHREAD_ONCE_INIT, second = PTHREAD_ONCE_INIT,
                      cancelled = PTHREAD_ONCE_INIT, slow = PTHREAD_ONCE_INIT;
static once_flag flag = ONCE_FLAG_INIT;
static int runs, tries;

static void count(void) {
    runs++;
}

static void nested(void) {
    pthread_once(&second, count);
    call_once(&flag, count);
    runs++;
}

static void cancel_first(void) {
    if (tries++ == 0) {
        pthread_cancel(pthread_self());
        pthread_testcancel();
    }
}

static void sleep_a_little(void) {
    usleep(20000);
    runs++;
}

static void *run_cancelled(void *arg) {
    pthread_once(&cancelled, cancel_first);
    return arg;
}

static void *run_slow(void *arg) {
    for (int i = 0; i < 1000; i++)
        pthread_once(&slow, sleep_a_little);
    return arg;
}

int main(void) {
    SHOW(pthread_once(&first, nested));
    SHOW(pthread_once(&first, nested));
    SHOW(pthread_once(&second, count));
    call_once(&flag, count);
    printf("runs %d\n", runs);
    printf("cancelled %d\n", in_thread(run_cancelled, NULL) == PTHREAD_CANCELED);
    printf("tries %d\n", tries);
    printf("cancelled %d\n", in_thread(run_cancelled, NULL) == PTHREAD_CANCELED);
    printf("tries %d\n", tries);
    pthread_t threads[8];
    for (int i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, run_slow, NULL);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    printf("runs %d\n", runs);
    return 5;
}
