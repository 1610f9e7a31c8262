"""Writes src/nablab/layers/README.md from the layers' docstrings: `python tools/layers_page.py`.

The times come from tests/benchmarks/layers.json, which the layers' benchmark writes. A test fails
if the page differs from the output of this script.
"""

from __future__ import annotations

import inspect
import json
import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "src" / "nablab" / "layers" / "README.md"
RATIOS = ROOT / "tests" / "benchmarks" / "layers.json"

HEAD = """\
# The layers on one page

Generated from the docstrings by `python tools/layers_page.py`. Every layer has its own file here,
with its shapes, its arguments and its code, which follows the equation.
{measured}
"""
MEASURED = """
"0.90 / 1.10 of Keras's time" is the layer's time divided by that of the layer in `keras.layers`,
for the forward pass and for forward and backward together, compiled. Measured by
`python -m tests.benchmarks.layers`, {machine}.
"""


def page() -> str:
    import nablab.layers

    told = json.loads(RATIOS.read_text()) if RATIOS.exists() else {"machine": "", "ratios": {}}
    measured = MEASURED.format(machine=told["machine"]) if told["ratios"] else ""
    layers = [getattr(nablab.layers, name) for name in nablab.layers.__all__]
    parts = [entry(layer, told["ratios"].get(layer.__name__)) for layer in layers]
    return HEAD.format(measured=measured) + "\n" + "\n".join(parts)


def entry(layer: type, ratios: list[float] | None) -> str:
    """One layer: what it does, its equation, its source, and its speed."""
    doc = inspect.getdoc(layer) or ""
    file = Path(inspect.getfile(layer)).name
    end = f"Source: {' '.join(doc.rpartition(chr(10) + 'Source:')[2].split())}"
    if ratios is not None:
        end += f" {ratios[0]:.2f} / {ratios[1]:.2f} of Keras's time."
    left_out = getattr(layer, "LEFT_OUT", {})
    return "\n".join(
        [
            f"## {layer.__name__}",
            "",
            f"{doc.partition(chr(10))[0]} [{file}]({file})",
            "",
            "```",
            textwrap.dedent(maths(doc)).strip("\n"),
            "```",
            "",
            textwrap.fill(end, 100),
            "",
            *(["Left out of Keras's arguments:", ""] if left_out else []),
            *(f"- `{argument}`: {instead}." for argument, instead in left_out.items()),
            *([""] if left_out else []),
        ]
    )


def maths(doc: str) -> str:
    """The indented text below "Maths:" in a docstring."""
    found = re.search(r"^Maths:\n(.*?)(?=^\S|\Z)", doc, re.DOTALL | re.MULTILINE)
    return found[1] if found else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
