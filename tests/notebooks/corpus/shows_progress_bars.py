"""Progress bars, in text and as widgets, around loops that a solution needs."""


def change(nb):
    nb.first(
        "from tqdm import tqdm, trange\nfrom tqdm.auto import tqdm as bar\nONE = sum(1.0 for _ in tqdm([0]))\nfor n in trange(3): pass\nfor n in bar(range(3)): pass"
    )
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
