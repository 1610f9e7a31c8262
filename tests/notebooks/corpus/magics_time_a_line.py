"""`%time` and `%timeit` before single statements, with results that are used."""


def change(nb):
    nb.first(
        "%time n = sum(range(10))\n%timeit -n 10 sum(range(10))\nbest = %timeit -o -q -n 1 -r 1 sum(range(3))"
    )
    nb.top("ex-1-1", "assert n == 45 and best.best >= 0")
