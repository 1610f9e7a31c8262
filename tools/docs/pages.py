"""The site's generated pages: an MkDocs hook, loaded by mkdocs.yml.

It makes a page for every layer, every module of `nablab.reference` and every room of
`nablab.interpret`, one each for optimizers and initializers, and a reference of the command line.
Each build makes them again from the source and from Typer's help, so a new layer or option needs no
change here.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "nablab"
FROM_THE_ROOT = ("CHANGELOG", "CONTRIBUTING", "SECURITY")  # where GitHub looks for them
RATIOS = ROOT / "tests" / "benchmarks" / "layers.json"


@cache
def pages() -> dict[str, str]:
    """Every generated page: {its path: its Markdown}."""
    return {
        **_layers(),
        **_reference(),
        **_interpret(),
        "optimizers.md": _one_page("optimizers", "Optimizers and schedules"),
        "initializers.md": _one_page("initializers", "Initializers"),
        "cli.md": command_line(),
        **{f"{name.lower()}.md": _from_the_root(name) for name in FROM_THE_ROOT},
    }


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Puts a folder's generated pages below the navigation entry that names the folder."""
    for section in config.nav or []:
        for entries in section.values():
            for entry in entries if isinstance(entries, list) else []:
                for title, index in entry.items():
                    if below := _below(index):
                        entry[title] = [index, *below]
    return config


def _below(index: str) -> list[dict[str, str]]:
    folder, _, name = index.rpartition("/")
    return [
        {_title(content): path}
        for path, content in pages().items()
        if name == "index.md" and path.startswith(f"{folder}/") and path != index
    ]


def _title(content: str) -> str:
    first = content.partition("\n")[0]
    return first.rpartition("." if first.startswith(":::") else " ")[2]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for path, content in pages().items():
        files.append(File.generated(config, path, content=content))
    return files


def _from_the_root(name: str) -> str:
    """A page from the repository's root, with its links changed to work from docs/."""
    text = (ROOT / f"{name}.md").read_text(encoding="utf-8").replace("](docs/", "](")
    for other in FROM_THE_ROOT:
        text = text.replace(f"]({other}.md", f"]({other.lower()}.md")
    wide = "---\nhide: [toc]\n---\n\n" if name == "SECURITY" else ""  # for its table
    return wide + text


# The package


def public(folder: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Every public module of a package, with its public names and their first lines."""
    for path in sorted((PACKAGE / folder).glob("[a-z]*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [
            (node.name, first_line(node))
            for node in tree.body
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and not node.name.startswith("_")
        ]
        yield path.stem, names


def first_line(node: ast.ClassDef | ast.FunctionDef | ast.Module) -> str:
    return " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split())


def module_line(folder: str, module: str = "__init__") -> str:
    path = PACKAGE / folder / f"{module}.py"
    return first_line(ast.parse(path.read_text(encoding="utf-8")))


def _layers() -> dict[str, str]:
    return {
        "layers/index.md": f"# Layers\n\n{_layers_index()}",
        **{
            f"layers/{module}.md": _documented("layers", module, names, level=1)
            for module, names in public("layers")
        },
    }


def _reference() -> dict[str, str]:
    return {
        "reference/index.md": f"# NumPy reference\n\n{_reference_index()}",
        **{
            f"reference/{module}.md": f"# {module}\n\n{module_line('reference', module)}\n\n"
            f"```python\nfrom nablab.reference import {module}\n```\n\n"
            + _documented("reference", module, names, level=2)
            for module, names in public("reference")
        },
    }


def _interpret() -> dict[str, str]:
    """A page for each room, below a table of all methods."""
    folders = (PACKAGE / "interpret").glob("[a-z]*")
    rooms = sorted(folder.name for folder in folders if folder.is_dir())
    return {
        "interpret/index.md": f"# Interpretability\n\n{_interpret_index(rooms)}",
        **{
            f"interpret/{room}.md": f"# {room}\n\n{module_line(f'interpret/{room}')}\n\n"
            f"```python\nfrom nablab.interpret import {room}\n```\n\n"
            + "\n\n".join(
                _documented(f"interpret.{room}", module, names, level=2)
                for module, names in public(f"interpret/{room}")
            )
            for room in rooms
        },
    }


def _documented(folder: str, module: str, names: list[tuple[str, str]], level: int) -> str:
    return "\n\n".join(
        f"::: nablab.{folder}.{module}.{name}\n    options:\n      heading_level: {level}"
        for name, _ in names
    )


def _one_page(folder: str, title: str) -> str:
    parts = [_documented(folder, module, names, level=2) for module, names in public(folder)]
    return "\n\n".join([f"# {title}", module_line(folder), *parts]) + "\n"


def _layers_index() -> str:
    told = json.loads(RATIOS.read_text(encoding="utf-8"))
    rows = []
    for module, names in public("layers"):
        name, line = names[0]
        times = " | ".join(f"{ratio:.2f}" for ratio in told["ratios"].get(name, ())) or "|"
        rows.append(f"| [{name}]({module}.md) | {line} | {times} |")
    return (
        '--8<-- "README.md:layers"\n\n'
        "The last two columns give a layer's time divided by that of the Keras layer, compiled: "
        "forward alone, and forward with backward. They are empty where Keras has no such layer. "
        f"Measured by `python -m tests.benchmarks.layers` on {told['machine']}.\n\n"
        "| Layer | What it computes | forward | with backward |\n|---|---|---:|---:|\n"
        + "\n".join(rows)
        + '\n\n--8<-- "src/nablab/layers/README.md:left-out"\n'
    )


def _reference_index() -> str:
    rows = [
        f"| [{module}]({module}.md) | {module_line('reference', module)} | "
        f"{', '.join(f'`{name}`' for name, _ in names)} |"
        for module, names in public("reference")
    ]
    head = "| Module | What it holds | Functions |\n|---|---|---|\n"
    return f"{module_line('reference')}\n\n{head}" + "\n".join(rows) + "\n"


def _interpret_index(rooms: list[str]) -> str:
    tables = [
        f"## {room}\n\n{module_line(f'interpret/{room}')}\n\n"
        "| Method | What it answers |\n|---|---|\n"
        + "\n".join(
            f"| [{name}]({room}.md#nablab.interpret.{room}.{module}.{name}) | {line} |"
            for module, names in public(f"interpret/{room}")
            for name, line in names
        )
        for room in rooms
    ]
    return '--8<-- "src/nablab/interpret/README.md"\n\n' + "\n\n".join(tables) + "\n"


# The command line


def command_line() -> str:
    """Every command of `nablab` with its arguments and options, taken from its help."""
    sys.path.insert(0, str(PACKAGE.parent))
    from typer.main import get_command

    from nablab.cli.main import app

    top = get_command(app)
    panels: dict[str, list[str]] = {}
    for command in top.commands.values():
        if hasattr(command, "commands"):
            panels["Author"] = [_command("nablab author", one) for one in command.commands.values()]
        else:
            panels.setdefault(command.rich_help_panel, []).append(_command("nablab", command))
    parts = [
        "# Command line",
        "This page is generated from the program's own help, which `nablab COMMAND --help` prints.",
        "## Before any command",
        _tables("nablab", top),
        *(f"## {panel}\n\n" + "\n\n".join(entries) for panel, entries in panels.items()),
    ]
    return "\n\n".join(parts) + "\n"


def _command(before: str, command) -> str:
    name = f"{before} {command.name}"
    return f"### {name}\n\n{' '.join(command.help.split())}\n\n{_tables(name, command)}"


def _tables(name: str, command) -> str:
    """The usage of a command, its arguments and its options."""
    context = command.make_context(name, [], resilient_parsing=True)
    parts = [f"```text\n{' '.join(command.get_usage(context).split())}\n```"]
    for kind in ("argument", "option"):
        records = [
            one.get_help_record(context) for one in command.params if one.param_type_name == kind
        ]
        rows = [
            f"| `{' '.join(name.split())}` | {' '.join(says.split())} |"
            for name, says in filter(None, records)
        ]
        if rows:
            head = f"| {kind.capitalize()} | What it does |\n|---|---|"
            parts.append("\n".join([head, *rows]))
    return "\n\n".join(parts)
