"""A helper defined in a picture cell of the lab's, used by the next exercise."""


def change(nb):
    picture = next(c["id"] for c in nb.code if c["id"].startswith("picture-1-1"))
    nb[picture] += "\ndef as_floats(a):\n    return np.asarray(a, dtype=float)"
    nb.swap(
        "ex-1-2",
        "img, filt = np.asarray(img, dtype=float), np.asarray(filt, dtype=float)",
        "img, filt = as_floats(img), as_floats(filt)",
    )
