"""IPython's shell asked for by name: magics, system and its namespace."""


def change(nb):
    nb.first(
        "shell = get_ipython()\nshell.run_line_magic('matplotlib', 'inline')\nshell.system('true')\nshell.user_ns['ONE'] = 1.0"
    )
    nb.before(
        "ex-1-1",
        "from IPython import get_ipython as ask\nassert ask() is not None\nif 'IPKernelApp' in ask().config:\n    pass",
    )
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
