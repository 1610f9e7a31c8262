"""Hidden checks of N.4."""

import numpy as np

from nablab.checking import check, close, models, mutant, variant

from ..checks.shift_curve import column_reader, random_reader, true_curve
from .building_blocks import answers


def drawn(student, rng, shape, n_classes, count, shifts):
    """A random linear model, brighter images, labels and the true curve."""
    model, x, reads = random_reader(student, rng, shape, n_classes, count, shifts, brighter=0.5)
    y = np.where(rng.random(count) < 0.7, reads(shifts[0]), rng.integers(0, n_classes, count))
    return model, x, y, true_curve(reads, y, shifts)


@check()
def test_ink_at_the_border_does_not_come_back(student):
    """Ink that leaves the field does not come in again on the other side"""
    H, W = 2, 7
    model = column_reader(student, H, W)
    x = np.zeros((4, H, W, 1), "float32")
    x[[0, 1], [0, 1], W - 1] = 1  # two dots in the last column, two in the first
    x[[2, 3], [0, 1], 0] = 1
    back = np.array([0, 0, W - 1, W - 1])
    gone = np.full(4, W)
    close(student.shift_curve(model, x, back, [1, -1]), [0, 0], atol=1e-3, constant=True)
    close(student.shift_curve(model, x, gone, [1, -1, 0, W, -50]), [0.5, 0.5, 0, 1, 1], atol=1e-3)


@check("oracle")
def test_fresh_curves(student, rng):
    """The curves of fresh random models, also for images of several channels"""
    for shape, n, count in (((4, 9, 1), 3, 89), ((3, 5, 2), 5, 67)):
        shifts = [int(s) for s in rng.permutation(np.arange(-shape[1], shape[1] + 2))[:5]]
        model, x, y, right = drawn(student, rng, shape, n, count, shifts)
        close(
            student.shift_curve(model, x, y, shifts),
            right,
            f"Images {shape}, shifts {shifts}.",
            atol=1e-3,
        )


@check()
def test_no_shift_is_the_accuracy_itself(student, rng):
    """Shift 0 gives the accuracy on x as it is, wherever it is in the list"""
    model, x, y, right = drawn(student, rng, (5, 6, 1), 4, 97, [0, 3, 0])
    close(student.shift_curve(model, x, y, [0, 3, 0]), right, atol=1e-3)


@check()
def test_a_model_with_a_convolution(student, rng):
    """A model with a convolution and a maximum over all places: only the border matters"""
    layers = [
        {"kind": "Conv2D", "filters": 2, "kernel_size": 1},
        {"kind": "GlobalMaxPooling2D"},
    ]
    weights = [np.array([[[[1.0, -1.0]]]]), np.array([0.0, 0.5])]
    model = models.sequential(student, (3, 8, 1), layers, weights).handle
    x = np.zeros((8, 3, 8, 1), "float32")
    x[np.arange(8), 1, np.arange(8)] = 1  # the first logit wins as long as the dot is there
    y = np.zeros(8, int)
    close(
        student.shift_curve(model, x, y, [1, -2, 8]),
        [7 / 8, 6 / 8, 0],
        "The model says 0 as long as there is a dot, and the dots are in columns 0 to 7.",
        atol=1e-3,
    )


# Mutants ------------------------------------------------------------------------------------------


def curve_of(model, x, y, shifts, move):
    """Accuracies on what `move(x, s)` makes of x."""
    return np.array([np.mean(answers(model, move(x, s)) == y) for s in shifts])


def to_the_right(x, s, fill=0.0):
    out = np.full_like(x, fill)
    W = x.shape[2]
    if 0 <= s < W:
        out[:, :, s:] = x[:, :, : W - s]
    elif -W < s < 0:
        out[:, :, : W + s] = x[:, :, -s:]
    return out


@mutant(
    "What leaves the field on one side comes in again on the other: that is `np.roll`. Here it "
    "is gone, and background comes in.",
)
def wraps_around(model, x, y, shifts):
    return curve_of(model, x, y, shifts, lambda x, s: np.roll(x, s, axis=2))


@mutant("You move to the left: a positive shift goes to the right.")
def to_the_left(model, x, y, shifts):
    return curve_of(model, x, y, shifts, lambda x, s: to_the_right(x, -s))


@mutant("You move down: axis 1 counts rows. To the right is along axis 2, the columns.")
def downwards(model, x, y, shifts):
    def move(x, s):
        return to_the_right(x.swapaxes(1, 2), s).swapaxes(1, 2)

    return curve_of(model, x, y, shifts, move)


@mutant(
    "You repeat the field's last column where something has left. What comes in is background, 0.",
)
def repeats_the_edge(model, x, y, shifts):
    def move(x, s):
        columns = np.clip(np.arange(x.shape[2]) - s, 0, x.shape[2] - 1)
        return x[:, :, columns]

    return curve_of(model, x, y, shifts, move)


@mutant("You fill with ink (1). What comes in is background, 0.")
def fills_with_ink(model, x, y, shifts):
    return curve_of(model, x, y, shifts, lambda x, s: to_the_right(x, s, fill=1.0))


@mutant(
    "Each of your shifts starts from the one before. Each should be a shift of x itself.",
)
def shifts_add_up(model, x, y, shifts):
    curve = []
    for s in shifts:
        x = to_the_right(x, s)
        curve.append(np.mean(answers(model, x) == y))
    return np.array(curve)


@mutant("You return how many are right. The accuracy is their share.")
def counts(model, x, y, shifts):
    return len(y) * curve_of(model, x, y, shifts, to_the_right)


# Variants -----------------------------------------------------------------------------------------


@variant("pads with zeros and cuts")
def curve_by_padding(model, x, y, shifts):
    W = x.shape[2]
    curve = []
    for s in shifts:
        s = int(np.clip(s, -W, W))
        wide = np.pad(x, ((0, 0), (0, 0), (W, W), (0, 0)))
        cut = wide[:, :, W - s : 2 * W - s]
        curve.append(float((np.argmax(model.predict(cut, verbose=0), 1) == np.ravel(y)).mean()))
    return curve


@variant("loops over columns, calls the model")
def curve_by_columns(model, x, y, shifts):
    out = np.zeros(len(shifts))
    for number, s in enumerate(shifts):
        moved = np.zeros(x.shape, x.dtype)
        for c in range(x.shape[2]):
            if 0 <= c + s < x.shape[2]:
                moved[:, :, c + s] = x[:, :, c]
        logits = np.asarray(model(moved, training=False))
        out[number] = sum(logits[i].argmax() == y[i] for i in range(len(y))) / len(y)
    return out


@variant("rolls and wipes, in float32")
def curve_by_rolling(model, x, y, shifts):
    curve = []
    columns = np.arange(x.shape[2])
    for s in shifts:
        moved = np.roll(np.float32(x), s, axis=2)
        moved[:, :, (columns < s) | (columns >= x.shape[2] + s)] = 0
        curve.append(np.float32(np.mean(np.argmax(model(moved), axis=-1) == y)))
    return np.array(curve, np.float32)
