/* layout.c: the table of versions; see layout.h. */
#include "python/layout.h"

#include <stddef.h>

struct tc_py_layout tc_py_layout;

/* clang-format off */
static const struct tc_py_layout rows[] = {
    /* minor; state to frame; frame: previous code instruction locals, how; owner, of C; entry;
       tag; code: instructions file name qualified first_line; text: ascii wide */
    {8,  24, -1, 24, 32, 104, 360, TC_PY_INDEX,     -1, 0, -1, 0, -1,  104, 112, 0,   40, 48, 72},
    {9,  24, -1, 24, 32, 104, 360, TC_PY_INDEX,     -1, 0, -1, 0, -1,  104, 112, 0,   40, 48, 72},
    {10, 24, -1, 24, 32, 96,  352, TC_PY_INDEX_X2,  -1, 0, -1, 0, -1,  104, 112, 0,   40, 48, 72},
    {11, 56, 8,  48, 32, 56,  72,  TC_PY_CODE_UNIT, -1, 0, 68, 0, 184, 112, 120, 128, 72, 48, 72},
    {12, 56, 0,  8,  0,  56,  72,  TC_PY_CODE_UNIT, 70, 3, -1, 0, 192, 112, 120, 128, 68, 40, 56},
    {13, 72, -1, 8,  0,  56,  72,  TC_PY_CODE_UNIT, 70, 3, -1, 0, 200, 112, 120, 128, 68, 40, 56},
    {14, 72, -1, 8,  0,  56,  80,  TC_PY_CODE_UNIT, 74, 3, -1, 3, 208, 112, 120, 128, 68, 40, 56},
};
/* clang-format on */

const struct tc_py_layout *tc_py_layout_of(int minor) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].minor == minor)
            return &rows[i];
    return NULL;
}
