/* packed.h: a compressed trace, unpacked piece by piece as it is read.
 *
 * What: the trace's bytes at their places in memory that is only reserved.  Whoever is about to
 * read some of them asks for them; what was asked for longest ago gives its place up, and is
 *       unpacked again when it is wanted again.  So a trace of any size needs neither disk nor
 *       memory for more than TC_PACKED_CACHE bytes and what is to be kept.
 *       The file is a row of zstd frames that say how long they are, as tc_compress_file makes it.
 * Rules: not thread-safe.
 */
#ifndef TC_TRACE_PACKED_H
#define TC_TRACE_PACKED_H

#include "trace/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TC_PACKED_FRAME  (256u << 10) /* bytes of a trace in one frame */
#define TC_PACKED_LONGER (64u << 20)  /* the longest frame that is read piece by piece */
#define TC_PACKED_CACHE  (64u << 20)

struct tc_packed;

/* Looks through the frames of a file, which may be closed then.  NULL with `error` filled in; or
 * NULL without an error when a frame is too long or does not say its length. */
struct tc_packed *tc_packed_open(int file, const char *path, struct tc_trace_error *error);
void tc_packed_close(struct tc_packed *packed); /* NULL is fine */

/* The bytes of the whole trace: only those that were asked for may be read. */
const uint8_t *tc_packed_bytes(const struct tc_packed *packed);
uint64_t tc_packed_size(const struct tc_packed *packed);

/* Unpacks [from, to) as far as it is not there.  Valid until other bytes are asked for.  What
 * cannot be unpacked reads as zeros; false then. */
bool tc_packed_need(struct tc_packed *packed, uint64_t from, uint64_t to);

/* What was asked for just now stays for good.  To be called with rising offsets, multiples of
 * TC_PAGE. */
bool tc_packed_keep(struct tc_packed *packed, uint64_t from, uint64_t to);

/* Whether the file became shorter meanwhile. */
bool tc_packed_shrank(const struct tc_packed *packed);

/* For tests: another size of the cache. */
void tc_packed_cache(struct tc_packed *packed, uint64_t size);

#ifdef __cplusplus
}
#endif
#endif
