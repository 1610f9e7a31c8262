"""Packages installed from within the notebook: `!pip`, `%pip`, and the same through `subprocess`."""


def change(nb):
    nb.first("!pip install --quiet numpy\n%pip install numpy\nONE = 1.0")
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
