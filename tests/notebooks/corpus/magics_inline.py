"""`%matplotlib inline` and its relatives."""


def change(nb):
    nb.first(
        "%matplotlib inline\n%config InlineBackend.figure_format = 'retina'\nimport matplotlib.pyplot as plt\nONE = 1.0"
    )
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
