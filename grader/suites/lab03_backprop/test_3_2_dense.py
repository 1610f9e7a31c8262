"""Hidden checks of 3.2."""

from itertools import pairwise

import numpy as np

from nablab.checking import close, exercise, holds
from nablab.checking.expect import ROUNDING, as_numbers
from nablab.reference.dense import dense, dense_gradients

NAMES = ("dx", "dw", "db")


def near(got, expected, terms, says=""):
    """As `close`; what cancels out in a sum is rounded as much as what went into it: `terms` is what
    the sums would be without signs, and in float32 they are off by some 1e-7 of it."""
    return close(got, expected, says, atol=ROUNDING * float(np.max(terms)), constant=True)


def same_out(got, x, w, b, says):
    near(got, dense(x, w, b), dense(*(np.abs(a.astype(float)) for a in (x, w, b))), says)


def same_gradients(got, x, w, dout, says):
    """All three equal the reference's; `says` has a place for the name."""
    terms = dense_gradients(*(np.abs(a.astype(float)) for a in (x, w, dout)))
    for name, part, right, size in zip(NAMES, got, dense_gradients(x, w, dout), terms, strict=True):
        near(part, right, size, says.format(name))


def pack(got, count):
    holds(
        isinstance(got, (tuple, list)) and len(got) == count,
        f"It should return {count} things.",
        got=got,
    )
    return got


def layer(rng, n, d, m):
    return tuple(rng.normal(size=s) + 0.2 for s in ((n, d), (d, m), (m,), (n, m)))


def backward(student, x, w, b, dout):
    _, cache = pack(student.dense_fwd(x, w, b), 2)
    return pack(student.dense_bwd(dout, cache), 3)


@exercise("3.2", stage="oracle")
def test_both_ways_in_layers_of_any_size(student, rng):
    """Both ways in layers of any size, by the reference"""
    for n, d, m in ((5, 3, 2), (2, 7, 3), (1, 1, 5), (11, 2, 1)):
        x, w, b, dout = layer(rng, n, d, m)
        sizes = f"N {n}, D {d}, M {m}:"
        same_out(pack(student.dense_fwd(x, w, b), 2)[0], x, w, b, f"{sizes} out.")
        same_gradients(backward(student, x, w, b, dout), x, w, dout, f"{sizes} {{}}.")


@exercise("3.2")
def test_backward_is_linear_in_dout(student, rng):
    """Backward is linear in dout"""
    x, w, b, first = layer(rng, 5, 3, 2)
    second = rng.normal(size=(5, 2))
    p, q = rng.uniform(1, 3, size=2)
    got = backward(student, x, w, b, p * first - q * second)
    says = f"{{}} of {p:.2f} times one dout minus {q:.2f} times another."
    same_gradients(got, x, w, p * first - q * second, says)


@exercise("3.2")
def test_a_batch_is_the_sum_of_its_parts(student, rng):
    """dw and db of a batch are the sums of those of its two halves, dx is both below each other"""
    x, w, b, dout = layer(rng, 7, 3, 5)
    halves = [backward(student, x[part], w, b, dout[part]) for part in (slice(3), slice(3, 7))]
    dx, dw, db = ([as_numbers(part) for part in pair] for pair in zip(*halves, strict=True))
    holds(all(part.shape == (3, 5) for part in dw), "dw should have the shape of w.")
    holds(all(part.shape == (5,) for part in db), "db should have the shape of b.")
    holds(all(part.shape[1:] == (3,) for part in dx), "dx should have the shape of x.")
    whole = np.concatenate(dx), dw[0] + dw[1], db[0] + db[1]
    same_gradients(whole, x, w, dout, "{} of the halves: dx below each other, the others added.")


@exercise("3.2")
def test_three_layers_in_a_row(student, rng):
    """Three layers forward, then back in the opposite order, each by its own cache"""
    sizes = (3, 5, 2, 4)
    x, caches, arrays = rng.normal(size=(6, 3)), [], []
    for d, m in pairwise(sizes):
        w, b = rng.normal(size=(d, m)), rng.normal(size=m)
        out, cache = pack(student.dense_fwd(x, w, b), 2)
        same_out(out, x, w, b, "The output:")
        arrays.append((x, w))
        caches.append(cache)
        x = dense(x, w, b)
    dout = rng.normal(size=x.shape)
    for (x, w), cache in zip(reversed(arrays), reversed(caches), strict=True):
        got = pack(student.dense_bwd(dout, cache), 3)
        same_gradients(got, x, w, dout, "{}, going back through three layers.")
        dout = dense_gradients(x, w, dout)[0]


@exercise("3.2", stage="probe")
def test_whole_numbers_bytes_and_negative_numbers(student, rng):
    """Arrays of whole numbers, of bytes, of negative numbers only"""
    dout = rng.normal(size=(5, 2))
    for x in (
        rng.integers(-2, 3, size=(5, 3)),
        rng.integers(100, 256, size=(5, 3)).astype(np.uint8),
        -1 - rng.random((5, 3)),
    ):
        w, b = rng.integers(-3, 4, size=(3, 2)), rng.integers(1, 9, size=2)
        same_out(pack(student.dense_fwd(x, w, b), 2)[0], x, w, b, f"{x.dtype}: out.")
        same_gradients(backward(student, x, w, b, dout), x, w, dout, f"{x.dtype}: {{}}.")
