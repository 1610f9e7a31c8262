"""An object that cannot be shown: its representation raises."""


def change(nb):
    nb.first(
        "class Odd:\n    def _repr_html_(self): raise RuntimeError('no')\n    def __repr__(self): return 'odd'\n\ndisplay(Odd())\nONE = 1.0"
    )
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
