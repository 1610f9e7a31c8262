"""Runs a notebook's cells in the child, as a kernel would."""

from __future__ import annotations
import __future__

import ast
import builtins
import linecache
import re
import sys
import types
from collections.abc import Iterable, Iterator
from typing import Any

from nablab.sandbox.forbidden import UNREADABLE, ForbiddenCall, aliases_in, forbidden_name
from nablab.sandbox.inert import (
    PLATFORM_NAMES,
    Absent,
    NotHere,
    Nothing,
    absent_package,
    close_figures,
    is_of_a_platform,
    nobody_answers,
)
from nablab.sandbox.serve import describe
from nablab.sandbox.shell import WANTS_SHELL, display, make_shell, plain_python

COROUTINE = 0x80  # the flag of code with a top-level `await`
FUTURES = 0
for _name in __future__.all_feature_names:
    FUTURES |= getattr(__future__, _name).compiler_flag
NEEDS_LOOP = re.compile(r"create_task|ensure_future|get_running_loop|current_task")
WORD = re.compile(r"\b[^\W\d]\w*\b")
MOST_NAMES = 200  # reported for a cell that stopped


class Cells:
    """The student's namespace, which the cells fill one by one."""

    def __init__(self, forbid: Iterable[str] = ()):
        self.module = types.ModuleType("__main__")
        sys.modules["__main__"] = self.module
        self.namespace = self.module.__dict__
        self.namespace.update(dict.fromkeys(PLATFORM_NAMES, Nothing()))
        self.namespace.update(display=display, get_ipython=self.shell)
        self.forbid = tuple(forbid)
        self.aliases: dict[str, str] = {}
        self.parsed: dict[str, tuple[str, ast.Module]] = {}
        self.flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT  # plus each earlier `from __future__`
        self.loop: Any = None
        self.named: set[str] = set()  # names in the code of the cells so far, attributes too

    def forbidden(self, cell_id: str, source: str, judged: bool) -> str:
        """The sentence about the first forbidden name in a judged cell; "" if there is none. This
        is called before any of the student's cells runs."""
        if not judged and "import" not in source:
            return ""
        try:
            tree = self._parsed(source)[1]
        except UNREADABLE:
            return ""
        self.aliases.update(aliases_in(tree))
        return forbidden_name(tree, self.aliases, self.forbid, cell_id) if judged else ""

    def run(self, cell_id: str, source: str, judged: bool = True) -> dict[str, Any] | None:
        """Run one cell. If it raises, return a description of the exception, the line at which it
        stopped and the names that are missing as a result. If it goes on without something, return
        what was skipped: a package that is not installed here or, in a cell that is not `judged`,
        a name that the exercise forbids."""
        filename = f"<{cell_id}>"
        skipped: list[str] = []
        rest: list[ast.stmt] = []
        try:
            source, tree = self._parsed(source)
            linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
            if WANTS_SHELL.search(source):
                self.shell()
            in_loop = NEEDS_LOOP.search(source) is not None
            rest = tree.body
            while rest:
                try:
                    self._execute(rest, filename, in_loop)
                    break
                except (ImportError, ForbiddenCall) as error:
                    place = _place_in(error, filename)
                    at = _statement_at(place, rest) if place else None
                    if at is None:
                        raise
                    skipped += self._passed_over(error, rest[at], filename, judged)
                    rest = rest[at + 1 :]
        except BaseException as error:  # SystemExit too: the next cell still runs
            return self._stopped(error, filename, rest)
        finally:
            close_figures()
        return {"skipped": skipped} if skipped else None

    def shell(self) -> Any:
        """IPython's shell for this namespace: a notebook's `get_ipython()`."""
        return make_shell(self.module)

    def wanted(self, sources: list[str]) -> list[int]:
        """The indices of the cells that bind a name which the cells so far use and do not have."""
        lacking = self.named.difference(self.namespace, vars(builtins))
        wanted = []
        for number, source in enumerate(sources):
            words = lacking.intersection(WORD.findall(source))
            if words:
                try:
                    body = self._parsed(source)[1].body
                except UNREADABLE:
                    continue
                if any(name in words for statement in body for name in bound_by(statement)):
                    wanted.append(number)
        return wanted

    def _execute(self, statements: list[ast.stmt], filename: str, in_loop: bool) -> None:
        """Run statements. If the last is an expression, its value becomes `_`."""
        last = statements[-1]
        if not isinstance(last, ast.Expr):
            self._execute_tree(ast.Module(statements, []), filename, in_loop)
            return
        if len(statements) > 1:
            self._execute_tree(ast.Module(statements[:-1], []), filename, in_loop)
        value = self._execute_tree(ast.Expression(last.value), filename, in_loop)
        if value is not None:
            self.namespace["_"] = value

    def _execute_tree(self, tree: ast.Module | ast.Expression, filename: str, in_loop: bool) -> Any:
        mode = "exec" if isinstance(tree, ast.Module) else "eval"
        code = compile(tree, filename, mode, self.flags, dont_inherit=True)
        self.flags |= code.co_flags & FUTURES
        self.named.update(names_in(code))
        if code.co_flags & COROUTINE:
            return self._finish(eval(code, self.namespace))
        if in_loop:

            async def within() -> Any:
                return eval(code, self.namespace)

            return self._finish(within())
        return eval(code, self.namespace)

    def _finish(self, coroutine: Any) -> Any:
        """Run a coroutine to its end in the notebook's only event loop."""
        import asyncio

        if self.loop is None:
            self.loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self.loop)
        return self.loop.run_until_complete(coroutine)

    def _passed_over(
        self, error: ImportError | ForbiddenCall, statement: ast.stmt, filename: str, judged: bool
    ) -> list[str]:
        """Bind stand-ins to the names that a failed statement would have bound, and say what the
        cell goes on without. This happens only if a package is missing or, in a cell that is not
        judged, if the exercise forbids a name. Any other error is raised again."""
        if isinstance(statement, ast.Import) and len(statement.names) > 1:
            said = []
            for alias in statement.names:
                one = ast.copy_location(ast.Import([alias]), statement)
                try:
                    self._execute([one], filename, False)
                except (ImportError, ForbiddenCall) as another:
                    said += self._passed_over(another, one, filename, judged)
            return said
        stand_in = _stand_in(error, statement, judged)
        if stand_in is None:
            raise error
        for name in bound_by(statement):
            self.namespace.setdefault(name, stand_in)
        if isinstance(stand_in, Nothing) or isinstance(error, ForbiddenCall):
            return []  # nothing is missing, or using it says why
        return [f"line {statement.lineno}: {error}"[:300]]

    def _stopped(self, error: BaseException, filename: str, rest: list[ast.stmt]) -> dict[str, Any]:
        """The exception that a cell raised, its line, and the names that were not defined."""
        described: dict[str, Any] = describe(error)
        place = _place_in(error, filename)
        if place is not None:
            rest = rest[_statement_at(place, rest) or 0 :]
        elif isinstance(error, SyntaxError):
            place = (error.lineno or 0, 0)
            described["message"] = str(error.msg)
        missing = dict.fromkeys(name for statement in rest for name in bound_by(statement))
        names = [name for name in missing if name not in self.namespace]
        return {**described, "line": place[0] if place else 0, "names": names[:MOST_NAMES]}

    def _parsed(self, source: str) -> tuple[str, ast.Module]:
        """A cell's source as plain Python, and its syntax tree; parsed only once."""
        if source not in self.parsed:
            try:
                self.parsed[source] = source, ast.parse(source)
            except UNREADABLE:
                plain = plain_python(source)
                self.parsed[source] = plain, ast.parse(plain)
        return self.parsed[source]


def no_questions() -> None:
    """Make `input` and `getpass` fail, because nobody can answer a question at grading."""
    import getpass

    builtins.input = getpass.getpass = nobody_answers


def _stand_in(error: ImportError | ForbiddenCall, statement: ast.stmt, judged: bool) -> Any:
    """The stand-in for the names of a statement that failed; None if the error must be raised."""
    if isinstance(error, ForbiddenCall):
        return None if judged else Absent(str(error), ForbiddenCall)
    if isinstance(error, NotHere):  # a missing package was used
        return Absent(str(error))
    if is_of_a_platform(error.name) or _asks_for_a_platform(statement):
        return Nothing()
    package = (error.name or "").partition(".")[0]
    if isinstance(error, ModuleNotFoundError) and package and package not in sys.modules:
        return absent_package(error.name or "")
    return None


def _asks_for_a_platform(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and all(
        is_of_a_platform(f"{statement.module}.{alias.name}") for alias in statement.names
    )


def names_in(code: types.CodeType) -> Iterator[str]:
    """The names that code and the functions in it look up outside themselves."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from names_in(constant)


def bound_by(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement binds in its own scope."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
        return
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif not isinstance(node, ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def _place_in(error: BaseException, filename: str) -> tuple[int, int] | None:
    """The line and column at a cell's top level where an exception came from."""
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == filename and code.co_name == "<module>":
            line, _, column, _ = list(code.co_positions())[trace.tb_lasti // 2]
            return line or trace.tb_lineno, column or 0
        trace = trace.tb_next
    return None


def _statement_at(place: tuple[int, int], statements: list[ast.stmt]) -> int | None:
    """The index of the statement that contains a place: the last that begins before it."""
    before = [at for at, statement in enumerate(statements) if _begin_of(statement) <= place]
    return before[-1] if before else None


def _begin_of(statement: ast.stmt) -> tuple[int, int]:
    decorators = getattr(statement, "decorator_list", ())
    first = min([statement, *decorators], key=lambda node: node.lineno)
    return first.lineno, first.col_offset if first is statement else 0
