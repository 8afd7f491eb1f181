/* sqlite_threads.c: four threads write and read one SQLite database, each by its own connection,
 * then all by one shared connection.  Prints the sums that must come out.
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *path;
static sqlite3 *shared;

static sqlite3 *open_database(void) {
    sqlite3 *database;
    if (sqlite3_open_v2(path, &database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, NULL))
        exit(1);
    sqlite3_busy_timeout(database, 60000);
    return database;
}

static void execute(sqlite3 *database, const char *statement) {
    char *message = NULL;
    if (sqlite3_exec(database, statement, NULL, NULL, &message)) {
        fprintf(stderr, "%s: %s\n", statement, message);
        exit(1);
    }
}

static void *work(void *argument) {
    int me = (int)(long)argument;
    sqlite3 *database = shared ? shared : open_database();
    for (int i = 0; i < 200; i++) {
        char statement[128];
        snprintf(statement, sizeof statement, "insert into t(thread, value) values(%d, %d)", me, i);
        execute(database, statement);
        execute(database, "select count(*), sum(value) from t");
    }
    if (!shared)
        sqlite3_close(database);
    return NULL;
}

static int print_row(void *unused, int count, char **values, char **names) {
    (void)unused;
    (void)names;
    for (int i = 0; i < count; i++)
        printf("%s%c", values[i], i + 1 == count ? '\n' : ' ');
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 2)
        return 2;
    path = argv[1];
    remove(path);
    sqlite3 *database = open_database();
    execute(database, "pragma journal_mode=wal");
    execute(database, "pragma synchronous=off");
    execute(database, "create table t(thread int, value int)");
    for (int phase = 0; phase < 2; phase++) {
        pthread_t threads[4];
        for (long i = 0; i < 4; i++)
            pthread_create(&threads[i], NULL, work, (void *)(i + 10 * phase));
        for (int i = 0; i < 4; i++)
            pthread_join(threads[i], NULL);
        shared = database;
    }
    sqlite3_exec(database, "select thread, count(*), sum(value) from t group by thread order by 1",
                 print_row, NULL, NULL);
    sqlite3_close(database);
    return 0;
}
