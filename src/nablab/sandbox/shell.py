"""The IPython part of a cell: turns its syntax into plain Python, and makes the shell for magics.

The shell is IPython's own, made when a cell first needs it. Nothing in it waits for a network, a
person or a stopwatch.
"""

from __future__ import annotations

import ast
import re
import types
from typing import Any

IN_THE_CELL = re.compile(
    r"\A\s*(?P<cell>%%(?:time|timeit|capture|prun|memit|mprun|lprun)\b[^\n]*)"
    r"|^(?P<indent>[ \t]*)%time[ \t]+",
    re.MULTILINE,
)  # magics in front of code: they are removed, and the code is read like any other
WITHOUT_EFFECT = (
    "pip|uv|conda|mamba|matplotlib|config|autoreload|edit|pdb|"
    "pinfo|pinfo2|pdoc|pdef|psource|psearch"
)
"""Magics that change nothing here; they are removed from a cell before it is read."""
EFFECTLESS_LINE = re.compile(
    rf"^([ \t]*)%(?:{WITHOUT_EFFECT}|load_ext[ \t]+(?:autoreload|tensorboard))\b[^\n]*$",
    re.MULTILINE,
)
NOT_PYTHON = re.compile(r"\A\s*%(?:md|md-sandbox|sql|scala|r|sh|fs)\b(?!=)")
"""The first line of a Databricks cell in another language."""
WANTS_SHELL = re.compile(r"get_ipython|IPython|ipywidgets|tqdm|\bdisplay\(|\binteract\b")
INSTALLS = re.compile(
    r"\s*(?:sudo\s+)?(?:(?:python[\d.]*|\S*/python[\d.]*)\s+-m\s+)?(?:pip[\d.]*|uv|conda|mamba|"
    r"apt|apt-get|wget|curl|git|npm|gdown|kaggle|gsutil|jupyter)\b"
)


def plain_python(source: str) -> str:
    """The source of a cell that is not valid Python, with IPython's own syntax replaced: prompts
    and common indentation are removed, and magics become calls."""
    if NOT_PYTHON.match(source):
        return ""
    source = EFFECTLESS_LINE.sub(r"\1pass", source)
    source = IN_THE_CELL.sub(lambda found: "" if found["cell"] else found["indent"], source)
    try:
        ast.parse(source)
        return source
    except (SyntaxError, ValueError):
        from IPython.core.inputtransformer2 import TransformerManager

        return TransformerManager().transform_cell(source)


def display(*objects: Any, **options: Any) -> Any:
    """A notebook's `display`."""
    from IPython.display import display as shown

    return shown(*objects, **options)


def make_shell(module: types.ModuleType) -> Any:
    """IPython's shell for a notebook's namespace; the existing one, if there is one."""
    from IPython.core.error import UsageError
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class QuietShell(InteractiveShell):
        """Runs magics for a notebook that nobody watches."""

        def enable_matplotlib(self, gui: Any = None) -> tuple[str, str]:
            return "inline", "agg"

        def enable_gui(self, gui: Any = None) -> None:
            pass

        def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
            if magic_name in WITHOUT_EFFECT.split("|"):
                return None
            if magic_name == "timeit":
                line = _once(line)
            try:
                return super().run_line_magic(magic_name, line, _stack_depth + 1)
            except UsageError:  # a magic that only another machine has
                return None

        def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
            try:
                return super().run_cell_magic(magic_name, line, cell)
            except UsageError:
                return None

        def system(self, cmd: str) -> None:
            if not INSTALLS.match(cmd):
                self.system_raw(cmd)

        def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
            return super().getoutput("true" if INSTALLS.match(cmd) else cmd, split, depth + 1)

    if not InteractiveShell.initialized():
        settings = Config()
        settings.HistoryManager.enabled = False
        settings.InteractiveShell.autoindent = False
        shell = QuietShell.instance(config=settings, user_module=module, user_ns=module.__dict__)
        shell.set_hook("show_in_pager", lambda *_: None, 0)
        for name in ("exit", "quit"):  # Python's own raise SystemExit, which is reported
            module.__dict__.pop(name, None)
    return InteractiveShell.instance()


def _once(line: str) -> str:
    """`%timeit`'s line, changed to one run: nobody reads how long it takes."""
    return "-n1 -r1 " + re.sub(r"(?<!\S)-[nr]\s*\d+", "", line)
