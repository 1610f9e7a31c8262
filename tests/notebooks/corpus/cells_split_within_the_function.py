"""A solution's cell split in the middle of its function: neither half is Python."""

FAILS = ("1.1",)


def change(nb):
    lines = nb["ex-1-1"].splitlines()
    nb["ex-1-1"] = "\n".join(lines[:1])
    nb.after("ex-1-1", "\n".join(lines[1:]))
