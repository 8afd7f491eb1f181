#!/usr/bin/env python3
"""Makes threadcheck.1 from what the command says of itself, so that the two cannot differ.

usage: make_man.py THREADCHECK OUTPUT
"""

import re
import subprocess
import sys

TOOL, OUTPUT = sys.argv[1:]
INTRODUCTION = """\
watches the threads of an unmodified program and tells where it can hang, where it misuses a lock,
where a wake-up gets lost and, with --races, where two threads race. Nothing is recompiled: the program
runs with libthreadcheck.so preloaded, which records its locks into a trace, and the trace is analysed
when the program ends. Build the program with debug information (-g) to see lines and variable names."""
TAIL = r"""
.SH ENVIRONMENT
.TP
.B THREADCHECK_OPTIONS
Options of the preloaded library, as key=value:key=value.
.B threadcheck list options
lists them:
@OPTIONS@
.SH EXIT STATUS
.B run
and
.B confirm
end with the program's own status (128+N when signal N ended it), or with 66 (see
.BR \-\-error\-exitcode )
when a finding at warning or error stands.
.B analyze
and
.B diff
end with 0 or 66 alike. 2 is a usage error or a report that could not be written, 3 a trace that could
not be read; 126 and 127 are a program that could not be run or was not found.
.SH EXAMPLES
.nf
threadcheck run \-\- ./app \-\-its \-\-arguments
threadcheck run \-\-on\-deadlock=abort \-\-format=json \-\-output=report.json \-\- ./tests
threadcheck run \-\-baseline=report.json \-\- ./tests
LD_PRELOAD=/usr/lib/threadcheck/lib/libthreadcheck.so ./app
.fi
.SH KINDS OF FINDINGS
With their usual severity and confidence;
.B threadcheck explain KIND
has a page for each.
@KINDS@
.SH FORMATS
@FORMATS@
.SH FILES
share/doc/threadcheck has guides: quick-start.md, reading-a-report.md, formats.md, ci.md, suppressions.md.
"""


def ask(*arguments):
    return subprocess.run([TOOL, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          check=True).stdout


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.M)


def listed(name):
    """A list of threadcheck's, as terms and what they mean."""
    out = []
    for line in ask("list", name).splitlines():
        term, meaning = line.strip().split(None, 1)
        out += [".TP", f".B {roff(term)}", roff(re.sub(" +", " ", meaning))]
    return "\n".join(out)


def command(name):
    """One sub-command, from its --help."""
    lines = ask(name, "--help").splitlines()
    out = [f".SS {roff(lines[0].removeprefix('usage: '))}"]
    for line in lines[1:]:
        option = re.match(r"  (--\S+?(?:=\S+)?)\s+(\S.*)$", line)
        if option:
            out += [".TP", f".B {roff(option.group(1))}", roff(option.group(2))]
        elif line.strip():
            out += [".PP", roff(line[:1].upper() + line[1:])]
    return out


def main():
    version = ask("--version").split()[-1]
    names = re.findall(r"^  ([a-z]+) {2,}\S", ask("--help"), flags=re.M)
    out = [f'.TH THREADCHECK 1 "" "threadcheck {version}" "User Commands"', ".SH NAME",
           "threadcheck \\- find deadlocks, lock misuse, lost wake\\-ups and races in programs with threads",
           ".SH SYNOPSIS", ".B threadcheck", "COMMAND ...", ".SH DESCRIPTION", ".B threadcheck",
           roff(INTRODUCTION), ".SH COMMANDS"]
    for name in names:
        out += command(name)
    with open(OUTPUT, "w", encoding="utf-8") as file:
        tail = TAIL.replace("@OPTIONS@", listed("options")).replace("@KINDS@", listed("kinds"))
        file.write("\n".join(out) + tail.replace("@FORMATS@", listed("formats")))


main()
