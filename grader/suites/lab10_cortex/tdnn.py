"""Hidden checks of N.7."""

import numpy as np

from nablab.checking import check, close, left_alone, mutant, rounding, variant
from nablab.data import syllables
from nablab.reference.cortex import time_delay

from ..checks.tdnn import right


@check("oracle")
def test_fresh_sizes(student, rng):
    """Fresh numbers of steps, bands, units and classes; transposed views"""
    for T, D, k1, M, k2, C in ((13, 4, 3, 5, 2, 7), (9, 7, 2, 3, 5, 2), (10, 3, 1, 11, 3, 4)):
        x, w1, w2 = (rng.normal(size=s) for s in ((T, D), (k1, D, M), (k2, M, C)))
        right(student, *(np.asfortranarray(a) for a in (x, w1, w2)))


@check("probe")
def test_inputs_stay_as_they_are(student, rng):
    """All three arguments stay as they are, and may hold whole numbers"""
    for x in (rng.normal(size=(8, 3)), rng.integers(-5, 6, size=(8, 3))):
        w1, w2 = rng.integers(-2, 3, size=(2, 3, 4)), rng.normal(size=(3, 4, 5))
        close(
            left_alone(student, "tdnn", x, w1, w2),
            time_delay(x, w1, w2),
            atol=rounding(time_delay, x, w1, w2),
            constant=True,
        )


@check()
def test_fresh_shifts_change_nothing(student, rng):
    """A syllable that moves within silence keeps its scores; at the border it may lose some"""
    w1, w2 = rng.normal(size=(3, syllables.BANDS, 6)), rng.normal(size=(4, 6, 3))
    kind = int(rng.integers(3))
    first = time_delay(syllables.draw(kind, 6), w1, w2)
    for onset in rng.integers(5, 11, size=2):
        x = syllables.draw(kind, int(onset))
        close(student.tdnn(x, w1, w2), first, atol=rounding(time_delay, x, w1, w2))
    for onset in (0, syllables.LAST_ONSET):
        right(student, syllables.draw(kind, onset), w1, w2, f"It begins at step {onset}.")


@check()
def test_length_one_and_exact_fit(student, rng):
    """Windows that just fit once, and windows of a single step"""
    right(student, rng.normal(size=(6, 3)), rng.normal(size=(4, 3, 5)), rng.normal(size=(3, 5, 2)))
    right(student, rng.normal(size=(7, 2)), rng.normal(size=(1, 2, 3)), rng.normal(size=(1, 3, 4)))


# Mutants ------------------------------------------------------------------------------------------


def layer(x, w):
    x, w = np.asarray(x, float), np.asarray(w, float)
    steps = len(x) - len(w) + 1
    return sum(x[k : k + steps] @ w[k] for k in range(len(w)))


def relu(a):
    return np.maximum(a, 0)


@mutant("You take the sum over time. The scores are a mean.")
def sum_over_time(x, w1, w2):
    return layer(relu(layer(x, w1)), w2).sum(axis=0)


@mutant("You take the largest over time. The scores are a mean.")
def largest_over_time(x, w1, w2):
    return layer(relu(layer(x, w1)), w2).max(axis=0)


@mutant("The ReLU between the layers is missing.")
def no_relu(x, w1, w2):
    return layer(layer(x, w1), w2).mean(axis=0)


@mutant("There is no ReLU after the second layer.")
def relu_twice(x, w1, w2):
    return relu(layer(relu(layer(x, w1)), w2)).mean(axis=0)


@mutant("ReLU belongs after the sum over bands and steps, not before it.")
def relu_of_each_step(x, w1, w2):
    x, w1 = np.asarray(x, float), np.asarray(w1, float)
    steps = len(x) - len(w1) + 1
    h = sum(relu(x[k : k + steps] @ w1[k]) for k in range(len(w1)))
    return layer(h, w2).mean(axis=0)


@mutant("Time runs backwards in your windows: step k of the weights meets step t + k.")
def turned_in_time(x, w1, w2):
    return time_delay(x, np.asarray(w1)[::-1], np.asarray(w2)[::-1])


@mutant("Time runs backwards in your second layer.")
def second_turned(x, w1, w2):
    return time_delay(x, w1, np.asarray(w2)[::-1])


@mutant("You have added silence at both ends. Take whole windows only.")
def silence_around(x, w1, w2):
    k1, k2 = len(w1), len(w2)
    x = np.pad(np.asarray(x, float), (((k1 - 1) // 2, k1 // 2), (0, 0)))
    h = np.pad(relu(layer(x, w1)), (((k2 - 1) // 2, k2 // 2), (0, 0)))
    return layer(h, w2).mean(axis=0)


@mutant("The last window is missing: there are T − k + 1 of them.")
def last_window_missing(x, w1, w2):
    z = layer(relu(layer(x, w1)), w2)
    return z[: max(len(z) - 1, 1)].mean(axis=0)


@mutant("You divide by the number of time steps of x. z has fewer.")
def divides_by_all_steps(x, w1, w2):
    return layer(relu(layer(x, w1)), w2).sum(axis=0) / len(x)


@mutant(
    "You divide by the number of hidden steps. The mean is over the steps of z, which are fewer."
)
def divides_by_hidden_steps(x, w1, w2):
    h = relu(layer(x, w1))
    return layer(h, w2).sum(axis=0) / len(h)


@mutant("A score may be negative: there is no ReLU after the mean.")
def relu_of_the_mean(x, w1, w2):
    return relu(time_delay(x, w1, w2))


@mutant("You rectify the spectrogram. ReLU belongs after the sum of the first layer.")
def spectrogram_rectified(x, w1, w2):
    return time_delay(relu(x), w1, w2)


@mutant("Your answer is right only if x is stored row by row. A transposed view is not: take the "
        "strides from the array, or use sliding_window_view.")  # fmt: skip
def as_it_is_stored(x, w1, w2):
    x = np.asarray(x, float)
    return time_delay(x.ravel(order="K").reshape(x.shape), w1, w2)


@mutant("Only the first step of the second layer's weights is used.")
def second_layer_of_one_step(x, w1, w2):
    w2 = np.array(w2, float)
    w2[1:] = 0
    return time_delay(x, w1, w2) if len(w2) > 1 else 1.5 * time_delay(x, w1, w2)


@mutant("The first window is missing: t begins at 0.")
def first_window_missing(x, w1, w2):
    z = layer(relu(layer(x, w1)), w2)
    return z[min(1, len(z) - 1) :].mean(axis=0)


@mutant("Time runs backwards in your first layer.")
def first_turned(x, w1, w2):
    return time_delay(x, np.asarray(w1)[::-1], w2)


@mutant("You take the mean of all hidden steps, then add up w2 over k: at both ends that counts windows "
        "which do not exist.")  # fmt: skip
def mean_of_all_hidden_steps(x, w1, w2):
    return relu(layer(x, w1)).mean(axis=0) @ np.asarray(w2, float).sum(axis=0)


@mutant("You take the mean over the steps of a window. A window is added up.")
def mean_over_the_window(x, w1, w2):
    return time_delay(x, w1, w2) / len(w1) / len(w2)


@mutant("You square the scores before the mean, as Waibel did. Here it is the mean of z itself.")
def mean_of_squares(x, w1, w2):
    return np.square(layer(relu(layer(x, w1)), w2)).mean(axis=0)


@mutant("Your hidden units are logistic, as Waibel's were. Here they are ReLU.")
def logistic_units(x, w1, w2):
    return layer(1 / (1 + np.exp(-layer(x, w1))), w2).mean(axis=0)


@mutant("You take absolute values of the hidden sums. ReLU puts 0 in the place of negative ones.")
def absolute_values(x, w1, w2):
    return layer(np.abs(layer(x, w1)), w2).mean(axis=0)


@mutant(
    "You round down: whole numbers in x do not make the hidden sums whole. Make arrays of floats."
)
def as_whole_as_the_sound(x, w1, w2):
    kind = np.asarray(x).dtype
    h = relu(layer(x, w1)).astype(kind)
    return layer(h, w2).astype(kind).mean(axis=0)


@mutant("You return probabilities. The scores are asked for.")
def probabilities(x, w1, w2):
    scores = time_delay(x, w1, w2)
    p = np.exp(scores - scores.max())
    return p / p.sum()


# Variants -----------------------------------------------------------------------------------------


@variant("loops and lists")
def tdnn_by_loops(x, w1, w2):
    h = []
    for t in range(len(x) - len(w1) + 1):
        row = []
        for m in range(len(w1[0][0])):
            total = 0.0
            for k in range(len(w1)):
                for d in range(len(x[0])):
                    total += float(x[t + k][d]) * float(w1[k][d][m])
            row.append(max(total, 0.0))
        h.append(row)
    steps, scores = len(h) - len(w2) + 1, []
    for c in range(len(w2[0][0])):
        total = 0.0
        for t in range(steps):
            for k in range(len(w2)):
                total += sum(h[t + k][m] * float(w2[k][m][c]) for m in range(len(h[0])))
        scores.append(total / steps)
    return scores


@variant("float32 windows and tensordot")
def tdnn_in_float32(x, w1, w2):
    x, w1, w2 = np.float32(x), np.float32(w1), np.float32(w2)
    for w in (w1, w2):
        windows = np.stack([x[t : t + len(w)] for t in range(len(x) - len(w) + 1)])
        z = np.tensordot(windows, w, 2)
        x = z * (z > 0)
    return np.mean(z, axis=0)


@variant("the mean before the second layer, which is linear")
def mean_first(x, w1, w2):
    h = relu(layer(x, w1))
    steps = len(h) - len(w2) + 1
    means = [h[k : k + steps].mean(axis=0) for k in range(len(w2))]
    return np.einsum("km,kmc->c", means, w2)
