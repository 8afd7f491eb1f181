// expect: data-race
// Two threads put elements in front of one list without a lock: each may take the other's away.
#include "race.h"

struct element {
    struct element *next;
    long value;
} * head, elements[20];

void *push(void *first) {
    struct element *element = first;
    for (int i = 0; i < 10; i++, element++) {
        element->value = i;
        element->next = head;
        head = element;
        SHARED(&head);
        pause_ms(2);
    }
    return NULL;
}

int main(void) {
    pthread_t one = start(push, elements), two = start(push, elements + 10);
    finish(one);
    finish(two);
    puts("done");
    return 0;
}
