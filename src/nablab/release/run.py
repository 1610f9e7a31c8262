"""Runs a solved lab from top to bottom in a kernel, as a student would."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from nablab.course import Lab
from nablab.errors import BuildFailed


def run_notebook(lab: Lab, notebook: dict[str, Any]) -> dict[str, float]:
    """The seconds that each code cell of a released lab's notebook takes; raises `BuildFailed` if a
    cell raises."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / lab.id
        shutil.copytree(lab.folder, folder)
        node = nbformat.from_dict(notebook)
        client = NotebookClient(
            node,
            timeout=600,
            kernel_name="python3",
            record_timing=True,
            resources={"metadata": {"path": str(folder)}},
        )
        try:
            client.execute()
        except CellExecutionError as error:
            raise BuildFailed(
                f"The solved notebook of {lab.id} raises {error.ename}: {error.evalue}."
            ) from error
    return {cell.id: _seconds(cell) for cell in node.cells if cell.cell_type == "code"}


def _seconds(cell: Any) -> float:
    times = cell.metadata.get("execution", {})
    begun, ended = (times.get(key) for key in ("iopub.status.busy", "iopub.status.idle"))
    if not begun or not ended:
        return 0.0
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(begun)).total_seconds()
