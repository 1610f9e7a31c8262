"""A display that is updated by its handle."""


def change(nb):
    nb.first(
        "handle = display('first', display_id=True)\nhandle.update('second')\nfrom IPython.display import update_display\nupdate_display('third', display_id=handle.display_id)\nONE = 1.0"
    )
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
