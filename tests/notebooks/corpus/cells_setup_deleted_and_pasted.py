"""The setup cell was deleted and its text pasted into a new cell."""


def change(nb):
    source = nb["setup-1-0-1"]
    nb.after("setup-1-0-1", "# my own copy\n" + source)
    nb.remove("setup-1-0-1")
