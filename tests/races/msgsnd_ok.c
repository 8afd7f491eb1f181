// expect: none
// tsan: data-race
// why: ThreadSanitizer does not know System V messages
#include <sys/ipc.h>
#include <sys/msg.h>

#include "race.h"

int queue, data;
struct message {
    long type;
    char text[8];
};

void *sends(void *unused) {
    struct message message = {1, "x"};
    later();
    data = 4;
    MUST(msgsnd(queue, &message, sizeof message.text, 0) == 0);
    return unused;
}

void *receives(void *unused) {
    struct message message;
    MUST(msgrcv(queue, &message, sizeof message.text, 0, 0) == sizeof message.text);
    printf("%d\n", data);
    return unused;
}

int main(void) {
    queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    MUST(queue >= 0);
    both(sends, receives, NULL);
    msgctl(queue, IPC_RMID, NULL);
    return 0;
}
