// expect: none
// Threads and objects in a constructor, in a key's destructor, in atexit handlers and in a child.
#include "program.h"

#include <pthread.h>
#include <sys/wait.h>

static threading_lock lock = THREADING_LOCK_INIT;
static threading_local local = THREADING_LOCAL_INIT;
static pthread_key_t key;

static void work(void *unused) {
    (void)unused;
    take(&lock);
    give(&lock);
    MUST(threading_local_set(&local, "x", &lock, NULL) == 0);
}

static void work_with_key(void *unused) {
    work(unused);
    MUST(pthread_setspecific(key, &key) == 0);
}

static void key_destructor(void *unused) {
    work(unused);
    MUST(threading_current_thread() != NULL);
}

static void last_handler(void) {
    run(work, NULL);
    printf("last\n");
}

static void handler(void) {
    run(work_with_key, NULL);
    printf("handler\n");
}

__attribute__((constructor)) static void early(void) {
    MUST(pthread_key_create(&key, key_destructor) == 0);
    atexit(last_handler);
    MUST(threading_current_thread() == threading_main_thread());
    run(work_with_key, NULL);
    printf("early\n");
    fflush(stdout);
}

static void late(void *unused) {
    pause_ms(50);
    work_with_key(unused);
    printf("late\n");
}

int main(void) {
    atexit(handler);
    pid_t child = fork();
    if (child == 0) {
        run(work_with_key, NULL);
        _exit(0);
    }
    int status;
    MUST(waitpid(child, &status, 0) == child && status == 0);
    start(late, NULL);
    return 0;
}
