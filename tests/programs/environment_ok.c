// expect: none
// args: one "two three"
// exit: 2
// Arguments, standard input at its end, and the program's name are those of the command line.
#include "program.h"

void *work(void *unused) {
    return unused;
}

int main(int argc, char **argv) {
    run(work, NULL);
    for (int i = 1; i < argc; i++)
        puts(argv[i]);
    printf("%s %d\n", program_invocation_short_name, getchar() == EOF);
    return argc - 1;
}
