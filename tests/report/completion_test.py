#!/usr/bin/env python3
"""What bash and zsh complete, asked as the shells do."""

import os
import shutil
import subprocess

import support
from support import WORK, must, threadcheck


def script(shell, name):
    run = threadcheck("completion", shell)
    must(run.returncode == 0 and not run.stderr, f"{shell}: {run.stderr}")
    with open(os.path.join(WORK, name), "w", encoding="utf-8") as file:
        file.write(run.stdout)


def bash(*words):
    """The words that are offered for the last one."""
    code = '. ./bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _threadcheck; printf "%s\\n" "${COMPREPLY[@]}"'
    run = subprocess.run(["bash", "-c", code, "bash", "threadcheck", *words], cwd=WORK, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True, check=True)
    must(not run.stderr, f"{words}: {run.stderr}")
    return set(run.stdout.split())


def bash_completes():
    script("bash", "bash")
    open(os.path.join(WORK, "old.tctrace"), "w", encoding="utf-8").close()
    commands = bash("")
    must({"run", "analyze", "explain", "profile", "diff"} <= commands, f"commands: {commands}")
    for command in sorted(commands - {"--help", "--version"}):
        said = threadcheck(command, "--help").stdout
        must("usage: threadcheck " + command in said, f"{command} --help")
        for option in bash(command, "--"):
            must(option.rstrip("=") in said, f"{command} {option} is not in its help")
    must(bash("an") == {"analyze"}, f"an: {bash('an')}")
    must("--on-deadlock=" in bash("run", "--on"), "an option that takes a value")
    must(bash("run", "--on-deadlock", "=", "a") == {"abort"}, "its values")
    must(bash("run", "--on-deadlock", "=") == {"abort", "report"}, "all of them")
    must({"html", "sarif", "json"} <= bash("analyze", "--format", "=", ""), "formats")
    must(bash("profile", "--format", "fo") == {"folded"}, "formats of the profile")
    must(bash("diff", "--format", "=", "") == {"text", "json"}, "formats of diff")
    must("lock-order-inversion" in bash("explain", "lock-"), "kinds")
    must(bash("list", "k") == {"kinds"}, "lists")
    must("old.tctrace" in bash("analyze", "old"), "files")
    must("old.tctrace" in bash("run", "--output", "=", "old"), "files of an option")
    must("sleep" in bash("run", "--", "slee"), "programs")
    must("old.tctrace" in bash("run", "--", "cat", "ol"), "their arguments")


def zsh_completes():
    script("zsh", "_threadcheck")
    if not shutil.which("zsh"):
        must(False, "zsh is missing: see third_party/packages.txt")
        return

    def zsh(*words):
        """What the function hands to zsh's own helpers."""
        code = """words=("$@"); CURRENT=$#words
            _arguments() { print -rl -- "$@" }; _describe() { print -rl -- "${(@P)2}" }
            source ./_threadcheck"""
        run = subprocess.run(["zsh", "-fc", code, "zsh", "threadcheck", *words], cwd=WORK, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, check=False)
        must(not run.stderr, f"zsh {words}: {run.stderr}")
        return run.stdout

    must("\nanalyze:report on traces" in zsh(""), f"commands: {zsh('')}")
    must(":(report abort)" in zsh("run", "--on"), "values of an option")
    must("(text json folded html)" in zsh("profile", ""), "formats of the profile")
    must("lock-order-inversion" in zsh("explain", ""), "kinds")


bash_completes()
zsh_completes()
wrong = threadcheck("completion", "fish")
must(wrong.returncode == 2 and "bash or zsh" in wrong.stderr, f"another shell: {wrong.stderr}")
support.finish()
