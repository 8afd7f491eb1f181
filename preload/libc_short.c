/* libc_short.c: whether this libc does what libc_short.h does in its place. */
#include "preload/libc_short.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <linux/futex.h>
#include <string.h>

#include "preload/real.h"
#include "preload/sys.h"
#include "preload/valgrind.h"

int tc_libc_wake(int *word) {
    TC_SYSCALL_3(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1);
    return 0;
}

#if defined(__x86_64__) && defined(__GLIBC__)

/* Versions of which it is known: read-write locks are as they are from 2.25 on, semaphores
 * from 2.21, mutexes and spinlocks from long before.  A newer libc is called, until somebody has
 * looked. */
static bool is_version_known(void) {
    static const char *const known[] = {"2.35", "2.36", "2.37", "2.38", "2.39", "2.40", "2.41"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(gnu_get_libc_version(), known[i]))
            return true;
    return false;
}

/* Another preloaded library may stand between: it is to see each call. */
static bool are_libcs_own(void) {
    Dl_info of, libc;
    void *const functions[] = {
        (void *)tc_real.pthread_mutex_trylock,
        (void *)tc_real.pthread_mutex_unlock,
        (void *)tc_real.pthread_rwlock_tryrdlock,
        (void *)tc_real.pthread_rwlock_unlock,
        (void *)tc_real.pthread_spin_trylock,
        (void *)tc_real.pthread_spin_unlock,
        (void *)tc_real.sem_trywait,
        (void *)tc_real.sem_post,
    };
    if (!dladdr((void *)gnu_get_libc_version, &libc))
        return false;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (!functions[i] || !dladdr(functions[i], &of) || of.dli_fbase != libc.dli_fbase)
            return false;
    return true;
}

/* Each function, and what it leaves. */
static bool is_mutex_as_written(void) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, free = mutex, held = mutex;
    held.__data.__lock = 1;
    held.__data.__owner = tc_gettid();
    held.__data.__nusers = 1;
    return tc_real.pthread_mutex_trylock(&mutex) == 0 && !memcmp(&mutex, &held, sizeof mutex) &&
           tc_real.pthread_mutex_unlock(&mutex) == 0 && !memcmp(&mutex, &free, sizeof mutex);
}

static bool is_read_lock_as_written(void) {
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER, free = lock, held = lock;
    held.__data.__readers = TC_LIBC_READER;
    return tc_real.pthread_rwlock_tryrdlock(&lock) == 0 && !memcmp(&lock, &held, sizeof lock) &&
           tc_real.pthread_rwlock_unlock(&lock) == 0 && !memcmp(&lock, &free, sizeof lock);
}

static bool is_spinlock_as_written(void) {
    pthread_spinlock_t lock = TC_LIBC_SPIN_FREE;
    return tc_real.pthread_spin_trylock(&lock) == 0 && lock == 0 &&
           tc_real.pthread_spin_unlock(&lock) == 0 && lock == TC_LIBC_SPIN_FREE;
}

static bool is_semaphore_as_written(void) {
    sem_t sem, one;
    memset(&sem, 0, sizeof sem);
    memset(&one, 0, sizeof one);
    *(uint64_t *)&one = 1;
    sem_t none = sem;
    return tc_real.sem_post(&sem) == 0 && !memcmp(&sem, &one, sizeof sem) &&
           tc_real.sem_trywait(&sem) == 0 && !memcmp(&sem, &none, sizeof sem);
}

bool tc_libc_look(void) {
    if (tc_on_valgrind()) /* Helgrind and DRD are to see each call */
        return false;
    return is_version_known() && are_libcs_own() && is_mutex_as_written() &&
           is_read_lock_as_written() && is_spinlock_as_written() && is_semaphore_as_written();
}

#else

bool tc_libc_look(void) {
    return false;
}

#endif
