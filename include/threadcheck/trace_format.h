/* trace_format.h: the layout of a trace file, for its writer (the shim) and its readers.
 *
 * One process writes one file, through shared mappings, so that it survives SIGKILL.  The file is
 * a header page and then chunks, each starting on a 4096-byte boundary and claimed by adding its
 * size to `file_end`.  A chunk belongs to one thread's event stream, or holds meta records, which
 * all threads append.  All numbers are little endian.  docs/trace-format.md is the long version.
 *
 * COMMIT RULES.  Whatever a reader finds is whole:
 *   - a chunk counts once its `magic` is there (stored last); an unwritten one is passed over page
 *     by page until the next magic;
 *   - a meta record counts once `type` is there (stored last); `size` is stored first, so that an
 *     unfinished record can be stepped over;
 *   - an event record counts once its tag byte is there (stored last); the bytes after the last
 *     record of a chunk are 0.
 *
 * ORDER.  There is no global clock.  Every object has a ticket counter; an ORDERED event takes the
 * next ticket of its object: before the real operation when it gives something to others (release,
 * send), after it when it takes (acquire, receive).  Events of one thread are in program order,
 * events of one object in ticket order; that is the whole order, and every schedule that respects
 * it is one that could have been observed.  The first ticket of an object is 1.  A record leaves
 * its ticket out when the previous ticket of that object was taken by the same thread; the reader
 * then adds one to the last.  An event with a ticket written out waits for its predecessor.
 *
 * EVENT RECORDS (one stream a thread; every thread starts with an empty slot cache and held list)
 *   0x00          nothing more in this chunk
 *   0x01..0x7f    REPEAT: the context in slot tag-1 again, ticket left out
 *   0x80          RELEASE_LAST: releases the newest entry of the held list, ticket left out; the
 *                 mode (exclusive or shared) is that of its acquire
 *   0x81 EVENT    u8 code, u8 fields (enum tc_field), then varints: object, and those of stack,
 *                 ticket, arg, result that `fields` names, in this order.  With TC_FIELD_KEEP the
 *                 context (object, stack, code) is put into slot tc_context_slot() of the cache.
 *   0x82 SWITCH   u8 slot, varint ticket: the context in `slot` again, with a ticket
 *   0x83 RELEASE_OTHER  varint object: releases the newest held entry of that object, ticket left
 *                 out; mode as above
 *   0x84 TIME     varint nanoseconds since the thread's last TIME record or chunk `time`: the clock
 *                 at this point of the stream
 *   0x85 LOST     varint count: that many events of this thread were not recorded here; held list
 *                 and slot cache are empty again, and STILL_HELD events restate what is held
 * The held list is what both sides keep in step so that a release costs one byte: an ACQUIRE with
 * mode exclusive or shared pushes (object, mode) (also for each level of a recursive lock, and for
 * STILL_HELD); RELEASE_LAST pops; RELEASE_OTHER, and EVENT records with effect RELEASE and mode
 * exclusive or shared, remove the newest entry of that object, if there is one; arg levels of
 * ACQUIRE_WAIT and RELEASE_WAIT (0 means 1) push or remove as many.  COUNTED never touches it.
 * A varint is LEB128, at most 10 bytes.  No record is longer than TC_RECORD_MAX nor crosses chunks.
 */
#ifndef THREADCHECK_TRACE_FORMAT_H
#define THREADCHECK_TRACE_FORMAT_H

#include <stdint.h>

#ifdef __cplusplus
#define TC_STATIC_ASSERT static_assert
#else
#define TC_STATIC_ASSERT _Static_assert
#endif

#define TC_TRACE_MAGIC       "TCTRACE" /* 8 bytes with its NUL */
#define TC_TRACE_VERSION     1         /* raised whenever a reader must know of a change */
#define TC_TRACE_MIN_VERSION 1         /* the oldest reader that can read what is written */
#define TC_TRACE_ENDIAN      0x01020304u
#define TC_PAGE              4096u
#define TC_CHUNK_MAGIC       0x4b4e4843u /* "CHNK" */
#define TC_META_MAGIC        0x6d54u     /* "Tm" */
#define TC_SLOTS             127
#define TC_RECORD_MAX        64
#define TC_CHUNK_MAX         (64u << 20)
#define TC_META_MAX          (1u << 20) /* longest meta record */
#define TC_SPARSE_IDS        (1u << 22) /* ids of objects up to here may be without a record */
#define TC_STACK_MAX         512        /* most frames of one stack */

/* Why events were lost; one counter each in the header. */
enum tc_loss {
    TC_LOSS_DISK,
    TC_LOSS_MEMORY,
    TC_LOSS_EARLY,
    TC_LOSS_OTHER,
    TC_LOSS_LIMIT, /* the trace would have outgrown trace_limit by more than a quarter */
    TC_LOSS_COUNT = 8
};

/* Which handler a signal has, in HANDLER_ENTER and SIGNAL_ACTION. */
enum tc_handler_number {
    TC_HANDLER_NONE = 0,
    TC_HANDLER_PYTHON = 1,
    TC_HANDLER_FIRST = 2,     /* from here on each handler has its own */
    TC_HANDLER_OFTEN = 0xffff /* it changes too often to be told: takes any at any time */
};

enum tc_header_flag {
    TC_HEADER_FINISHED = 1 << 0, /* the process ended in a way that the shim saw */
    TC_HEADER_EXEC = 1 << 1,     /* it replaced itself by another program */
    TC_HEADER_EXIT_RAW = 1 << 2, /* by _exit: destructors did not run */
    TC_HEADER_FORK_CHILD =
        1 << 3,                 /* it is a forked child; `parent_trace` may be read for context */
    TC_HEADER_EXITING = 1 << 4, /* exit began (the exit status is valid) */
    TC_HEADER_COMPACT = 1 << 5, /* from the start or from some point on, what repeats is left out */
    TC_HEADER_LIMIT = 1 << 6,   /* trace_limit was reached: from there on, what is new is, too */
    TC_HEADER_NO_SPACE = 1 << 7,     /* the same, as there was no more space on disk */
    TC_HEADER_RACES_SAMPLE = 1 << 8, /* data races were to be looked for, by sampling; */
    TC_HEADER_RACES_FULL = 1 << 9,   /* with full coverage.  Notes tell where that failed */
};

/* The first page of the file. */
struct tc_file_header {
    char magic[8];
    uint16_t version, min_version;
    uint32_t header_size; /* bytes before the first chunk: TC_PAGE */
    uint32_t endian;
    uint32_t features; /* bits that a reader may need: none yet */
    uint32_t pid, parent_pid;
    uint64_t start_realtime;      /* ns since the Unix epoch */
    uint64_t start_monotonic;     /* ns, CLOCK_MONOTONIC: base of all times */
    uint64_t file_end;            /* bytes claimed so far; atomic */
    uint64_t lost[TC_LOSS_COUNT]; /* events not recorded; atomic */
    uint32_t flags;               /* enum tc_header_flag; atomic */
    uint32_t exit_status;         /* as given to exit or _exit */
    uint32_t threads;             /* threads seen so far; atomic */
    uint32_t objects;             /* objects registered so far; atomic */
    uint32_t stacks;              /* stacks interned so far; atomic */
    uint32_t parent_trace_pid;    /* with FORK_CHILD: pid of the process whose trace comes before */
    uint8_t reserved[3952];
};
TC_STATIC_ASSERT(sizeof(struct tc_file_header) == TC_PAGE, "the header is one page");

enum tc_chunk_kind { TC_CHUNK_EVENTS = 1, TC_CHUNK_META = 2 };

struct tc_chunk_header {
    uint32_t magic; /* stored last */
    uint16_t kind, pad;
    uint32_t size;   /* bytes with this header; a multiple of TC_PAGE */
    uint32_t thread; /* index, from 1, of the thread for EVENTS; 0 for META */
    uint32_t index;  /* the thread's chunks count from 0; likewise the meta chunks */
    uint32_t pad2;
    uint64_t time; /* ns, CLOCK_MONOTONIC, when it was begun */
};
TC_STATIC_ASSERT(sizeof(struct tc_chunk_header) == 32, "chunk header");

enum tc_tag {
    TC_TAG_END = 0x00,
    TC_TAG_REPEAT = 0x01, /* to 0x7f */
    TC_TAG_RELEASE_LAST = 0x80,
    TC_TAG_EVENT = 0x81,
    TC_TAG_SWITCH = 0x82,
    TC_TAG_RELEASE_OTHER = 0x83,
    TC_TAG_TIME = 0x84,
    TC_TAG_LOST = 0x85,
};

enum tc_field {
    TC_FIELD_STACK = 1 << 0,
    TC_FIELD_TICKET = 1 << 1,
    TC_FIELD_ARG = 1 << 2,
    TC_FIELD_RESULT = 1 << 3,
    TC_FIELD_KEEP = 1 << 4,
};

/* META RECORDS: 8-byte aligned, appended by any thread.  What is appended later may refer to what
 * came before, never the other way; an event refers only to what was appended before it. */
struct tc_meta_header {
    uint32_t size;  /* bytes with this header, before padding to 8; stored first */
    uint16_t magic; /* TC_META_MAGIC, stored with size */
    uint16_t type;  /* enum tc_meta_type, stored last */
};

enum tc_meta_type {
    TC_META_PROCESS = 1, /* struct tc_meta_process */
    TC_META_MODULE,      /* struct tc_meta_module */
    TC_META_UNLOAD,      /* struct tc_meta_module with only `start` */
    TC_META_THREAD,      /* struct tc_meta_thread */
    TC_META_THREAD_NAME, /* struct tc_meta_name: id is the thread */
    TC_META_OBJECT,      /* struct tc_meta_object */
    TC_META_OBJECT_NAME, /* struct tc_meta_name: id is the object */
    TC_META_STACK,       /* struct tc_meta_stack */
    TC_META_WARNING,     /* struct tc_meta_name: a line that every report must show; id 0 */
    TC_META_NOTE,        /* struct tc_meta_name: a line for the report's notes, no warning; id 0 */
    TC_META_RACE,        /* struct tc_meta_race */
    TC_META_CODE,        /* struct tc_meta_code */
    TC_META_RACE_NAME,   /* struct tc_meta_name: what the program calls what the race of that id,
                            whose   record follows, is about */
};

/* Text below is not NUL-terminated: it goes to the end of the record (strings joined by NUL). */
struct tc_meta_process {
    struct tc_meta_header head;
    uint32_t argc, pad;
    char text[]; /* executable path, working directory, then argc arguments, joined by NUL */
};

struct tc_meta_module { /* in address order of time: later ones replace what they overlap */
    struct tc_meta_header head;
    uint64_t start, end; /* mapped range, end exclusive */
    uint64_t bias;       /* add to an address in the file's symbol table to get a live one */
    uint32_t build_id_size, pad;
    char text[]; /* build id (binary), then the path; an empty path is not used: vdso is "[vdso]" */
};

struct tc_meta_thread {
    struct tc_meta_header head;
    uint32_t thread, parent;        /* indices; parent 0: not known */
    uint32_t tid, object;           /* kernel id (0 until started); id of its THREAD object */
    uint64_t start_routine;         /* code address, 0 when not known */
    uint64_t stack_low, stack_high; /* 0 when not known */
    uint32_t create_stack;          /* where it was created */
    uint32_t flags;                 /* enum tc_thread_flags */
};

enum tc_thread_flags {
    TC_THREAD_EARLY = 1 << 0, /* it was there before recording began: what it held is not known */
};

struct tc_meta_object {
    struct tc_meta_header head;
    uint32_t id;   /* from 1; a new one for each generation of an address */
    uint16_t type; /* enum tc_object_type */
    uint16_t pad;
    uint32_t attr;   /* enum tc_attr */
    uint32_t stack;  /* where it was initialised, or first used with TC_ATTR_NO_INIT_SEEN */
    uint32_t thread; /* which thread that was */
    uint32_t value;  /* initial value of a semaphore, parties of a barrier */
    uint64_t address;
    uint32_t size, pad2; /* bytes of the object */
};

struct tc_meta_name {
    struct tc_meta_header head;
    uint32_t id, pad;
    char text[];
};

enum tc_stack_flag {
    TC_STACK_TRUNCATED = 1 << 0, /* more frames than could be found or kept */
    TC_STACK_SIGNAL = 1 << 1,    /* has a signal frame in it */
};

struct tc_meta_stack {
    struct tc_meta_header head;
    uint32_t id;           /* from 1 */
    uint16_t count, flags; /* enum tc_stack_flag */
    uint64_t frames[];     /* innermost first.  Return addresses: the call is just before; with bit
                              63 set the address is exact (interrupted by a signal); with bit 62
                              set the frame is no address: TC_FRAME_PYTHON */
};
#define TC_FRAME_EXACT (1ull << 63)

/* A frame of an interpreted language: bit 62 set, the line in bits 0-23, the id of its code
 * (struct tc_meta_code) in bits 24-61. */
#define TC_FRAME_PYTHON             (1ull << 62)
#define TC_PYTHON_FRAME(code, line) (TC_FRAME_PYTHON | (uint64_t)(code) << 24 | ((line)&0xffffffu))

/* A function, method or module body of an interpreted program. */
struct tc_meta_code {
    struct tc_meta_header head;
    uint32_t id;         /* from 1 */
    uint32_t first_line; /* where it is defined, 0: not known */
    char text[];         /* file, then the qualified name, joined by NUL */
};

/* Two unordered accesses to the same bytes; sides[0] is the later one, made by the thread whose
 * stream has the RACE event. */
enum tc_race_flag {
    TC_RACE_WRITE = 1 << 0,
    TC_RACE_ATOMIC = 1 << 1,
    TC_RACE_MODIFY = 1 << 2, /* read-modify-write */
    TC_RACE_PLAIN_MOVE =
        1 << 3,            /* unmodified code: could be an atomic access that compiles to mov */
    TC_RACE_LIBC = 1 << 4, /* inside a function of libc */
    TC_RACE_VOLATILE = 1 << 5,
    TC_RACE_SAMPLED = 1 << 6,     /* seen by a hardware watchpoint */
    TC_RACE_PARTIAL = 1 << 7,     /* code that may order the threads, too, could not be covered */
    TC_RACE_FREE = 1 << 8,        /* gives the memory back */
    TC_RACE_ORDERED = 1 << 9,     /* of sides[1], a free: it comes before sides[0] */
    TC_RACE_UNMAP = 1 << 10,      /* gives pages back */
    TC_RACE_DESCRIPTOR = 1 << 12, /* not of memory: `address` is a descriptor, which is closed
                                     (WRITE) or used, to send something (MODIFY) or not */
    TC_RACE_END = 1 << 11,        /* not of memory: sides[0] ends the life of the object whose id is
                                     sides[1].pad, by its destroy function or, with TC_RACE_FREE, with its
                                     memory; `locks` are sides[1].held threads one of which used it */
};
struct tc_meta_race_side {
    uint64_t address;
    uint32_t size, flags;   /* enum tc_race_flag */
    uint32_t thread, stack; /* stack 0: no longer known */
    uint32_t held, pad;     /* how many locks it held; all ones: not known */
};
/* A race in an interpreted program, whose accesses are atomic each by itself: what it can do. */
enum tc_race_grade {
    TC_RACE_NATIVE = 0,   /* not interpreted */
    TC_RACE_PLAIN = 1,    /* one sees an old value or the other's */
    TC_RACE_STALE = 2,    /* a decision is made on a value that is being updated */
    TC_RACE_LOST = 3,     /* an update can be lost */
    TC_RACE_ITERATED = 4, /* a container changes while it is gone through */
};
struct tc_meta_race {
    struct tc_meta_header head;
    uint32_t id;                        /* from 1 */
    uint32_t block_thread, block_stack; /* of the heap block, 0: none is known */
    uint32_t grade;                     /* enum tc_race_grade */
    uint64_t block_start, block_size;
    struct tc_meta_race_side sides[2];
    uint32_t locks[]; /* object ids: those held by sides[0], then by sides[1] */
};

/* The slot, 0 to TC_SLOTS-1, that a context takes in the cache of a thread. */
static inline unsigned tc_context_slot(uint32_t object, uint32_t stack, uint8_t code) {
    uint64_t key = ((uint64_t)stack << 32 | object) + ((uint64_t)code << 56);
    unsigned slot = (unsigned)((key * 0x9e3779b97f4a7c15ull) >> 57);
    return slot == TC_SLOTS ? 0 : slot;
}

#endif
