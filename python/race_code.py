"""race_code.py: decides which code is rewritten for races, and finds the text that it was made of.

Where: in the namespace of races.py, after it.
"""


class _Plain:
    pass


class _Getter:
    def __getattr__(self, name):
        raise AttributeError(name)


# What the shim knows by its operations, whose locks order nothing (race_rules.def).
NEVER = ("/threading.py", "/queue.py", "/concurrent/futures/_base.py",
         "/concurrent/futures/thread.py", "/logging/__init__.py", "/asyncio/base_events.py",
         "/asyncio/events.py")


def _hide():
    """dir(builtins) is as it was; the names are found all the same, also when the interpreter has
    made builtins at its end what they were at its beginning, which it keeps a copy of."""
    import builtins
    import gc

    def __dir__():
        return sorted(name for name in vars(builtins)
                      if not name.startswith("__@tc_") and name != "__dir__")

    ours = {name: value for name, value in vars(builtins).items() if name.startswith("__@tc_")}
    for one in gc.get_objects():
        if (type(one) is dict and one is not vars(builtins) and one.get("__name__") == "builtins" and
                one.get("__build_class__") is builtins.__build_class__):
            one.update(ours)
    builtins.__dir__ = __dir__


def _library():
    """Folders of the standard library and of what was installed."""
    import sysconfig
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    paths = {path for path in map(sysconfig.get_path, names) if path}
    paths.update(path for path in sys.path if path.endswith(("site-packages", "dist-packages")))
    return tuple(path.rstrip("/") + "/" for path in paths)


class _Code:
    """Decides what is to run in place of code that is about to."""

    def __init__(self, folders, command):
        self.folders = tuple(folder for folder in folders.split(",") if folder)
        self.library = None
        self.command = command  # the words of the command line
        _hide()
        self.compiled = {}      # source text that the program compiled, by the name it gave it

    def is_watched(self, filename):
        if not filename or filename.startswith("<frozen "):
            return False
        if self.library is None:
            self.library = _library()
        installed = (filename.startswith(self.library) or "/site-packages/" in filename or
                     "/dist-packages/" in filename)
        if installed and filename.endswith(NEVER):
            return False
        if "all" in self.folders or any(filename.startswith(folder) for folder in self.folders):
            return True
        return not installed

    def note(self, source, filename, caller):
        """The program compiles something; caller: the file it does that in."""
        if isinstance(source, (str, bytes)) and isinstance(filename, str) and self.is_watched(caller):
            if len(self.compiled) >= 8:
                self.compiled.pop(next(iter(self.compiled)))
            self.compiled[filename] = source

    def _sources(self, filename):
        """Texts that the code of this file may have been made of."""
        if filename in self.compiled:
            yield self.compiled[filename]
        if filename == "<string>":
            for at, word in enumerate(self.command):
                if word.startswith(b"-") and word.endswith(b"c"):
                    yield b"\n".join(self.command[at + 1:at + 2]) + b"\n"
        elif filename == "<stdin>":
            yield _read("/proc/self/fd/0")
        elif not filename.startswith("<"):
            yield _read(filename) or _read_from_archive(filename)

    def replace(self, code, caller, text):
        """What is to run in place of `code`; None: it stays.  caller: the file of the function that
        runs it, None when the interpreter does; text: the source, where that is known."""
        filename = code.co_filename
        name = code.co_name
        for end, functions in HANDOVERS.items():
            if filename.endswith(end) and not self.is_watched(filename):
                return announced(code, _read(filename) or b"", functions)
        whole = caller is None or text is not None or caller.endswith("runpy.py")
        own = caller if text is not None or filename in self.compiled else filename
        if name != "<module>" or (caller is not None and not self.is_watched(own)):
            return None
        parse = _as_pytest_does if "@pytest_ar" in code.co_names else ast.parse
        for source in ([text] if text is not None else self._sources(filename)):
            try:
                made = source and rewritten(code, source, whole, parse)
            except (SyntaxError, ValueError, RecursionError):
                made = None
            if made:
                return made
        return None


def _as_pytest_does(source, filename):
    """The tree of a test, of which pytest has rewritten the assert statements."""
    tree = ast.parse(source, filename)
    sys.modules["_pytest.assertion.rewrite"].rewrite_asserts(tree, source, filename)
    return tree


def _read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def _read_from_archive(path):
    for archive, importer in list(sys.path_importer_cache.items()):
        if path.startswith(archive + "/") and hasattr(importer, "get_data"):
            try:
                return importer.get_data(path)
            except OSError:
                pass
    return None
