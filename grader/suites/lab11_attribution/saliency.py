"""Hidden checks of N.5."""

import numpy as np

from nablab.checking import check, close, mutant, variant

from ..checks.oracles import conv_net, linear_net
from ..checks.saliency import compare, norm_net
from .building_blocks import array, gradient, logits, slope_of, tensor


@check("oracle")
def test_nets_of_other_sizes(student, rng):
    """Images with one channel and with four, and every class"""
    for shape, pool in (((8, 5, 1), True), ((6, 7, 4), False)):
        net = conv_net(rng, shape=shape, classes=3, pool=pool)
        for cls in range(3):
            compare(student, net, rng.normal(size=shape), cls, f"An image {shape}, class {cls}.")


@check("probe")
def test_one_weight(student, rng):
    """A net that looks at one number of the image only"""
    for sign in (2.5, -2.5):
        w = np.zeros((4, 6, 3, 2))
        w[tuple(int(rng.integers(n)) for n in (4, 6, 3))] = sign, 0
        compare(student, linear_net(w), rng.normal(size=(4, 6, 3)), 0, f"Its weight is {sign}.")


@check("probe")
def test_batch_norm_uses_what_it_stored(student, rng):
    """The net is asked, not trained: batch norm uses its stored mean and variance"""
    compare(student, norm_net(), rng.normal(size=(4, 5, 2)), 1, "A net with batch norm.")


@check()
def test_parts_and_the_logit(student, rng):
    """The parts of a net without biases sum to the logit, for images of any brightness"""
    net = conv_net(rng, shape=(6, 8, 3), bias=False, pool=False)
    img = rng.normal(size=(6, 8, 3))
    for scale in (0.1, 1, 20):
        got = np.asarray(student.gradient_times_input(net.on(student).handle, scale * img, 2))
        close(got.sum(), net(scale * img[None])[0, 2], atol=1e-4 * np.abs(got).sum())


@check()
def test_whole_numbers_as_an_image(student, rng):
    """Images of bytes and of whole numbers"""
    w = rng.normal(size=(4, 5, 2, 3))
    for img in (
        rng.integers(0, 256, size=(4, 5, 2)).astype(np.uint8),
        rng.integers(-9, 9, size=(4, 5, 2)),
    ):
        compare(student, linear_net(w), img, 2, f"An image of {img.dtype}.")


# Mutants ------------------------------------------------------------------------------------------


def pair(slope=slope_of, reduce=lambda s: np.abs(s).max(axis=-1), parts=None):
    """Both functions with one slip; `slope` gives a gradient (H, W, C)."""

    def saliency(model, img, cls):
        return reduce(slope(model, img, cls))

    def gradient_times_input(model, img, cls):
        s = slope(model, img, cls)
        return parts(s, np.asarray(img)) if parts else (s * np.asarray(img)).sum(axis=-1)

    return {"saliency": saliency, "gradient_times_input": gradient_times_input}


def of_probability(model, img, cls):
    import keras

    return gradient(
        lambda t: keras.ops.softmax(model(t, training=False))[0, cls], np.asarray(img)[None]
    )[0]


def of_log_probability(model, img, cls):
    import keras

    return gradient(
        lambda t: keras.ops.log_softmax(model(t, training=False))[0, cls], np.asarray(img)[None]
    )[0]


def of_all_logits(model, img, cls):
    import keras

    return gradient(lambda t: keras.ops.sum(model(t, training=False)), np.asarray(img)[None])[0]


def of_best_logit(model, img, cls):
    return slope_of(model, img, int(logits(model, np.asarray(img)[None])[0].argmax()))


def of_first_logit(model, img, cls):
    return slope_of(model, img, 0)


def halved_image(model, img, cls):
    return slope_of(model, np.asarray(img) / 255, cls)


probability = mutant(
    "You differentiate the probability. Where the net is sure it is flat: take the logit.",
    **pair(of_probability),
)
log_probability = mutant(
    "You differentiate the logarithm of the probability, which contains the other classes. Take the "
    "logit.",
    **pair(of_log_probability),
)
all_logits = mutant(
    "You differentiate the sum of all logits. Take the one of the class.", **pair(of_all_logits)
)
best_logit = mutant("You take the likeliest class, whatever is asked for.", **pair(of_best_logit))
first_logit = mutant("You take class 0, whatever is asked for.", **pair(of_first_logit))
training = mutant(
    "You call the model with training=True, so batch norm uses the batch.",
    **pair(lambda model, img, cls: slope_of(model, img, cls, training=True)),
)
scaled_down = mutant(
    "You divide the image by 255 first. The net takes it as it is.", **pair(halved_image)
)
without_absolute_value = mutant(
    "You forget the absolute value: strong negative slopes count as well.",
    saliency=lambda model, img, cls: slope_of(model, img, cls).max(axis=-1),
)
absolute_after_maximum = mutant(
    "You take the maximum first and the absolute value after it. It is the other way round.",
    saliency=lambda model, img, cls: np.abs(slope_of(model, img, cls).max(axis=-1)),
)
negative_is_nothing = mutant(
    "Negative slopes count as 0 here. A pixel that speaks against the class matters too.",
    saliency=lambda model, img, cls: np.maximum(slope_of(model, img, cls), 0).max(axis=-1),
)
sum_over_channels = mutant(
    "You add up the absolute slopes of the channels. Saliency takes the largest.",
    saliency=lambda model, img, cls: np.abs(slope_of(model, img, cls)).sum(axis=-1),
)
mean_over_channels = mutant(
    "You take the mean over the channels. Saliency takes the largest absolute slope.",
    saliency=lambda model, img, cls: np.abs(slope_of(model, img, cls)).mean(axis=-1),
)
length_over_channels = mutant(
    "You take the length of the slope. Saliency takes the largest absolute slope of a channel.",
    saliency=lambda model, img, cls: np.sqrt((slope_of(model, img, cls) ** 2).sum(axis=-1)),
)
first_channel = mutant(
    "You show the first channel only.",
    saliency=lambda model, img, cls: np.abs(slope_of(model, img, cls))[..., 0],
)
scaled_to_one = mutant(
    "You divide the map by its largest number. Leave it as it is.",
    saliency=lambda model, img, cls: (lambda s: s / (s.max() + 1e-12))(
        np.abs(slope_of(model, img, cls)).max(axis=-1)
    ),
)
times_the_image = mutant(
    "Your saliency is multiplied by the image. That is the other map.",
    saliency=lambda model, img, cls: np.abs(slope_of(model, img, cls) * img).max(axis=-1),
)
squared = mutant(
    "You square the slopes.",
    saliency=lambda model, img, cls: (slope_of(model, img, cls) ** 2).max(axis=-1),
)
parts_absolute = mutant(
    "You take absolute values in the product. It keeps both signs, so that it adds up to the logit.",
    gradient_times_input=lambda model, img, cls: np.abs(slope_of(model, img, cls) * img).sum(
        axis=-1
    ),
)
parts_largest = mutant(
    "In the product you take the largest channel. The channels are added up.",
    gradient_times_input=lambda model, img, cls: (slope_of(model, img, cls) * img).max(axis=-1),
)
parts_mean = mutant(
    "In the product you take the mean of the channels. They are added up.",
    gradient_times_input=lambda model, img, cls: (slope_of(model, img, cls) * img).mean(axis=-1),
)
parts_of_saliency = mutant(
    "You multiply the saliency by the image. It is the gradient, with its sign, channel by channel.",
    gradient_times_input=lambda model, img, cls: (
        np.abs(slope_of(model, img, cls)).max(axis=-1) * np.asarray(img).sum(axis=-1)
    ),
)
parts_summed_first = mutant(
    "You add up the channels before you multiply. Multiply channel by channel.",
    gradient_times_input=lambda model, img, cls: (
        slope_of(model, img, cls).sum(axis=-1) * np.asarray(img).sum(axis=-1)
    ),
)
parts_without_the_image = mutant(
    "The image is missing in the product.",
    gradient_times_input=lambda model, img, cls: slope_of(model, img, cls).sum(axis=-1),
)
parts_positive_only = mutant(
    "You drop the negative products. The map keeps both signs.",
    gradient_times_input=lambda model, img, cls: np.maximum(
        (slope_of(model, img, cls) * img).sum(axis=-1), 0
    ),
)


# Variants -----------------------------------------------------------------------------------------


def by_hand(model, img, cls):
    """With the gradient tape of TensorFlow."""
    import tensorflow as tf

    x = tf.constant(np.asarray(img, dtype="float32")[None])
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = model(x)[:, cls]
    return tape.gradient(logit, x).numpy()[0]


def with_one_hot(model, img, cls):
    import keras

    def f(t):
        z = model(t)
        return keras.ops.sum(z * keras.ops.one_hot([cls], z.shape[-1]))

    return gradient(f, np.array(img, dtype=float)[np.newaxis])[0]


def loops(s):
    H, W, C = s.shape
    return [[max(abs(float(s[i, j, c])) for c in range(C)) for j in range(W)] for i in range(H)]


tape = variant("TensorFlow's tape", **pair(by_hand))
one_hot = variant(
    "a one-hot class, loops, a list",
    **pair(with_one_hot, loops, lambda s, x: np.einsum("ijc,ijc->ij", s, x).tolist()),
)


def maximum_of_both(model, img, cls):
    s = slope_of(model, np.float32(img), cls)
    return np.maximum(s.max(axis=2), -s.min(axis=2)).astype(np.float32)


def products(model, img, cls):
    s = slope_of(model, img, cls)
    return sum(s[:, :, c] * np.float64(img)[:, :, c] for c in range(s.shape[2]))


both_ends = variant(
    "the largest and the smallest slope, float32",
    saliency=maximum_of_both,
    gradient_times_input=products,
)


def of_a_loop_over_classes(model, img, cls):
    return array(tensor(slope_of(model, img, int(np.arange(cls + 1)[-1]))))


numpy_class = variant("a class as a NumPy number", **pair(of_a_loop_over_classes))
