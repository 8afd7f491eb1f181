"""races.py: makes a program tell of its accesses to what threads may share.

What:  compiles a module again, from a rewritten syntax tree, before it runs.  Names, lines, results
       and the order of evaluation stay as they are; of a module that is imported the functions are
       rewritten, of the program itself also its top level.  Each access is announced by a call of
       one of the functions below, just before it happens:

           @tc_g(site, value) -> value        global variable, also a closure's: read, or about to be
                                              written
           @tc_o(site, object) -> object      attribute of the object
           @tc_k(site, container, key) -> key item of a container that has a name
           @tc_c(site, container), @tc_p(site, key)   the same in two steps, where the container is
                                              an expression that must be evaluated once only
           @tc_m(site, container)             a method that changes or goes through the container
           @tc_t(site, value) -> value        what such a method took out, after @tc_c
           @tc_h(site, key, container) -> bool  `key in container`
           @tc_s(), @tc_r()                   something is handed to another thread; is taken over

       A site is a piece of bytes; `register` was told what it stands for.
Where: inside the interpreter, in a namespace of its own, with `register` (a C function) given to it.
       The names are written __@tc_g__ and so on, which no program can; they are found among the
       builtins.
Threads: run under the import lock or in the thread that runs the program.
"""

import ast
import sys

READ, WRITE, MODIFY, DELETE, BIRTH, ITERATE, CHANGE, HAND, TAKE, POLL = range(10)
GLOBAL, ATTRIBUTE, ITEM, CELL, CONTAINER = range(5)

# Methods of dict and set that add or take away, and those of dict that give something to go through.
CHANGES = frozenset("add discard remove clear update setdefault".split())
# Methods by which threads hand things over in a list or a deque; pop and popitem change dicts, too.
HANDS = frozenset("append appendleft extend extendleft insert".split())
# Methods that take out what was handed over; an Event or a Thread that is asked tells of what went
# before.
TAKES = frozenset("pop popleft popitem is_set isSet is_alive".split())
VIEWS = frozenset("keys values items".split())


def _text(node):
    """How the program writes it, as far as that is short."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return _text(node.value) + "." + node.attr
    if isinstance(node, ast.Subscript):
        key = getattr(node.slice, "value", None) if type(node.slice).__name__ == "Index" else node.slice
        shown = repr(key.value) if isinstance(key, ast.Constant) else "\u2026"
        return _text(node.value) + "[" + shown + "]"
    if isinstance(node, ast.Call):
        return _text(node.func) + "(\u2026)" if node.args or node.keywords else _text(node.func) + "()"
    return "(\u2026)"


def _declared(tree, kind):
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, kind):
            names.update(node.names)
    return names


def _written(loop):
    """The variables and attributes that a loop writes, as the program writes them."""
    return {_text(node) for node in ast.walk(loop)
            if isinstance(node, (ast.Name, ast.Attribute)) and not isinstance(node.ctx, ast.Load)}


def _names_of_arguments(arguments):
    every = getattr(arguments, "posonlyargs", []) + arguments.args + arguments.kwonlyargs
    every += [one for one in (arguments.vararg, arguments.kwarg) if one]
    return {one.arg for one in every}


class _Scope:
    """A function: what its names mean, as far as that is told by the function itself."""

    def __init__(self, node, outer):
        self.outer = outer
        self.globals, self.nonlocals = set(), set()
        self.first = None
        self.captured = set()  # variables of this function that an inner one changes
        if node is None:  # the module
            self.locals = set()
            return
        self.captured = _declared(node, ast.Nonlocal)
        self.locals = _names_of_arguments(node.args)
        if getattr(node, "name", "") in ("__init__", "__new__", "__post_init__"):
            positional = getattr(node.args, "posonlyargs", []) + node.args.args
            self.first = positional[0].arg if positional else None
        body = node.body if isinstance(node.body, list) else [node.body]
        self._collect(body)
        self.locals -= self.globals | self.nonlocals

    def _collect(self, nodes):
        """Names that the function binds, without those of functions inside it."""
        todo = list(nodes)
        while todo:
            node = todo.pop()
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                self.locals.add(node.name)
                todo.extend(node.decorator_list)
                continue
            if isinstance(node, ast.Lambda):
                continue
            if isinstance(node, ast.Global):
                self.globals.update(node.names)
            elif isinstance(node, ast.Nonlocal):
                self.nonlocals.update(node.names)
            elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                self.locals.add(node.id)
            elif isinstance(node, ast.ExceptHandler) and node.name:
                self.locals.add(node.name)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                self.locals.update((a.asname or a.name).split(".")[0] for a in node.names)
            elif type(node).__name__ in ("MatchAs", "MatchStar") and node.name:
                self.locals.add(node.name)
            elif type(node).__name__ == "MatchMapping" and node.rest:
                self.locals.add(node.rest)
            todo.extend(ast.iter_child_nodes(node))

    def is_cell(self, name):
        """Whether the name is a variable that several functions share and an inner one changes."""
        scope = self
        while scope and name not in scope.globals:
            if name in scope.locals:
                return name in scope.captured
            if name in scope.nonlocals:
                return True
            scope = scope.outer
        return False

    def is_local(self, name):
        """Whether the name is a variable of this or of an enclosing function."""
        scope = self
        while scope:
            if name in scope.globals:
                return False
            if name in scope.locals or name in scope.nonlocals:
                return True
            scope = scope.outer
        return False


class _Rewriter(ast.NodeTransformer):
    def __init__(self, register, watched_globals, quiet):
        self.register = register
        self.watched_globals = watched_globals
        self.scope = _Scope(None, None)
        self.owner = ""  # the class
        self.quiet = quiet  # what is here is not announced: a class body, a module's top level
        self.loop = None     # in a while loop: what it writes
        self.written = None  # the same, in a condition that ends the loop

    # Making the calls.

    def _call(self, function, node, *arguments):
        call = ast.Call(ast.Name("__@tc_" + function + "__", ast.Load()), list(arguments), [])
        return ast.copy_location(call, node)

    def _site(self, kind, operation, text, name=""):
        return ast.Constant(self.register(kind, operation, sys.intern(name), text))

    def _watches(self, name):
        return name in self.watched_globals and not self.scope.is_local(name)

    def _cell(self, name, node):
        """The closure's cell itself: (lambda: name).__closure__[0]"""
        nothing = ast.arguments(posonlyargs=[], args=[], vararg=None, kwonlyargs=[],
                                kw_defaults=[], kwarg=None, defaults=[])
        function = ast.Lambda(nothing, ast.Name(name, ast.Load()))
        closure = ast.Attribute(function, "__closure__", ast.Load())
        zero = ast.Constant(0)
        index = zero if sys.version_info >= (3, 9) else ast.Index(zero)
        return ast.copy_location(ast.Subscript(closure, index, ast.Load()), node)

    def _variable(self, name, operation, value, node):
        """`value`, which is what the variable has or is about to get, announced; None: not ours."""
        if self._watches(name):
            return self._call("g", node, self._site(GLOBAL, operation, name, name), value)
        if self.scope.is_cell(name):
            return self._call("g", node, self._site(CELL, operation, name, name), value,
                              self._cell(name, node))
        return None

    # Scopes.

    def _function(self, node):
        outer, self.scope = self.scope, _Scope(node, self.scope)
        quiet, self.quiet = self.quiet, False
        (loop, self.loop), (written, self.written) = (self.loop, None), (self.written, None)
        if isinstance(node, ast.Lambda):
            node.body = self.visit(node.body)
        else:
            node.body = [self.visit(statement) for statement in node.body]
        self.scope, self.quiet = outer, quiet
        self.loop, self.written = loop, written
        if not quiet:  # defaults and decorators belong to the enclosing function
            node.args.defaults = [self.visit(d) for d in node.args.defaults]
            node.args.kw_defaults = [d and self.visit(d) for d in node.args.kw_defaults]
            if not isinstance(node, ast.Lambda):
                node.decorator_list = [self.visit(d) for d in node.decorator_list]
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _function

    def visit_ClassDef(self, node):
        """A class body binds its own names; only its functions are looked into."""
        quiet, self.quiet = self.quiet, True
        owner, self.owner = self.owner, node.name
        node.body = [self.visit(statement) for statement in node.body]
        self.quiet, self.owner = quiet, owner
        return node

    def visit_JoinedStr(self, node):
        return node  # lines inside f-strings are wrong in some versions, and reads there are rare

    def visit_TypeAlias(self, node):
        return node

    def visit_match_case(self, node):
        """A pattern must stay one."""
        node.guard = node.guard and self.visit(node.guard)
        node.body = [self.visit(statement) for statement in node.body]
        return node

    def visit_AnnAssign(self, node):
        if node.value is not None and not self.quiet:
            node.value = self.visit(node.value)
            node.target = self._target(node.target, node)
        return node

    # Reads.

    def visit_Name(self, node):
        if not self.quiet and isinstance(node.ctx, ast.Load):
            return self._variable(node.id, self._reads(node.id), node, node) or node
        return node

    def _reads(self, text):
        return READ if self.written is None or text in self.written else POLL

    def visit_While(self, node):
        """What the condition reads and the body does not write is what another thread will."""
        if self.quiet:
            return self.generic_visit(node)
        outer, self.loop = self.loop, _written(node)
        node.test = self._ending(node.test)
        node.body = [self.visit(statement) for statement in node.body]
        self.loop = outer
        node.orelse = [self.visit(statement) for statement in node.orelse]
        return node

    def visit_If(self, node):
        if self.quiet or not isinstance(node.body[0], (ast.Break, ast.Return)):
            return self.generic_visit(node)
        node.test = self._ending(node.test)
        node.body = [self.visit(statement) for statement in node.body]
        node.orelse = [self.visit(statement) for statement in node.orelse]
        return node

    def _ending(self, condition):
        before, self.written = self.written, self.loop
        condition = self.visit(condition)
        self.written = before
        return condition

    def visit_Attribute(self, node):
        text = _text(node)
        node.value = self.visit(node.value)
        if not self.quiet and isinstance(node.ctx, ast.Load):
            site = self._site(ATTRIBUTE, self._reads(text), text, self._attribute(node.attr))
            node.value = self._call("o", node, site, node.value)
        return node

    def _attribute(self, name):
        """The name that the compiler makes of one that is private to its class."""
        if not self.owner or not name.startswith("__") or name.endswith("__") or "." in name:
            return name
        return "_" + self.owner.lstrip("_") + name if self.owner.lstrip("_") else name

    def visit_Subscript(self, node):
        if self.quiet:
            return self.generic_visit(node)
        return self._subscript(node, {ast.Load: READ, ast.Store: WRITE, ast.Del: DELETE}[type(node.ctx)])

    def _subscript(self, node, operation):
        key, text = node.slice, _text(node.value)
        if type(key).__name__ == "Index":  # 3.8
            key = key.value
        if isinstance(key, (ast.Slice, ast.Tuple)) or type(key).__name__ == "ExtSlice":
            return self.generic_visit(node)
        plain = isinstance(node.value, ast.Name) and not (
            self._watches(node.value.id) or self.scope.is_cell(node.value.id))
        name = ast.Name(node.value.id, ast.Load()) if plain else None
        if plain:
            again = ast.copy_location(name, node)
            key = self._call("k", node, self._site(ITEM, operation, text), again, self.visit(key))
        else:
            site = self._site(ITEM, operation, text)
            node.value = self._call("c", node, site, self.visit(node.value))
            key = self._call("p", node, site, self.visit(key))
        node.slice = key if sys.version_info >= (3, 9) else ast.Index(key)
        return node

    def visit_Compare(self, node):
        text = _text(node.comparators[0])
        node = self.generic_visit(node)
        if self.quiet or len(node.ops) != 1 or not isinstance(node.ops[0], (ast.In, ast.NotIn)):
            return node
        found = self._call("h", node, self._site(ITEM, READ, text), node.left, node.comparators[0])
        if isinstance(node.ops[0], ast.In):
            return found
        return ast.copy_location(ast.UnaryOp(ast.Not(), found), node)

    def visit_Call(self, node):
        """Looking a method up is no access to data."""
        method = node.func
        if self.quiet or not isinstance(method, ast.Attribute):
            return self.generic_visit(node)
        text = _text(method.value)
        method.value = self.visit(method.value)
        if method.attr == "get" and node.args and not isinstance(node.args[0], ast.Starred):
            site = self._site(ITEM, READ, text)
            method.value = self._call("c", node, site, method.value)
            node.args = [self.visit(argument) for argument in node.args]
            node.args[0] = self._call("p", node, site, node.args[0])
        elif method.attr in TAKES:
            site = self._site(CONTAINER, TAKE, text)
            method.value = self._call("c", node, site, method.value)
            node.args = [self.visit(argument) for argument in node.args]
            return self._call("t", node, site, self._keywords(node))
        else:
            if method.attr in CHANGES or method.attr in HANDS:
                operation = CHANGE if method.attr in CHANGES else HAND
                method.value = self._call("m", node, self._site(CONTAINER, operation, text), method.value)
            node.args = [self.visit(argument) for argument in node.args]
        return self._keywords(node)

    def _keywords(self, node):
        for keyword in node.keywords:
            keyword.value = self.visit(keyword.value)
        return node

    # Going through a container.

    def _iterated(self, node):
        if (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and
                node.func.attr in VIEWS and not node.args and not node.keywords):
            site = self._site(CONTAINER, ITERATE, _text(node.func.value))
            container = self.visit(node.func.value)
            node.func.value = self._call("m", node, site, container)
            return node
        if isinstance(node, (ast.Name, ast.Attribute)):
            site = self._site(CONTAINER, ITERATE, _text(node))
            return self._call("m", node, site, self.visit(node))
        return self.visit(node)

    def visit_For(self, node):
        if self.quiet:
            return self.generic_visit(node)
        node.iter = self._iterated(node.iter)
        node.target = self._target(node.target, node)
        node.body = [self.visit(statement) for statement in node.body]
        node.orelse = [self.visit(statement) for statement in node.orelse]
        return node

    def visit_comprehension(self, node):
        if self.quiet:
            return self.generic_visit(node)
        node.iter = self.visit(node.iter) if node.is_async else self._iterated(node.iter)
        node.ifs = [self.visit(condition) for condition in node.ifs]
        return node

    # Writes.

    def _target(self, target, node):
        """A target whose containers and objects announce the write; names are the caller's."""
        if isinstance(target, ast.Attribute):
            birth = (isinstance(target.value, ast.Name) and self.scope.first is not None and
                     target.value.id == self.scope.first)
            operation = BIRTH if birth else DELETE if isinstance(target.ctx, ast.Del) else WRITE
            site = self._site(ATTRIBUTE, operation, _text(target), self._attribute(target.attr))
            target.value = self._call("o", target, site, self.visit(target.value))
        elif isinstance(target, ast.Subscript):
            return self.visit(target)
        elif isinstance(target, (ast.Tuple, ast.List)):
            target.elts = [self._target(one, node) for one in target.elts]
        elif isinstance(target, ast.Starred):
            target.value = self._target(target.value, node)
        return target

    def visit_Assign(self, node):
        if self.quiet:
            return self.generic_visit(node)
        node.value = self.visit(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                node.value = self._variable(target.id, WRITE, node.value, node) or node.value
        node.targets = [self._target(target, node) for target in node.targets]
        return node

    def visit_NamedExpr(self, node):
        node.value = self.visit(node.value)
        if not self.quiet:
            node.value = self._variable(node.target.id, WRITE, node.value, node) or node.value
        return node

    def visit_Delete(self, node):
        if not self.quiet:
            node.targets = [self._target(target, node) for target in node.targets]
        return node

    def visit_AugAssign(self, node):
        """One statement that reads and writes: x += 1."""
        if self.quiet:
            return self.generic_visit(node)
        target = node.target
        node.value = self.visit(node.value)
        if isinstance(target, ast.Attribute):
            site = self._site(ATTRIBUTE, MODIFY, _text(target), self._attribute(target.attr))
            target.value = self._call("o", target, site, self.visit(target.value))
        elif isinstance(target, ast.Subscript):
            node.target = self._subscript(target, MODIFY)
        elif isinstance(target, ast.Name):
            node.value = self._variable(target.id, MODIFY, node.value, node) or node.value
        return node


def rewrite(tree, register, whole):
    """The tree of a module with every access in its functions announced; whole: its top level, too.
    """
    rewriter = _Rewriter(register, _declared(tree, ast.Global), not whole)
    return ast.fix_missing_locations(rewriter.visit(tree))


# Where the library hands work from thread to thread without a lock.
HANDOVERS = {
    "asyncio/base_events.py": {"call_soon_threadsafe": "s"},
    "asyncio/events.py": {"_run": "r"},
}


class _Announcer(ast.NodeTransformer):
    """Puts a call before the first statement of some functions."""

    def __init__(self, functions):
        self.functions = functions

    def visit_FunctionDef(self, node):
        function = self.functions.get(node.name)
        if function:
            first = node.body[0]
            call = ast.Call(ast.Name("__@tc_" + function + "__", ast.Load()), [], [])
            node.body.insert(1 if ast.get_docstring(node) else 0, ast.copy_location(
                ast.Expr(ast.copy_location(call, first)), first))
        return node


def announced(code, source, functions):
    """The same code, with the calls of HANDOVERS; None: the source is not what it was made of."""
    if _compile(source, code) != code:
        return None
    tree = _Announcer(functions).visit(ast.parse(source, code.co_filename))
    return _compile(ast.fix_missing_locations(tree), code)


def _compile(source, code):
    flags = code.co_flags & 0x1FF0000  # __future__
    return compile(source, code.co_filename, "exec", flags, True, -1)


def rewritten(code, source, whole, parse):
    """What is to run in place of the module's code; None: the source is not what it was made of.
    parse(source, filename) gives the tree that it was compiled from."""
    if _compile(parse(source, code.co_filename), code) != code:
        return None
    return _compile(rewrite(parse(source, code.co_filename), register, whole), code)
