"""Runs a whole notebook in a kernel: `python -I -m nablab.sandbox.execute DESCRIPTOR`, started
inside a jail. It returns outputs for a person to read, not a verdict.

The kernel listens on Unix sockets in the jail's own /tmp, because there is no network.
"""

from __future__ import annotations

import base64
import binascii
import os
import socket
import sys
import time
from typing import Any

from nablab.sandbox import confine, protocol
from nablab.sandbox.channel import Channel

FOLDER = "/tmp/notebook"  # owned by the user that this process becomes; it holds the sockets
TEXT_LIMIT = 20_000  # characters of one output


def main() -> None:
    channel = Channel(socket.socket(fileno=int(sys.argv[1])))
    body, doors = channel.receive_with()
    order = protocol.decode(body)
    limits = order["limits"]
    if order["namespaces"]:
        confine.hide_processes()
        confine.become_nobody()
        child = confine.fork_into_namespaces()
        if child:
            channel.close()
            os.waitpid(child, 0)
            return
        confine.die_with_parent()
        confine.enter_group(*doors)
        confine.private_folders(size_mb=2 * limits["file_mb"])
        confine.drop_capabilities()
    os.makedirs(FOLDER)
    os.chdir(FOLDER)
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    confine.limit_resources(limits["memory_mb"], limits["processes"], limits["file_mb"], 3600)
    if order["filter"]:
        confine.filter_calls(order["filter"])
    channel.send(protocol.encode(outputs_of(order["cells"], limits["cell_s"])))


def outputs_of(sources: list[str], cell_s: float) -> list[list[dict[str, Any]]]:
    """The outputs of every cell. A cell that takes too long is interrupted, and the rest still run.
    If the kernel dies, the outputs before that are kept."""
    import nbformat
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    client = NotebookClient(
        notebook,
        km=AsyncKernelManager(transport="ipc"),
        timeout=cell_s,
        interrupt_on_timeout=True,
        allow_errors=True,
        error_on_timeout=None,
    )
    outputs: list[list[dict[str, Any]]] = []
    with client.setup_kernel(cwd=FOLDER):
        for number, cell in enumerate(notebook.cells):
            begun = time.monotonic()
            try:
                client.execute_cell(cell, number)
            except DeadKernelError:
                died = _text("error", "The kernel died: out of memory, or ended by the code.")
                return [*outputs, [*_plain_ones(cell), died]]
            outputs.append(_plain_ones(cell))
            if time.monotonic() - begun > cell_s:
                outputs[-1].append(_text("error", f"It took more than {cell_s:g} s: stopped."))
    return outputs


def _plain_ones(cell: Any) -> list[dict[str, Any]]:
    return list(filter(None, map(_plain, cell.outputs)))


def _plain(output: dict[str, Any]) -> dict[str, Any] | None:
    """An output as plain values: text, or a picture as PNG. HTML and scripts are dropped, because
    a reader's browser would run them."""
    kind = output["output_type"]
    if kind == "stream":
        return _text("stream", output["text"])
    if kind == "error":
        return _text("error", f"{output['ename']}: {output['evalue']}")
    data = output.get("data", {})
    if "image/png" in data:
        try:
            return {"kind": "png", "text": "", "png": base64.b64decode(data["image/png"])}
        except (binascii.Error, ValueError, TypeError):
            return None
    return _text("text", str(data.get("text/plain", "")))


def _text(kind: str, text: str) -> dict[str, Any]:
    return {"kind": kind, "text": str(text)[:TEXT_LIMIT]}


if __name__ == "__main__":
    main()
