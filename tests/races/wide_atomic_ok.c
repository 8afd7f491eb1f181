// expect: none
// A pair of pointers that is exchanged as a whole (cmpxchg16b) publishes what it leads to.
#include "race.h"

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

/* What was there; `new` is, if that was `old`. */
#ifdef __clang__ /* without -mcx16 it makes a call of the builtin */
static __int128 exchange(__int128 old, __int128 new) {
    uint64_t low = (uint64_t)old, high = (uint64_t)(old >> 64);
    __asm__ volatile("lock cmpxchg16b %0"
                     : "+m"(top.whole), "+a"(low), "+d"(high)
                     : "b"((uint64_t) new), "c"((uint64_t)(new >> 64))
                     : "memory", "cc");
    return (__int128)high << 64 | low;
}
#else
#pragma GCC target("cx16")
static __int128 exchange(__int128 old, __int128 new) {
    return __sync_val_compare_and_swap(&top.whole, old, new);
}
#endif

static void push(struct node *node) {
    union head old, new;
    do {
        old.whole = exchange(0, 0);
        node->next = old.first;
        new.first = node;
        new.version = old.version + 1;
    } while (exchange(old.whole, new.whole) != old.whole);
}

static struct node *pop(void) {
    union head old, new;
    do {
        old.whole = exchange(0, 0);
        if (!old.first)
            return NULL;
        new.first = old.first->next;
        new.version = old.version + 1;
    } while (exchange(old.whole, new.whole) != old.whole);
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
