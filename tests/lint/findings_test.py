#!/usr/bin/env python3
"""A kind of finding is whole: its page, its program and silent twin, its scenario.

A kind counts as soon as something of the checkers or the shim's analysis names it; a row of
findings.def that nothing states yet is only listed.
"""

import glob
import os
import re

import checkout


def stated():
    """The names that some source of the analyzer states as TC_FINDING_NAME."""
    names = set()
    for path in checkout.files(".c", under="analyzer/checkers"):
        if not path.endswith("_test.c"):
            names |= set(re.findall(r"\bTC_FINDING_(\w+)", checkout.read(path)))
    return names


def some(pattern):
    return glob.glob(os.path.join(checkout.ROOT, pattern))


def mentions(folder, endings, kind):
    """Whether a file of the folder names the kind as its expectation."""
    return any(re.search(r"(?<![\w-])%s(?![\w-])" % re.escape(kind), checkout.read(path))
               for path in checkout.files(*endings, under=folder))


used = stated()
kinds = [(row[0], row[1].strip('"')) for row in checkout.rows("analyzer/checkers/findings.def", "TC_FINDING")]
for name, kind in kinds:
    if name not in used:
        print(f"not stated by any checker yet: {kind}")
        continue
    if not checkout.exists(f"docs/findings/{kind}.md"):
        checkout.complain(f"{kind}: docs/findings/{kind}.md is missing")
    if not any(mentions(folder, (".c", ".cc", ".cpp", ".expect", ".tsv"), kind)
               for folder in ("tests/programs", "tests/races", "tests/threading")):
        checkout.complain(f"{kind}: no program in tests/programs or tests/races expects it")
    if not mentions("tests/scenarios", (".scn",), kind):
        checkout.complain(f"{kind}: no scenario in tests/scenarios expects it")
checkout.finish(f"{len(kinds)} kinds")
