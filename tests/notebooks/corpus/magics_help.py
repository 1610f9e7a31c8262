"""Questions to IPython about functions, alone and among other lines."""


def change(nb):
    nb.first("np.dot?")
    nb.before("ex-1-1", "ONE = 1.0\n?len\nnp.outer??")
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
