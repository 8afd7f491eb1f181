/* plugin.c: a library for programs that load one: two locks, taken in either order. */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t plugin_left = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t plugin_right = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t plugin_state;
static int plugin_forwards; /* how often; in time, but ordered by nothing that counts */

void *plugin_forward(void *argument) {
    pthread_rwlock_rdlock(&plugin_state);
    pthread_mutex_lock(&plugin_left);
    pthread_mutex_lock(&plugin_right);
    pthread_mutex_unlock(&plugin_right);
    pthread_mutex_unlock(&plugin_left);
    pthread_rwlock_unlock(&plugin_state);
    __atomic_add_fetch(&plugin_forwards, 1, __ATOMIC_ACQ_REL);
    return argument;
}

void *plugin_backward(void *argument) {
    while (__atomic_load_n(&plugin_forwards, __ATOMIC_ACQUIRE) < 2) /* the constructor's is one */
        usleep(1000);
    pthread_mutex_lock(&plugin_right);
    pthread_mutex_lock(&plugin_left);
    pthread_mutex_unlock(&plugin_left);
    pthread_mutex_unlock(&plugin_right);
    return argument;
}

__attribute__((constructor)) static void plugin_loaded(void) {
    pthread_rwlock_init(&plugin_state, NULL);
    plugin_forward(NULL);
}

__attribute__((destructor)) static void plugin_unloaded(void) {
    plugin_forward(NULL);
    pthread_rwlock_destroy(&plugin_state);
}
