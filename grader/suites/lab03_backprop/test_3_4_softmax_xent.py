"""Hidden checks of 3.4."""

import numpy as np

from nablab.checking import close, exercise, holds
from nablab.checking.expect import as_numbers
from nablab.reference.loss import softmax_cross_entropy, softmax_cross_entropy_gradient


def same(student, z, y, says="", rtol=1e-4):
    """Loss and gradient equal the reference's. Sure of the right class the loss is next to 0: what is
    left of logits and of a 1 that cancel out, rounded in float32 to some 1e-7 of their own size."""
    got = student.softmax_xent(z, y)
    holds(isinstance(got, (tuple, list)) and len(got) == 2, "Return the loss and dz.", got=got)
    right = np.eye(z.shape[1])[np.asarray(y, dtype=int)]
    dz = softmax_cross_entropy_gradient(z, right) / len(z)
    loss = softmax_cross_entropy(z, right).mean()
    rounding = 1e-6 + 2e-7 * float(np.abs(z).max())
    close(got[0], loss, f"{says} The loss:".strip(), rtol=rtol, atol=rounding)
    close(got[1], dz, f"{says} dz:".strip(), rtol=rtol, atol=rounding / len(z))
    return as_numbers(got[1])


@exercise("3.4", stage="oracle")
def test_batches_of_any_size(student, rng):
    """Batches of any size, with any number of classes"""
    for n, k in ((7, 3), (1, 5), (2, 11), (13, 2)):
        z, y = 3 * rng.normal(size=(n, k)), rng.integers(0, k, size=n)
        same(student, z, y, f"{n} examples, {k} classes.")


@exercise("3.4")
def test_one_batch_twice(student, rng):
    """The same batch twice over has the same loss, and half of dz for each example"""
    z, y = 2 * rng.normal(size=(5, 3)), rng.integers(0, 3, size=5)
    same(student, np.concatenate([z, z]), np.concatenate([y, y]))


@exercise("3.4")
def test_rows_may_be_shifted(student, rng):
    """A number added to each row of logits changes neither loss nor dz"""
    z, y = rng.normal(size=(5, 4)), rng.integers(0, 4, size=5)
    same(student, z + rng.uniform(-200, 200, size=(5, 1)), y, rtol=1e-3)


@exercise("3.4", stage="probe")
def test_stable_at_any_size(student, rng):
    """Huge logits, and rows of very different sizes: everything finite, and right"""
    order = rng.permutation(4)
    for row in (
        [1e4, 0, -1e4, 5e3],
        [1e4, 1e4 - 1, 1e4 - 3, 1e4 - 2],
        [-9e3, -9e3 + 2, -1e5, -9e3],
    ):
        z = np.array([row, [0.5, -0.5, 1, 0]])[:, order]
        for label in range(4):
            same(student, z, np.array([label, 2]), f"Logits {row}.", rtol=1e-3)
    z = np.array([[800.0, 799, 798], [-800, -799, -801], [0, 1, 2]])
    same(student, z, np.array([2, 0, 1]), "Rows that lie far apart.")


@exercise("3.4", stage="probe")
def test_sure_and_wrong(student, rng):
    """Sure of the wrong class by a margin m, the loss is m, however large"""
    margin = rng.uniform(50, 500)
    z = np.array([[0.0, margin, 0.0], [margin, 0.0, -margin]])
    same(student, z, np.array([0, 2]))


@exercise("3.4")
def test_a_small_step_against_dz(student, rng):
    """A small step against dz lowers the loss by the squared length of dz times the step"""
    z, y = rng.normal(size=(3, 5)), rng.integers(0, 5, size=3)
    dz = same(student, z, y)
    right = np.eye(5)[y]
    step = 1e-3
    gain = (
        softmax_cross_entropy(z, right).mean() - softmax_cross_entropy(z - step * dz, right).mean()
    )
    close(gain, step * float(np.sum(dz**2)), "The gain of one small step.", rtol=1e-2)
    same(student, rng.integers(-4, 5, size=(6, 3)), rng.integers(0, 3, size=6).astype(np.uint8))
