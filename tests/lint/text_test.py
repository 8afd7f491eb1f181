#!/usr/bin/env python3
"""Sources and documents: a first comment, nothing left to do, no path of one machine, clean ends."""

import re

import checkout

CODE = (".c", ".h", ".cc", ".def")
SCRIPTS = (".py", ".sh", ".bzl", "BUILD", "bazelw")
FIRST = {"c": ("/*", "//"), "script": ("#", '"""')}
# Written in parts, so that this file does not complain about itself.
LEFT_OVER = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
MACHINE = re.compile(r"(^|[\s\"'(=])/(wo" + r"rk|tmp/" + r"tc)/")
# Wrong on purpose, or made by a tool.
EXEMPT = re.compile(r"^(tests/golden/|third_party/[^/]+/[^/]+\.js$)")

paths = [p for p in checkout.files(*CODE, *SCRIPTS, ".md") if not EXEMPT.match(p)]
for path in paths:
    text = checkout.read(path)
    if path.endswith(CODE) and text and not text.startswith(FIRST["c"]):
        checkout.complain(f"{path}:1: does not begin with a comment that says what it is")
    if path.endswith(SCRIPTS) and text and not text.startswith(FIRST["script"]):
        checkout.complain(f"{path}:1: does not begin with a comment that says what it is")
    for number, line in enumerate(text.split("\n"), 1):
        if LEFT_OVER.search(line):
            checkout.complain(f"{path}:{number}: left over: {line.strip()}")
        if MACHINE.search(line):
            checkout.complain(f"{path}:{number}: a path of one machine: {line.strip()}")
        if line != line.rstrip() and not path.endswith(".md"):
            checkout.complain(f"{path}:{number}: blanks at the end of the line")
        if "\t" in line and path.endswith(CODE):
            checkout.complain(f"{path}:{number}: a tab")
    if text and not text.endswith("\n"):
        checkout.complain(f"{path}: no newline at its end")
checkout.finish(f"{len(paths)} files")
