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

#define LEVEL 3 /* a trace of events gains little by more */

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
static ssize_t read_some(const struct stream *stream) {
    ssize_t got;
    do
        got = read(stream->from, stream->in, stream->in_size);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        fail(stream, stream->from_path, strerror(errno));
    return got;
}

static bool is_zero(const char *bytes, size_t size) {
    return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
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

/* With holes for pages of zeros. */
static bool write_pages(struct stream *stream, const char *bytes, size_t size) {
    while (size) {
        size_t part = TC_PAGE - stream->written % TC_PAGE;
        part = part < size ? part : size;
        if (is_zero(bytes, part))
            stream->written += part;
        else if (!write_bytes(stream, bytes, part))
            return false;
        bytes += part;
        size -= part;
    }
    return true;
}

static bool unpack(struct stream *stream, ZSTD_DStream *unpacker) {
    size_t left = 1; /* 0: a frame has ended */
    ssize_t got;
    while ((got = read_some(stream)) > 0) {
        ZSTD_inBuffer in = {stream->in, (size_t)got, 0};
        bool full = false;
        while (in.pos < in.size || full) {
            ZSTD_outBuffer out = {stream->out, stream->out_size, 0};
            left = ZSTD_decompressStream(unpacker, &out, &in);
            if (ZSTD_isError(left))
                return fail(stream, stream->from_path, "the compressed trace is damaged");
            if (!write_pages(stream, stream->out, out.pos))
                return false;
            full = out.pos == out.size;
        }
    }
    if (got == 0 && left)
        return fail(stream, stream->from_path, "the compressed trace is cut off");
    if (got == 0 && ftruncate(stream->to, (off_t)stream->written) != 0)
        return fail(stream, stream->to_path, strerror(errno));
    return got == 0;
}

static bool compress(struct stream *stream, ZSTD_CStream *packer) {
    ZSTD_CCtx_setParameter(packer, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(packer, ZSTD_c_checksumFlag, 1);
    ssize_t got;
    do {
        if ((got = read_some(stream)) < 0)
            return false;
        ZSTD_inBuffer in = {stream->in, (size_t)got, 0};
        size_t left;
        do {
            ZSTD_outBuffer out = {stream->out, stream->out_size, 0};
            left = ZSTD_compressStream2(packer, &out, &in, got ? ZSTD_e_continue : ZSTD_e_end);
            if (ZSTD_isError(left))
                return fail(stream, stream->from_path, ZSTD_getErrorName(left));
            if (!write_bytes(stream, stream->out, out.pos))
                return false;
        } while (got ? in.pos < in.size : left > 0);
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

int tc_unpack_file(int from, const char *path, struct tc_trace_error *error) {
    struct stream stream = {.from = from,
                            .to = open_unnamed(error),
                            .from_path = path,
                            .to_path = "the temporary file for the unpacked trace",
                            .error = error};
    if (stream.to < 0)
        return -1;
    ZSTD_DStream *unpacker = ZSTD_createDStream();
    bool good = make_buffers(&stream, ZSTD_DStreamInSize(), ZSTD_DStreamOutSize());
    if (good)
        good = unpacker ? unpack(&stream, unpacker) : fail(&stream, path, "out of memory");
    ZSTD_freeDStream(unpacker);
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
    ZSTD_CStream *packer = ZSTD_createCStream();
    bool good = make_buffers(&stream, ZSTD_CStreamInSize(), ZSTD_CStreamOutSize());
    if (good)
        good = packer ? compress(&stream, packer) : fail(&stream, path, "out of memory");
    ZSTD_freeCStream(packer);
    free(stream.in);
    free(stream.out);
    return good;
}
