/* zstd_file.h: traces that were compressed with zstd.
 *
 * What: makes them, and unpacks them to a file without a name when they are read: the reader needs
 *       the whole trace at hand.  Pages of zeros are left as holes on both ways.
 * Rules: not thread-safe.  A file that is damaged or cut gives an error of one line; nothing of it
 *        is believed then, as the frame's checksum is at its end.
 */
#ifndef TC_TRACE_ZSTD_FILE_H
#define TC_TRACE_ZSTD_FILE_H

#include "trace/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whether these first bytes of a file are those of a zstd frame. */
bool tc_is_compressed(const void *bytes, size_t size);

/* Unpacks the first `want` bytes of what is compressed in `bytes`; false: there are not so many. */
bool tc_unpack_head(const void *bytes, size_t size, void *to, size_t want);

/* Unpacks the file `from` into an unnamed one in $TMPDIR or /tmp and returns that, open; -1 with
 * `error` filled in. */
int tc_unpack_file(int from, const char *path, struct tc_trace_error *error);

/* Compresses the file `from` to the file `to`.  False with `error` filled in. */
bool tc_compress_file(int from, const char *path, int to, const char *to_path,
                      struct tc_trace_error *error);

#ifdef __cplusplus
}
#endif
#endif
