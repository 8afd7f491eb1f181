#!/usr/bin/env python3
"""Puts the page together and writes it as C: what stands before the report's data, and behind it.

usage: embed.py PAGE.html STYLE.css SCRIPT.js OUTPUT.c LICENSE...

The page's policy allows this one script, by its hash, and no other: nothing that a report contains
can be run.
"""

import base64
import hashlib
import os
import sys

PAGE, STYLE, SCRIPT, OUTPUT, *LICENSES = sys.argv[1:]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def notices():
    """Name and copyright of each library whose code is in the script."""
    lines = ["Made with these libraries, under the licences in share/doc/threadcheck/libraries.txt:"]
    for path in sorted(LICENSES):
        name = os.path.dirname(path).split("node_modules/")[1]
        holders = [line.strip(" *#") for line in read(path).splitlines() if line.strip(" *#").startswith("Copyright")]
        lines.append(f"{name}: {holders[0] if holders else 'see its licence'}")
    return "\n".join(lines).replace("--", "-")


def c_string(name, text):
    """A string of C, as bytes that no compiler takes for something else."""
    out = [f"const char {name}[] ="]
    data = text.encode()
    for begin in range(0, len(data), 96):
        chunk = data[begin : begin + 96]
        out.append('"' + "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else f"\\{b:03o}" for b in chunk) + '"')
    return "\n".join(out) + ";\n"


def main():
    script = read(SCRIPT).strip()
    if "</script" in script.lower() or "<script" in script.lower():
        sys.exit("embed.py: the script would end its own element")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page = read(PAGE)
    parts = {"@SCRIPT_HASH@": f"'sha256-{digest}'", "@NOTICES@": notices(), "@STYLE@": read(STYLE).strip(), "@SCRIPT@": script}
    for mark, text in parts.items():
        before, found, after = page.partition(mark)
        if not found:
            sys.exit(f"embed.py: {PAGE} has no {mark}")
        page = before + text + after
    head, _, tail = page.partition("@REPORT@")
    with open(OUTPUT, "w", encoding="ascii") as file:
        file.write("/* Made by embed.py. */\n" + '#include "analyzer/report/html_page.h"\n')
        file.write(c_string("tc_html_head", head) + c_string("tc_html_tail", tail))


main()
