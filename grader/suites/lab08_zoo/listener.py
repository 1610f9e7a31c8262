"""Hidden checks of N.7.

Bounds, from `measure_thresholds.py listener`: shares of 400 fresh chirps after the training of the
text, on 20 seeds.

    reference                  .943 to .998
    loops_and_strides          .882 to .995
    float32_and_functional     .840 to 1
    other_widths               .860 to 1
    a_dense_net                .295 to .367
    one_moment_at_a_time       .395 to .562
    the nearest neighbour      .497 to .610
"""

import numpy as np

from nablab.checking import check, close, holds, left_alone, models, mutant, variant
from nablab.data import chirps

from ..checks.listener import BOUND, clear, listener_net, nearest
from ..checks.oracles import reads_right


@check("oracle")
def test_fresh_signals(student, rng):
    """Fresh signals of one and of several channels"""
    for n, m, length, channels in ((11, 7, 5, 2), (5, 6, 3, 1), (1, 4, 2, 3), (8, 1, 1, 4)):
        known, x = clear(rng, n, m, length, channels)
        labels = rng.permutation(50)[:n]
        got = student.nearest_neighbour(known, labels, x)
        close(got, nearest(known, labels, x), f"n = {n}, m = {m}:", constant=True)


@check("probe")
def test_far_from_zero(student, rng):
    """Signals far from 0, where length and direction say nothing of the distance"""
    known = 100 + rng.normal(size=(9, 3, 2))
    x, labels = known[[8, 2, 5, 0]] + 0.1 * rng.normal(size=(4, 3, 2)), rng.permutation(9)
    close(student.nearest_neighbour(known, labels, x), labels[[8, 2, 5, 0]])


@check("probe")
def test_the_first_of_equally_near_ones(student, rng):
    """Of equally near signals the first counts, whatever the labels are"""
    known = rng.integers(-3, 4, size=(4, 3, 1)).astype(float)
    labels = rng.permutation(12)
    got = student.nearest_neighbour(np.concatenate([known] * 3), labels, known)
    close(got, nearest(np.concatenate([known] * 3), labels, known))


@check("probe")
def test_inputs_stay_and_bytes(student, rng):
    """Bytes and transposed views are compared as what they are, and nothing is changed"""
    known = rng.integers(0, 256, (9, 4, 1)).astype(np.uint8)
    x, labels = rng.integers(0, 256, (7, 4, 1)).astype(np.uint8), rng.permutation(9)
    close(left_alone(student, "nearest_neighbour", known, labels, x), nearest(known, labels, x))
    known, x = (np.asfortranarray(array) for array in clear(rng, 9, 5, 4, 3))
    got = left_alone(student, "nearest_neighbour", known, labels, x)
    close(got, nearest(known, labels, x), "Transposed views:")


@check()
def test_fresh_chirps(student, rng):
    """The trained net names fresh chirps"""
    reads_right(listener_net(student), *chirps(400, seed=int(rng.integers(10, 9999))), BOUND - 0.05)


@check()
def test_a_new_model_at_each_call(student, rng):
    """Each call makes a new model of at most 20,000 parameters"""
    one, two = (models.model(student.build_listener()) for _ in range(2))
    holds(one.parameters <= 20_000, f"It has {one.parameters} parameters.")
    x = rng.normal(size=(3, 128, 1))
    before = np.array(two(x))
    one.set_weights([0 * weight for weight in one.get_weights()])
    holds(np.array_equal(before, two(x)), "A change of one model changes the next: make a new one.")


# Mutants ------------------------------------------------------------------------------------------


def by(distance, choose=np.argmin):
    """The label of the signal that `choose` picks from the distances (m, n)."""

    def classify(x_train, y_train, x):
        pairs = np.asarray(x, float)[:, None], np.asarray(x_train, float)[None]
        return np.asarray(y_train)[choose(distance(*pairs), axis=1)]

    return classify


def squared(a, b):
    return ((a - b) ** 2).sum(axis=(2, 3))


def last_of(d, axis):
    return d.shape[1] - 1 - np.argmin(d[:, ::-1], axis=axis)


farthest = mutant(
    "You take the signal that is farthest away. Take the nearest.",
    nearest_neighbour=by(squared, np.argmax),
)
index_for_label = mutant(
    "You return which signal is the nearest. Return its label.",
    nearest_neighbour=lambda x_train, y_train, x: by(squared)(x_train, np.arange(len(x_train)), x),
)
last_of_equals = mutant(
    "Of equally near signals you take the last. The first counts.",
    nearest_neighbour=by(squared, last_of),
)
largest_difference = mutant(
    "Your distance is the largest difference in any moment. Sum the squares over all of them.",
    nearest_neighbour=by(lambda a, b: np.abs(a - b).max(axis=(2, 3))),
)
signed_difference = mutant(
    "You sum the differences without squaring them: those above and below cancel.",
    nearest_neighbour=by(lambda a, b: np.abs((a - b).sum(axis=(2, 3)))),
)
largest_product = mutant(
    "You take the signal with the largest sum of products. That prefers loud ones: use the distance.",
    nearest_neighbour=by(lambda a, b: -(a * b).sum(axis=(2, 3))),
)
first_channel_only = mutant(
    "Only the first channel counts in your distance. Sum over all of them.",
    nearest_neighbour=by(lambda a, b: squared(a[..., :1], b[..., :1])),
)


def wraps(x_train, y_train, x):
    gaps = np.asarray(x)[:, None] - np.asarray(x_train)[None]
    return np.asarray(y_train)[(gaps**2).sum(axis=(2, 3)).argmin(axis=1)]


without_the_square = mutant(
    "You sum the sizes of the differences. Sum their squares: one large difference counts for more "
    "than two of half its size.",
    nearest_neighbour=by(lambda a, b: np.abs(a - b).sum(axis=(2, 3))),
)
channels_added_first = mutant(
    "You add up the channels, or take their mean, before you compare. Square the difference in each "
    "channel first.",
    nearest_neighbour=by(lambda a, b: ((a - b).sum(axis=3) ** 2).sum(axis=2)),
)
like_the_direction = mutant(
    "You compare directions (the cosine) or correlations. Compare distances: loudness counts.",
    nearest_neighbour=by(
        lambda a, b: (
            -(a * b).sum(axis=(2, 3))
            / np.maximum(np.sqrt((a**2).sum(axis=(2, 3)) * (b**2).sum(axis=(2, 3))), 1e-9)
        )
    ),
)
bytes_wrap_round = mutant(
    "You subtract bytes from bytes, and 5 − 250 is 11 in them. Compute in floats.",
    nearest_neighbour=wraps,
)


def net(*layers):
    import keras

    return keras.Sequential([keras.Input((128, 1)), *layers])


def listener(kernel=9, filters=(16, 24, 24), end=None, units=4):
    from keras import layers

    same = {"padding": "same", "activation": "relu"}
    made = [layers.Conv1D(filters[0], kernel, **same), layers.MaxPooling1D(2)]
    made += [layers.Conv1D(filters[1], kernel, **same), layers.MaxPooling1D(2)]
    made += [layers.Conv1D(filters[2], kernel, **same), layers.GlobalMaxPooling1D()]
    return net(*made, layers.Dense(units, activation=end))


def dense():
    from keras import layers

    return net(layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(4))


a_dense_net = mutant(
    "Your net is dense. It would have to learn each kind of chirp anew at each place.",
    build_listener=dense,
)
one_moment_at_a_time = mutant(
    "Your filters see one moment at a time. A pitch shows only in several.",
    build_listener=lambda: listener(kernel=1),
)
with_softmax = mutant(
    "Your net ends with a softmax. The text asks for logits.",
    build_listener=lambda: listener(end="softmax"),
)
three_kinds = mutant("There are four kinds of chirps.", build_listener=lambda: listener(units=3))
too_large = mutant(
    "Your net has more than 20,000 parameters.",
    build_listener=lambda: listener(filters=(32, 48, 48)),
)


# Variants -----------------------------------------------------------------------------------------


def one_by_one(x_train, y_train, x):
    found = []
    for signal in x:
        best = None
        for known, label in zip(x_train, y_train, strict=True):
            gap = float(np.linalg.norm(np.subtract(signal, known, dtype=float)))
            if best is None or gap < best[0]:
                best = gap, int(label)
        found.append(best[1])
    return found


def in_float32(x_train, y_train, x):
    x_train, x = np.asarray(x_train, np.float32), np.asarray(x, np.float32)
    gaps = np.square(x[:, None] - x_train).sum(axis=(-1, -2))
    return np.take(y_train, np.argmin(gaps, axis=-1)).astype(np.int32)


def strided():
    from keras import layers

    return net(
        layers.Conv1D(16, 9, activation="relu"),
        layers.Conv1D(24, 9, strides=2, activation="relu"),
        layers.Conv1D(24, 9, strides=2, activation="relu"),
        layers.GlobalMaxPooling1D(),
        layers.Dense(4),
    )


def functional():
    import keras
    from keras import layers

    x = h = keras.Input((128, 1))
    for filters in (16, 24, 32):
        h = layers.ReLU()(layers.Conv1D(filters, 7, padding="same")(h))
        h = layers.MaxPooling1D(2)(h)
    return keras.Model(x, layers.Dense(4)(layers.GlobalMaxPooling1D()(h)))


loops_and_strides = variant(
    "one by one, as a list; strides instead of pooling",
    nearest_neighbour=one_by_one,
    build_listener=strided,
)
float32_and_functional = variant(
    "float32; a functional model", nearest_neighbour=in_float32, build_listener=functional
)
other_widths = variant(
    "the net of the text with other widths", build_listener=lambda: listener(11, (12, 16, 24))
)
