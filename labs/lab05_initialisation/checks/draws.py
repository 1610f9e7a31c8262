"""The visible checks of 5.2."""

import numpy as np

from nablab.checking import check, contract, each, generator, holds
from nablab.checking.expect import as_numbers
from nablab.reference.initialization import fans

DENSE, CONV = (211, 307), (3, 5, 37, 101)


DRAWS = ("he_normal", "glorot_uniform")


def deviation(name, shape):
    """The standard deviation that a recipe asks for."""
    fan_in, fan_out = fans(shape)
    return float(np.sqrt(2 / fan_in if name == "he_normal" else 2 / (fan_in + fan_out)))


def drawn(student, name, shape, seed):
    """What a student's recipe draws: an array of that shape."""
    return weights_of(getattr(student, name)(shape, generator(student, seed)), name, shape)


def weights_of(got, name, shape):
    got = as_numbers(got, says=f"{name}:")
    holds(got.shape == tuple(shape), f"{name}{shape} returned the shape {got.shape}.", got=got)
    holds(np.isfinite(got).all(), f"{name} drew numbers that are not finite.", got=got)
    return got.astype(float)


def spread_is_right(weights, name, shape, within=0.02):
    """Mean 0 and the recipe's standard deviation, up to what so many draws allow."""
    wanted = deviation(name, shape)
    formula = "√(2 / fan_in)" if name == "he_normal" else "√(2 / (fan_in + fan_out))"
    holds(
        abs(weights.std() / wanted - 1) < within,
        f"{name} of {shape}: the standard deviation of {weights.size:,} weights is "
        f"{weights.std():.4g}, and should be {formula} = {wanted:.4g}.",
        got=weights.std(),
        expected=wanted,
    )
    holds(
        abs(weights.mean()) < 6 * wanted / np.sqrt(weights.size),
        f"{name} of {shape}: the mean of {weights.size:,} weights is {weights.mean():.3g}, further "
        "from 0 than chance explains.",
        got=weights.mean(),
        expected=0.0,
    )


def hardly_any_are_equal(weights):
    """Whether fewer than one weight in a hundred equals another: in float32, chance makes it one in
    a thousand."""
    return np.unique(weights.astype(np.float32)).size > 0.99 * weights.size


def no_value_piles_up(weights, name, shape):
    values, counts = np.unique(weights.astype(np.float32), return_counts=True)
    most = int(counts.argmax())
    holds(
        hardly_any_are_equal(weights),
        f"{name} of {shape}: of {weights.size:,} weights {counts[most]:,} are {values[most]:.4g}. "
        "If you cut numbers off at a bound, draw them again instead of moving them there.",
    )


@check("contract")
def test_two_arrays_and_a_word(student):
    """Both recipes return arrays of the given shape, and the constant is one of the two words"""
    for name in DRAWS:
        contract(student, name, (7, 5), generator(student, 1), shape=(7, 5))
        contract(student, name, (3, 2, 7, 5), generator(student, 1), shape=(3, 2, 7, 5))
    word = student.KERAS_HE_NORMAL
    holds(
        isinstance(word, str) and word in ("normal", "truncated"),
        'Set KERAS_HE_NORMAL to "normal" or "truncated".',
        got=word,
    )


@check("hand")
def test_the_kernel_of_the_text(student):
    """The dense kernel (8, 4) has the standard deviations 0.5 and 0.408"""
    for name in DRAWS:
        rng = generator(student, 2)
        kernels = each(student, name, [((8, 4), rng)] * 800)
        weights = np.stack([weights_of(kernel, name, (8, 4)) for kernel in kernels])
        spread_is_right(weights, name, (8, 4), within=0.03)


@check("hand")
def test_what_keras_draws(student):
    """What you say of Keras's HeNormal is what the picture shows"""
    word = student.KERAS_HE_NORMAL
    holds(
        isinstance(word, str) and word == "truncated",
        "Look at the orange histogram again: of 160,000 normal numbers about 3,700 lie further out "
        "than 2.27 standard deviations. How many do you see there?",
        got=word,
    )


@check("probe")
def test_a_dense_kernel_and_a_convolutions(student):
    """In large kernels the standard deviations are right, and hardly two weights are equal"""
    for shape in (DENSE, CONV):
        for name in DRAWS:
            weights = drawn(student, name, shape, 3)
            spread_is_right(weights, name, shape)
            no_value_piles_up(weights, name, shape)


@check("probe")
def test_the_bounds_of_the_uniform_draws(student):
    """glorot_uniform fills the range between its bounds evenly and stays within it"""
    for shape in (DENSE, CONV):
        bound = np.sqrt(3) * deviation("glorot_uniform", shape)
        weights = drawn(student, "glorot_uniform", shape, 4) / bound
        for edge, what in ((weights.max(), "largest"), (-weights.min(), "smallest")):
            holds(
                0.99 < edge < 1.00001,
                f"glorot_uniform of {shape}: the {what} weight is {edge:.3f} times the bound "
                "√(6 / (fan_in + fan_out)). With so many draws it should come close to the bound "
                "and not exceed it.",
                got=edge,
                expected=1.0,
            )
        share = np.mean(np.abs(weights) < 0.5)
        holds(
            abs(share - 0.5) < 0.015,
            f"glorot_uniform of {shape}: {100 * share:.0f} % of the weights lie in the middle half "
            "of the range, and 50 % should.",
            got=share,
            expected=0.5,
        )


@check("probe")
def test_the_normal_draws_form_a_bell(student):
    """he_normal draws from a bell curve: many small weights, few large ones"""
    weights = np.abs(drawn(student, "he_normal", DENSE, 5)) / deviation("he_normal", DENSE)
    near, far = np.mean(weights < 0.5), np.mean(weights > 1.8)
    # A normal distribution has 38.3 % and 7.2 %, one cut off at ±2 has 35.6 % and 7.1 %, each
    # ±0.2 % by chance; the bounds are eight times that away. A uniform one has 29 % and none.
    holds(
        0.34 < near < 0.42 and 0.045 < far < 0.1,
        f"{100 * near:.1f} % of the weights are within half a standard deviation and "
        f"{100 * far:.1f} % beyond 1.8 of them. For a normal distribution, truncated or not, these "
        "shares are about 37 % and 7 %.",
    )


@check()
def test_the_generator_decides(student):
    """The same seed gives the same weights; another seed or a second draw gives others"""
    for name in DRAWS:
        rng = generator(student, 6)
        first, second = (
            weights_of(student_draw, name, (7, 5))
            for student_draw in each(student, name, [((7, 5), rng)] * 2)
        )
        again, other = (drawn(student, name, (7, 5), seed) for seed in (6, 7))
        holds(
            np.array_equal(first, again),
            f"{name}: two generators of the same seed gave different weights. Draw from rng only.",
        )
        holds(
            not np.allclose(first, other) and not np.allclose(first, second),
            f"{name}: two draws that should differ are equal. Draw from the given generator and do "
            "not make a new one.",
        )


def probe_draws(student):
    """How the draws of both recipes are spread, whatever the order in which they are drawn."""
    found = []
    for name in DRAWS:
        for shape in (DENSE, CONV):
            weights = drawn(student, name, shape, 1) / deviation(name, shape)
            found += [
                round(10 * float(np.log(weights.std()))),
                round(2 * float(weights.mean())),
                round(8 * float(np.mean(np.abs(weights) > 1.74))),
                round(10 * float(np.mean(np.abs(weights) > 1.65))),
                hardly_any_are_equal(weights),
            ]
        found.append(bool(np.array_equal(*(drawn(student, name, (7, 5), seed) for seed in (1, 2)))))
    return found


PROBES = [probe_draws, "KERAS_HE_NORMAL"]
