"""`%%time` above a solution, `%%capture` above another, `%%timeit` on a cell of one's own."""


def change(nb):
    nb.top("ex-1-1", "%%time")
    nb.top("ex-1-2", "%%capture")
    nb.first("%%timeit -n 2 -r 1\nsum(range(10))")
