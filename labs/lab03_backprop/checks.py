"""The checks that students see: `check("3.2")` runs those of an exercise, in the order of their
stages, and explains the first that fails."""

import numpy as np

from nablab.checking import close, contract, exercise, holds, is_array, once
from nablab.checking.expect import ROUNDING, as_numbers
from nablab.data import digits
from nablab.reference.backprop import (
    numerical_gradient,
    program_gradients,
    read_program,
    two_layer_gradients,
)
from nablab.reference.convolution_layers import conv_nd, conv_nd_gradients
from nablab.reference.dense import dense, dense_gradients
from nablab.reference.loss import softmax_cross_entropy, softmax_cross_entropy_gradient
from nablab.reference.pooling import maxpool_nd, maxpool_nd_gradients
from nablab.sandbox.student import arguments_after_call


def near(got, expected, says="", given=None, constant=False, terms=None):
    """As `close`, for sums of many products: what cancels out in a sum is rounded as much as what
    went into it, so the largest numbers set the scale for all. `terms` is what the sums would be
    without signs: it sets the scale where there are so few of them that all may cancel out. (A sum
    in float32 is off by some 1e-7 of it.)"""
    if terms is None:
        atol = 2e-5 * float(np.sqrt(np.mean(np.square(np.asarray(expected, dtype=float)))))
    else:
        atol = ROUNDING * float(np.max(terms))
    return close(got, expected, says, given=given, atol=atol, constant=constant)


def parts(got, names, given=None):
    """What a function returned, as many things as there are names, or a sentence about it."""
    enough = isinstance(got, (tuple, list)) and len(got) == len(names)
    holds(
        enough,
        f"Return {len(names)} things, in this order: `return {', '.join(names)}`.",
        got=got,
        given=given,
    )
    return got


def shaped(got, names, shapes, arrays=False):
    """Arrays of these shapes, all of them finite; if `arrays`, they may not be lists."""
    for name, part, shape in zip(names, got, shapes, strict=True):
        if arrays and shape:
            is_array(part, name)
        part = as_numbers(part, says=f"{name}:")
        holds(
            part.shape == shape, f"{name} has the shape {part.shape}, expected {shape}.", got=part
        )
        holds(np.isfinite(part).all(), f"{name} holds numbers that are not finite.", got=part)


# 3.1 ---------------------------------------------------------------------------------------------


def cube(x):
    return float(np.sum(np.asarray(x, dtype=float) ** 3))


def weighted_squares(x):
    x = np.asarray(x, dtype=float)
    return float(np.sum(np.arange(1, x.size + 1).reshape(x.shape) * x**2))


def product(x):
    return float(np.prod(np.asarray(x, dtype=float)))


@exercise("3.1", stage="contract")
def test_a_gradient_has_the_shape_of_x(student):
    """num_grad returns an array of the shape of x, and leaves x as it was to the last bit"""
    # 0.5 + 1e-5 - 1e-5 is not 0.5, and -0.5 - 1e-5 + 1e-5 is not -0.5
    x = np.array([[0.5, -0.7, 1.3], [-0.5, 2.1, -1.9]])
    contract(student, "num_grad", weighted_squares, x, shape=(2, 3))


@exercise("3.1", stage="hand")
def test_the_cube_of_the_text(student):
    """x³ at 2 has the central difference 13 for eps = 1, and 12.01 for eps = 0.1"""
    x = np.array([2.0])
    for eps, right in ((1.0, 13.0), (0.1, 12.01)):
        close(
            student.num_grad(cube, x, eps),
            [right],
            f"eps is {eps}: (f(2 + eps) − f(2 − eps)) / (2 · eps).",
            given={"x": x, "eps": eps},
        )


@exercise("3.1", stage="probe")
def test_each_entry_is_moved_alone(student):
    """For x₀·x₁·x₂ at (2, 3, 5) the gradient is (15, 10, 6), with any eps; in two axes too"""
    for x, right in (([2.0, 3, 5], [15, 10, 6]), ([[2.0, 3], [5, 7]], [[105, 70], [42, 30]])):
        x = np.array(x)
        for eps in (0.5, 1e-5):
            close(
                student.num_grad(product, x, eps),
                right,
                f"eps is {eps}, and f is the product of all entries. While one entry moves, the "
                "others are at their values in x.",
                given={"x": x, "eps": eps},
            )


@exercise("3.1", stage="probe")
def test_whole_numbers_and_float32(student):
    """x may hold whole numbers or float32: the work is done in float64"""
    for x in (
        np.array([[3, -1, 4], [1, -5, 9]]),
        np.array([200, 7, 100], dtype=np.uint8),
        np.array([1000.5, -321.25], dtype=np.float32),
    ):
        right = 2.0 * np.arange(1, x.size + 1).reshape(x.shape) * x
        close(
            student.num_grad(weighted_squares, x),
            right,
            f"x holds {x.dtype} numbers, and f is x₀² + 2·x₁² + 3·x₂² + …",
            given={"x": x},
        )


@exercise("3.1")
def test_a_tenth_of_the_step_a_hundredth_of_the_error(student):
    """On the sine the error is that of central differences: a hundred times less for a tenth"""
    x = np.array([0.4, 1.1, -2.0])

    def f(x):
        return float(np.sum(np.sin(x)))

    for eps in (0.3, 0.03):
        close(
            student.num_grad(f, x, eps),
            np.cos(x) * np.sin(eps) / eps,
            f"f is the sum of the sines, eps {eps}. The central difference is cos(x)·sin(eps)/eps.",
            given={"x": x, "eps": eps},
        )


@exercise("3.1", stage="oracle")
def test_functions_of_arrays_of_any_shape(student, rng):
    """Functions of arrays with one, two or three axes"""
    for shape in ((5,), (3, 2), (2, 3, 2)):
        a, x = rng.normal(size=shape), rng.normal(size=shape)

        def f(x, a=a):
            return float(np.sin(np.sum(a * x)) + np.sum(a * np.asarray(x, dtype=float) ** 2))

        close(
            student.num_grad(f, x),
            a * np.cos(np.sum(a * x)) + 2 * a * x,
            f"x has the shape {shape}. Central differences err by less than a millionth here.",
            rtol=1e-6,
            atol=1e-8,
            given={"x": x},
        )


# 3.2 ---------------------------------------------------------------------------------------------

DENSE_X = np.array([[1.0, 2], [3, 0]])
DENSE_W = np.array([[1.0, 0, -1], [2, 1, 0]])
DENSE_B = np.array([0.0, 1, 5])
DENSE_DOUT = np.array([[1.0, 0, 2], [0, 4, -1]])
DENSE_NAMES = ("dx", "dw", "db")


def dense_forward(student, x, w, b):
    """The student's output and cache."""
    return parts(student.dense_fwd(x, w, b), ("out", "cache"), {"x": x, "w": w, "b": b})


def same_dense(got, x, w, dout, says=""):
    """Three gradients of a dense layer equal the reference's."""
    expected = dense_gradients(x, w, dout)
    terms = dense_gradients(np.abs(x), np.abs(w), np.abs(dout))
    for name, part, right, size in zip(DENSE_NAMES, got, expected, terms, strict=True):
        near(part, right, says.format(name), {"x": x, "w": w, "dout": dout}, True, size)


def dense_backward(student, x, w, b, dout):
    """The student's three gradients, with the cache of the student's own way forward."""
    _, cache = dense_forward(student, x, w, b)
    return parts(student.dense_bwd(dout, cache), DENSE_NAMES)


@exercise("3.2", stage="contract")
def test_output_and_cache_then_three_gradients(student):
    """dense_fwd returns output and cache, dense_bwd the gradients of x, w and b, NumPy arrays"""
    x, w, b = np.arange(10.0).reshape(5, 2), np.arange(6.0).reshape(2, 3) - 2, np.ones(3)
    out, cache = parts(contract(student, "dense_fwd", x, w, b), ("out", "cache"))
    shaped((out,), ("The output",), ((5, 3),), arrays=True)
    grads = contract(student, "dense_bwd", np.arange(15.0).reshape(5, 3) % 4, cache)
    shaped(parts(grads, DENSE_NAMES), DENSE_NAMES, (x.shape, w.shape, b.shape), arrays=True)


@exercise("3.2", stage="hand")
def test_the_layer_of_the_text(student):
    """The layer of the text gives its output and its three gradients"""
    given = {"x": DENSE_X, "w": DENSE_W, "b": DENSE_B}
    out, cache = dense_forward(student, DENSE_X, DENSE_W, DENSE_B)
    close(out, [[5, 3, 4], [3, 1, 2]], "The output:", given=given)
    got = parts(student.dense_bwd(DENSE_DOUT, cache), DENSE_NAMES)
    right = ([[-1, 2], [1, 4]], [[1, 12, -1], [2, 0, 4]], [1, 4, 1])
    for name, part, expected in zip(DENSE_NAMES, got, right, strict=True):
        close(part, expected, f"{name}:", given=given | {"dout": DENSE_DOUT})


@exercise("3.2", stage="hand")
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


@exercise("3.2", stage="probe")
def test_a_single_one_in_dout(student, rng):
    """A single 1 in dout reaches one row of dx, one column of dw and one entry of db"""
    x, w, b = rng.normal(size=(5, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)
    dout = np.zeros((5, 2))
    dout[3, 1] = 1
    got = dense_backward(student, x, w, b, dout)
    same_dense(got, x, w, dout, "{}; only dout[3, 1] is not 0.")


@exercise("3.2")
def test_every_layer_has_a_cache_of_its_own(student, rng):
    """Two ways forward, then two ways back: each goes by its own cache"""
    runs = []
    for shape in ((4, 3, 2), (4, 3, 2)):
        n, d, m = shape
        x, w = rng.normal(size=(n, d)), rng.normal(size=(d, m))
        runs.append((x, w, dense_forward(student, x, w, np.zeros(m))[1], rng.normal(size=(n, m))))
    for number, (x, w, cache, dout) in enumerate(runs, 1):
        got = parts(student.dense_bwd(dout, cache), DENSE_NAMES)
        says = f"{{}} of layer {number}, after two layers have gone forward."
        same_dense(got, x, w, dout, says)


@exercise("3.2")
def test_a_gradient_check(student, rng):
    """The three gradients agree with central differences of your own way forward"""
    x, w, b, dout = (rng.normal(size=s) for s in ((4, 3), (3, 2), (2,), (4, 2)))
    got = dense_backward(student, x, w, b, dout)
    arrays, terms = [x, w, b], float(np.sum(dense(np.abs(x), np.abs(w), np.abs(b)) * np.abs(dout)))
    for k, name in enumerate(DENSE_NAMES):

        def loss(value, k=k):
            used = [value if k == other else array for other, array in enumerate(arrays)]
            return float(np.sum(as_numbers(dense_forward(student, *used)[0]) * dout))

        tried = numerical_gradient(loss, arrays[k], eps=0.5)  # exact: the layer is linear in each
        says = f"{name}, beside central differences of sum(out · dout)."
        near(got[k], tried, says, terms=terms)


@exercise("3.2", stage="oracle")
def test_layers_of_any_size(student, rng):
    """Layers of any size, whole numbers too"""
    for n, d, m in ((3, 5, 2), (1, 4, 3), (7, 2, 5)):
        x, w, b, dout = (rng.normal(size=s) for s in ((n, d), (d, m), (m,), (n, m)))
        out, terms = dense_forward(student, x, w, b)[0], dense(np.abs(x), np.abs(w), np.abs(b))
        near(out, dense(x, w, b), f"N {n}, D {d}, M {m}: out.", terms=terms)
        got = dense_backward(student, x, w, b, dout)
        same_dense(got, x, w, dout, f"N {n}, D {d}, M {m}: {{}}.")
    x, w = rng.integers(-3, 4, size=(5, 3)), rng.integers(-2, 3, size=(3, 2))
    dout = rng.integers(-9, 9, size=(5, 2)) + 0.5
    got = dense_backward(student, x, w, np.array([1, 2]), dout)
    same_dense(got, x, w, dout, "{}; x, w and b hold whole numbers.")


# 3.3 ---------------------------------------------------------------------------------------------

BENDS = ("relu_bwd", "sigmoid_bwd", "tanh_bwd")


def cache_of(name, x):
    """What the given forward functions keep."""
    return {"relu_bwd": x, "sigmoid_bwd": 1 / (1 + np.exp(-x)), "tanh_bwd": np.tanh(x)}[name]


def output_of(name, x):
    return np.maximum(x, 0) if name == "relu_bwd" else cache_of(name, x)


@exercise("3.3", stage="contract")
def test_three_functions_that_keep_the_shape(student):
    """relu_bwd, sigmoid_bwd and tanh_bwd return a NumPy array of the shape of dout"""
    dout = np.array([[1.5, -2.0, 3.0], [0.5, 4.0, -1.0]])
    cache = np.array([[0.25, 0.5, 0.75], [0.125, 0.9, 0.6]])
    for name in BENDS:
        contract(student, name, dout, cache, shape=(2, 3), array=True)
    contract(student, "relu_bwd", dout, cache - 0.5, shape=(2, 3), array=True)


@exercise("3.3", stage="hand")
def test_the_three_rows_of_the_text(student):
    """The three rows of the text: (0, 0, 7), (1, −1.5) and (1, 1.28, 1.8)"""
    for name, dout, cache, right in (
        ("relu_bwd", [5.0, 6, 7], [-2.0, 0, 3], [0, 0, 7]),
        ("sigmoid_bwd", [4.0, -8], [0.5, 0.75], [1, -1.5]),
        ("tanh_bwd", [1.0, 2, 5], [0, -0.6, 0.8], [1, 1.28, 1.8]),
    ):
        dout, cache = np.array(dout), np.array(cache)
        given = {"dout": dout, "cache": cache}
        close(getattr(student, name)(dout, cache), right, f"{name}:", given=given)


@exercise("3.3", stage="probe")
def test_relu_at_exactly_0(student):
    """At an input of exactly 0 nothing passes through ReLU, whatever the sign of dout"""
    dout, cache = np.array([3.0, -2.0, 4.0, -5.0]), np.array([0.0, 0.0, 1e-9, -1e-9])
    close(student.relu_bwd(dout, cache), [0, 0, 4, 0], given={"dout": dout, "cache": cache})


@exercise("3.3", stage="probe")
def test_saturated_units(student):
    """Where the output is exactly at its limit the slope is 0, and nothing is infinite"""
    dout = np.array([2.0, -3.0, 4.0])
    for name, cache, right in (
        ("sigmoid_bwd", np.array([0.0, 1.0, 0.5]), [0, 0, 1]),
        ("tanh_bwd", np.array([-1.0, 1.0, 0.5]), [0, 0, 3]),
    ):
        close(
            getattr(student, name)(dout, cache),
            right,
            f"{name}:",
            given={"dout": dout, "cache": cache},
        )


@exercise("3.3", stage="probe")
def test_whole_numbers_in_the_cache(student):
    """dout and cache may hold whole numbers"""
    dout, cache = np.array([[7, -3, 2]]), np.array([[4, -1, 0]])
    close(student.relu_bwd(dout, cache), [[7, 0, 0]], "relu_bwd:", given={"cache": cache})
    small = np.array([[200, 0, 3]], dtype=np.uint8)
    close(student.relu_bwd(dout, small), [[7, 0, 2]], "relu_bwd, bytes:", given={"cache": small})
    cache = np.array([[0, 1, 0]])
    close(student.sigmoid_bwd(dout, cache), [[0, 0, 0]], "sigmoid_bwd:", constant=True)
    close(student.tanh_bwd(dout, cache), [[7, 0, 2]], "tanh_bwd:", given={"cache": cache})


@exercise("3.3", stage="oracle")
def test_central_differences_of_the_curves(student, rng):
    """All three agree with central differences of their curves, in arrays of any shape"""
    for name in BENDS:
        for shape in ((5,), (3, 2), (2, 3, 4)):
            x = rng.uniform(0.1, 2, size=shape) * rng.choice([-1, 1], size=shape)
            dout = rng.normal(size=shape)
            slope = (output_of(name, x + 1e-5) - output_of(name, x - 1e-5)) / 2e-5
            near(
                getattr(student, name)(dout, cache_of(name, x)),
                dout * slope,
                f"{name}, an array {shape}.",
                given={"dout": dout, "cache": cache_of(name, x)},
                constant=True,  # every input of ReLU may be negative
            )


# 3.4 ---------------------------------------------------------------------------------------------

LOGITS = np.array([[np.log(1.0), np.log(2), np.log(5)], [0, 0, 0]])
LOSS_NAMES = ("loss", "dz")


def xent(student, z, y):
    """The student's loss, checked to be one number, and gradient."""
    given = {"z": z, "y": y}
    loss, dz = parts(student.softmax_xent(z, y), LOSS_NAMES, given)
    loss = as_numbers(loss, says="The loss:")
    holds(loss.shape == (), f"The loss should be one number; its shape is {loss.shape}.", got=loss)
    return loss, dz


def true_xent(z, y):
    """The mean loss and its gradient, by the reference."""
    right = np.eye(np.shape(z)[1])[np.asarray(y, dtype=int)]
    loss = softmax_cross_entropy(z, right).mean()
    return loss, softmax_cross_entropy_gradient(z, right) / len(z)


def rounding_of(z):
    """Sure of the right class the loss is next to 0: what is left of logits and of a 1 that cancel
    out. In float32 these are rounded to some 1e-7 of their own size."""
    return 1e-6 + 2e-7 * float(np.abs(z).max())


def same_loss(student, z, y, says=""):
    loss, dz = xent(student, z, y)
    right, gradient = true_xent(z, y)
    rounding = rounding_of(z)
    given = {"z": z, "y": y}
    close(loss, right, f"{says} The loss:".strip(), given=given, atol=rounding)
    says = f"{says} The loss is right; dz:".strip()
    close(dz, gradient, says, given=given, atol=rounding / len(z))


@exercise("3.4", stage="contract")
def test_a_number_and_an_array(student):
    """softmax_xent returns one number, and a NumPy array of the shape of z"""
    z, y = np.arange(15.0).reshape(5, 3) % 4, np.array([0, 2, 1, 1, 0])
    contract(student, "softmax_xent", z, y)
    shaped(xent(student, z, y), LOSS_NAMES, ((), (5, 3)), arrays=True)


@exercise("3.4", stage="hand")
def test_the_two_rows_of_the_text(student):
    """The two rows of the text: the loss is ½(ln 4 + ln 3), and dz as there"""
    y = np.array([1, 2])
    given = {"z": LOGITS, "y": y}
    loss, dz = xent(student, LOGITS[:1], y[:1])
    close(loss, np.log(4), "The first row alone, the loss:", given={"z": LOGITS[:1], "y": y[:1]})
    close(dz, [[0.125, -0.75, 0.625]], "The first row alone, dz:")
    loss, dz = xent(student, LOGITS, y)
    close(loss, (np.log(4) + np.log(3)) / 2, "Both rows, the loss:", given=given)
    close(dz, [[1 / 16, -3 / 8, 5 / 16], [1 / 6, 1 / 6, -1 / 3]], "Both rows, dz:", given=given)


@exercise("3.4", stage="probe")
def test_a_net_that_knows_nothing(student):
    """With equal logits the loss is log K, for any number K of classes"""
    for classes in (2, 3, 10):
        z, y = np.full((5, classes), 0.7), np.arange(5) % classes
        loss, _ = xent(student, z, y)
        close(loss, np.log(classes), f"{classes} classes.", given={"z": z, "y": y})


@exercise("3.4", stage="probe")
def test_huge_logits(student):
    """Logits of ±10000 give a finite loss, the right one, and a finite dz"""
    for z, y, loss, dz in (
        ([[0.0, 10000.0]], [0], 10000, [[-1, 1]]),
        ([[-10000.0, -10001.0, -20000.0]], [1], np.log1p(np.e), None),
        ([[10000.0, 0.0, 5000.0], [1.0, 2.0, 0.0]], [2, 0], None, None),
        ([[900.0, 899.0], [-900.0, -901.0]], [0, 1], None, None),
    ):
        z, y = np.array(z), np.array(y)
        right, gradient = true_xent(z, y)
        got, got_dz = xent(student, z, y)
        says = "Each row's own largest logit goes first, and no probability is rounded to 0."
        given = {"z": z, "y": y}
        loss, dz = right if loss is None else loss, gradient if dz is None else dz
        rounding = rounding_of(z)
        close(got, loss, f"{says} The loss:", given=given, atol=rounding)
        close(got_dz, dz, f"{says} dz:", given=given, atol=rounding / len(z))


@exercise("3.4")
def test_rows_of_dz_sum_to_zero(student, rng):
    """Every row of dz sums to 0, and only the right class's entry is negative"""
    z, y = 2 * rng.normal(size=(7, 4)), rng.integers(0, 4, size=7)
    dz = as_numbers(xent(student, z, y)[1])
    holds(dz.shape == z.shape, f"dz has the shape {dz.shape}, expected {z.shape}.", got=dz)
    close(
        dz.sum(axis=1), np.zeros(7), "Sums of the rows.", constant=True, atol=1e-6, given={"dz": dz}
    )
    holds(
        np.array_equal(dz < 0, np.eye(4, dtype=bool)[y]),
        "In every row the right class's entry should be negative and all others positive.",
        got=dz,
        given={"y": y},
    )


@exercise("3.4")
def test_a_number_added_to_a_row(student, rng):
    """A number added to all logits of a row changes nothing"""
    z, y = rng.normal(size=(5, 3)), np.array([0, 2, 1, 1, 2])
    right, gradient = true_xent(z, y)
    loss, dz = xent(student, z + np.array([[5.0], [-3], [100], [-100], [0.5]]), y)
    close(loss, right, "The loss:", rtol=1e-3)
    close(dz, gradient, "dz:", rtol=1e-3, atol=2e-5)  # in float32, 100.3 is off by up to 4e-6


@exercise("3.4", stage="oracle")
def test_any_batch(student, rng):
    """Batches of any size, by the reference and by central differences"""
    for n, k in ((1, 2), (5, 3), (3, 7)):
        z, y = 2 * rng.normal(size=(n, k)), rng.integers(0, k, size=n)
        same_loss(student, z, y, f"{n} examples, {k} classes.")
    z, y = rng.integers(-3, 4, size=(6, 4)), rng.integers(0, 4, size=6).astype(np.uint8)
    same_loss(student, z, y, "z holds whole numbers, y bytes.")


# 3.5 ---------------------------------------------------------------------------------------------

CONV_NAMES = ("dx", "dw", "db")


def pair(value):
    return (value, value) if np.ndim(value) == 0 else tuple(value)


def padded(x, pad):
    (ph, pw) = pair(pad)
    return np.pad(np.asarray(x, dtype=float), ((0, 0), (ph, ph), (pw, pw), (0, 0)))


def conv_forward(x, w, stride, pad):
    return conv_nd(padded(x, pad), w, strides=stride)


def conv_backward(dout, x, w, stride, pad):
    """dx, dw and db by the reference."""
    (ph, pw), (H, W) = pair(pad), np.shape(x)[1:3]
    dx, dw, db = conv_nd_gradients(padded(x, pad), w, dout, strides=stride)
    return dx[:, ph : ph + H, pw : pw + W], dw, db


def same_conv(student, dout, x, w, stride, pad, says="", names=CONV_NAMES):
    """The student's gradients equal the reference's."""
    given = {"dout": dout, "x": x, "w": w, "stride": stride, "pad": pad}
    got = parts(student.conv_bwd(dout, x, w, stride, pad), CONV_NAMES)
    right = conv_backward(dout, x, w, stride, pad)
    terms = conv_backward(np.abs(dout), np.abs(x.astype(float)), np.abs(w), stride, pad)
    for name, part, expected, size in zip(CONV_NAMES, got, right, terms, strict=True):
        if name in names:
            near(part, expected, f"{says} {name}:".strip(), given, constant=True, terms=size)


def a_conv(rng, batch, image, kernel, channels, filters, stride, pad):
    """Random x and w of these sizes, and a dout of the size that they give."""
    x = rng.normal(size=(batch, *image, channels))
    w = rng.normal(size=(*kernel, channels, filters))
    dout = rng.normal(size=conv_forward(x, w, stride, pad).shape)
    return dout, x, w, stride, pad


@exercise("3.5", stage="contract")
def test_three_gradients_in_three_shapes(student):
    """conv_bwd returns dx, dw and db, in the shapes of x, w and b"""
    x = np.arange(140.0).reshape(2, 7, 5, 2) % 5
    w = np.arange(36.0).reshape(3, 2, 2, 3) % 7 - 3
    dout = np.arange(72.0).reshape(2, 3, 4, 3) % 4 - 1
    got = contract(student, "conv_bwd", dout, x, w, (2, 1), 0)
    shaped(parts(got, CONV_NAMES), CONV_NAMES, (x.shape, w.shape, (3,)))


@exercise("3.5", stage="hand")
def test_the_row_of_the_text(student):
    """The row of the text gives dx (10, 2, 20), dw (4, 7) and db 3"""
    x, w = np.array([1.0, 2, 3]).reshape(1, 1, 3, 1), np.array([1.0, 10]).reshape(1, 2, 1, 1)
    dout = np.array([1.0, 2]).reshape(1, 1, 2, 1)
    got = parts(student.conv_bwd(dout, x, w, (1, 2), (0, 1)), CONV_NAMES)
    given = {"x": x[0, 0, :, 0], "w": w[0, :, 0, 0], "dout": dout[0, 0, :, 0]}
    right = (np.array([10.0, 2, 20]).reshape(x.shape), np.array([4.0, 7]).reshape(w.shape), [3])
    for name, part, expected in zip(CONV_NAMES, got, right, strict=True):
        close(part, expected, f"{name}:", given=given)


@exercise("3.5", stage="probe")
def test_one_lit_pixel_stamps_the_filter(student, rng):
    """One lit pixel of dout stamps the filter into dx, upright, where its window stands"""
    x, w = rng.normal(size=(1, 7, 6, 1)), np.arange(1.0, 7).reshape(3, 2, 1, 1)
    dout = np.zeros((1, 3, 5, 1))
    dout[0, 1, 3, 0] = 1
    expected = np.zeros((1, 7, 6, 1))
    expected[0, 2:5, 3:5] = w[:, :, :, 0]
    dx, _, _ = parts(student.conv_bwd(dout, x, w, (2, 1), 0), CONV_NAMES)
    close(
        dx,
        expected,
        "Only dout[0, 1, 3, 0] is 1; stride (2, 1), no padding.",
        given={"w": w[:, :, 0, 0], "dout": dout[0, :, :, 0]},
    )


@exercise("3.5", stage="probe")
def test_the_padding_is_cut_off(student, rng):
    """With padding dx has the shape of x, and what was stamped into the padding is gone"""
    for pad in (1, (2, 1), (0, 1)):
        dout, x, w, stride, pad = a_conv(rng, 1, (4, 5), (3, 2), 1, 1, 1, pad)
        same_conv(student, dout, x, w, stride, pad, f"pad is {pad}.")


@exercise("3.5", stage="probe")
def test_a_stride_for_each_axis(student, rng):
    """The stride may be one number or one for each axis"""
    for stride in (2, (2, 1), (1, 3)):
        dout, x, w, stride, pad = a_conv(rng, 1, (7, 8), (2, 3), 1, 1, stride, 0)
        same_conv(student, dout, x, w, stride, pad, f"The stride is {stride}.")


@exercise("3.5", stage="probe")
def test_pixels_that_no_window_reads(student, rng):
    """Where no window reads, dx is 0"""
    x, w = rng.normal(size=(1, 6, 5, 1)), rng.normal(size=(3, 2, 1, 1))
    dout = rng.normal(size=(1, 2, 2, 1))
    dx, _, _ = parts(student.conv_bwd(dout, x, w, (2, 3), 0), CONV_NAMES)
    near(
        dx,
        conv_backward(dout, x, w, (2, 3), 0)[0],
        "Rows 0–2 and 2–4, columns 0–1 and 3–4 are read: row 5 and column 2 are not.",
        given={"w": w[:, :, 0, 0], "dout": dout[0, :, :, 0]},
    )


@exercise("3.5")
def test_images_and_channels(student, rng):
    """Each image has its own dx; dw and db collect from all; channels and filters stay apart"""
    dout, x, w, stride, pad = a_conv(rng, 3, (4, 5), (3, 2), 2, 4, 1, 0)
    alone = np.zeros_like(dout)
    alone[1, :, :, 2] = dout[1, :, :, 2]
    same_conv(student, alone, x, w, stride, pad, "dout is 0 but for image 1 and filter 2.")
    same_conv(student, dout, x, w, stride, pad, "Three images, two channels, four filters.")


@exercise("3.5")
def test_the_adjoint(student, rng):
    """Back is the adjoint of forward: sum(conv(x)·dout) = sum(x·dx) = sum(w·dw)"""
    dout, x, w, stride, pad = a_conv(rng, 2, (7, 5), (3, 2), 3, 2, (2, 1), (1, 1))
    dx, dw, _ = parts(student.conv_bwd(dout, x, w, stride, pad), CONV_NAMES)
    shaped((dx, dw), CONV_NAMES[:2], (x.shape, w.shape))
    right = float(np.sum(conv_forward(x, w, stride, pad) * dout))
    scale = float(np.linalg.norm(dout) * np.linalg.norm(conv_forward(x, w, stride, pad)))
    for name, got in (("x·dx", np.sum(x * dx)), ("w·dw", np.sum(w * dw))):
        close(got, right, f"sum({name}), beside sum(conv(x)·dout).", atol=1e-4 * scale)


@exercise("3.5", stage="oracle")
def test_gradient_check_of_a_convolution(student, rng):
    """Central differences on a 5×4 image, a 3×2 filter and stride (2, 1)"""
    dout, x, w, stride, pad = a_conv(rng, 1, (5, 4), (3, 2), 2, 3, (2, 1), 0)
    got = parts(student.conv_bwd(dout, x, w, stride, pad), CONV_NAMES)

    def loss_of_x(x):
        return float(np.sum(conv_forward(x, w, stride, pad) * dout))

    def loss_of_w(w):
        return float(np.sum(conv_forward(x, w, stride, pad) * dout))

    terms = conv_backward(np.abs(dout), np.abs(x), np.abs(w), stride, pad)
    tried = (
        numerical_gradient(loss_of_x, x, eps=0.5),  # exact: it is linear
        numerical_gradient(loss_of_w, w, eps=0.5),
        dout.sum(axis=(0, 1, 2)),
    )
    for name, part, right, size in zip(CONV_NAMES, got, tried, terms, strict=True):
        near(part, right, f"{name}:", terms=size)


@exercise("3.5", stage="oracle")
def test_whole_numbers_in_a_convolution(student, rng):
    """x and w may hold whole numbers"""
    x = rng.integers(0, 256, size=(2, 6, 5, 3)).astype(np.uint8)
    w = rng.integers(-3, 4, size=(2, 3, 3, 2))
    dout = rng.normal(size=conv_forward(x, w, 1, (1, 0)).shape)
    same_conv(student, dout, x, w, 1, (1, 0), "x holds bytes, dout holds fractions.")


# 3.6 ---------------------------------------------------------------------------------------------


def pool_backward(dout, x, size, stride):
    return maxpool_nd_gradients(x, size, dout, stride)


def windows_of(x, size, stride):
    return maxpool_nd(x, size, stride).shape


@exercise("3.6", stage="contract")
def test_dx_has_the_shape_of_x(student):
    """maxpool_bwd returns an array of the shape of x"""
    x = (np.arange(210.0).reshape(2, 7, 5, 3) * 37) % 23
    dout = np.arange(72.0).reshape(2, 3, 4, 3) % 5 - 1
    contract(student, "maxpool_bwd", dout, x, (3, 2), (2, 1), shape=x.shape)


@exercise("3.6", stage="hand")
def test_the_row_of_windows_of_the_text(student):
    """The row of the text gives (0, 11, 0, 100, 0)"""
    x = np.array([1.0, 5, 2, 5, 3]).reshape(1, 1, 5, 1)
    dout = np.array([1.0, 10, 100]).reshape(1, 1, 3, 1)
    close(
        student.maxpool_bwd(dout, x, (1, 3), (1, 1)),
        np.array([0, 11, 0, 100, 0]).reshape(x.shape),
        given={"x": x[0, 0, :, 0], "dout": dout[0, 0, :, 0]},
    )


@exercise("3.6", stage="probe")
def test_the_largest_may_be_anywhere(student):
    """The largest number may stand anywhere in its window, and may be negative"""
    x = np.array([[3.0, 9, -4, -2], [1, 2, -1, -8], [6, 0, -7, -3], [5, 4, -6, -5]])
    dout = np.array([[1.0, 2], [3, 4]]).reshape(1, 2, 2, 1)
    expected = np.zeros((1, 4, 4, 1))
    for (r, c), value in {(0, 1): 1, (1, 2): 2, (2, 0): 3, (2, 3): 4}.items():
        expected[0, r, c, 0] = value
    close(
        student.maxpool_bwd(dout, x[None, :, :, None], (2, 2), (2, 2)),
        expected,
        given={"x": x, "dout": dout[0, :, :, 0]},
    )


@exercise("3.6", stage="probe")
def test_the_first_of_equals_takes_all(student):
    """Of equal numbers the first in reading order takes the whole gradient"""
    x = np.array([[0.0, 0, 2, 7], [0, 0, 7, 7], [1, 4, 5, 5], [4, 4, 3, 5]])
    dout = np.array([[10.0, 20], [30, 40]]).reshape(1, 2, 2, 1)
    expected = np.zeros((1, 4, 4, 1))
    for (r, c), value in {(0, 0): 10, (0, 3): 20, (2, 1): 30, (2, 2): 40}.items():
        expected[0, r, c, 0] = value
    close(
        student.maxpool_bwd(dout, x[None, :, :, None], (2, 2), (2, 2)),
        expected,
        "Several numbers of each window are the largest.",
        given={"x": x, "dout": dout[0, :, :, 0]},
    )


@exercise("3.6", stage="probe")
def test_who_wins_twice_collects_twice(student):
    """One peak in the middle of four overlapping windows collects from all four"""
    x = np.arange(9.0).reshape(3, 3)
    x[1, 1] = 20
    dout = np.array([[1.0, 10], [100, 1000]]).reshape(1, 2, 2, 1)
    expected = np.zeros((1, 3, 3, 1))
    expected[0, 1, 1, 0] = 1111
    close(
        student.maxpool_bwd(dout, x[None, :, :, None], (2, 2), (1, 1)),
        expected,
        given={"x": x, "dout": dout[0, :, :, 0]},
    )


@exercise("3.6")
def test_nothing_is_lost_and_nothing_doubled(student, rng):
    """dx sums to what dout sums to, image by image and channel by channel"""
    x = rng.integers(0, 4, size=(3, 7, 5, 2)).astype(float)  # many ties
    dout = rng.random(windows_of(x, (3, 2), (2, 1))) + 0.5
    dx = as_numbers(student.maxpool_bwd(dout, x, (3, 2), (2, 1)))
    holds(dx.shape == x.shape, f"dx has the shape {dx.shape}, expected {x.shape}.", got=dx)
    near(dx.sum(axis=(1, 2)), dout.sum(axis=(1, 2)), "Sums over the rows and columns.")


@exercise("3.6", stage="oracle")
def test_windows_of_any_kind(student, rng):
    """Windows that overlap or leave gaps, channels and images each by themselves"""
    for shape, size, stride in (
        ((2, 7, 8, 3), (3, 2), (2, 1)),
        ((1, 8, 7, 2), (2, 3), (3, 2)),
        ((2, 5, 6, 1), (2, 2), (3, 4)),
    ):
        x = rng.permutation(int(np.prod(shape))).reshape(shape) / 7 - 20.0
        dout = rng.normal(size=windows_of(x, size, stride))
        near(
            student.maxpool_bwd(dout, x, size, stride),
            pool_backward(dout, x, size, stride),
            f"Size {size}, stride {stride}. Each channel of each image has winners of its own.",
            given={"x": x},
        )
    x = rng.integers(0, 256, size=(1, 6, 4, 2)).astype(np.uint8)
    dout = rng.normal(size=windows_of(x, (2, 2), (2, 2)))
    near(
        student.maxpool_bwd(dout, x, (2, 2), (2, 2)),
        pool_backward(dout, x, (2, 2), (2, 2)),
        "x holds bytes, dout holds fractions.",
    )


# 3.7 ---------------------------------------------------------------------------------------------


def worked_out(student, program, inputs, backward_from=None):
    """The student's values and gradients of a program, by name."""
    found = student.work_out(program, dict(inputs), backward_from)
    return {name: pair[0] for name, pair in found.items()}, {
        name: pair[1] for name, pair in found.items()
    }


def same_graph(student, program, inputs, says="", backward_from=None):
    """Values and gradients of all names of a program are right; those of several roots add up."""
    data, grads = worked_out(student, program, inputs, backward_from)
    values, _ = program_gradients(program, inputs)
    names = list(values)
    # what is rounded is of the size that there would be if nothing cancelled out: without signs
    positive = program.replace("-", ""), {name: abs(value) for name, value in inputs.items()}
    expected, terms = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
    for root in backward_from or [names[-1]]:
        slopes = program_gradients(program, inputs, root)[1]
        signless = program_gradients(*positive, root)[1]
        for name in names:
            expected[name] += slopes[name]
            terms[name] += signless[name]
    given = {"program": program, **inputs}
    order = f"of {', '.join(names)}, in this order:"
    near(
        [data[name] for name in names],
        [values[name] for name in names],
        f"{says} The values {order}".strip(),
        given=given,
        constant=True,
        terms=list(program_gradients(*positive)[0].values()),
    )
    near(
        [grads[name] for name in names],
        [expected[name] for name in names],
        f"{says} The values are right; the gradients {order}".strip(),
        given=given,
        constant=True,
        terms=list(terms.values()),
    )


def random_program(rng, lines=7):
    """A program over three inputs in which most names are used more than once, and no relu is so
    near its kink that rounding decides whether it passes the gradient on."""
    while True:
        program, inputs = drawn_program(rng, lines)
        values, _ = program_gradients(program, inputs)
        bends = [values[on[0]] for _, op, on in read_program(program) if op == "relu"]
        if all(abs(value) > 1e-3 * max(map(abs, values.values())) for value in bends):
            return program, inputs


def drawn_program(rng, lines):
    names, written = ["a", "b", "c"], []
    for k in range(lines):
        name = "defghijklmnopqrs"[k]
        kind = rng.choice(["+", "*", "relu"], p=[0.45, 0.4, 0.15])
        left, right = rng.choice(names[-4:]), rng.choice(names)
        written.append(
            f"{name} = relu {left}" if kind == "relu" else f"{name} = {left} {kind} {right}"
        )
        names.append(name)
    written.append(f"z = {names[-1]} + {names[-2]}")
    inputs = {name: round(float(rng.uniform(0.4, 1.4) * rng.choice([-1, 1])), 2) for name in "abc"}
    return "; ".join(written), inputs


@exercise("3.7", stage="contract")
def test_values_make_values(student):
    """A sum, a product and a relu of Values have data and grad, two numbers"""
    data, grads = worked_out(student, "c = a + b; d = a * c; e = relu d", {"a": 2.0, "b": 1.5})
    for what, table in (("data", data), ("grad", grads)):
        for name, number in table.items():
            number = as_numbers(number, says=f"{what} of {name}:")
            holds(
                number.shape == () and np.isfinite(number),
                f"The {what} of {name} should be one finite number.",
                got=number,
            )


@exercise("3.7", stage="hand")
def test_the_graph_of_the_text(student):
    """The graph of the text: the gradients of a, b, c, d, e are 16, −16, −8, −8, 1"""
    program, inputs = "c = a * b; d = c + a; e = d * d", {"a": 2.0, "b": -3.0}
    data, grads = worked_out(student, program, inputs)
    names, given = list("abcde"), {"program": program, **inputs}
    close([data[n] for n in names], [2, -3, -6, -4, 16], "The values of a to e:", given=given)
    close([grads[n] for n in names], [16, -16, -8, -8, 1], "The gradients:", given=given)


@exercise("3.7", stage="probe")
def test_one_step_at_a_time(student):
    """Each operation by itself, with other Values and with plain numbers"""
    for program in (
        "c = a + b",
        "c = a * b",
        "c = relu a",
        "c = relu b",
        "c = a + 4",
        "c = 3 * b",
        "c = a * -2",
        "c = 5 + b",
    ):
        same_graph(student, program, {"a": 2.5, "b": -3.0}, f"{program}.")


@exercise("3.7", stage="probe")
def test_relu_of_exactly_0(student):
    """The slope of relu at exactly 0 is 0"""
    _, grads = worked_out(student, "c = a * b; d = relu c; e = d + a", {"a": 0.0, "b": 3.0})
    close([grads[name] for name in "abcde"], [1, 0, 0, 1, 1], "The gradients of a to e:")


@exercise("3.7", stage="probe")
def test_a_value_used_twice(student):
    """A value that is used more than once collects from every use"""
    for program in ("b = a + a", "b = a * a", "b = a * a; c = b * a", "b = a * 3; c = b * b"):
        same_graph(student, program, {"a": 1.5}, f"{program}.")


@exercise("3.7", stage="probe")
def test_a_node_waits_until_all_has_arrived(student):
    """A node passes its gradient on only when all of it has arrived"""
    for program in (
        "c = a * b; d = c * a; e = d + c",
        "c = a * b; d = c * a; e = c + d",
        "c = a * b; d = c + 1; e = d * c; f = e * b; g = c + f",
        "c = a * b; d = c + 1; e = d * c; f = e * b; g = f + c",
    ):
        same_graph(student, program, {"a": 1.5, "b": -2.0}, f"{program}.")


@exercise("3.7")
def test_back_twice_is_twice_as_much(student):
    """Going back twice doubles every gradient; from two nodes, the gradients add up"""
    program, inputs = "c = a * b; d = c + a; e = d * d; f = d * b", {"a": 2.0, "b": -3.0}
    for roots in (["e", "e"], ["e", "f"], ["f", "e", "f"]):
        same_graph(
            student,
            program,
            inputs,
            f"backward() from {', then '.join(roots)}.",
            backward_from=roots,
        )


@exercise("3.7")
def test_what_does_not_lie_on_the_way(student):
    """What the node was not made of keeps the gradient 0"""
    program = "c = a * b; d = c * c; e = c + b; f = a + 1"
    same_graph(student, program, {"a": 1.5, "b": 0.5}, "backward() from e.", backward_from=["e"])


@exercise("3.7", stage="oracle")
def test_random_graphs(student, rng):
    """Random graphs, by derivatives carried forward"""
    for _ in range(6):
        program, inputs = random_program(rng)
        same_graph(student, program, inputs)


# 3.8 ---------------------------------------------------------------------------------------------

PARAMS = ("w1", "b1", "w2", "b2")


def trained(student, x, y, hidden, lr, steps, seed):
    """The student's params, as arrays of the right shapes, and history, as an array."""
    got = once(student, "train_two_layer", x, y, hidden, lr, steps, seed)
    params, history = parts(got, ("params", "history"))
    holds(
        isinstance(params, dict) and set(PARAMS) <= set(params),
        f"params should be a dict with the keys {', '.join(PARAMS)}.",
        got=sorted(map(str, params)) if isinstance(params, dict) else params,
    )
    D, K = x.shape[1], int(np.max(y)) + 1
    shapes = ((D, hidden), (hidden,), (hidden, K), (K,))
    params = {name: as_numbers(params[name], says=f"{name}:") for name in PARAMS}
    shaped(params.values(), PARAMS, shapes)
    history = as_numbers(history, says="history:")
    holds(
        history.shape == (steps,),
        f"After {steps} steps history should hold {steps} losses; its shape is {history.shape}.",
        got=history,
    )
    return params, history


def near_a_kink(x, params):
    """Whether some unit's sum is so near 0 that in float32 its sign is a matter of rounding."""
    return bool(np.abs(x @ params["w1"] + params["b1"]).min() < 1e-5)


def one_step_is_right(student, x, y, hidden, lr, k, seed):
    """Step k moves every parameter by -lr times its gradient, and history has the loss before."""
    seeds = range(seed, seed + 9)  # near a kink the next one: one start in a thousand is
    runs = ((s, trained(student, x, y, hidden, lr, k, s)[0]) for s in seeds)
    seed = next((s for s, params in runs if not near_a_kink(x, params)), seed)
    before, _ = trained(student, x, y, hidden, lr, k, seed)
    after, history = trained(student, x, y, hidden, lr, k + 1, seed)
    loss, gradients = two_layer_gradients(x, y, before)
    close(
        history[k],
        loss,
        f"history[{k}] should be the loss before step {k}, with the params of {k} steps.",
    )
    for name in PARAMS:
        moved = (after[name] - before[name]) / -lr
        size = np.sqrt(np.mean(gradients[name] ** 2))
        rounding = 3e-7 * np.abs(before[name]).max() / lr  # if the params are float32
        close(
            moved,
            gradients[name],
            f"How far step {k} moves {name}, divided by −lr, should be its gradient.",
            rtol=1e-3,
            atol=1e-3 * size + rounding,
        )


def small_problem(rng, n=11, d=5, k=3):
    y = np.concatenate([np.arange(k), rng.integers(0, k, size=n - k)])
    return rng.normal(size=(n, d)), rng.permutation(y)


def ten_digits(rng):
    """Ten digits, one of each, and their labels: few enough to be learned in plain loops."""
    images, labels = digits()
    chosen = np.array([rng.choice(np.flatnonzero(labels == k)) for k in range(10)])
    return images[chosen].reshape(10, 64), labels[chosen]


X8, Y8 = small_problem(np.random.default_rng(8))


@exercise("3.8", stage="contract")
def test_params_and_history(student):
    """Four parameters in their shapes, for max(y) + 1 classes, and one loss for each step"""
    contract(student, "train_two_layer", X8, Y8, 7, 0.3, 4, 0)
    trained(student, X8, Y8, 7, 0.3, 4, 0)
    trained(student, X8, 2 * Y8, 7, 0.3, 2, 0)  # classes 0, 2 and 4: there are five


@exercise("3.8", stage="hand")
def test_the_first_loss_is_log_k(student, rng):
    """Before it has learned anything, the loss on ten digits is near log 10 = 2.303"""
    x, y = ten_digits(rng)
    for seed in (0, 1):
        _, history = trained(student, x, y, 32, 0.2, 1, seed)
        holds(
            abs(history[0] - np.log(10)) < 0.15,
            f"The first loss is {history[0]:.3f}. Is w2 small, and the loss a mean?",
            got=history[0],
            expected=np.log(10),
        )


@exercise("3.8", stage="probe")
def test_the_first_weights(student):
    """After no step at all: biases 0, weights normal with the two standard deviations"""
    x, y = np.zeros((10, 64)), np.arange(10)
    params, _ = trained(student, x, y, 32, 0.2, 0, 3)
    for name in ("b1", "b2"):
        holds(not params[name].any(), f"{name} should start at 0.", got=params[name])
    for name, right, slack in (("w1", np.sqrt(2 / 64), 0.1), ("w2", 0.01, 0.25)):
        std = float(np.std(params[name]))
        holds(
            abs(std / right - 1) < slack,
            f"The standard deviation of the first {name} is {std:.4f}; {right:.4f} is asked for.",
            got=std,
            expected=right,
        )


@exercise("3.8", stage="probe")
def test_a_step_is_minus_lr_times_the_gradient(student):
    """Every step moves all four parameters by −lr times their gradients, worked out before it"""
    for k in (0, 1, 5):
        one_step_is_right(student, X8, Y8, 7, 0.3, k, 2)


@exercise("3.8")
def test_the_seed_decides(student):
    """The same seed gives the same training, another seed another one"""
    first, _ = trained(student, X8, Y8, 7, 0.3, 2, 5)
    again = student.train_two_layer(X8, Y8, 7, 0.3, 2, 5)[0]
    other, _ = trained(student, X8, Y8, 7, 0.3, 2, 6)
    close(again["w1"], first["w1"], "The same seed again: w1 should be the same.")
    holds(
        not np.allclose(first["w1"], other["w1"]),
        "Seeds 5 and 6 give the same w1.",
        got=other["w1"],
    )


@exercise("3.8", stage="oracle")
def test_ten_digits_are_learned_by_heart(student, rng):
    """Ten digits are learned by heart: after 100 steps with lr 0.4 the loss is below 0.1"""
    x, y = ten_digits(rng)
    _, history = trained(student, x, y, 16, 0.4, 101, 0)
    holds(
        history[-1] < 0.1,
        f"After 100 steps with 16 hidden units the loss is {history[-1]:.3f}.",
        got=history,
        expected="below 0.1",
    )
    rise = float(np.max(np.diff(history)))
    holds(
        rise <= 1e-6,
        f"With so small a learning rate the loss should fall at every step; it rose by {rise:.3g}.",
        got=history,
    )


# Probes ------------------------------------------------------------------------------------------


def probe_num_grad(student):
    return [
        student.num_grad(cube, np.array([2.0, -1.5, 0.5]), 1.0),
        student.num_grad(product, np.array([2.0, 3.0, 5.0]), 0.5),
        student.num_grad(weighted_squares, np.array([[3, -1], [4, 1], [7, 2]])),
        student.num_grad(weighted_squares, np.array([[0.3, -1.1, 4.7], [1.0, 0.25, 2.5]]), 1e-3),
    ]


def unchanged(student, name, *args):
    """Whether a function leaves its arrays as they were, for each of them 1 or 0."""
    _, after = arguments_after_call(student, name, *args)
    both = zip(args, after, strict=True)
    return [int(np.array_equal(a, b)) for a, b in both if isinstance(a, np.ndarray)]


def probe_x_afterwards(student):
    return unchanged(student, "num_grad", cube, np.array([0.5, -0.5, 0.25]))


def probe_dout_afterwards(student):
    return unchanged(student, "relu_bwd", np.array([2.0, 3, 5]), np.array([-1.0, 0, 1]))


def probe_dense(student):
    x, w = np.array([[1.0, 2], [3, 0], [-2, 5]]), np.array([[1.0, 4, -1], [2, 1, 0.5]])
    dout = np.array([[1.0, 3, 2], [0.5, 4, -1], [2, -3, 1]])
    out, cache = dense_forward(student, x, w, np.array([1.0, -2, 3]))
    dense_forward(student, x + 1, w - 1, np.zeros(3))
    return [out, student.dense_bwd(dout, cache)]


BEND_DOUT = np.array([2.0, -3, 0.5, -4, 5])

PROGRAMS = [
    "c = a * b; d = c + a; e = d * d",
    "c = a * b; d = c * a; e = c + d; f = relu e",
    "c = a + a; d = c * b; e = relu d; f = e + c",
]


def probe_graphs(student):
    found = [worked_out(student, program, {"a": 1.5, "b": 2.0}) for program in PROGRAMS]
    found.append(worked_out(student, PROGRAMS[0], {"a": 1.5, "b": 2.0}, ["e", "e"]))
    found.append(worked_out(student, "c = relu a; d = c + b", {"a": -1.0, "b": 2.0}))
    found.append(worked_out(student, "c = relu a; d = c + b", {"a": 0.0, "b": 2.0}))
    return [[list(data.values()), list(grads.values())] for data, grads in found]


def probe_training(student):
    """What does not depend on the numbers drawn: how steps compare with gradients, and where the
    weights start."""
    before, early = trained(student, X8, Y8, 7, 0.3, 3, 1)
    after, history = trained(student, X8, Y8, 7, 0.3, 4, 1)
    loss, gradients = two_layer_gradients(X8, Y8, before)
    start, _ = trained(student, X8, Y8, 70, 0.3, 0, 1)
    other, _ = trained(student, X8, Y8, 70, 0.3, 0, 2)
    facts = [round(float(history[3] - loss), 3), round(float(early[0]), 1)]
    for name in PARAMS:
        moved, g = (before[name] - after[name]) / 0.3, gradients[name]
        share = float(np.sum(moved * g) / max(np.sum(g * g), 1e-12))
        facts += [round(share, 3), round(float(np.linalg.norm(moved - share * g)), 2)]
    facts += [int(np.std(start[name]) * 5) for name in ("w1", "w2")]
    return [*facts, int(np.allclose(start["w1"], other["w1"])), int(start["b1"].any())]


def probe_classes(student):
    """How many classes there are if two of five have no example."""
    return [np.shape(student.train_two_layer(X8, 2 * Y8, 7, 0.3, 0, 1)[0]["w2"])]


SMALL_X = np.array([[3.0, 1, 4, 1, 5], [9, 2, 6, 5, 3], [5, 8, 9, 7, 9], [3, 2, 3, 8, 4]])

PROBES = {
    "3.1": [probe_num_grad, probe_x_afterwards],
    "3.2": [probe_dense],
    "3.3": [
        ("relu_bwd", (BEND_DOUT, np.array([1.0, 0, -2, 3, -0.5]))),
        ("sigmoid_bwd", (BEND_DOUT, np.array([0.5, 0.2, 0.9, 0.6, 0.1]))),
        ("tanh_bwd", (BEND_DOUT, np.array([0.5, -0.2, 0.9, -0.6, 0.1]))),
        probe_dout_afterwards,
    ],
    "3.4": [
        ("softmax_xent", (LOGITS + np.array([[0.0], [1.5]]), np.array([1, 2]))),
        ("softmax_xent", (np.array([[0.0, 800.0, 3.0]]), np.array([0]))),
        ("softmax_xent", (np.array([[900.0, 899.0], [-900.0, -901.0]]), np.array([0, 1]))),
    ],
    "3.5": [
        (
            "conv_bwd",
            (
                np.arange(48.0).reshape(2, 2, 4, 3) % 5 - 1.5,
                np.arange(80.0).reshape(2, 4, 5, 2) % 7 - 2,
                np.arange(36.0).reshape(3, 2, 2, 3) % 8 - 3.5,
                (1, 1),
                0,
            ),
        ),
        (
            "conv_bwd",
            (
                np.arange(24.0).reshape(2, 3, 2, 2) % 5 - 1.5,
                np.arange(40).reshape(2, 4, 5, 1) % 7,
                np.arange(12.0).reshape(2, 3, 1, 2) % 8 - 3.5,
                (2, 3),
                (1, 1),
            ),
        ),
    ],
    "3.6": [
        (
            "maxpool_bwd",
            (
                np.arange(1.0, 19).reshape(1, 3, 3, 2),
                np.stack([SMALL_X, 9 - SMALL_X], axis=-1)[None],
                (2, 3),
                (1, 1),
            ),
        ),
        (
            "maxpool_bwd",
            (np.arange(1.0, 5).reshape(1, 2, 2, 1), -SMALL_X[None, :, :, None], (2, 2), (2, 3)),
        ),
        (
            "maxpool_bwd",
            (
                np.full((1, 1, 1, 1), 1.5),
                np.array([[1, 4, 0], [4, 2, 3]])[None, :, :, None],
                (2, 3),
                (1, 1),
            ),
        ),
    ],
    "3.7": [probe_graphs],
    "3.8": [probe_training, probe_classes],
}
