"""Hidden checks of N.1."""

import numpy as np

from nablab.checking import check, close, holds, left_alone, mutant, variant
from nablab.reference.adversarial import worst_margin

from ..checks.oracles import case, drawn, losses, net, normalised_case, same, untouched, within
from .building_blocks import answers, by_tape, gradient, outputs


@check("oracle")
def test_fresh_nets(student, rng):
    """Nets of one and two layers, images of any shape, several eps"""
    for shape, classes, hidden, eps in (
        ((7, 3, 5, 2), 5, 0, 0.2),
        ((4, 6, 3, 1), 4, 9, 0.05),
        ((3, 11, 2), 3, 5, 0.4),
        ((1, 17), 2, 0, 0.1),
    ):
        x, y, weights, expected = case(rng, shape, classes, hidden, eps, eps)
        got = student.fgsm(net(student, shape[1:], weights).handle, x, y, eps)
        same(got, expected, f"Images {shape}, {classes} classes, eps {eps}.", x)


@check()
def test_it_reaches_the_worst_margin(student, rng):
    """Of a linear net with two classes the step reaches the worst margin, and blind pixels stay"""
    W = rng.uniform(0.2, 2, (13, 2)) * rng.choice([-1, 1], (13, 2))
    W[[2, 7]] = 0
    w, x = W[:, 0] - W[:, 1], rng.uniform(0.3, 0.7, (6, 13))
    model = net(student, (13,), [W, np.array([0.3, -0.2])])
    made = within(student.fgsm(model.handle, x, np.zeros(6, int), 0.125), x, 0.125)
    close(made @ w + 0.5, worst_margin(w, 0.5, x, 0.125), "The margins:", atol=1e-4)
    same(made[:, [2, 7]], x[:, [2, 7]], "Two pixels that the net does not look at:")


@check("probe")
def test_images_of_every_kind_stay(student, rng):
    """Whole numbers, float32 and transposed views are welcome, and stay as they are"""
    for kind in (np.int64, np.uint8, np.float32, np.float64):
        while True:
            weights, y = drawn(rng, 12, 3), rng.integers(3, size=5)
            x = rng.integers(0, 2, (5, 2, 3, 2)).astype(kind)
            if kind is np.float64:
                x = np.asfortranarray(np.clip(rng.uniform(-0.3, 1.3, x.shape), 0, 1))
            expected, certain = _expected(x, y, weights, 0.25)
            if certain:
                break
        got = left_alone(student, "fgsm", net(student, (2, 3, 2), weights).handle, x, y, 0.25)
        same(got, expected, f"Images of {np.dtype(kind)}.", x)


def _expected(x, y, weights, eps):
    from ..checks.oracles import climbed

    return climbed(x, y, weights, eps, eps, 1)


@check("probe")
def test_no_step_and_a_huge_one(student, rng):
    """With eps 0 nothing changes; with eps 1 pixels are paper, ink, or as they were"""
    x, y, weights, _ = case(rng, (4, 3, 2, 1), 3, hidden=5)
    model = net(student, (3, 2, 1), weights)
    same(student.fgsm(model.handle, x, y, 0.0), x, "eps is 0:")
    made = within(student.fgsm(model.handle, x, y, 1.0), x, 1.0)
    holds(
        np.all((np.abs(made) < 1e-6) | (np.abs(made - 1) < 1e-6) | (np.abs(made - x) < 1e-6)),
        "With eps 1 a pixel goes all the way to 0 or 1.",
        got=made,
    )


@check("probe")
def test_nothing_of_the_model_moves(student, rng):
    """Moving means, weights and dropout of a fresh net stay out of it"""
    x, y, model, expected = normalised_case(rng, student, (6, 2, 5, 1), 4, 0.2, 0.2, 1)
    before = model.get_weights()
    same(student.fgsm(model.handle, x, y, 0.2), expected, "In inference mode:", x)
    untouched(model, before, "fgsm")


@check("probe")
def test_each_image_has_its_own_step(student, rng):
    """Every image is changed by its own slopes and its own label, wherever it lies in the batch"""
    x, y, weights, expected = case(rng, (8, 3, 3, 1), 4, hidden=6, eps=0.1)
    order = rng.permutation(8)
    model = net(student, (3, 3, 1), weights)
    same(student.fgsm(model.handle, x[order], y[order], 0.1), expected[order], "Another order:")
    same(student.fgsm(model.handle, x[:1], y[:1], 0.1), expected[:1], "One image alone:")


@check()
def test_small_steps_raise_the_loss(student, rng):
    """A small step raises the loss of nearly every image"""
    x, y, weights, _ = case(rng, (31, 4, 2, 1), 3, hidden=9, eps=0.005)
    made = within(student.fgsm(net(student, (4, 2, 1), weights).handle, x, y, 0.005), x, 0.005)
    rises = float(np.mean(losses(made, y, weights) >= losses(x, y, weights) - 1e-9))
    holds(rises > 0.9, f"The loss rose for {rises:.2f} of the images.")


# Mutants ------------------------------------------------------------------------------------------


def stepped(model, x, y, eps, by=np.sign, low=0.0, high=1.0, **how):
    x = np.asarray(x, dtype=float)
    return np.clip(x + eps * by(gradient(model, x, y, **how)), low, high)


@mutant("You walk down the loss. The attack walks up: add the step.")
def walks_down(model, x, y, eps):
    return stepped(model, x, y, -eps)


@mutant("You add the slopes themselves. Only their signs count, so that every pixel moves by eps.")
def without_the_sign(model, x, y, eps):
    return stepped(model, x, y, eps, by=lambda g: g)


@mutant("You scale the slopes so that the steepest pixel moves by eps. All should move by eps.")
def scaled_to_the_steepest(model, x, y, eps):
    return stepped(
        model, x, y, eps, by=lambda g: g / np.maximum(_over_each(np.max, np.abs(g)), 1e-12)
    )


@mutant(
    "You scale the slopes to Euclidean length 1. The bound here is on each pixel: use the signs."
)
def scaled_to_length(model, x, y, eps):
    return stepped(
        model, x, y, eps, by=lambda g: g / np.maximum(np.sqrt(_over_each(np.sum, g**2)), 1e-12)
    )


def _over_each(of, g):
    return of(g, axis=tuple(range(1, g.ndim)), keepdims=True)


@mutant("Pixels leave the range from 0 to 1: clip after the step.")
def not_clipped(model, x, y, eps):
    return stepped(model, x, y, eps, low=-np.inf, high=np.inf)


@mutant("You clip to −1 and 1. Paper is 0, and no pixel is below it.")
def clipped_below_paper(model, x, y, eps):
    return stepped(model, x, y, eps, low=-1)


@mutant("You clip at 0 but not at 1.")
def not_clipped_at_ink(model, x, y, eps):
    return stepped(model, x, y, eps, high=np.inf)


@mutant("A pixel whose slope is 0 rises in yours. sign(0) is 0: it stays.")
def flat_pixels_rise(model, x, y, eps):
    return stepped(model, x, y, eps, by=lambda g: np.where(g >= 0, 1, -1))


@mutant("A pixel whose slope is 0 falls in yours. sign(0) is 0: it stays.")
def flat_pixels_fall(model, x, y, eps):
    return stepped(model, x, y, eps, by=lambda g: np.where(g > 0, 1, -1))


@mutant("Your label is the model's own answer. The right label is y, which may be another one.")
def away_from_its_answer(model, x, y, eps):
    return stepped(model, x, answers(model, x), eps)


@mutant("You walk towards the label: its loss falls. Walk away from it.")
def towards_the_least_likely(model, x, y, eps):
    return stepped(model, x, outputs(model, x).argmin(axis=1), -eps)


@mutant("You lower the logit of the right class and forget the others. The loss depends on all.")
def only_the_right_logit(model, x, y, eps):
    return stepped(model, x, y, -eps, of="logit")


@mutant("You use label 0 for all images. Each has its own, in y.")
def labels_ignored(model, x, y, eps):
    return stepped(model, x, np.zeros_like(y), eps)


@mutant("The model runs in training mode, so batch normalization and dropout change what it says.")
def in_training_mode(model, x, y, eps):
    return stepped(model, x, y, eps, training=True)


@mutant("You take the slopes of the first image for all of them.")
def first_images_slopes(model, x, y, eps):
    return stepped(model, x, y, eps, by=lambda g: np.sign(g[:1]))


@mutant("You add up the slopes of all images. Every image has its own step.")
def one_step_for_the_batch(model, x, y, eps):
    return stepped(model, x, y, eps, by=lambda g: np.sign(g.sum(axis=0, keepdims=True)))


@mutant("All pixels of an image move alike. Each pixel has a slope of its own.")
def one_sign_for_an_image(model, x, y, eps):
    return stepped(model, x, y, eps, by=lambda g: np.sign(_over_each(np.sum, g)) + 0 * g)


@mutant("You move by half of eps.")
def half_a_step(model, x, y, eps):
    return stepped(model, x, y, eps / 2)


@mutant("You divide eps by 255. Pixels here go from 0 to 1, and eps is in the same units.")
def eps_in_bytes(model, x, y, eps):
    return stepped(model, x, y, eps / 255)


@mutant("You return the step alone. Add it to the images.")
def the_step_alone(model, x, y, eps):
    return np.clip(eps * np.sign(gradient(model, x, y)), 0, 1)


@mutant("You do not clip the images but the step, between 0 and 1, so no pixel can fall.")
def clips_the_step(model, x, y, eps):
    return np.asarray(x, float) + np.clip(eps * np.sign(gradient(model, x, y)), 0, 1)


@mutant("These are random signs. The signs of the slopes are needed.")
def random_signs(model, x, y, eps):
    drawn_signs = np.random.default_rng(0).choice([-1, 1], np.shape(x))
    return np.clip(np.asarray(x, float) + eps * drawn_signs, 0, 1)


@mutant("You write into the caller's images. Work on a copy: the clean ones are still needed.")
def writes_into_the_images(model, x, y, eps):
    made = np.asarray(x, float)
    made += eps * np.sign(gradient(model, made, y))
    return np.clip(made, 0, 1, out=made)


# Variants -----------------------------------------------------------------------------------------


@variant("TensorFlow's own tape, all in float32")
def with_a_tape(model, x, y, eps):
    x = np.asarray(x, np.float32)
    return np.minimum(np.maximum(x + np.float32(eps) * np.sign(by_tape(model, x, y)), 0), 1)


@variant("pixel by pixel")
def pixel_by_pixel(model, x, y, eps):
    made, slopes = np.array(x, dtype=float), gradient(model, x, y)
    for place in np.ndindex(*slopes.shape):
        if slopes[place] > 0:
            made[place] = min(made[place] + eps, 1.0)
        elif slopes[place] < 0:
            made[place] = max(made[place] - eps, 0.0)
    return made


@variant("keras.ops, with the mean of the losses")
def with_keras_ops(model, x, y, eps):
    import keras

    slope = gradient(model, x, y) / len(x)
    x = keras.ops.convert_to_tensor(np.asarray(x), "float32")
    made = keras.ops.clip(x + eps * keras.ops.sign(keras.ops.convert_to_tensor(slope)), 0.0, 1.0)
    return keras.ops.convert_to_numpy(made)


@variant("labels one-hot, and the logarithm of the softmax")
def from_log_softmax(model, x, y, eps):
    import keras

    from nablab.autodiff import value_and_gradients

    pixels = keras.Variable(np.asarray(x, dtype="float32"))

    def loss():
        log_p = keras.ops.log_softmax(model(pixels))
        hot = keras.ops.one_hot(np.asarray(y), log_p.shape[-1])
        return -keras.ops.mean(keras.ops.sum(hot * log_p, axis=-1))

    slope = np.array(value_and_gradients(loss, [pixels])[1][0])
    return np.clip(x + eps * np.sign(slope), 0, 1)
