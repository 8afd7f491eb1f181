/* memcached_load.c: pipelined sets and gets over several connections; every answer is checked.
 *
 * usage: memcached_load PORT CONNECTIONS ROUNDS
 * Each connection has a thread; a round is 32 sets, then 32 gets of them in one request.  Prints
 * operations a second.  Exit status 1 when an answer is wrong.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 32, VALUE = 100 };
static int port, rounds;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int open_connection(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address))
        fail("connect");
    return fd;
}

static void send_all(int fd, const char *data, size_t size) {
    for (ssize_t sent; size; data += sent, size -= (size_t)sent)
        if ((sent = write(fd, data, size)) <= 0)
            fail("write");
}

static void expect(int fd, const char *wanted, size_t size) {
    static __thread char got[65536];
    for (size_t have = 0; have < size;) {
        ssize_t part = read(fd, got + have, size - have);
        if (part <= 0)
            fail("read");
        have += (size_t)part;
    }
    if (memcmp(got, wanted, size)) {
        fprintf(stderr, "a wrong answer: %.60s instead of %.60s\n", got, wanted);
        exit(1);
    }
}

static void *client(void *argument) {
    static __thread char request[65536], answer[65536];
    int fd = open_connection(), me = (int)(long)argument;
    for (int round = 0; round < rounds; round++) {
        size_t asked = 0, answered = 0;
        for (int i = 0; i < BATCH; i++) {
            asked += (size_t)sprintf(request + asked, "set k%d_%d 0 0 %d\r\n%0*d\r\n", me, i, VALUE,
                                     VALUE, round * 100 + i);
            answered += (size_t)sprintf(answer + answered, "STORED\r\n");
        }
        for (int i = 0; i < BATCH; i++) {
            asked += (size_t)sprintf(request + asked, "get k%d_%d\r\n", me, i);
            answered += (size_t)sprintf(answer + answered, "VALUE k%d_%d 0 %d\r\n%0*d\r\nEND\r\n",
                                        me, i, VALUE, VALUE, round * 100 + i);
        }
        send_all(fd, request, asked);
        expect(fd, answer, answered);
    }
    close(fd);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 4)
        return 2;
    port = atoi(argv[1]);
    int connections = atoi(argv[2]);
    rounds = atoi(argv[3]);
    pthread_t threads[64];
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (long i = 0; i < connections; i++)
        pthread_create(&threads[i], NULL, client, (void *)i);
    for (int i = 0; i < connections; i++)
        pthread_join(threads[i], NULL);
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds =
        (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
    printf("%.0f\n", 2.0 * BATCH * connections * rounds / seconds);
    return 0;
}
