// expect: none
// Threads that libc itself starts, for a POSIX timer and for asynchronous input and output, take
// the program's locks.
#include "program.h"
#include <aio.h>
#include <fcntl.h>
#include <signal.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
int ticks, written;

void on_tick(union sigval value) {
    (void)value;
    pthread_mutex_lock(&lock);
    ticks++;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

void on_written(union sigval value) {
    (void)value;
    pthread_mutex_lock(&lock);
    written++;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

int main(void) {
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_tick};
    struct itimerspec often = {{0, 5000000}, {0, 5000000}};
    MUST(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    timer_settime(timer, 0, &often, NULL);
    struct aiocb request = {
        .aio_fildes = open("/dev/null", O_WRONLY), .aio_buf = "x", .aio_nbytes = 1};
    request.aio_sigevent.sigev_notify = SIGEV_THREAD;
    request.aio_sigevent.sigev_notify_function = on_written;
    MUST(aio_write(&request) == 0);
    pthread_mutex_lock(&lock);
    while (ticks < 5 || !written)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    timer_delete(timer);
    pause_ms(30);
    puts("done");
    return 0;
}
