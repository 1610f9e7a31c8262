"""Output caught in a widget, and cleared."""


def change(nb):
    nb.first(
        "import ipywidgets as widgets\nfrom IPython.display import clear_output, display\nout = widgets.Output()\nwith out:\n    print('inside')\n    ONE = 1.0\nclear_output(wait=True)\ndisplay(out)"
    )
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
