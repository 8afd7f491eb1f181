/* zstd_file.c: zstd streams to and from files (zstd_file.h). */
#include "trace/zstd_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "trace/file.h"
#include "trace/packed.h"

#define LEVEL        3 /* a trace of events gains little by more */
#define REPACK_LEVEL 1 /* of a file that lives as long as it is read */

/* One way through the data. */
struct stream {
    int from, to;
    const char *from_path, *to_path;
    struct tc_trace_error *error;
    uint64_t written;
    char *in, *out;
    size_t in_size, out_size;
};

bool tc_is_compressed(const void *bytes, size_t size) {
    static const uint8_t magic[4] = {0x28, 0xb5, 0x2f, 0xfd};
    return size >= sizeof magic && memcmp(bytes, magic, sizeof magic) == 0;
}

bool tc_unpack_head(const void *bytes, size_t size, void *to, size_t want) {
    ZSTD_DStream *unpacker = ZSTD_createDStream();
    ZSTD_inBuffer in = {bytes, size, 0};
    ZSTD_outBuffer out = {to, want, 0};
    size_t left = 1;
    while (unpacker && out.pos < want && left && !ZSTD_isError(left)) {
        size_t before = in.pos + out.pos;
        left = ZSTD_decompressStream(unpacker, &out, &in);
        if (in.pos + out.pos == before)
            break;
    }
    ZSTD_freeDStream(unpacker);
    return out.pos == want;
}

static bool fail(const struct stream *stream, const char *path, const char *why) {
    *stream->error = (struct tc_trace_error){.state = TC_TRACE_UNREADABLE};
    snprintf(stream->error->text, sizeof stream->error->text, "%s: %s", path, why);
    for (char *at = stream->error->text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = '?';
    return false;
}

/* The bytes read, 0 at the end; -1 after an error. */
static ssize_t read_some(const struct stream *stream, char *to, size_t size) {
    ssize_t got;
    do
        got = read(stream->from, to, size);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        fail(stream, stream->from_path, strerror(errno));
    return got;
}

static bool write_bytes(struct stream *stream, const char *bytes, size_t size) {
    while (size) {
        ssize_t put = pwrite(stream->to, bytes, size, (off_t)stream->written);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return fail(stream, stream->to_path, put < 0 ? strerror(errno) : "nothing is written");
        stream->written += (uint64_t)put;
        bytes += put;
        size -= (size_t)put;
    }
    return true;
}

/* The `filled` bytes of the outgoing frame become one. */
static bool write_frame(struct stream *stream, ZSTD_CCtx *packer, const char *bytes, size_t size) {
    if (!size)
        return true;
    size_t packed = ZSTD_compress2(packer, stream->out, stream->out_size, bytes, size);
    if (ZSTD_isError(packed))
        return fail(stream, stream->from_path, ZSTD_getErrorName(packed));
    return write_bytes(stream, stream->out, packed);
}

static ZSTD_CCtx *new_packer(int level) {
    ZSTD_CCtx *packer = ZSTD_createCCtx();
    if (packer) {
        ZSTD_CCtx_setParameter(packer, ZSTD_c_compressionLevel, level);
        ZSTD_CCtx_setParameter(packer, ZSTD_c_checksumFlag, 1);
    }
    return packer;
}

/* Unpacks into frames: the last one begins in `frame`, with `*filled` bytes so far. */
static bool repack_some(struct stream *stream, ZSTD_DStream *unpacker, ZSTD_CCtx *packer,
                        ZSTD_inBuffer *in, char *frame, size_t *filled, size_t *left) {
    bool full = false;
    while (in->pos < in->size || full) {
        ZSTD_outBuffer out = {frame, TC_PACKED_FRAME, *filled};
        *left = ZSTD_decompressStream(unpacker, &out, in);
        if (ZSTD_isError(*left))
            return fail(stream, stream->from_path, "the compressed trace is damaged");
        *filled = out.pos;
        full = out.pos == out.size;
        if (full && !write_frame(stream, packer, frame, out.pos))
            return false;
        *filled = full ? 0 : out.pos;
    }
    return true;
}

static bool repack(struct stream *stream, ZSTD_DStream *unpacker, ZSTD_CCtx *packer, char *frame) {
    size_t left = 1, filled = 0; /* left 0: a frame has ended */
    ssize_t got;
    while ((got = read_some(stream, stream->in, stream->in_size)) > 0) {
        ZSTD_inBuffer in = {stream->in, (size_t)got, 0};
        if (!repack_some(stream, unpacker, packer, &in, frame, &filled, &left))
            return false;
    }
    if (got == 0 && left)
        return fail(stream, stream->from_path, "the compressed trace is cut off");
    return got == 0 && write_frame(stream, packer, frame, filled);
}

static bool compress(struct stream *stream, ZSTD_CCtx *packer) {
    size_t filled = 0;
    ssize_t got;
    do {
        got = read_some(stream, stream->in + filled, TC_PACKED_FRAME - filled);
        if (got < 0)
            return false;
        filled += (size_t)got;
        if (got && filled < TC_PACKED_FRAME)
            continue;
        if (!write_frame(stream, packer, stream->in, filled))
            return false;
        filled = 0;
    } while (got);
    return true;
}

static bool make_buffers(struct stream *stream, size_t in_size, size_t out_size) {
    stream->in_size = in_size;
    stream->out_size = out_size;
    stream->in = malloc(in_size);
    stream->out = malloc(out_size);
    return stream->in && stream->out ? true : fail(stream, stream->from_path, "out of memory");
}

/* A file without a name. */
static int open_unnamed(struct tc_trace_error *error) {
    const char *folder = getenv("TMPDIR");
    folder = folder && *folder ? folder : "/tmp";
    char path[4096];
    if (snprintf(path, sizeof path, "%s/threadcheck-XXXXXX", folder) >= (int)sizeof path)
        snprintf(path, sizeof path, "/tmp/threadcheck-XXXXXX");
    int file = mkostemp(path, O_CLOEXEC);
    if (file >= 0) {
        unlink(path);
        return file;
    }
    fail(&(struct stream){.error = error}, path, strerror(errno));
    return -1;
}

int tc_repack_file(int from, const char *path, struct tc_trace_error *error) {
    struct stream stream = {.from = from,
                            .to = open_unnamed(error),
                            .from_path = path,
                            .to_path = "the temporary file for the trace",
                            .error = error};
    if (stream.to < 0)
        return -1;
    ZSTD_DStream *unpacker = ZSTD_createDStream();
    ZSTD_CCtx *packer = new_packer(REPACK_LEVEL);
    char *frame = malloc(TC_PACKED_FRAME);
    bool good = make_buffers(&stream, ZSTD_DStreamInSize(), ZSTD_compressBound(TC_PACKED_FRAME));
    if (good)
        good = unpacker && packer && frame ? repack(&stream, unpacker, packer, frame)
                                           : fail(&stream, path, "out of memory");
    ZSTD_freeDStream(unpacker);
    ZSTD_freeCCtx(packer);
    free(frame);
    free(stream.in);
    free(stream.out);
    if (good)
        return stream.to;
    close(stream.to);
    return -1;
}

bool tc_compress_file(int from, const char *path, int to, const char *to_path,
                      struct tc_trace_error *error) {
    struct stream stream = {
        .from = from, .to = to, .from_path = path, .to_path = to_path, .error = error};
    ZSTD_CCtx *packer = new_packer(LEVEL);
    bool good = make_buffers(&stream, TC_PACKED_FRAME, ZSTD_compressBound(TC_PACKED_FRAME));
    if (good)
        good = packer ? compress(&stream, packer) : fail(&stream, path, "out of memory");
    ZSTD_freeCCtx(packer);
    free(stream.in);
    free(stream.out);
    return good;
}
