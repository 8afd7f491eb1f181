// What programs tell ThreadSanitizer is heeded: memory that is handed over by an annotation, that
// is said to be raced on harmlessly, that a lock of the program's own protects, or that a fiber
// takes along from thread to thread is not raced on. What may be asked is answered.
// Threads: two, in an order that only the interface tells.
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/tsan_interface.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Accesses of such a function are not told, not even atomic ones. */
#if defined(__clang__)
#define UNSEEN __attribute__((disable_sanitizer_instrumentation, noinline))
#else
#define UNSEEN __attribute__((no_sanitize("thread"), noinline))
#endif

#define HERE __FILE__, __LINE__
void AnnotateHappensBefore(const char *file, int line, const volatile void *address);
void AnnotateHappensAfter(const char *file, int line, const volatile void *address);
void AnnotateBenignRaceSized(const char *file, int line, const volatile void *address, size_t size,
                             const char *why);
void AnnotateIgnoreWritesBegin(const char *file, int line);
void AnnotateIgnoreWritesEnd(const char *file, int line);
int RunningOnValgrind(void);
int __sanitizer_get_ownership(const volatile void *memory); /* gcc has no allocator_interface.h */
size_t __sanitizer_get_allocated_size(const volatile void *memory);
size_t __sanitizer_get_current_allocated_bytes(void);
size_t __sanitizer_get_heap_size(void);
int __sanitizer_get_module_and_offset_for_pc(void *pc, char *module, size_t size, void **offset);
void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
const char *__tsan_locate_address(void *address, char *name, size_t size, void **region,
                                  size_t *region_size);
void *__tsan_get_current_report(void);
void __tsan_testonly_barrier_init(uint32_t *barrier, uint32_t count);
void __tsan_testonly_barrier_wait(uint32_t *barrier);
void __tsan_java_move(unsigned long from, unsigned long to, unsigned long size);
void __tsan_java_mutex_lock(unsigned long address);
void __tsan_java_mutex_unlock(unsigned long address);
void __tsan_java_mutex_lock_rec(unsigned long address, int times);
int __tsan_java_mutex_unlock_rec(unsigned long address);

static long handed, harmless[4], ignored, locked, in_fiber, released;
static int turn, owner;
static void *fiber;

UNSEEN static void pass(int to) {
    __atomic_store_n(&turn, to, __ATOMIC_SEQ_CST);
}
UNSEEN static void await(int mine) {
    while (__atomic_load_n(&turn, __ATOMIC_SEQ_CST) != mine)
        ;
}
UNSEEN static void take(void) {
    __tsan_mutex_pre_lock(&owner, 0);
    while (__atomic_exchange_n(&owner, 1, __ATOMIC_SEQ_CST))
        ;
    __tsan_mutex_post_lock(&owner, 0, 0);
}
UNSEEN static void give(void) {
    __tsan_mutex_pre_unlock(&owner, 0);
    __atomic_store_n(&owner, 0, __ATOMIC_SEQ_CST);
    __tsan_mutex_post_unlock(&owner, 0);
}

static void both(void) {
    harmless[2]++;
    AnnotateIgnoreWritesBegin(HERE);
    ignored++;
    AnnotateIgnoreWritesEnd(HERE);
    take();
    locked++;
    give();
}

/* A static lock is used on after its destructor ran, also while it is held. */
static void use_static(void) {
    static int by_linker, not_told;
    __tsan_mutex_create(&by_linker, __tsan_mutex_linker_init);
    int *locks[] = {&by_linker, &not_told};
    for (int i = 0; i < 2; i++) {
        __tsan_mutex_pre_lock(locks[i], 0);
        __tsan_mutex_post_lock(locks[i], 0, 0);
        __tsan_mutex_destroy(locks[i], i ? __tsan_mutex_not_static : 0);
        __tsan_mutex_pre_unlock(locks[i], 0);
        __tsan_mutex_post_unlock(locks[i], 0);
    }
}

static void *first(void *unused) {
    both();
    handed = 1;
    AnnotateHappensBefore(HERE, &handed);
    released = 1;
    __tsan_release(&released);
    void *own = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(fiber, 0);
    in_fiber = 1;
    __tsan_switch_to_fiber(own, 0);
    pass(1);
    return unused;
}

static void *second(void *unused) {
    await(1);
    both();
    AnnotateHappensAfter(HERE, &handed);
    handed++;
    __tsan_acquire(&released);
    released++;
    void *own = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(fiber, 0);
    in_fiber++;
    __tsan_switch_to_fiber(own, 0);
    return unused;
}

static void answers(char *block) {
    char name[64], module[4096];
    void *region = NULL, *offset = NULL;
    size_t size = 0;
    const char *kind = __tsan_locate_address(block + 5, name, sizeof name, &region, &size);
    printf("%s %d %zu\n", kind, region == (void *)block, size);
    printf("%s\n", __tsan_locate_address(&handed, name, sizeof name, &region, &size));
    printf("%d %p\n", RunningOnValgrind(), __tsan_get_current_report());
    printf("%d %d\n", __sanitizer_get_ownership(block), __sanitizer_get_ownership(block + 1));
    printf("%zu\n", __sanitizer_get_allocated_size(block));
    printf("%d %d\n", __sanitizer_get_current_allocated_bytes() > 100,
           __sanitizer_get_heap_size() > 100);
    int found =
        __sanitizer_get_module_and_offset_for_pc((void *)first, module, sizeof module, &offset);
    printf("%d %d %d\n", found, strstr(module, "interface_ok") != NULL, offset != NULL);
    uint32_t word = 0;
    __sanitizer_unaligned_store32((char *)&word, 0x01020304);
    printf("%x\n", __sanitizer_unaligned_load32(&word));
}

/* How often a lock is given back at once is how often it was taken. */
static void recursion(void) {
    static int lock;
    const unsigned flags = __tsan_mutex_not_static;
    __tsan_mutex_create(&lock, flags | __tsan_mutex_write_reentrant);
    __tsan_mutex_pre_lock(&lock, flags);
    __tsan_mutex_post_lock(&lock, flags | __tsan_mutex_recursive_lock, 3);
    int levels = __tsan_mutex_pre_unlock(&lock, flags | __tsan_mutex_recursive_unlock);
    __tsan_mutex_post_unlock(&lock, flags | __tsan_mutex_recursive_unlock);
    __tsan_mutex_pre_lock(&lock, flags);
    __tsan_mutex_post_lock(&lock, flags | __tsan_mutex_recursive_lock, levels);
    printf("%d", levels);
    for (int i = 0; i < levels; i++) {
        printf(" %d", __tsan_mutex_pre_unlock(&lock, flags));
        __tsan_mutex_post_unlock(&lock, flags);
    }
    puts("");
    __tsan_mutex_destroy(&lock, flags);
}

/* The same of a Java machine's, whose objects move while they are locked. */
static void java(void) {
    static long heap[8];
    unsigned long object = (unsigned long)&heap[0], moved = (unsigned long)&heap[4];
    __tsan_java_mutex_lock(object);
    __tsan_java_mutex_lock(object);
    __tsan_java_mutex_lock_rec(object, 3);
    __tsan_java_move(object, moved, 8);
    int all = __tsan_java_mutex_unlock_rec(moved), none = __tsan_java_mutex_unlock_rec(object) - 1;
    __tsan_java_mutex_lock_rec(moved, 3);
    __tsan_java_mutex_unlock(moved);
    printf("%d %d %d\n", all, none, __tsan_java_mutex_unlock_rec(moved));
}

/* The barrier of LLVM's own tests has four bytes in newer headers. */
static void barrier(void) {
    uint32_t words[2] = {0, 7};
    __tsan_testonly_barrier_init(words, 1);
    for (int round = 0; round < 3; round++)
        __tsan_testonly_barrier_wait(words);
    printf("%u\n", words[1]);
}

int main(void) {
    AnnotateBenignRaceSized(HERE, harmless, sizeof harmless, "a statistic");
    use_static();
    __tsan_mutex_create(&owner, 0);
    fiber = __tsan_create_fiber(0);
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, first, NULL);
    pthread_create(&threads[1], NULL, second, NULL);
    char *block = malloc(100);
    answers(block);
    recursion();
    java();
    barrier();
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    printf("%ld %ld %ld\n", handed, released, in_fiber);
    __tsan_mutex_destroy(&owner, 0);
    free(block);
    return 0;
}
