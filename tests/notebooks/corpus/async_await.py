"""A top-level `await` in a cell that defines what a solution uses."""


def change(nb):
    nb.first(
        "import asyncio\n\nasync def one():\n    await asyncio.sleep(0)\n    return 1.0\n\nONE = await one()"
    )
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
