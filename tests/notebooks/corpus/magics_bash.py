"""`%%bash` makes a file that a cell reads."""


def change(nb):
    nb.first("%%bash\nfor n in 1 2 3; do echo $n; done > numbers.txt")
    nb.top("ex-1-1", "assert np.loadtxt('numbers.txt').sum() == 6")
