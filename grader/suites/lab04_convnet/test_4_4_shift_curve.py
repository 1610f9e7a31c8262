"""Hidden checks of 4.4."""

import numpy as np

from nablab.checking import close, exercise, models


def moved(x, s):
    out = np.zeros_like(x)
    for c in range(x.shape[2]):
        if 0 <= c - s < x.shape[2]:
            out[:, :, c] = x[:, :, c - s]
    return out


def drawn(student, rng, shape, n_classes, count, shifts):
    """A random linear model, images, labels and the true curve; no answer hangs on a rounding."""
    layers = [{"kind": "Flatten"}, {"kind": "Dense", "units": n_classes}]
    while True:
        W = rng.normal(size=(int(np.prod(shape)), n_classes))
        b, x = rng.normal(size=n_classes), rng.normal(size=(count, *shape)).astype("float32") + 0.5
        logits = np.stack([moved(x, s).reshape(count, -1) @ W + b for s in shifts])
        top = np.sort(logits, axis=-1)
        if (top[..., -1] - top[..., -2]).min() > 1e-3:
            break
    y = np.where(
        rng.random(count) < 0.7, logits[0].argmax(axis=-1), rng.integers(0, n_classes, count)
    )
    model = models.sequential(student, shape, layers, [W, b]).handle
    return model, x, y, (logits.argmax(axis=-1) == y).mean(axis=-1)


@exercise("4.4")
def test_ink_at_the_border_does_not_come_back(student):
    """Ink that leaves the field does not come in again on the other side"""
    H, W = 2, 7
    kernel = np.zeros((H, W, W + 1))
    kernel[:, np.arange(W), np.arange(W)] = 1
    weights = [kernel.reshape(H * W, W + 1), np.eye(W + 1)[W] / 4]
    layers = [{"kind": "Flatten"}, {"kind": "Dense", "units": W + 1}]
    model = models.sequential(student, (H, W, 1), layers, weights).handle
    x = np.zeros((4, H, W, 1), "float32")
    x[[0, 1], [0, 1], W - 1] = 1  # two dots in the last column, two in the first
    x[[2, 3], [0, 1], 0] = 1
    back = np.array([0, 0, W - 1, W - 1])
    gone = np.full(4, W)
    close(student.shift_curve(model, x, back, [1, -1]), [0, 0], atol=1e-3, constant=True)
    close(student.shift_curve(model, x, gone, [1, -1, 0, W, -50]), [0.5, 0.5, 0, 1, 1], atol=1e-3)


@exercise("4.4", stage="oracle")
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


@exercise("4.4")
def test_no_shift_is_the_accuracy_itself(student, rng):
    """Shift 0 gives the accuracy on x as it is, wherever it stands in the list"""
    model, x, y, right = drawn(student, rng, (5, 6, 1), 4, 97, [0, 3, 0])
    close(student.shift_curve(model, x, y, [0, 3, 0]), right, atol=1e-3)


@exercise("4.4")
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
        "The model says 0 as long as there is a dot, and the dots stand in columns 0 to 7.",
        atol=1e-3,
    )
