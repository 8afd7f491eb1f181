#!/usr/bin/env python3
"""Writes docs/findings/*.md as a table of C: the command has the pages with it wherever it is.

usage: embed_pages.py OUTPUT.c PAGE.md...
"""

import os
import sys


def c_string(text):
    """One string a line; only what every compiler takes as it is stands unescaped."""
    plain = {ord(c): c for c in map(chr, range(32, 127)) if c not in '"\\?'}
    return "\n".join('"' + "".join(plain.get(b, f"\\{b:03o}") for b in line.encode()) + '\\n"' for line in text.split("\n"))


def main():
    output, *pages = sys.argv[1:]
    with open(output, "w", encoding="ascii") as out:
        out.write('/* Made by embed_pages.py. */\n#include "analyzer/report/page.h"\n#include <stddef.h>\n')
        out.write("const struct tc_page tc_finding_pages[] = {\n")
        for path in sorted(pages):
            with open(path, encoding="utf-8") as file:
                out.write(f'{{"{os.path.basename(path)[:-3]}",\n{c_string(file.read().rstrip())}}},\n')
        out.write("{NULL, NULL}};\n")


main()
