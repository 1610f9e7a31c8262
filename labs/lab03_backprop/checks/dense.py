"""The visible checks of 3.2."""

import numpy as np

from nablab.checking import check, close, contract
from nablab.checking.expect import as_numbers
from nablab.reference.backprop import numerical_gradient
from nablab.reference.dense import dense, dense_gradients

from .oracles import near, parts, shaped

DENSE_X = np.array([[1.0, 2], [3, 0]])


DENSE_W = np.array([[1.0, 0, -1], [2, 1, 0]])


DENSE_B = np.array([0.0, 1, 5])


DENSE_DOUT = np.array([[1.0, 0, 2], [0, 4, -1]])


DENSE_NAMES = ("dx", "dw", "db")


def dense_forward(student, x, w, b):
    """The student's output and cache."""
    return parts(student.dense_fwd(x, w, b), ("out", "cache"), {"x": x, "w": w, "b": b})


def same_output(got, x, w, b, says):
    near(got, dense(x, w, b), says, constant=True, terms=dense(np.abs(x), np.abs(w), np.abs(b)))


def same_dense(got, x, w, dout, says="", shown=True):
    """Three gradients of a dense layer equal the reference's; `says` has a place for their name. If
    `shown`, a failure shows the inputs."""
    given = {"x": x, "w": w, "dout": dout} if shown else None
    expected = dense_gradients(x, w, dout)
    terms = dense_gradients(np.abs(x), np.abs(w), np.abs(dout))
    for name, part, right, size in zip(DENSE_NAMES, got, expected, terms, strict=True):
        near(part, right, says.format(name), given, constant=True, terms=size)


def dense_backward(student, x, w, b, dout):
    """The student's three gradients, with the cache of the student's own forward pass."""
    _, cache = dense_forward(student, x, w, b)
    return parts(student.dense_bwd(dout, cache), DENSE_NAMES)


@check("contract")
def test_output_and_cache_then_three_gradients(student):
    """dense_fwd returns output and cache, dense_bwd the gradients of x, w and b, as NumPy arrays"""
    x, w, b = np.arange(10.0).reshape(5, 2), np.arange(6.0).reshape(2, 3) - 2, np.ones(3)
    out, cache = parts(contract(student, "dense_fwd", x, w, b), ("out", "cache"))
    shaped((out,), ("The output",), ((5, 3),), arrays=True)
    grads = contract(student, "dense_bwd", np.arange(15.0).reshape(5, 3) % 4, cache)
    shaped(parts(grads, DENSE_NAMES), DENSE_NAMES, (x.shape, w.shape, b.shape), arrays=True)


@check("hand")
def test_the_layer_of_the_text(student):
    """The layer of the text gives its output and its three gradients"""
    given = {"x": DENSE_X, "w": DENSE_W, "b": DENSE_B}
    out, cache = dense_forward(student, DENSE_X, DENSE_W, DENSE_B)
    close(out, [[5, 3, 4], [3, 1, 2]], "The output:", given=given)
    got = parts(student.dense_bwd(DENSE_DOUT, cache), DENSE_NAMES)
    right = ([[-1, 2], [1, 4]], [[1, 12, -1], [2, 0, 4]], [1, 4, 1])
    for name, part, expected in zip(DENSE_NAMES, got, right, strict=True):
        close(part, expected, f"{name}:", given=given | {"dout": DENSE_DOUT})


@check("hand")
def test_the_network_on_paper(student):
    """The hidden layer of the network on paper: z = (0, ln 3) and the gradients worked out there"""
    x, w = np.array([[1.0, 2.0]]), np.array([[2.0, np.log(3)], [-1.0, 0.0]])
    out, cache = dense_forward(student, x, w, np.zeros(2))
    close(out, [[0, np.log(3)]], "z:", atol=1e-6)
    dz = np.array([[1.0, -1.5]])
    dx, dw, db = parts(student.dense_bwd(dz, cache), DENSE_NAMES)
    given = {"x": x, "w": w, "dout": dz}
    close(dw, [[1, -1.5], [2, -3]], "dw:", given=given)
    close(db, [1, -1.5], "db:", given=given)
    near(dx, [[2 - 1.5 * np.log(3), -1]], "dx:", given=given)


@check("probe")
def test_a_single_one_in_dout(student, rng):
    """A single 1 in dout reaches one row of dx, one column of dw and one entry of db"""
    x, w, b = rng.normal(size=(5, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)
    dout = np.zeros((5, 2))
    dout[3, 1] = 1
    got = dense_backward(student, x, w, b, dout)
    same_dense(got, x, w, dout, "{}; only dout[3, 1] is not 0.")


@check()
def test_every_layer_has_a_cache_of_its_own(student, rng):
    """Two forward passes, then two backward passes: each uses its own cache"""
    runs = []
    for shape in ((4, 3, 2), (4, 3, 2)):
        n, d, m = shape
        x, w = rng.normal(size=(n, d)), rng.normal(size=(d, m))
        runs.append((x, w, dense_forward(student, x, w, np.zeros(m))[1], rng.normal(size=(n, m))))
    for number, (x, w, cache, dout) in enumerate(runs, 1):
        got = parts(student.dense_bwd(dout, cache), DENSE_NAMES)
        says = f"{{}} of layer {number}, after the forward passes of two layers."
        same_dense(got, x, w, dout, says)


@check()
def test_a_gradient_check(student, rng):
    """The three gradients agree with central differences of your own forward pass"""
    x, w, b, dout = (rng.normal(size=s) for s in ((4, 3), (3, 2), (2,), (4, 2)))
    got = dense_backward(student, x, w, b, dout)
    arrays, terms = [x, w, b], float(np.sum(dense(np.abs(x), np.abs(w), np.abs(b)) * np.abs(dout)))
    for k, name in enumerate(DENSE_NAMES):

        def loss(value, k=k):
            used = [value if k == other else array for other, array in enumerate(arrays)]
            return float(np.sum(as_numbers(dense_forward(student, *used)[0]) * dout))

        tried = numerical_gradient(loss, arrays[k], eps=0.5)  # exact: the layer is linear in each
        says = f"{name}, compared with central differences of sum(out · dout)."
        near(got[k], tried, says, terms=terms)


@check("oracle")
def test_layers_of_any_size(student, rng):
    """Layers of any size, also of whole numbers"""
    for n, d, m in ((3, 5, 2), (1, 4, 3), (7, 2, 5)):
        x, w, b, dout = (rng.normal(size=s) for s in ((n, d), (d, m), (m,), (n, m)))
        same_output(dense_forward(student, x, w, b)[0], x, w, b, f"N {n}, D {d}, M {m}: out.")
        got = dense_backward(student, x, w, b, dout)
        same_dense(got, x, w, dout, f"N {n}, D {d}, M {m}: {{}}.")
    x, w = rng.integers(-3, 4, size=(5, 3)), rng.integers(-2, 3, size=(3, 2))
    dout = rng.integers(-9, 9, size=(5, 2)) + 0.5
    got = dense_backward(student, x, w, np.array([1, 2]), dout)
    same_dense(got, x, w, dout, "{}; x, w and b hold whole numbers.")


def probe_dense(student):
    x, w = np.array([[1.0, 2], [3, 0], [-2, 5]]), np.array([[1.0, 4, -1], [2, 1, 0.5]])
    dout = np.array([[1.0, 3, 2], [0.5, 4, -1], [2, -3, 1]])
    out, cache = dense_forward(student, x, w, np.array([1.0, -2, 3]))
    dense_forward(student, x + 1, w - 1, np.zeros(3))
    return [out, student.dense_bwd(dout, cache)]


PROBES = [probe_dense]
