// expect: none
// tsan: data-race
// why: libtsan does not know mq_send and mq_receive.
//
// A hand-over by a POSIX message queue.
#include <fcntl.h>
#include <mqueue.h>

#include "race.h"

mqd_t queue;
int data;

void *produce(void *unused) {
    later();
    data = 1;
    MUST(mq_send(queue, "x", 1, 0) == 0);
    return unused;
}

void *consume(void *unused) {
    char byte;
    MUST(mq_receive(queue, &byte, 1, NULL) == 1);
    printf("%d\n", data);
    return unused;
}

int main(void) {
    char name[40];
    snprintf(name, sizeof(name), "/threadcheck-%d", (int)getpid());
    struct mq_attr attr = {.mq_maxmsg = 2, .mq_msgsize = 1};
    queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
    if (queue == (mqd_t)-1) { /* not everywhere are there any */
        printf("1\n");
        return 0;
    }
    mq_unlink(name);
    both(produce, consume, NULL);
    return 0;
}
