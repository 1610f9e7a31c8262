"""HTML, pictures, JSON, Markdown and sound shown by IPython."""


def change(nb):
    nb.first(
        "from IPython.display import HTML, JSON, Audio, Image, Latex, Markdown, Math, display\ndisplay(HTML('<b>x</b>'), Markdown('*x*'), Math('x'), Latex('$x$'), JSON({'a': 1}))\ndisplay(Audio(np.zeros(100), rate=8000))\nONE = 1.0"
    )
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
