"""Runs whole notebooks in a kernel in the jail, for marking by hand: `--execute`.

The run has no effect on scores, and its output is not trusted: text and PNG are kept, within
bounds, and anything else is dropped.
"""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Any

from nablab.course import Lab
from nablab.sandbox import protocol
from nablab.sandbox.channel import Channel, Deadline, Gone, OutOfTime
from nablab.sandbox.engine import Engine

MODULE = "nablab.sandbox.execute"
START_S = 60.0
CELL_S = 30.0  # the lowest limit for a cell: drawing takes longer than the judged code
KERNEL_THREADS = 64  # of the kernel, its client and its libraries
LIBRARIES_MB = 6144  # address space that Keras's libraries map before a cell has run
LIBRARIES_HELD_MB = 2048  # memory that they hold of it
PNG = b"\x89PNG\r\n\x1a\n"


def fill_outputs(notebook: dict[str, Any], lab: Lab, engine: Engine) -> None:
    """Run a notebook from top to bottom, except nablab's own cells, and fill in the outputs."""
    own = {name for e in lab.exercises for name in (e.grade_cell, e.predict_cell)}
    cells = [
        cell for cell in notebook["cells"] if cell["cell_type"] == "code" and cell["id"] not in own
    ]
    limits = {
        **asdict(lab.limits),
        "memory_mb": lab.limits.memory_mb + LIBRARIES_MB,
        "cell_s": max(lab.limits.cell_s, CELL_S),
        "processes": lab.limits.processes + KERNEL_THREADS,
    }
    sources = ["".join(cell["source"]) for cell in cells]
    order = {
        "namespaces": engine.namespaces,
        "filter": engine.calls(jupyter=True),
        "cells": sources,
        "limits": limits,
    }
    answer = _ask(order, lab, engine)
    if isinstance(answer, str):
        answer = [[{"kind": "error", "text": answer}]]
    for cell, said in zip(cells, answer, strict=False):
        cell["outputs"] = [shown for one in _listed(said) if (shown := _as_output(one))]


def _ask(order: dict[str, Any], lab: Lab, engine: Engine) -> list[Any] | str:
    """The jail's answer, or a sentence that says why there is none."""
    process, here = engine.start(lab.folder / "assets", MODULE)
    group = engine.group(lab.limits.memory_mb + LIBRARIES_HELD_MB)
    bounds = protocol.Bounds(message_bytes=lab.limits.message_mb << 20)
    channel = Channel(here, bounds)
    until = Deadline(START_S + lab.limits.submission_s)
    try:
        channel.send_with(protocol.encode(order), group.doors if group else [], until)
        answer = protocol.decode(channel.receive(until), None, bounds)
        return answer if isinstance(answer, list) else "The notebook's run gave an invalid answer."
    except OutOfTime:
        return f"The notebook took more than {lab.limits.submission_s:g} s and was stopped."
    except (Gone, protocol.ProtocolError):
        return "The notebook's run ended before it answered."
    finally:
        channel.close()
        process.kill()
        process.wait()
        if group:
            group.end()


def _listed(said: Any) -> list[Any]:
    return said if isinstance(said, list) else []


def _as_output(said: Any) -> dict[str, Any] | None:
    if not isinstance(said, dict) or not isinstance(said.get("text"), str):
        return None
    kind, text, png = said.get("kind"), said["text"], said.get("png")
    if kind == "png" and isinstance(png, bytes) and png.startswith(PNG):
        data = {"image/png": base64.b64encode(png).decode()}
        return {"output_type": "display_data", "metadata": {}, "data": data}
    if kind == "text":
        return {"output_type": "display_data", "metadata": {}, "data": {"text/plain": text}}
    if kind in ("stream", "error"):
        name = "stdout" if kind == "stream" else "stderr"
        return {"output_type": "stream", "name": name, "text": text}
    return None
