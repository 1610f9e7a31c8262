"""A solution pasted with IPython's numbered prompts."""


def change(nb):
    first, *rest = nb["ex-1-1"].splitlines()
    nb["ex-1-1"] = "\n".join([f"In [3]: {first}", *(f"   ...: {line}" for line in rest)])
