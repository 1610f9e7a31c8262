"""Sliders, buttons and `interact`, which calls its function once at once."""


def change(nb):
    nb.first(
        "import ipywidgets as widgets\nfrom ipywidgets import interact\nslider = widgets.IntSlider(value=1, min=0, max=3)\nseen = []\n@interact(x=(0, 4))\ndef look(x=2):\n    seen.append(x)\nbutton = widgets.Button(description='go')\nbutton.on_click(print)\ndisplay(widgets.VBox([slider, button]))"
    )
    nb.top("ex-1-1", "assert slider.value == 1 and seen == [2]")
