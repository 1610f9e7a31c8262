"""Megabytes of outputs in the file: text, HTML and pictures."""


def change(nb):
    for cell in nb.code[:8]:
        cell["outputs"] = [
            {"output_type": "stream", "name": "stdout", "text": "x" * 500_000},
            {
                "output_type": "display_data",
                "metadata": {},
                "data": {"text/html": "<b>" * 50_000, "image/png": "A" * 400_000},
            },
        ]
