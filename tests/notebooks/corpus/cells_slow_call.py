"""A first call that takes longer than the lab's limit for one call."""

LIMITED = {"1.1": "It took more than 5 s"}


def change(nb):
    nb.first("import time\nslept = []")
    nb.swap(
        "ex-1-1",
        "patch, filt = ",
        "slept or time.sleep(6)\n    slept.append(1)\n    patch, filt = ",
    )
