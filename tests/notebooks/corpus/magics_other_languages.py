"""Cells of HTML, JavaScript, LaTeX and Markdown."""


def change(nb):
    for magic, text in (
        ("html", "<b>x</b>"),
        ("javascript", "1 + 1"),
        ("latex", "$x$"),
        ("markdown", "*x*"),
        ("svg", "<svg></svg>"),
    ):
        nb.before("ex-1-1", f"%%{magic}\n{text}")
