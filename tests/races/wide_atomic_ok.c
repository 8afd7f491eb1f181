// expect: none
// A pair of pointers that is exchanged as a whole (cmpxchg16b) publishes what it leads to.
#include "race.h"

#pragma GCC target("cx16")

struct node {
    struct node *next;
    long value;
};
union head {
    __int128 whole;
    struct {
        struct node *first;
        long version;
    };
} top;

static void push(struct node *node) {
    union head old, new;
    do {
        old.whole = __sync_val_compare_and_swap(&top.whole, 0, 0);
        node->next = old.first;
        new.first = node;
        new.version = old.version + 1;
    } while (!__sync_bool_compare_and_swap(&top.whole, old.whole, new.whole));
}

static struct node *pop(void) {
    union head old, new;
    do {
        old.whole = __sync_val_compare_and_swap(&top.whole, 0, 0);
        if (!old.first)
            return NULL;
        new.first = old.first->next;
        new.version = old.version + 1;
    } while (!__sync_bool_compare_and_swap(&top.whole, old.whole, new.whole));
    return old.first;
}

void *pushes(void *unused) {
    static struct node nodes[100];
    for (int i = 0; i < 100; i++) {
        nodes[i].value = i;
        push(&nodes[i]);
        if (i % 10 == 0)
            pause_ms(1);
    }
    return unused;
}

void *pops(void *unused) {
    (void)unused;
    long sum = 0;
    for (int n = 0; n < 100;) {
        struct node *node = pop();
        if (node) {
            sum += node->value++;
            n++;
        } else {
            sched_yield();
        }
    }
    printf("%ld\n", sum);
    return NULL;
}

int main(void) {
    both(pushes, pops, NULL);
    return 0;
}
