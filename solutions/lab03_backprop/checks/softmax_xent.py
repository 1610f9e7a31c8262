"""The visible checks of N.4."""

import numpy as np

from nablab.checking import check, close, contract, holds
from nablab.checking.expect import RTOL, as_numbers
from nablab.reference.loss import softmax_cross_entropy, softmax_cross_entropy_gradient

from .oracles import parts, shaped

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
    """If the right class is nearly certain, the loss is next to 0: what is left of logits and a 1
    that cancel out. In float32 these are rounded to about 1e-7 of their own size."""
    return 1e-6 + 2e-7 * float(np.abs(z).max())


def same_loss(student, z, y, says="", rtol=RTOL, shown=True):
    """Loss and gradient equal the reference's. If `shown`, a failure shows z and y. Returns the
    gradient."""
    loss, dz = xent(student, z, y)
    right, gradient = true_xent(z, y)
    rounding = rounding_of(z)
    given = {"z": z, "y": y} if shown else None
    close(loss, right, f"{says} The loss:".strip(), given=given, rtol=rtol, atol=rounding)
    says = f"{says} The loss is right; dz:".strip()
    return close(dz, gradient, says, given=given, rtol=rtol, atol=rounding / len(z))


@check("contract")
def test_a_number_and_an_array(student):
    """softmax_xent returns one number, and a NumPy array of the shape of z"""
    z, y = np.arange(15.0).reshape(5, 3) % 4, np.array([0, 2, 1, 1, 0])
    contract(student, "softmax_xent", z, y)
    shaped(xent(student, z, y), LOSS_NAMES, ((), (5, 3)), arrays=True)


@check("hand")
def test_the_two_rows_of_the_text(student):
    """The two rows of the text: the loss is ½(ln 4 + ln 3), and dz is as in the text"""
    y = np.array([1, 2])
    given = {"z": LOGITS, "y": y}
    loss, dz = xent(student, LOGITS[:1], y[:1])
    close(loss, np.log(4), "The first row alone, the loss:", given={"z": LOGITS[:1], "y": y[:1]})
    close(dz, [[0.125, -0.75, 0.625]], "The first row alone, dz:")
    loss, dz = xent(student, LOGITS, y)
    close(loss, (np.log(4) + np.log(3)) / 2, "Both rows, the loss:", given=given)
    close(dz, [[1 / 16, -3 / 8, 5 / 16], [1 / 6, 1 / 6, -1 / 3]], "Both rows, dz:", given=given)


@check("probe")
def test_a_net_that_knows_nothing(student):
    """With equal logits the loss is log K, for any number K of classes"""
    for classes in (2, 3, 10):
        z, y = np.full((5, classes), 0.7), np.arange(5) % classes
        loss, _ = xent(student, z, y)
        close(loss, np.log(classes), f"{classes} classes.", given={"z": z, "y": y})


@check("probe")
def test_huge_logits(student):
    """Logits of ±10000 give the right loss and the right dz, both finite"""
    for z, y, loss, dz in (
        ([[0.0, 10000.0]], [0], 10000, [[-1, 1]]),
        ([[-10000.0, -10001.0, -20000.0]], [1], np.log1p(np.e), None),
        ([[10000.0, 0.0, 5000.0], [1.0, 2.0, 0.0]], [2, 0], None, None),
        ([[900.0, 899.0], [-900.0, -901.0]], [0, 1], None, None),
    ):
        z, y = np.array(z), np.array(y)
        right, gradient = true_xent(z, y)
        got, got_dz = xent(student, z, y)
        says = "Subtract each row's own largest logit; no probability may be rounded to 0."
        given = {"z": z, "y": y}
        loss, dz = right if loss is None else loss, gradient if dz is None else dz
        rounding = rounding_of(z)
        close(got, loss, f"{says} The loss:", given=given, atol=rounding)
        close(got_dz, dz, f"{says} dz:", given=given, atol=rounding / len(z))


@check()
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


@check()
def test_a_number_added_to_a_row(student, rng):
    """A number added to all logits of a row changes nothing"""
    z, y = rng.normal(size=(5, 3)), np.array([0, 2, 1, 1, 2])
    right, gradient = true_xent(z, y)
    loss, dz = xent(student, z + np.array([[5.0], [-3], [100], [-100], [0.5]]), y)
    close(loss, right, "The loss:", rtol=1e-3)
    close(dz, gradient, "dz:", rtol=1e-3, atol=2e-5)  # in float32, 100.3 is off by up to 4e-6


@check("oracle")
def test_any_batch(student, rng):
    """Batches of any size, also of whole numbers"""
    for n, k in ((1, 2), (5, 3), (3, 7)):
        z, y = 2 * rng.normal(size=(n, k)), rng.integers(0, k, size=n)
        same_loss(student, z, y, f"{n} examples, {k} classes.")
    z, y = rng.integers(-3, 4, size=(6, 4)), rng.integers(0, 4, size=6).astype(np.uint8)
    same_loss(student, z, y, "z holds whole numbers, y bytes.")


PROBES = [
    ("softmax_xent", (LOGITS + np.array([[0.0], [1.5]]), np.array([1, 2]))),
    ("softmax_xent", (np.array([[0.0, 800.0, 3.0]]), np.array([0]))),
    ("softmax_xent", (np.array([[900.0, 899.0], [-900.0, -901.0]]), np.array([0, 1]))),
]
