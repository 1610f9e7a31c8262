"""Writes src/nablab/layers/README.md from the layers' docstrings: `python tools/layers_page.py`.

The times beside Keras's come from tests/benchmarks/layers.json, which the benchmark of the layers
writes. A test fails where the page is not what this would write.
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

Generated from the docstrings by `python tools/layers_page.py`. Every layer is one file here, named
after it: read that for the shapes, the arguments and the code, which is the equation over again.
{measured}
"""
MEASURED = """
"0.9 / 1.1 of Keras's time" is the layer's time over that of `keras.layers`, forward, and forward
with backward, compiled: `python -m tests.benchmarks.layers`, {machine}.
"""


def page() -> str:
    import nablab.layers

    told = json.loads(RATIOS.read_text()) if RATIOS.exists() else {"machine": "", "ratios": {}}
    measured = MEASURED.format(machine=told["machine"]) if told["ratios"] else ""
    layers = [getattr(nablab.layers, name) for name in nablab.layers.__all__]
    parts = [entry(layer, told["ratios"].get(layer.__name__)) for layer in layers]
    return HEAD.format(measured=measured) + "\n" + "\n".join(parts)


def entry(layer: type, ratios: list[float] | None) -> str:
    """One layer: what it does, its equation, where it comes from, how fast it is."""
    doc = inspect.getdoc(layer) or ""
    file = Path(inspect.getfile(layer)).name
    end = f"Source: {' '.join(doc.rpartition(chr(10) + 'Source:')[2].split())}"
    if ratios is not None:
        end += f" {ratios[0]:.2f} / {ratios[1]:.2f} of Keras's time."
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
        ]
    )


def maths(doc: str) -> str:
    """What stands indented below "Maths:" in a docstring."""
    found = re.search(r"^Maths:\n(.*?)(?=^\S|\Z)", doc, re.DOTALL | re.MULTILINE)
    return found[1] if found else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
