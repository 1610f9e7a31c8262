"""A progress bar made for notebooks."""


def change(nb):
    nb.first(
        "from tqdm.notebook import tqdm, trange\nwith tqdm(total=2) as bar:\n    bar.update(2)\n    bar.set_description('done')\nONE = float(bar.n) / 2"
    )
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
