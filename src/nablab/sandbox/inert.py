"""Stand-ins for things that a notebook finds at home but not at grading: displays, a platform's own
packages, and packages that are not installed here."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import io
import sys
import types
from collections.abc import Iterator
from typing import Any, NoReturn

OUTPUT_LIMIT = 10_000
PLATFORM_PACKAGES = {
    "google.colab",
    "condacolab",
    "kaggle_datasets",
    "kaggle_secrets",
    "kaggle_web_client",
    "deepnote_core",
    "deepnote_toolkit",
    "piplite",
    "micropip",
    "pyodide",
    "pyodide_js",
    "pyodide_kernel",
    "js",
    "nest_asyncio",  # needed in a kernel that runs in an event loop, which is not the case here
}
"""Packages of Colab, Kaggle, Deepnote, JupyterLite and similar platforms. They come with the
platform, and no answer can depend on them."""
PLATFORM_NAMES = ("dbutils", "displayHTML", "spark")  # Databricks has them in every notebook


class Nothing:
    """Stands in for a display or for something that a platform offers. Every attribute, item, call
    and arithmetic result is the same object again. It is empty and false, and can be awaited."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self

    def _itself(self, *_: Any) -> Any:
        return self

    __getitem__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _itself
    __truediv__ = __rtruediv__ = __floordiv__ = __pow__ = __neg__ = __or__ = __and__ = _itself
    __enter__ = __aenter__ = _itself

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return False

    def __setitem__(self, key: Any, value: Any) -> None:
        return None

    def __await__(self) -> Any:
        yield from ()
        return self

    def __exit__(self, *args: Any) -> None:
        return None

    def __repr__(self) -> str:
        return "<nothing: not available at grading>"


class NotHere(ModuleNotFoundError):
    """A package that the notebook imports is not installed where it is graded."""


class Absent:
    """Stands in for a package that is not installed here. Naming it is harmless; using it raises an
    error that says what is missing."""

    def __init__(self, says: str, kind: type[Exception] = NotHere):
        self.__dict__.update(says=says, kind=kind)

    def _raise(self, *_: Any, **__: Any) -> NoReturn:
        raise self.__dict__["kind"](self.__dict__["says"])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._raise()

    __call__ = __getitem__ = __iter__ = __len__ = __add__ = __sub__ = __mul__ = __enter__ = _raise


def is_of_a_platform(package: str | None) -> bool:
    names = (package or "").split(".")
    return any(".".join(names[: n + 1]) in PLATFORM_PACKAGES for n in range(len(names)))


def absent_package(package: str) -> Absent:
    """The stand-in for a package that is not installed here."""
    return Absent(
        f"The package {package} is not installed where notebooks are graded: "
        "use only packages that the lab imports."
    )


def inert_module(name: str) -> types.ModuleType:
    """A module in which every name is a `Nothing`: for `nablab.show` and `nablab.notebook`."""
    module = types.ModuleType(name)
    module.__path__ = []  # so that it may have submodules
    module.__getattr__ = _inert_name  # type: ignore[method-assign]  # PEP 562
    return module


def _inert_name(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return Nothing()


class InertModules(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Replaces packages that only draw the lab's own pictures by inert modules."""

    def __init__(self, *packages: str):
        self.packages = packages

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if any(name == package or name.startswith(f"{package}.") for package in self.packages):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: Any) -> types.ModuleType:
        return inert_module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


def nobody_answers(*_: Any, **__: Any) -> NoReturn:
    """Replaces `input` and `getpass`."""
    raise EOFError(
        "It asks for `input()`, but nobody can answer at grading: write the value into the cell."
    )


class BoundedOutput(io.TextIOBase):
    """A standard output that keeps the first `OUTPUT_LIMIT` characters and drops the rest."""

    encoding = "utf-8"

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


def load_drawing() -> None:
    """Import, in the warm worker, the packages that notebooks draw with. Matplotlib draws on
    canvases that nobody sees."""
    if "matplotlib.pyplot" in sys.modules:
        return
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    plt.show = _show
    plt.close(plt.figure())


def _show(*args: Any, **kwargs: Any) -> None:
    """A notebook's `plt.show()`, which leaves no figure open."""
    close_figures()


def close_figures() -> None:
    """Close all figures, as a notebook does at the end of each cell."""
    helpers = sys.modules.get("matplotlib._pylab_helpers")
    if helpers is not None and helpers.Gcf.figs:
        helpers.Gcf.destroy_all()
