"""Runs a notebook's cells in the child: IPython's syntax taken out, displays made harmless,
forbidden calls found and blocked."""

from __future__ import annotations

import ast
import builtins
import importlib.abc
import importlib.machinery
import io
import linecache
import re
import sys
import types
from collections.abc import Iterable
from typing import Any

from nablab.sandbox.serve import describe

OUTPUT_LIMIT = 10_000
TIMED = re.compile(
    r"\A\s*(?P<cell>%%(?:time|capture|prun)\b[^\n]*)|^(?P<indent>[ \t]*)%time[ \t]+", re.MULTILINE
)  # magics that run the code they stand before

UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What parsing raises on a cell that is no Python."""


class ForbiddenCall(Exception):
    """The exercise asks the student to write this themselves."""


class Cells:
    """The student's namespace, filled cell by cell."""

    def __init__(self, forbid: Iterable[str] = ()):
        self.module = types.ModuleType("__main__")
        sys.modules["__main__"] = self.module
        self.namespace = self.module.__dict__
        self.namespace.update(display=_nothing, get_ipython=lambda: Nothing())
        self.forbid = tuple(forbid)
        self.aliases: dict[str, str] = {}
        self.parsed: dict[str, tuple[str, ast.Module]] = {}

    def forbidden(self, cell_id: str, source: str, judged: bool) -> str:
        """The sentence for the first forbidden name in a cell that is judged; "" if there is none.
        Runs before any of the student's cells does."""
        if not judged and "import" not in source:
            return ""
        try:
            tree = self._parsed(source)[1]
        except UNREADABLE:
            return ""
        self.aliases.update(_aliases(tree))
        return forbidden_name(tree, self.aliases, self.forbid, cell_id) if judged else ""

    def run(self, cell_id: str, source: str) -> dict[str, Any] | None:
        """Run one cell; what it raises is described and returned."""
        filename = f"<{cell_id}>"
        try:
            source, tree = self._parsed(source)
            linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
            exec(compile(tree, filename, "exec"), self.namespace)
        except BaseException as error:  # SystemExit too: the next cell is loaded all the same
            described = describe(error)
            if isinstance(error, SyntaxError):
                line = f"line {error.lineno}: " if error.lineno else ""
                described["message"] = f"{line}{error.msg}"
            return described
        return None

    def _parsed(self, source: str) -> tuple[str, ast.Module]:
        """A cell's source as plain Python, and its tree; read once, though asked for twice."""
        if source not in self.parsed:
            try:
                self.parsed[source] = source, ast.parse(source)
            except UNREADABLE:
                plain = plain_python(source)
                self.parsed[source] = plain, ast.parse(plain)
        return self.parsed[source]


def plain_python(source: str) -> str:
    """A cell that is no Python as it stands, without IPython's own syntax: magics become calls,
    harmless ones."""
    if (
        not any(
            line.lstrip().startswith(("%", "!", "?")) or line.rstrip().endswith("?")
            for line in source.splitlines()
        )
        and "=" not in source
    ):
        return source
    from IPython.core.inputtransformer2 import TransformerManager

    source = TIMED.sub(lambda found: "" if found["cell"] else found["indent"], source)
    return TransformerManager().transform_cell(source)


def _aliases(tree: ast.AST) -> dict[str, str]:
    """What a cell's imports call things: `np` -> `numpy`, `corr` -> `scipy.signal.correlate2d`."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for item in node.names:
                names[item.asname or item.name.partition(".")[0]] = (
                    item.name if item.asname else item.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for item in node.names:
                names[item.asname or item.name] = f"{node.module}.{item.name}"
    return names


def forbidden_name(
    tree: ast.AST, aliases: dict[str, str], forbid: Iterable[str], cell_id: str
) -> str:
    """The sentence that names the first forbidden import or call in a tree, and its line."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [item.name for item in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{item.name}" for item in node.names]
        elif isinstance(node, (ast.Attribute, ast.Name)):
            names = [_dotted(node, aliases)]
        for name in names:
            public = name.replace("keras.src.", "keras.")  # where Keras keeps its code
            for entry in forbid:
                if public == entry or public.startswith(f"{entry}."):
                    return (
                        f"Line {node.lineno} of {cell_id} uses {name}: "
                        f"this exercise asks you to write that yourself."
                    )
    return ""


def _dotted(node: ast.AST, aliases: dict[str, str]) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in aliases:
        return ""
    return ".".join([aliases[node.id], *reversed(parts)])


class Block(importlib.abc.MetaPathFinder):
    """Makes forbidden modules impossible to import and forbidden functions impossible to call."""

    def __init__(self, forbid: Iterable[str]):
        self.forbid = tuple(forbid)
        self.below = tuple(f"{entry}." for entry in self.forbid)
        for name in [name for name in sys.modules if self._covers(name)]:
            del sys.modules[name]
        self._block_functions()
        real_import = builtins.__import__

        def blocking_import(*args: Any, **kwargs: Any) -> Any:
            before = len(sys.modules)
            module = real_import(*args, **kwargs)
            if len(sys.modules) != before:
                self._block_functions()
            return module

        if self.forbid:
            sys.meta_path.insert(0, self)
            builtins.__import__ = blocking_import

    def _covers(self, name: str) -> bool:
        return name in self.forbid or name.startswith(self.below)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if self._covers(name):
            raise ForbiddenCall(
                f"It imports {name}{_by_way_of()}: this exercise asks you to write that yourself."
            )

    def _block_functions(self) -> None:
        for entry in self.forbid:
            module_name, _, attribute = entry.rpartition(".")
            module = sys.modules.get(module_name)
            names = getattr(module, "__dict__", {})  # not hasattr: a lazy package would import it
            if attribute not in names:
                continue
            if isinstance(names[attribute], types.ModuleType):
                delattr(module, attribute)
            elif not getattr(names[attribute], "_nablab_block", False):
                self._block_function(entry, names[attribute])

    def _block_function(self, entry: str, function: Any) -> None:
        """Block a function wherever its package has it under its name. Of a class only the public
        name is blocked: the package itself may need the class."""
        module_name, _, attribute = entry.rpartition(".")
        setattr(sys.modules[module_name], attribute, _blocked(entry))
        if isinstance(function, type):
            return
        inside = f"{module_name.partition('.')[0]}."
        for name, module in list(sys.modules.items()):
            if (
                name.startswith(inside)
                and getattr(module, "__dict__", {}).get(attribute) is function
            ):
                setattr(module, attribute, _blocked(entry))


def _blocked(name: str) -> Any:
    def blocked(*args: Any, **kwargs: Any) -> Any:
        raise ForbiddenCall(
            f"It calls {name}{_by_way_of()}: this exercise asks you to write that yourself."
        )

    blocked._nablab_block = True  # type: ignore[attr-defined]
    return blocked


def _by_way_of() -> str:
    """Names the library that asked for what is forbidden, if it was one."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        machinery = module.partition(".")[0] == "importlib" or frame.f_globals is globals()
        if not machinery and frame.f_code.co_name != "__getattr__":  # a package that loads lazily
            known = frame.f_code.co_filename.startswith(sys.prefix) and module in sys.modules
            return f" (by way of {module})" if known else ""
        frame = frame.f_back
    return ""


def named_in(sources: Iterable[str], name: str) -> bool:
    """Does an import or a call in one of these cells show a name?"""
    trees = []
    for source in sources:
        try:
            trees.append(ast.parse(source))
        except UNREADABLE:
            continue
    aliases = {alias: full for tree in trees for alias, full in _aliases(tree).items()}
    return any(forbidden_name(tree, aliases, (name,), "") for tree in trees)


class Nothing:
    """Stands in for what a notebook shows: every attribute, item and call is it again, and it can
    be unpacked as a figure and its axes."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self

    def __getitem__(self, key: Any) -> Any:
        return self

    def __iter__(self) -> Any:
        return iter((self, self))

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *args: Any) -> None:
        return None


def _nothing(*args: Any, **kwargs: Any) -> None:
    return None


def inert_module(name: str) -> types.ModuleType:
    """A module whose every name is a `Nothing`: for `nablab.show`, plotting and the like."""
    module = types.ModuleType(name)
    module.__path__ = []  # so that it may have submodules
    module.__getattr__ = _inert_name  # type: ignore[method-assign]
    return module


def _inert_name(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return Nothing()


class InertModules(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds inert modules in place of packages that only draw: nobody looks, and importing them
    would cost every child half a second."""

    def __init__(self, *packages: str):
        self.packages = packages

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name.partition(".")[0] in self.packages:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: Any) -> types.ModuleType:
        return inert_module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


class BoundedOutput(io.TextIOBase):
    """A standard output that keeps the first characters and drops the rest."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.left = OUTPUT_LIMIT

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.left > 0:
            self.kept.append(text[: self.left])
            self.left -= len(text)
        return len(text)
