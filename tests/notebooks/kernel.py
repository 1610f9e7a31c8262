"""Runs a notebook as a student does: "Run All" in a kernel of its own, `check()` and all."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import nbformat
from jupyter_client.manager import KernelManager

from nablab.course import Lab

PLATFORMS = Path(__file__).parent / "platforms"
CELL_S = 120


def passing(notebook: dict, lab: Lab, folder: Path, here: tuple[str, ...] = ()) -> set[str]:
    """The exercises whose visible checks all pass after "Run All", as the lab's folder remembers
    them. A cell that raises does not stop the others: a student runs those by hand. The packages
    in `here` are found, as on the machine where the notebook was written."""
    home = folder / lab.id
    shutil.copytree(lab.folder, home, ignore=shutil.ignore_patterns("progress.json"))
    readable = nbformat.reads(json.dumps(notebook), as_version=4)
    sources = [cell.source for cell in readable.cells if cell.cell_type == "code"]
    packages = folder / "packages"
    for name in here:
        shutil.copytree(PLATFORMS / name, packages / name)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(packages),
        "PIP_NO_INDEX": "1",  # `!pip install` finds what is there, and asks nobody
        "OPENBLAS_NUM_THREADS": "1",
    }
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(home), env=environment)
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        for source in sources:
            client.execute_interactive(
                source,
                allow_stdin=False,
                stop_on_error=False,
                timeout=CELL_S,
                output_hook=lambda message: None,
            )
    except RuntimeError:
        pass  # the kernel died: what came before is remembered
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    try:
        states = json.loads((home / "progress.json").read_text(encoding="utf-8")).get("checks", {})
    except OSError:
        return set()
    return {name for name, state in states.items() if state["passed"] == state["of"]}
