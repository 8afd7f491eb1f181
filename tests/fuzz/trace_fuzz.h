/* trace_fuzz.h: the entry that libFuzzer calls. */
#ifndef TC_TESTS_TRACE_FUZZ_H
#define TC_TESTS_TRACE_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reads and analyses `data` as a trace; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifdef __cplusplus
}
#endif
#endif
