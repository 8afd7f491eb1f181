/* plugin.c: what guest.c and racy.c load by dlopen: a counter, counted with and without its lock.
 */
#include <pthread.h>

long plugin_counter;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void plugin_count(long times) {
    for (long i = 0; i < times; i++) {
        pthread_mutex_lock(&lock);
        plugin_counter++;
        pthread_mutex_unlock(&lock);
    }
}

void plugin_race(long times) {
    for (long i = 0; i < times; i++)
        __asm__ volatile("incq %0" : "+m"(plugin_counter));
}
