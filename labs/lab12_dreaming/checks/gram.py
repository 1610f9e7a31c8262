"""The visible checks of 12.6."""

import numpy as np

from nablab.checking import check, close, contract, is_array, rounding
from nablab.reference.dreaming import gram, gram_loss
from nablab.sandbox.student import arguments_after_call

from .oracles import two_of, value_and_gradient, wave

MAPS = np.array([[4, 1], [0, 3]]).reshape(1, 2, 2)
AIM = np.array([[2.0, 0], [0, 2]])


def covariance(F):
    """The oracle, channel by channel."""
    rows = np.asarray(F, dtype=float).reshape(-1, np.shape(F)[-1])
    rows = rows - rows.mean(axis=0)
    return np.array([[np.mean(a * b) for b in rows.T] for a in rows.T])


def right(student, F, says=""):
    close(
        student.gram(F),
        covariance(F),
        says or f"Maps {np.shape(F)}.",
        atol=rounding(lambda f: np.einsum("ija,ijb->ab", f, f) / f[..., 0].size, F),
        constant=True,
    )


def loss(student, F, A, says=""):
    value, gradient = value_and_gradient(student.gram_loss(F, A), "gram_loss", np.shape(F))
    expected, slope = gram_loss(F, A)
    says = says or f"Maps {np.shape(F)}."
    close(value, expected, f"{says} The loss.", atol=1e-6 * max(1, expected))
    close(
        gradient, slope, f"{says} The gradient.", atol=2e-5 * np.abs(slope).max() + 1e-12,
        constant=True,
    )  # fmt: skip


def aim(rng, C):
    """A drawn Gram matrix of maps that vary together."""
    return gram(rng.normal(size=(4, 5, C)) @ rng.normal(size=(C, C)))


@check("contract")
def test_a_matrix_of_channels(student):
    """gram of maps (4, 5, 3) is a NumPy array (3, 3), and leaves the maps alone"""
    contract(student, "gram", wave((4, 5, 3)), shape=(3, 3), array=True)


@check("contract")
def test_a_loss_and_a_gradient(student):
    """gram_loss returns a number and a NumPy array as large as the maps, which stay as they are"""
    got = contract(student, "gram_loss", wave((4, 5, 3)), gram(wave((3, 4, 3), 1.1)))
    value_and_gradient(got, "gram_loss", (4, 5, 3))
    is_array(two_of(got, "gram_loss", "a number", "a gradient")[1], "The gradient")


@check("hand")
def test_the_matrix_of_the_text(student):
    """Two pixels (4, 1) and (0, 3) give the matrix 4 −2; −2 1, as row and as column"""
    close(student.gram(MAPS), [[4.0, -2], [-2, 1]], given={"F": MAPS})
    column = MAPS.reshape(2, 1, 2)
    close(student.gram(column), [[4.0, -2], [-2, 1]], given={"F": column})


@check("hand")
def test_the_loss_of_the_text(student):
    """Against twice the identity their loss is 1.625, the gradient ±(1.5, −.75)"""
    value, gradient = value_and_gradient(student.gram_loss(MAPS, AIM), "gram_loss", (1, 2, 2))
    close(value, 1.625, given={"F": MAPS, "A": AIM})
    close(
        gradient, np.array([[1.5, -0.75], [-1.5, 0.75]]).reshape(1, 2, 2), "The gradient.",
        given={"F": MAPS, "A": AIM},
    )  # fmt: skip


@check("probe")
def test_the_mean_does_not_count(student):
    """Brighter maps have the same matrix; maps without variation have one of zeros"""
    F = wave((3, 5, 4), 1.3)
    close(student.gram(F + np.array([3, -2, 7, 1])), covariance(F), atol=1e-4)
    close(
        student.gram(np.full((3, 4, 2), 5.0)), np.zeros((2, 2)), "Uniform maps.",
        atol=1e-9, constant=True,
    )  # fmt: skip


@check()
def test_places_do_not_count(student, rng):
    """Pixels in another order, or in another number of rows, have the same matrix"""
    F = rng.normal(size=(4, 6, 3))
    shuffled = rng.permutation(F.reshape(24, 3)).reshape(4, 6, 3)
    close(student.gram(shuffled), covariance(F), "Shuffled pixels.", atol=1e-6)
    close(student.gram(F.reshape(3, 8, 3)), covariance(F), "Other rows.", atol=1e-6)


@check()
def test_the_number_of_pixels_does_not_count(student, rng):
    """Twice the same pixels have the same matrix, and the doubled maps four times as much"""
    F = rng.normal(size=(3, 5, 4))
    close(student.gram(np.concatenate([F, F])), covariance(F), "Each pixel twice.", atol=1e-6)
    close(student.gram(2 * F), 4 * covariance(F), "2 F.", atol=1e-6)


@check()
def test_a_step_changes_the_loss_as_the_gradient_says(student, rng):
    """A small step of the maps changes the loss as the gradient says"""
    F, A = rng.normal(size=(3, 4, 3)), aim(rng, 3)
    step = 1e-4 * rng.normal(size=F.shape)
    _, gradient = value_and_gradient(student.gram_loss(F, A), "gram_loss", F.shape)
    change = (gram_loss(F + step, A)[0] - gram_loss(F - step, A)[0]) / 2
    close(np.sum(gradient * step), change, rtol=1e-3, atol=1e-9)


@check("oracle")
def test_any_maps(student, rng):
    """Maps of any size, whole numbers too, in any order in memory"""
    for shape in ((7, 5, 3), (2, 3, 8), (1, 6, 2), (5, 4, 1)):
        F = 2 + rng.normal(size=shape[::-1]).T
        right(student, F)
        loss(student, F, aim(rng, shape[2]))
    right(student, rng.integers(-4, 5, size=(3, 5, 4)), "Whole numbers.")
    loss(student, rng.integers(-4, 5, size=(3, 5, 4)), aim(rng, 4), "Whole numbers.")


def probe_losses(student):
    """Losses and gradients, as plain numbers."""
    found = []
    for F, A in (
        (MAPS, AIM),
        (wave((3, 4, 3)) + 1, gram(wave((4, 4, 3), 1.7))),
        (wave((2, 5, 2)) + 1, gram(wave((5, 3, 2), 0.4))),
    ):
        value, gradient = student.gram_loss(F, A)
        found += [np.asarray(value, dtype=float), np.asarray(gradient, dtype=float)]
    return found


def probe_arguments(student):
    """The maps that were passed, as they are after the calls."""
    F = wave((3, 2, 2))
    return [
        arguments_after_call(student, "gram", F)[1][0],
        arguments_after_call(student, "gram_loss", F, AIM)[1][0],
    ]


PROBES = [
    ("gram", (MAPS,)),
    ("gram", (wave((3, 5, 4)) + 1,)),
    ("gram", (wave((4, 3, 2)),)),
    ("gram", (wave((3, 3, 3), 0.4).T + 1,)),
    probe_losses,
    probe_arguments,
]
