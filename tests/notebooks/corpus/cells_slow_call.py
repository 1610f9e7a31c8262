"""A first call that takes longer than the lab's limit for one call."""

LIMITED = {"1.1": "It took more than 5 s"}


def change(nb):
    nb.first(
        "import time\nworked = []\n\ndef work(seconds):\n    until = time.process_time() + seconds\n    while time.process_time() < until: pass\n"
    )
    nb.swap(
        "ex-1-1",
        "patch, filt = ",
        "worked or work(6)\n    worked.append(1)\n    patch, filt = ",
    )
