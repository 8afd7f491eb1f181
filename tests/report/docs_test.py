#!/usr/bin/env python3
"""What the documents tell to type is there: commands, their options, and the library's options; and
what they show of the examples is what comes out."""

import glob
import os
import re
import subprocess

import support
from support import WORK, must, threadcheck

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


def plain(text):
    """Without what is another in each run."""
    return re.sub(r"0x[0-9a-f]+", "ADDRESS", text).strip()


def example(name, *flags):
    """Its name in the work directory; built from the top, as paths in reports are."""
    subprocess.run([os.environ.get("CC", "gcc"), "-O2", "-g", f"examples/{name}.c", "-o", os.path.join(WORK, name),
                    *flags, "-pthread"], cwd=support.ROOT, check=True)
    return "./" + name


def shown(path, command):
    """The indented block that begins with this command, without it."""
    with open(os.path.join(support.ROOT, path), encoding="utf-8") as text:
        block = text.read().split(f"    $ {command}\n")[1]
    return "\n".join(line[4:] for line in re.match(r"(?:    .*\n|\n(?=    ))*", block).group(0).splitlines())


report = threadcheck("run", "--", example("bank")).stderr.replace(support.ROOT + "/", "")
must(plain(shown("README.md", "threadcheck run -- ./bank")).startswith(plain(report)),
     f"README.md shows another report than\n{report}")

library = ["-Iinclude", "-Wl,--whole-archive", "threading/libthreading.a", "-Wl,--no-whole-archive"]
for name in ("threading_pool", "threading_pulse", "threading_philosophers"):
    run = threadcheck("run", "--output=-", "--", example(name, *library))
    want = shown("docs/threading.md", "threadcheck run -- " + name).split("\n\n")[0]
    must(run.stdout.startswith(want), f"docs/threading.md shows another report of {name} than\n{run.stdout[:600]}")
support.finish()
