/* zstd_file.h: traces that were compressed with zstd.
 *
 * What: makes them, as a row of short frames that are read one by one (packed.h); and makes such
 *       rows of what another tool compressed as a whole.
 * Rules: not thread-safe.  A file that is damaged or cut gives an error of one line; nothing of it
 *        is believed then.
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

/* Makes short frames of the file `from` in an unnamed one in $TMPDIR or /tmp, which takes about as
 * much room, and returns that, open; -1 with `error` filled in. */
int tc_repack_file(int from, const char *path, struct tc_trace_error *error);

/* Compresses the file `from` to the file `to`.  False with `error` filled in. */
bool tc_compress_file(int from, const char *path, int to, const char *to_path,
                      struct tc_trace_error *error);

#ifdef __cplusplus
}
#endif
#endif
