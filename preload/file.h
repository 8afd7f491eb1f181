/* file.h: the trace file of this process, the chunks of threads, and meta records.
 *
 * What: creates the file, claims and maps space in it, appends meta records.  Space is allocated on
 *       disk before it is mapped, so that a full disk is a counted loss and never a SIGBUS.
 * Threads: claims and meta records are made under tc_file.lock, which only slow paths take.  A
 *          chunk belongs to its thread.
 */
#ifndef TC_PRELOAD_FILE_H
#define TC_PRELOAD_FILE_H

#include "preload/sys.h"
#include "preload/thread.h"

#define TC_PATH_MAX 4096

/* A mapped piece of the file that holds nothing yet. */
struct tc_range {
    uint8_t *memory;
    uint64_t offset;
    uint32_t size;
    bool alone; /* a mapping of its own, not a part of a larger one */
};

struct tc_file {
    struct tc_file_header *header; /* NULL: no file */
    int fd;                        /* -1: closed; the program may close or re-use it */
    uint64_t device, inode;        /* to know it again */
    uint64_t end;                  /* what header->file_end says */
    char path[TC_PATH_MAX];
    char directory[TC_PATH_MAX];
    bool temporary; /* the directory was made for this trace alone */
    struct tc_lock lock;
    uint64_t in_use;      /* bytes in chunks that threads write to */
    struct tc_range meta; /* the current meta chunk: what is left of it */
    uint8_t *meta_base;
    uint64_t meta_offset; /* where in the file that chunk is */
    uint32_t meta_size, meta_chunks;
    uint8_t *meta_free[256]; /* records of objects in that chunk that may be overwritten */
    unsigned meta_free_count;
    uint64_t reserve, reserve_end; /* space that is kept for when there is no more */
    bool limit_reached;            /* there is no more space because of trace_limit */
};

extern struct tc_file tc_file;

/* Creates and maps the file; false, with one line on stderr, when that is impossible. */
bool tc_file_create(void);

/* At the end of the process: gives back the space that was kept for a full disk. */
void tc_file_end(void);

/* Begins the next chunk of the thread, in the file or, before there is one, in memory.  False: no
 * space; cursor and limit are then such that every append goes the slow way. */
bool tc_chunk_next(struct tc_thread *self);

/* Bytes left in the thread's chunk; the next chunk, before this one is full. */
size_t tc_chunk_space(const struct tc_thread *self);
bool tc_chunk_more(struct tc_thread *self);

/* Moves the events that the thread has in memory into the file. */
bool tc_chunk_to_file(struct tc_thread *self);

/* Forgets the events in memory. */
bool tc_chunk_restart(struct tc_thread *self);

/* Clears a record that was begun and will not be ended. */
void tc_chunk_take_back(struct tc_thread *self);

/* At the end of a thread: gives back what it did not use. */
void tc_chunk_give_back(struct tc_thread *self);

/* Appends a meta record: `fixed` (a struct that begins with tc_meta_header) and then `tail`. False:
 * there is no file, or no space for it. */
bool tc_meta_put(enum tc_meta_type type, void *fixed, size_t fixed_size, const void *tail,
                 size_t tail_size);

/* Writes the record of an object so that it can be given back: where in the file it is, or 0.
 * False: it stays, as its chunk is not the current one any more. */
struct tc_meta_object;
uint64_t tc_meta_take(struct tc_meta_object *record);
bool tc_meta_give(uint64_t record);

/* In a forked child: lets go of the parent's file. */
void tc_file_forget(void);

#endif
