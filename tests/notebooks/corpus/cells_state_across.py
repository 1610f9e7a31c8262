"""State that one cell makes and others change in place."""


def change(nb):
    nb.first("calls = []\ncounts = {'n': 0}")
    nb.before("ex-1-2", "calls.append('two')\ncounts['n'] += 1")
    nb.top("ex-1-3", "assert calls == ['two'] and counts == {'n': 1}")
