"""Blank lines and white space above and below a solution."""


def change(nb):
    nb["ex-1-1"] = "\n   \n\n" + nb["ex-1-1"] + "\n\n   \n"
