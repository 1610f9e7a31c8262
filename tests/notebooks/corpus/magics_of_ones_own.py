"""A magic that the student registers, and uses."""


def change(nb):
    nb.first(
        "from IPython.core.magic import register_line_magic\n\n@register_line_magic\ndef double(line):\n    return 2 * int(line)"
    )
    nb.before("ex-1-1", "four = %double 2")
    nb.top("ex-1-1", "assert four == 4")
