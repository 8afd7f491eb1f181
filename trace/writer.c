/* writer.c: the synthetic writer (writer.h). */
#include "trace/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/encode.h"
#include "trace/holdings.h"

enum { FIRST_CHUNK = 65536, FAKE_PID = 4242, THREAD_ADDRESS = 0x7f0000, OBJECT_ADDRESS = 0x600000 };

/* A chunk that is being filled; offsets into the image, all 0: none yet. */
struct chunk {
    size_t at, end;
    uint32_t index; /* of the next one */
};

struct kept {
    uint32_t object, stack;
    uint8_t code;
};

struct stream {
    struct chunk chunk;
    uint32_t object; /* its THREAD object */
    struct tc_holdings held;
    struct kept slots[TC_SLOTS];
};

struct order {
    uint64_t last;
    uint32_t thread; /* that took it */
};

struct tc_writer {
    uint8_t *image;
    size_t used, allocated;
    uint32_t chunk_size;
    struct tc_file_header header;
    struct chunk meta;
    struct stream *streams; /* of thread index - 1 */
    struct order *orders;   /* of object id - 1 */
    uint64_t clock;         /* ns of made-up time */
    uint32_t races;
};

static void *grown(void *memory, size_t size) {
    memory = realloc(memory, size);
    if (!memory) {
        fputs("threadcheck: out of memory while a trace is written\n", stderr);
        abort();
    }
    return memory;
}

/* Claims a chunk at the end of the image. */
static void begin_chunk(struct tc_writer *writer, struct chunk *chunk, uint16_t kind,
                        uint32_t thread, size_t need) {
    size_t size = writer->chunk_size;
    need += sizeof(struct tc_chunk_header) + TC_RECORD_MAX;
    if (size < need)
        size = (need + TC_PAGE - 1) / TC_PAGE * TC_PAGE;
    if (writer->used + size > writer->allocated) {
        size_t more = writer->used + size;
        more += more / 2;
        writer->image = grown(writer->image, more);
        memset(writer->image + writer->allocated, 0, more - writer->allocated);
        writer->allocated = more;
    }
    struct tc_chunk_header head = {.magic = TC_CHUNK_MAGIC,
                                   .kind = kind,
                                   .size = (uint32_t)size,
                                   .thread = thread,
                                   .index = chunk->index++,
                                   .time = writer->header.start_monotonic + writer->clock};
    memcpy(writer->image + writer->used, &head, sizeof head);
    chunk->at = writer->used + sizeof head;
    chunk->end = writer->used + size;
    writer->used += size;
}

void tc_writer_meta(struct tc_writer *writer, const void *record, uint32_t size) {
    struct tc_meta_header head;
    size_t padded = (size + 7u) & ~(size_t)7;
    if (writer->meta.end - writer->meta.at < padded)
        begin_chunk(writer, &writer->meta, TC_CHUNK_META, 0, padded);
    uint8_t *at = writer->image + writer->meta.at;
    memcpy(at, record, size);
    memcpy(&head, record, sizeof head);
    head.size = size;
    head.magic = TC_META_MAGIC;
    memcpy(at, &head, sizeof head);
    writer->meta.at += padded;
}

/* A record that is a fixed part and a text. */
static void put_meta_text(struct tc_writer *writer, const void *fixed, size_t fixed_size,
                          const char *text, size_t text_size) {
    uint8_t *record = grown(NULL, fixed_size + text_size);
    memcpy(record, fixed, fixed_size);
    memcpy(record + fixed_size, text, text_size);
    tc_writer_meta(writer, record, (uint32_t)(fixed_size + text_size));
    free(record);
}

static void put_name(struct tc_writer *writer, uint16_t type, uint32_t id, const char *text) {
    struct tc_meta_name name = {.head.type = type, .id = id};
    put_meta_text(writer, &name, sizeof name, text, strlen(text));
}

struct tc_writer *tc_writer_new(void) {
    static const char text[] = "/bin/synthetic\0/\0synthetic";
    struct tc_writer *writer = grown(NULL, sizeof *writer);
    *writer = (struct tc_writer){.chunk_size = TC_PAGE, .used = TC_PAGE};
    writer->allocated = TC_PAGE;
    writer->image = grown(NULL, TC_PAGE);
    writer->header = (struct tc_file_header){.magic = TC_TRACE_MAGIC,
                                             .version = TC_TRACE_VERSION,
                                             .min_version = TC_TRACE_MIN_VERSION,
                                             .header_size = TC_PAGE,
                                             .endian = TC_TRACE_ENDIAN,
                                             .pid = FAKE_PID,
                                             .parent_pid = 1,
                                             .start_realtime = 1700000000000000000u,
                                             .start_monotonic = 1000000000u,
                                             .flags = TC_HEADER_FINISHED | TC_HEADER_EXITING};
    struct tc_meta_process process = {.head.type = TC_META_PROCESS, .argc = 1};
    put_meta_text(writer, &process, sizeof process, text, sizeof text - 1);
    writer->chunk_size = FIRST_CHUNK;
    return writer;
}

void tc_writer_free(struct tc_writer *writer) {
    if (!writer)
        return;
    for (uint32_t i = 0; i < writer->header.threads; i++)
        tc_holdings_free(&writer->streams[i].held);
    free(writer->streams);
    free(writer->orders);
    free(writer->image);
    free(writer);
}

void tc_writer_chunk_size(struct tc_writer *writer, uint32_t size) {
    writer->chunk_size = size < TC_PAGE ? TC_PAGE : (size + TC_PAGE - 1) / TC_PAGE * TC_PAGE;
}

struct tc_file_header *tc_writer_header(struct tc_writer *writer) {
    return &writer->header;
}

uint32_t tc_writer_object_full(struct tc_writer *writer, const struct tc_meta_object *meta) {
    struct tc_meta_object record = *meta;
    record.id = ++writer->header.objects;
    record.head.type = TC_META_OBJECT;
    writer->orders = grown(writer->orders, record.id * sizeof *writer->orders);
    writer->orders[record.id - 1] = (struct order){0};
    tc_writer_meta(writer, &record, sizeof record);
    return record.id;
}

uint32_t tc_writer_object(struct tc_writer *writer, uint8_t type, uint32_t attr, uint32_t value) {
    struct tc_meta_object meta = {.type = type,
                                  .attr = attr,
                                  .value = value,
                                  .thread = 1,
                                  .address = OBJECT_ADDRESS + 64ull * (writer->header.objects + 1),
                                  .size = 40};
    return tc_writer_object_full(writer, &meta);
}

void tc_writer_object_name(struct tc_writer *writer, uint32_t object, const char *name) {
    put_name(writer, TC_META_OBJECT_NAME, object, name);
}

uint32_t tc_writer_race(struct tc_writer *writer, const struct tc_meta_race *race,
                        const uint32_t *locks, size_t count) {
    struct tc_meta_race record = *race;
    record.head.type = TC_META_RACE;
    record.id = ++writer->races;
    put_meta_text(writer, &record, sizeof record, (const char *)locks, count * sizeof *locks);
    return record.id;
}

void tc_writer_warning(struct tc_writer *writer, const char *text) {
    put_name(writer, TC_META_WARNING, 0, text);
}

void tc_writer_remark(struct tc_writer *writer, const char *text) {
    put_name(writer, TC_META_NOTE, 0, text);
}

uint32_t tc_writer_thread(struct tc_writer *writer, uint32_t parent, const char *name) {
    uint32_t index = ++writer->header.threads;
    writer->streams = grown(writer->streams, index * sizeof *writer->streams);
    struct stream *stream = &writer->streams[index - 1];
    memset(stream, 0, sizeof *stream);
    struct tc_meta_object meta = {.type = TC_OBJECT_THREAD,
                                  .thread = parent ? parent : index,
                                  .address = THREAD_ADDRESS + 0x1000ull * index};
    stream->object = tc_writer_object_full(writer, &meta);
    struct tc_meta_thread record = {.head.type = TC_META_THREAD,
                                    .thread = index,
                                    .parent = parent,
                                    .tid = writer->header.pid + index - 1,
                                    .object = stream->object};
    tc_writer_meta(writer, &record, sizeof record);
    if (name)
        put_name(writer, TC_META_THREAD_NAME, index, name);
    return index;
}

uint32_t tc_writer_thread_object(const struct tc_writer *writer, uint32_t thread) {
    return writer->streams[thread - 1].object;
}

uint32_t tc_writer_spawn(struct tc_writer *writer, uint32_t parent, uint32_t stack) {
    uint32_t child = tc_writer_thread(writer, parent, NULL);
    uint32_t object = tc_writer_thread_object(writer, child);
    tc_writer_event(writer, parent, TC_EV_THREAD_CREATE, object, stack, 0, 0);
    tc_writer_event(writer, child, TC_EV_THREAD_START, object, 0, 0, 0);
    return child;
}

void tc_writer_exit(struct tc_writer *writer, uint32_t thread) {
    tc_writer_event(writer, thread, TC_EV_THREAD_EXIT, tc_writer_thread_object(writer, thread), 0,
                    0, 0);
}

void tc_writer_join(struct tc_writer *writer, uint32_t by, uint32_t thread, uint32_t stack) {
    tc_writer_event(writer, by, TC_EV_THREAD_JOIN, tc_writer_thread_object(writer, thread), stack,
                    0, 0);
}

uint32_t tc_writer_stack(struct tc_writer *writer, const uint64_t *frames, unsigned count) {
    struct tc_meta_stack stack = {
        .head.type = TC_META_STACK, .id = ++writer->header.stacks, .count = (uint16_t)count};
    put_meta_text(writer, &stack, sizeof stack, (const char *)frames, count * sizeof *frames);
    return stack.id;
}

uint32_t tc_writer_stack1(struct tc_writer *writer, uint64_t frame) {
    return tc_writer_stack(writer, &frame, 1);
}

/* Where the next record of the thread goes; at least `need` bytes. */
static uint8_t *room(struct tc_writer *writer, uint32_t thread, size_t need) {
    struct chunk *chunk = &writer->streams[thread - 1].chunk;
    if (chunk->end - chunk->at < need)
        begin_chunk(writer, chunk, TC_CHUNK_EVENTS, thread, need);
    return writer->image + chunk->at;
}

static void advance(struct tc_writer *writer, uint32_t thread, const uint8_t *next) {
    writer->streams[thread - 1].chunk.at = (size_t)(next - writer->image);
}

/* Takes the next ticket of `object`; 0 when it is left out, as the thread took the one before. */
static uint64_t take_ticket(struct tc_writer *writer, uint32_t thread, uint32_t object) {
    struct order *order = &writer->orders[object - 1];
    order->last++;
    bool same = order->thread == thread;
    order->thread = thread;
    return same ? 0 : order->last;
}

/* Mirrors what the event does to the held list. */
static void follow_held(struct stream *stream, const struct tc_event_info *info, uint32_t object,
                        uint64_t arg) {
    if (info->mode != TC_MODE_EXCLUSIVE && info->mode != TC_MODE_SHARED)
        return;
    uint32_t levels = info->flags & TC_FLAG_WAIT && arg ? (uint32_t)arg : 1;
    if (info->effect == TC_EFFECT_ACQUIRE &&
        !tc_holdings_push(&stream->held, object, info->mode, levels))
        abort();
    if (info->effect == TC_EFFECT_RELEASE)
        tc_holdings_remove(&stream->held, object, levels);
}

/* The short form of an ordinary release, if there is one; the byte after it, or NULL. */
static uint8_t *put_short_release(uint8_t *at, struct stream *stream, uint8_t code,
                                  uint32_t object) {
    struct tc_holdings *held = &stream->held;
    uint8_t mode = code == TC_EV_RELEASE ? TC_MODE_EXCLUSIVE : TC_MODE_SHARED;
    for (uint32_t i = held->count; i-- > 0;) {
        if (held->entries[i].object != object)
            continue;
        if (held->entries[i].mode != mode)
            return NULL;
        bool last = i == held->count - 1;
        tc_holdings_remove(held, object, 1);
        if (!last)
            return tc_put_number(at, TC_TAG_RELEASE_OTHER, object);
        tc_commit_tag(at, TC_TAG_RELEASE_LAST);
        return at + 1;
    }
    return NULL;
}

/* A context in its slot again, or the full record that puts it there. */
static uint8_t *put_context(uint8_t *at, struct stream *stream, uint8_t code, uint32_t object,
                            uint32_t stack, uint64_t ticket) {
    unsigned slot = tc_context_slot(object, stack, code);
    struct kept *kept = &stream->slots[slot];
    if (kept->object == object && kept->stack == stack && kept->code == code) {
        if (ticket)
            return tc_put_switch(at, (uint8_t)slot, ticket);
        tc_commit_tag(at, (uint8_t)(slot + 1));
        return at + 1;
    }
    *kept = (struct kept){object, stack, code};
    uint8_t fields = TC_FIELD_KEEP;
    fields |= stack ? TC_FIELD_STACK : 0;
    fields |= ticket ? TC_FIELD_TICKET : 0;
    return tc_put_event(at, code, fields, object, stack, ticket, 0, 0);
}

void tc_writer_event(struct tc_writer *writer, uint32_t thread, uint8_t code, uint32_t object,
                     uint32_t stack, uint64_t arg, uint32_t result) {
    struct stream *stream = &writer->streams[thread - 1];
    const struct tc_event_info *info = &tc_event_table[code];
    uint8_t *at = room(writer, thread, TC_RECORD_MAX), *next = NULL;
    uint64_t ticket =
        object && info->flags & TC_FLAG_ORDERED ? take_ticket(writer, thread, object) : 0;
    bool plain = object && !arg && !result;

    if (plain && !ticket && (code == TC_EV_RELEASE || code == TC_EV_RELEASE_SHARED))
        next = put_short_release(at, stream, code, object);
    if (!next) {
        if (plain && (info->effect == TC_EFFECT_ACQUIRE || info->effect == TC_EFFECT_REQUEST ||
                      info->mode == TC_MODE_COUNTED)) {
            next = put_context(at, stream, code, object, stack, ticket);
        } else {
            uint8_t fields = stack ? TC_FIELD_STACK : 0;
            fields |= ticket ? TC_FIELD_TICKET : 0;
            fields |= arg ? TC_FIELD_ARG : 0;
            fields |= result ? TC_FIELD_RESULT : 0;
            next = tc_put_event(at, code, fields, object, stack, ticket, arg, result);
        }
        follow_held(stream, info, object, arg);
    }
    advance(writer, thread, next);
}

void tc_writer_time(struct tc_writer *writer, uint32_t thread, uint64_t ns) {
    advance(writer, thread, tc_put_number(room(writer, thread, TC_RECORD_MAX), TC_TAG_TIME, ns));
}

void tc_writer_lost(struct tc_writer *writer, uint32_t thread, uint64_t count) {
    struct stream *stream = &writer->streams[thread - 1];
    advance(writer, thread, tc_put_number(room(writer, thread, TC_RECORD_MAX), TC_TAG_LOST, count));
    stream->held.count = 0;
    memset(stream->slots, 0, sizeof stream->slots);
}

void tc_writer_skip_tickets(struct tc_writer *writer, uint32_t object, uint64_t count) {
    writer->orders[object - 1].last += count;
    writer->orders[object - 1].thread = 0;
}

void tc_writer_raw(struct tc_writer *writer, uint32_t thread, const void *bytes, uint32_t size) {
    uint8_t *at = room(writer, thread, size + TC_RECORD_MAX);
    memcpy(at, bytes, size);
    advance(writer, thread, at + size);
}

const void *tc_writer_finish(struct tc_writer *writer, size_t *size) {
    writer->header.file_end = writer->used;
    memcpy(writer->image, &writer->header, sizeof writer->header);
    *size = writer->used;
    return writer->image;
}

bool tc_writer_save(struct tc_writer *writer, const char *path) {
    size_t size;
    const uint8_t *image = tc_writer_finish(writer, &size);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    for (size_t at = 0; at < size;) {
        ssize_t done = write(file, image + at, size - at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            int error = errno;
            close(file);
            errno = error;
            return false;
        }
        at += (size_t)done;
    }
    return close(file) == 0;
}
