/* bank.c: two threads that take the same two locks in opposite orders.
 *
 * The run below ends well, as nearly every run does; threadcheck says what can happen in the
 * others.  `./bazelw run //:demo` shows its report.
 */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t accounts_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t audit_lock = PTHREAD_MUTEX_INITIALIZER;
static long balance[2] = {100, 100};
static long entries;

static void write_audit_entry(void) {
    pthread_mutex_lock(&audit_lock);
    entries++;
    pthread_mutex_unlock(&audit_lock);
}

static void transfer(int from, int to, long amount) {
    pthread_mutex_lock(&accounts_lock);
    balance[from] -= amount;
    balance[to] += amount;
    write_audit_entry();
    pthread_mutex_unlock(&accounts_lock);
}

static long total_for_auditor(void) {
    pthread_mutex_lock(&audit_lock);
    pthread_mutex_lock(&accounts_lock);
    long total = balance[0] + balance[1];
    pthread_mutex_unlock(&accounts_lock);
    pthread_mutex_unlock(&audit_lock);
    return total;
}

static void *teller(void *unused) {
    for (int i = 0; i < 100; i++)
        transfer(i % 2, 1 - i % 2, 5);
    return unused;
}

static void *auditor(void *unused) {
    usleep(200000); /* late, as in nearly every run; now and then he is not */
    long total = total_for_auditor();
    printf("the auditor counts %ld\n", total);
    return unused;
}

int main(void) {
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, teller, NULL);
    pthread_create(&threads[1], NULL, auditor, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
