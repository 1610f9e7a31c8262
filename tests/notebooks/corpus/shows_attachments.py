"""Pictures attached to Markdown cells."""


def change(nb):
    nb.before(
        "ex-1-1",
        "![me](attachment:me.png)",
        kind="markdown",
        attachments={"me.png": {"image/png": "iVBORw0KGgo="}},
    )
