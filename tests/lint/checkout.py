"""What the lints share: the checkout's files, the tables, and how a complaint is printed."""

import os
import re
import sys

# The test's first argument is the checkout's WORKSPACE, by a link.
ROOT = os.path.dirname(os.path.realpath(sys.argv[1]))
SKIPPED = {".git", "__pycache__", "node_modules"}
complaints = []


def files(*endings, under=""):
    """Paths, relative to the checkout, of files whose name ends so, sorted."""
    found = []
    for folder, names, leaves in os.walk(os.path.join(ROOT, under)):
        names[:] = [n for n in names if n not in SKIPPED and not n.startswith("bazel-")]
        for leaf in leaves:
            if leaf.endswith(endings):
                found.append(os.path.relpath(os.path.join(folder, leaf), ROOT))
    return sorted(found)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def exists(path):
    return os.path.exists(os.path.join(ROOT, path))


def without_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)


def rows(path, macro):
    """The arguments of every MACRO(...) row of an X-macro table, as lists of trimmed text."""
    found = []
    text = without_comments(read(path))
    for match in re.finditer(r"^%s\(" % re.escape(macro), text, flags=re.M):
        depth, quoted, begin, arguments, at = 1, False, match.end(), [], match.end()
        while depth:
            char = text[at]
            if quoted:
                at += char == "\\"
                quoted = char != '"'
            elif char == '"':
                quoted = True
            elif char in "([{":
                depth += 1
            elif char in ")]}":
                depth -= 1
            if (depth == 0 or (depth == 1 and char == ",")) and not quoted:
                arguments.append(text[begin:at].strip())
                begin = at + 1
            at += 1
        found.append(arguments)
    return found


def complain(text):
    complaints.append(text)


def finish(checked):
    """Ends the test; `checked` says what was looked at."""
    for text in complaints:
        print(text)
    print(f"{checked}: {len(complaints)} complaints")
    sys.exit(bool(complaints))
