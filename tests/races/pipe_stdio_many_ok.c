// expect: none
// tsan: data-race
// why: libtsan sees streams, and not the files that they read and write
// Messages by each way to use a stream, line by line, formatted, unbuffered and through splice.
#include <fcntl.h>

#include "race.h"

enum { ROUNDS = 8 };
int data[ROUNDS];
FILE *ends[2];
int through[2][2];

static void send_one(int i) {
    char text[] = "0\n";
    text[0] += (char)i;
    if (i % 4 == 0)
        fprintf(ends[1], "%d\n", i);
    else if (i % 4 == 1)
        fwrite(text, 1, 2, ends[1]);
    else if (i % 4 == 2)
        dprintf(fileno(ends[1]), "%d\n", i);
    else
        fputc(text[0], ends[1]), fputc('\n', ends[1]);
    fflush(ends[1]);
}

void *sends(void *unused) {
    for (int i = 0; i < ROUNDS; i++) {
        pause_ms(5);
        data[i] = i;
        if (i == ROUNDS / 2)
            setvbuf(ends[1], NULL, _IONBF, 0);
        send_one(i);
    }
    return unused;
}

void *passes(void *unused) {
    while (splice(through[0][0], NULL, through[1][1], NULL, 4096, 0) > 0)
        ;
    close(through[1][1]);
    return unused;
}

void *receives(void *unused) {
    char *line = NULL;
    size_t room = 0;
    int sum = 0;
    for (int i = 0, got = 0; i < ROUNDS; i++) {
        if (i % 2)
            MUST(getline(&line, &room, ends[0]) == 2 && (got = line[0] - '0', true));
        else
            MUST(fscanf(ends[0], "%d", &got) == 1 && fgetc(ends[0]) == '\n');
        MUST(got == i);
        sum += data[i];
    }
    printf("%d\n", sum);
    free(line);
    return unused;
}

int main(void) {
    MUST(pipe(through[0]) == 0 && pipe(through[1]) == 0);
    ends[0] = fdopen(through[1][0], "r");
    ends[1] = fdopen(through[0][1], "w");
    pthread_t passing = start(passes, NULL);
    both(sends, receives, NULL);
    fclose(ends[1]);
    finish(passing);
    return 0;
}
