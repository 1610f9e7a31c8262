"""`%pylab inline` brings NumPy's names into the notebook."""


def change(nb):
    nb.first("%pylab inline --no-import-all")
    nb.top("ex-1-1", "assert numpy is np and plt.figure")
