"""The visible checks of N.4."""

import numpy as np

from nablab.checking import check, close, contract, holds, models


def column_reader(student, H=3, W=5):
    """A model that says in which column the ink is, or W if there is none."""
    kernel = np.zeros((H, W, W + 1))
    kernel[:, np.arange(W), np.arange(W)] = 1
    bias = np.eye(W + 1)[W] / 4
    layers = [{"kind": "Flatten"}, {"kind": "Dense", "units": W + 1}]
    weights = [kernel.reshape(H * W, W + 1), bias]
    return models.sequential(student, (H, W, 1), layers, weights).handle


def dots(H=3, W=5):
    """Fields with one dot each, in column c, and the label c + 1, or 0 after the last column."""
    x = np.zeros((W, H, W, 1), "float32")
    x[np.arange(W), np.arange(W) % H, np.arange(W)] = 1
    return x, (np.arange(W) + 1) % W


def random_reader(student, rng, shape, n_classes, count, shifts, brighter=0.0):
    """A linear model of random weights, images, and what it reads in them after a shift. Drawn
    again until no answer depends on rounding."""
    layers = [{"kind": "Flatten"}, {"kind": "Dense", "units": n_classes}]
    while True:
        W = rng.normal(size=(int(np.prod(shape)), n_classes))
        b = rng.normal(size=n_classes)
        x = rng.normal(size=(count, *shape)).astype("float32") + brighter
        logits = {s: moved(x, s).reshape(count, -1) @ W + b for s in (0, *shifts)}
        top = np.sort([logits[s] for s in shifts], axis=-1)
        if (top[..., -1] - top[..., -2]).min() > 1e-3:
            break
    model = models.sequential(student, shape, layers, [W, b])
    return model.handle, x, lambda s: logits[s].argmax(axis=-1)


def true_curve(reads, y, shifts):
    return np.array([np.mean(reads(s) == y) for s in shifts])


def random_case(student, rng, shape, n_classes, count, shifts):
    """A random linear model, images, labels that are right for most of them, and the true curve."""
    model, x, reads = random_reader(student, rng, shape, n_classes, count, shifts)
    y = np.where(rng.random(count) < 0.8, reads(0), (reads(0) + 1) % n_classes)
    return model, x, y, true_curve(reads, y, shifts)


def moved(x, s):
    """Images moved to the right, the vacated columns filled with 0."""
    out = np.zeros_like(x)
    for c in range(x.shape[2]):
        if 0 <= c - s < x.shape[2]:
            out[:, :, c] = x[:, :, c - s]
    return out


@check("contract")
def test_one_accuracy_for_each_shift(student):
    """shift_curve returns one accuracy for each shift"""
    x, y = dots()
    got = contract(student, "shift_curve", column_reader(student), x, y, (0, 1, -2, 3), shape=(4,))
    holds(
        (np.asarray(got) >= 0).all() and (np.asarray(got) <= 1).all(),
        "Accuracies lie between 0 and 1.",
        got=got,
    )


@check("hand")
def test_five_dots_move_by_one(student):
    """Five dots, and labels that are right after a move by one: 4 of 5, the last has left"""
    x, y = dots()
    close(
        student.shift_curve(column_reader(student), x, y, [1, -4, 0]),
        [0.8, 0.2, 0],
        "The model says in which column the dot is. Moved by 1, four dots are where their labels "
        "say, and the fifth has left the field; moved by −4, only the dot of the last column is "
        "left, in the first; unmoved, no label is right.",
        atol=1e-3,
        given={"shifts": [1, -4, 0], "y": y},
    )


@check("probe")
def test_far_shifts_leave_nothing(student):
    """After a move by the field's width or more, there is only background"""
    x, _ = dots()
    gone = np.full(5, 5)
    close(
        student.shift_curve(column_reader(student), x, gone, [5, -5, 11, 4]),
        [1, 1, 1, 0.8],
        'The labels say "no dot", class 5. The shifts are 5, −5, 11 and 4.',
        atol=1e-3,
    )


@check()
def test_each_shift_begins_with_x_itself(student, rng):
    """Each shift is a shift of x itself, whatever their order"""
    shifts = [2, 1, -1, 2]
    model, x, y, right = random_case(student, rng, (3, 7, 2), 4, 83, shifts)
    close(
        student.shift_curve(model, x, y, shifts),
        right,
        f"A random model on 83 random images, with the shifts {shifts}.",
        atol=1e-3,
    )


@check("oracle")
def test_the_curve_of_a_random_model(student, rng):
    """The whole curve of a random model on random images"""
    shifts = [-6, -3, -1, 0, 2, 3, 6]
    model, x, y, right = random_case(student, rng, (5, 7, 1), 3, 101, shifts)
    close(
        student.shift_curve(model, x, y, shifts),
        right,
        "A random model on 101 random images, with seven shifts.",
        atol=1e-3,
    )


def probe_shifts(student):
    """Curves of the model that says where a dot is."""
    x, y = dots()
    x[:, 0, -1] += 0.3 * (np.arange(5) % 2)[:, None]
    reader = column_reader(student)
    return [
        student.shift_curve(reader, x, labels, [0, 1, -2, 5, 3, 3])
        for labels in (y, np.full(5, 5), np.zeros(5, int))
    ]


PROBES = [probe_shifts]
