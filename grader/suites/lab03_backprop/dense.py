"""Hidden checks of N.2."""

from functools import partial
from itertools import pairwise

import numpy as np

from nablab.checking import check, holds, mutant, variant
from nablab.checking.expect import as_numbers
from nablab.reference.dense import dense, dense_gradients

from ..checks.dense import DENSE_NAMES, dense_backward, dense_forward, same_dense, same_output
from ..checks.oracles import parts
from .building_blocks import floats

same_gradients = partial(same_dense, shown=False)


def layer(rng, n, d, m):
    return tuple(rng.normal(size=s) + 0.2 for s in ((n, d), (d, m), (m,), (n, m)))


@check("oracle")
def test_both_ways_in_layers_of_any_size(student, rng):
    """Forward and backward in layers of any size"""
    for n, d, m in ((5, 3, 2), (2, 7, 3), (1, 1, 5), (11, 2, 1)):
        x, w, b, dout = layer(rng, n, d, m)
        sizes = f"N {n}, D {d}, M {m}:"
        same_output(dense_forward(student, x, w, b)[0], x, w, b, f"{sizes} out.")
        same_gradients(dense_backward(student, x, w, b, dout), x, w, dout, f"{sizes} {{}}.")


@check()
def test_backward_is_linear_in_dout(student, rng):
    """Backward is linear in dout"""
    x, w, b, first = layer(rng, 5, 3, 2)
    second = rng.normal(size=(5, 2))
    p, q = rng.uniform(1, 3, size=2)
    got = dense_backward(student, x, w, b, p * first - q * second)
    says = f"{{}} of {p:.2f} times one dout minus {q:.2f} times another."
    same_gradients(got, x, w, p * first - q * second, says)


@check()
def test_a_batch_is_the_sum_of_its_parts(student, rng):
    """dw and db of a batch are the sums of those of its halves; dx is theirs, one below the other"""
    x, w, b, dout = layer(rng, 7, 3, 5)
    halves = [
        dense_backward(student, x[part], w, b, dout[part]) for part in (slice(3), slice(3, 7))
    ]
    dx, dw, db = ([as_numbers(part) for part in pair] for pair in zip(*halves, strict=True))
    holds(all(part.shape == (3, 5) for part in dw), "dw should have the shape of w.")
    holds(all(part.shape == (5,) for part in db), "db should have the shape of b.")
    holds(all(part.shape[1:] == (3,) for part in dx), "dx should have the shape of x.")
    whole = np.concatenate(dx), dw[0] + dw[1], db[0] + db[1]
    same_gradients(whole, x, w, dout, "{} of the halves: dx one below the other, the rest added.")


@check()
def test_three_layers_in_a_row(student, rng):
    """Three layers forward, then back in the opposite order, each with its own cache"""
    sizes = (3, 5, 2, 4)
    x, caches, arrays = rng.normal(size=(6, 3)), [], []
    for d, m in pairwise(sizes):
        w, b = rng.normal(size=(d, m)), rng.normal(size=m)
        out, cache = dense_forward(student, x, w, b)
        same_output(out, x, w, b, "The output:")
        arrays.append((x, w))
        caches.append(cache)
        x = dense(x, w, b)
    dout = rng.normal(size=x.shape)
    for (x, w), cache in zip(reversed(arrays), reversed(caches), strict=True):
        got = parts(student.dense_bwd(dout, cache), DENSE_NAMES)
        same_gradients(got, x, w, dout, "{}, going back through three layers.")
        dout = dense_gradients(x, w, dout)[0]


@check("probe")
def test_whole_numbers_bytes_and_negative_numbers(student, rng):
    """Arrays of whole numbers, of bytes, and of negative numbers only"""
    dout = rng.normal(size=(5, 2))
    for x in (
        rng.integers(-2, 3, size=(5, 3)),
        rng.integers(100, 256, size=(5, 3)).astype(np.uint8),
        -1 - rng.random((5, 3)),
    ):
        w, b = rng.integers(-3, 4, size=(3, 2)), rng.integers(1, 9, size=2)
        same_output(dense_forward(student, x, w, b)[0], x, w, b, f"{x.dtype}: out.")
        same_gradients(dense_backward(student, x, w, b, dout), x, w, dout, f"{x.dtype}: {{}}.")


# Mutants ------------------------------------------------------------------------------------------


def dense_fwd(x, w, b):
    x, w, b = floats(x, w, b)
    return x @ w + b, (x, w)


def dense_bwd(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def means(dout, cache):
    dx, dw, db = dense_bwd(dout, cache)
    return dx, dw / len(dout), db / len(dout)


mean_over_the_batch = mutant(
    "You take means over the batch for dw and db. They are sums: if the loss is a mean, its 1/N is in "
    "dout already.",
    dense_bwd=means,
)


def mean_of_db(dout, cache):
    dx, dw, db = dense_bwd(dout, cache)
    return dx, dw, db / len(dout)


db_is_a_mean = mutant(
    "db is the sum over the batch, not the mean: the bias is added to every example.",
    dense_bwd=mean_of_db,
)


def upright(dout, cache):
    x, w = cache
    return dout @ w, x.T @ dout, dout.sum(axis=0)


w_not_transposed = mutant(
    "For dx you multiply by w as it is. dx[n, d] is the sum over m of dout[n, m]·w[d, m]: multiply "
    "by w.T.",
    dense_bwd=upright,
)


def laid_down(dout, cache):
    dx, dw, db = dense_bwd(dout, cache)
    return dx, dw.T, db


dw_transposed = mutant(
    "Your dw is (M, D). It should have the shape of w, (D, M): rows for inputs, columns for units.",
    dense_bwd=laid_down,
)


def kept_axis(dout, cache):
    dx, dw, db = dense_bwd(dout, cache)
    return dx, dw, db[None]


db_keeps_an_axis = mutant(
    "Your db is (1, M). It should have the shape of b, (M,).", dense_bwd=kept_axis
)


def along_rows(dout, cache):
    dx, dw, _ = dense_bwd(dout, cache)
    return dx, dw, dout.sum(axis=1)


db_over_the_wrong_axis = mutant(
    "You sum dout over the units, which leaves one number for each example. db has one for each unit: "
    "sum over the examples, axis 0.",
    dense_bwd=along_rows,
)


def without_upstream(dout, cache):
    _, w = cache
    _, dw, db = dense_bwd(dout, cache)
    return np.broadcast_to(w.sum(axis=1), (len(dout), len(w))).copy(), dw, db


dx_forgets_dout = mutant(
    "Your dx is that of a dout of ones: the real dout is not in it. Every gradient is what arrives, "
    "times the slope of this step.",
    dense_bwd=without_upstream,
)


_last = {}


def keeps_globally(x, w, b):
    _last["cache"] = floats(x, w)
    return dense_fwd(x, w, b)[0], None


def reads_globally(dout, cache):
    return dense_bwd(dout, _last["cache"])


one_global_cache = mutant(
    "Your dense_bwd uses the last forward pass of any layer instead of its own cache. A network has "
    "many layers: put what you need into the cache and read it from there.",
    dense_fwd=keeps_globally,
    dense_bwd=reads_globally,
)


@mutant("The bias is missing in your forward pass.")
def forgets_the_bias(x, w, b):
    return dense_fwd(x, w, np.zeros(np.shape(b)))


# Variants -----------------------------------------------------------------------------------------


def by_einsum_fwd(x, w, b):
    return np.einsum("nd,dm->nm", x, w) + b, {"x": np.array(x), "w": np.array(w)}


def by_einsum_bwd(dout, cache):
    dx = np.einsum("nm,dm->nd", dout, cache["w"])
    return [dx, np.einsum("nd,nm->dm", cache["x"], dout), np.einsum("nm->m", dout)]


dense_by_einsum = variant(
    "einsum, the cache a dict", dense_fwd=by_einsum_fwd, dense_bwd=by_einsum_bwd
)


def by_loops_fwd(x, w, b):
    out = [
        [
            sum(float(a) * float(row[m]) for a, row in zip(r, w, strict=True)) + b[m]
            for m in range(len(b))
        ]
        for r in x
    ]
    return np.array(out), (x, w, b)


def by_loops_bwd(dout, cache):
    x, w, b = cache
    N, D, M = len(x), len(w), len(b)
    dx, dw, db = np.zeros((N, D)), np.zeros((D, M)), np.zeros(M)
    for n in range(N):
        for m in range(M):
            db[m] += dout[n][m]
            for d in range(D):
                dx[n, d] += dout[n][m] * w[d][m]
                dw[d, m] += dout[n][m] * x[n][d]
    return dx, dw, db


dense_by_loops = variant("loops and lists", dense_fwd=by_loops_fwd, dense_bwd=by_loops_bwd)


def number_by_number_fwd(x, w, b):
    out = np.zeros((x.shape[0], w.shape[1]))
    for n in range(x.shape[0]):
        for m in range(w.shape[1]):
            for d in range(x.shape[1]):
                out[n, m] += x[n, d] * w[d, m]
            out[n, m] += b[m]
    return out, (x, w)


def number_by_number_bwd(dout, cache):
    x, w = cache
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(w.shape[1])
    for n in range(x.shape[0]):
        for m in range(w.shape[1]):
            db[m] += dout[n, m]
            for d in range(x.shape[1]):
                dx[n, d] += dout[n, m] * w[d, m]
                dw[d, m] += x[n, d] * dout[n, m]
    return dx, dw, db


dense_number_by_number = variant(
    "number by number of the arrays: the slowest right answer, by which N.8's limits are set",
    dense_fwd=number_by_number_fwd,
    dense_bwd=number_by_number_bwd,
)


def in_float32_fwd(x, w, b):
    x, w, b = (np.asarray(a, dtype=np.float32) for a in (x, w, b))
    return x @ w + b, [x, w]


def in_float32_bwd(dout, cache):
    x, w = cache
    dout = np.asarray(dout, dtype=np.float32)
    return (w @ dout.T).T, (dout.T @ x).T, np.ones(len(x), np.float32) @ dout


dense_in_float32 = variant("float32", dense_fwd=in_float32_fwd, dense_bwd=in_float32_bwd)


class Kept:
    """A cache that is an object."""

    def __init__(self, x, w):
        self.x, self.w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)


def with_an_object_fwd(x, w, b):
    return np.dot(x, w) + np.asarray(b), Kept(x, w)


def with_an_object_bwd(dout, cache):
    return dout @ cache.w.T, cache.x.T @ dout, np.sum(dout, axis=0)


dense_with_an_object = variant(
    "the cache is an object of the student's own class",
    dense_fwd=with_an_object_fwd,
    dense_bwd=with_an_object_bwd,
)
