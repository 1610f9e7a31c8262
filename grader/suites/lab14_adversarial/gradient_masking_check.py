"""Hidden checks of N.7."""

import numpy as np

from nablab.checking import check, close, left_alone, mutant, variant

from ..checks.gradient_masking_check import (
    blind_half,
    honest,
    itself,
    judged,
    labelled,
    saturated,
    shares,
    sharpened,
    steadfast,
    wrinkled,
)
from ..checks.oracles import logits, net, untouched
from .building_blocks import accuracy, answers, by_tape, gradient, step


@check("oracle")
def test_fresh_shares(student, rng):
    """The share of images without slopes, for fresh nets"""
    for _ in range(2):
        for x, y, weights, share in shares(rng):
            got = student.zero_gradient_share(net(student, (3, 2, 1), weights).handle, x, y)
            close(got, share, atol=1e-6)


@check("probe")
def test_saturated_logits_have_no_slopes(student, rng):
    """With logits times 10,000 the share is that of the images that are read right"""
    x, y, weights = labelled(rng, (17, 2, 3, 1), 3)
    model = sharpened(student, (2, 3, 1), weights, 1e4)
    got = left_alone(student, "zero_gradient_share", model.handle, x, y)
    close(got, np.mean(logits(x, weights).argmax(1) == y), atol=1e-6)
    plain = student.zero_gradient_share(net(student, (2, 3, 1), weights).handle, x, y)
    close(plain, 0.0, "Without the factor:", constant=True)
    W = np.array([[0, -2.0], [0, 0], [0, 2.0]])
    for factor in (1, 1e-5):  # slopes that are negative, 0 and positive, cancel, or are small
        some = net(student, (3,), [factor * W, np.zeros(2)])
        got = student.zero_gradient_share(some.handle, rng.uniform(size=(4, 3)), np.zeros(4, int))
        close(got, 0.0, f"Slopes −2, 0 and 2, times {factor:g}:", constant=True)
    falling = net(student, (2,), [np.array([[0, -3.0], [0, -1.0]]), np.zeros(2)])
    got = student.zero_gradient_share(falling.handle, rng.uniform(size=(3, 2)), np.zeros(3, int))
    close(got, 0.0, "Slopes that are all negative:", constant=True)


@check()
def test_fresh_masks_fall(student, rng):
    """Fresh nets that mask their slopes, by zeros or by a dent, are unmasked"""
    judged(student, saturated, rng)
    judged(student, lambda s, r: saturated(s, r, (11, 7), 0.3), rng)
    judged(student, wrinkled, rng)
    judged(student, lambda s, r: wrinkled(s, r, (5, 13), 0.15), rng)


@check()
def test_fresh_honest_nets_stand(student, rng):
    """Fresh nets that hide nothing are not accused"""
    for kind in (honest, honest, blind_half, steadfast, itself):
        judged(student, kind, rng)


@check("probe")
def test_models_and_images_stay(student, rng):
    """Models and images stay as they are"""
    model, substitute, x, y, eps, _ = saturated(student, rng)
    before = [model.get_weights(), substitute.get_weights()]
    verdict = left_alone(
        student, "gradient_masking_check", model.handle, substitute.handle, x, y, eps
    )
    close(float(verdict), 1.0, "A masked net:", constant=True)
    for one, weights in zip((model, substitute), before, strict=True):
        untouched(one, weights, "gradient_masking_check")


# Mutants ------------------------------------------------------------------------------------------


def flat(model, x, y, **how):
    return gradient(model, x, y, **how).reshape(len(x), -1)


def sharing(says, of):
    return mutant(says, zero_gradient_share=lambda model, x, y: of(flat(model, x, y)))


share_of_pixels = sharing(
    "This is the share of pixels whose slope is 0. Count images of which all slopes are 0.",
    lambda g: float(np.mean(g == 0)),
)
one_flat_pixel = sharing(
    "You count images with a slope of 0 anywhere. All their slopes must be 0.",
    lambda g: float(np.mean((g == 0).any(axis=1))),
)
share_with_slopes = sharing(
    "This is the share of images that have slopes. Those without are asked for.",
    lambda g: float(np.mean((g != 0).any(axis=1))),
)
number_without = sharing(
    "You count the images. The share is that number divided by the number of images.",
    lambda g: float(np.sum((g == 0).all(axis=1))),
)
small_is_zero = sharing(
    "You count small slopes as 0. FGSM takes only their signs, so however small they are, they help.",
    lambda g: float(np.mean((np.abs(g) < 1e-3).all(axis=1))),
)
slopes_that_cancel = sharing(
    "You ask whether the sum of the slopes is 0. Positive and negative ones cancel in it.",
    lambda g: float(np.mean(np.abs(g.sum(axis=1)) < 1e-9)),
)
only_downhill = sharing(
    "You ask whether the largest slope is 0 or less. Negative slopes are slopes: take their size.",
    lambda g: float(np.mean(g.max(axis=1) <= 0)),
)
the_first_image = sharing("You look at the first image only.", lambda g: float((g[0] == 0).all()))
all_or_nothing = sharing(
    "You ask whether all slopes of all images are 0. The share of the images is asked for.",
    lambda g: float((g == 0).all()),
)


def judging(says, of):
    return mutant(says, gradient_masking_check=of)


def own(model, x, y, eps):
    return accuracy(model, step(model, x, y, eps), y)


def moved(model, substitute, x, y, eps):
    return accuracy(model, step(substitute, x, y, eps), y)


the_wrong_way_round = judging(
    "Your comparison is the wrong way round: a weak attack of its own gives the mask away.",
    lambda model, substitute, x, y, eps: (
        own(model, x, y, eps) < moved(model, substitute, x, y, eps)
    ),
)
the_same_is_masked = judging(
    "If both accuracies are the same, nothing is masked: the answer is False.",
    lambda model, substitute, x, y, eps: (
        own(model, x, y, eps) >= moved(model, substitute, x, y, eps)
    ),
)
only_zero_slopes = judging(
    "You only look for slopes that are 0. A mask can also mislead: compare the two attacks.",
    lambda model, substitute, x, y, eps: bool(np.mean((flat(model, x, y) == 0).all(axis=1)) > 0.5),
)
both_symptoms = judging(
    "You ask for slopes of 0 too. The comparison of the two attacks is enough.",
    lambda model, substitute, x, y, eps: bool(
        (flat(model, x, y) == 0).all(axis=1).any()
        and own(model, x, y, eps) > moved(model, substitute, x, y, eps)
    ),
)
read_by_the_substitute = judging(
    "The substitute reads its own images in yours. It makes them, and the model reads them.",
    lambda model, substitute, x, y, eps: own(model, x, y, eps) > own(substitute, x, y, eps),
)
shown_to_the_substitute = judging(
    "You show the model's images to the substitute. Show the substitute's images to the model.",
    lambda model, substitute, x, y, eps: (
        own(model, x, y, eps) > accuracy(substitute, step(model, x, y, eps), y)
    ),
)
as_good_as_clean = judging(
    "You ask whether the attack changes nothing. A robust net would be accused too, and the substitute "
    "plays no part.",
    lambda model, substitute, x, y, eps: own(model, x, y, eps) >= accuracy(model, x, y) - 0.05,
)
clean_for_own = judging(
    "You compare the clean accuracy with that under transfer. Compare the model's own attack with it.",
    lambda model, substitute, x, y, eps: (
        accuracy(model, x, y) > moved(model, substitute, x, y, eps)
    ),
)
clean_for_transferred = judging(
    "You compare the model's own attack with clean images. Compare it with the substitute's attack.",
    lambda model, substitute, x, y, eps: own(model, x, y, eps) > accuracy(model, x, y),
)
always = judging("You always answer True.", lambda model, substitute, x, y, eps: True)
never = judging("You always answer False.", lambda model, substitute, x, y, eps: False)
the_difference = judging(
    "You return the difference of the two accuracies. The answer is True or False.",
    lambda model, substitute, x, y, eps: (
        own(model, x, y, eps) - moved(model, substitute, x, y, eps)
    ),
)
without_a_step = judging(
    "You ignore eps and step by 0.01.",
    lambda model, substitute, x, y, eps: (
        own(model, x, y, 0.01) > moved(model, substitute, x, y, 0.01)
    ),
)


# Variants -----------------------------------------------------------------------------------------


def by_norm(model, x, y):
    return np.float32(np.mean(np.abs(by_tape(model, x, y)).reshape(len(x), -1).max(axis=1) == 0))


def counted_right(model, substitute, x, y, eps):
    right = [np.sum(answers(model, step(m, x, y, eps)) == y) for m in (model, substitute)]
    return right[0] > right[1]


def image_by_image(model, x, y):
    flat_images = 0
    for n in range(len(x)):
        flat_images += not np.any(gradient(model, x[n : n + 1], y[n : n + 1]))
    return flat_images / len(x)


def by_errors(model, substitute, x, y, eps):
    white = 1 - own(model, x, y, eps)
    black = 1 - moved(model, substitute, x, y, eps)
    return bool(black > white + 1e-9)


def by_count(model, x, y):
    slopes = gradient(model, np.asarray(x), y)
    return np.mean(np.count_nonzero(slopes.reshape(slopes.shape[0], -1), axis=1) == 0)


def with_numpy_bool(model, substitute, x, y, eps):
    return np.greater(own(model, x, y, eps), moved(model, substitute, x, y, eps))


norm_and_counts = variant(
    "the largest slope, by TensorFlow's tape; counts of right answers",
    zero_gradient_share=by_norm,
    gradient_masking_check=counted_right,
)
loops_and_errors = variant(
    "image by image; shares read wrong",
    zero_gradient_share=image_by_image,
    gradient_masking_check=by_errors,
)
counts_of_slopes = variant(
    "slopes counted; NumPy's own bool",
    zero_gradient_share=by_count,
    gradient_masking_check=with_numpy_bool,
)
