"""Another lab: a top-level `await`, ids lost, and a name that a picture binds."""

LAB = "3"


def change(nb):
    nb.before("ex-3-2", "import asyncio\nawait asyncio.sleep(0)\nthree = 3")
    nb.top("ex-3-2", "assert three == 3")
    for number, cell in enumerate(nb.cells):
        cell["id"] = f"c{number}"
