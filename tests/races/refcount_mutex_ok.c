// expect: none
// The last of several threads that let go of an object destroys its mutex and frees it.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
struct obj {
    atomic_int refs;
    int data[16];
    pthread_mutex_t m;
};
static void put(struct obj *o) {
    if (atomic_fetch_sub_explicit(&o->refs, 1, memory_order_acq_rel) == 1) {
        pthread_mutex_destroy(&o->m);
        free(o);
    }
}
static void *w(void *p) {
    struct obj *o = p;
    pthread_mutex_lock(&o->m);
    o->data[3]++;
    pthread_mutex_unlock(&o->m);
    put(o);
    return 0;
}
int main(void) {
    for (int k = 0; k < 50; k++) {
        struct obj *o = calloc(1, sizeof *o);
        atomic_init(&o->refs, 3);
        pthread_mutex_init(&o->m, 0);
        pthread_t a, b;
        pthread_create(&a, 0, w, o);
        pthread_create(&b, 0, w, o);
        put(o);
        pthread_join(a, 0);
        pthread_join(b, 0);
    }
    puts("x");
    return 0;
}
