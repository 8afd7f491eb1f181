#!/usr/bin/env python3
"""What the documents tell to type is there: commands, their options, and the library's options."""

import glob
import os
import re

import support
from support import must, threadcheck

listed = threadcheck("help").stdout
commands = re.findall(r"^  (\w+) +\S", listed, re.M)
must("run" in commands and "analyze" in commands, f"commands: {commands}")
known = {name: set(re.findall(r"--[a-z][a-z-]*", threadcheck(name, "--help").stdout)) | {"--help"}
         for name in commands if name != "threadcheck"}
keys = set(re.findall(r"^  (\w+) ", threadcheck("list", "options").stdout, re.M))
must("races" in keys, f"options of the library: {keys}")

seen = 0
for path in ["README.md", *sorted(glob.glob("docs/**/*.md", root_dir=support.ROOT, recursive=True))]:
    with open(os.path.join(support.ROOT, path), encoding="utf-8") as document:
        text = document.read().replace("\\\n", " ")
    for command, rest in re.findall(r"threadcheck (\w+)([^`|\n]*)", text):
        if command not in known:
            continue
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", rest.split(" -- ")[0]):
            must(option in known[command], f"{path}: threadcheck {command} has no {option}")
            seen += 1
    for value in re.findall(r"THREADCHECK_OPTIONS=[\"']?([\w=:./,-]+)", text):
        for key in re.findall(r"(?:^|:)(\w+)=", value):
            must(key in keys | {"key", "help"}, f"{path}: the library has no option {key}")
            seen += 1
must(seen > 30, f"only {seen} options found in the documents")
support.finish()
