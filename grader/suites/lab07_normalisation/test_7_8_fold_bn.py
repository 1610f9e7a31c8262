"""Hidden checks of 7.8."""

import numpy as np

from nablab.checking import close, exercise, holds
from nablab.checking.expect import as_numbers
from nablab.reference.convolution_layers import conv_nd
from nablab.reference.normalization import batch_norm


def folded(student, *args):
    got = student.fold_bn(*args)
    holds(
        isinstance(got, (tuple, list)) and len(got) == 2,
        "fold_bn should return two arrays: `return w, b`.",
        got=got,
    )
    w, b = as_numbers(got[0]), as_numbers(got[1])
    for name, array, wanted in (("w", w, np.shape(args[0])), ("b", b, np.shape(args[1]))):
        holds(
            array.shape == wanted,
            f"{name} has the shape {array.shape}, expected {wanted}.",
            got=got,
        )
    return w, b


def draw(rng, kh, kw, c, f):
    w = rng.normal(size=(kh, kw, c, f))
    b, gamma, beta, mm = rng.normal(size=(4, f)) + np.array([[0.5], [1.5], [0.7], [-0.6]])
    return w, b, gamma, beta, mm, rng.uniform(0.2, 4, size=f)


@exercise("7.8", stage="oracle")
def test_the_same_answers_on_fresh_images(student, rng):
    """The folded convolution answers as the convolution and the norm did"""
    for shape, strides, padding in (
        ((3, 2, 5, 4), 1, "same"),
        ((2, 3, 3, 3), 2, "valid"),
        ((1, 1, 2, 7), 1, "valid"),
    ):
        w, b, *norm = draw(rng, *shape)
        eps = rng.uniform(0.05, 1)
        x = rng.normal(size=(2, 7, 5, shape[2]))
        right = batch_norm(conv_nd(x, w, b, strides, padding), *norm, eps)
        new_w, new_b = folded(student, w, b, *norm, eps)
        got = conv_nd(x, new_w, new_b, strides, padding)
        close(got, right, f"Filters {shape}.", rtol=1e-3, atol=1e-5 * np.abs(right).max())


@exercise("7.8", stage="probe")
def test_an_image_of_zeros(student, rng):
    """Of an image of zeros only the bias is left"""
    w, b, gamma, beta, mm, mv = draw(rng, 2, 3, 4, 5)
    _, new_b = folded(student, w, b, gamma, beta, mm, mv, 0.3)
    close(new_b, batch_norm(b[None], gamma, beta, mm, mv, 0.3)[0], "The bias:", atol=1e-5)


@exercise("7.8")
def test_a_norm_that_does_nothing(student, rng):
    """A norm with γ = √(v + ε), β = m leaves the convolution as it is"""
    w, b, _, _, mm, mv = draw(rng, 3, 2, 4, 5)
    new_w, new_b = folded(student, w, b, np.sqrt(mv + 0.7), mm, mm, mv, 0.7)
    close(new_w, w, "The weights:")
    close(new_b, b, "The bias:", atol=1e-5)


@exercise("7.8")
def test_as_many_filters_as_channels(student, rng):
    """As many filters as channels, some of which only pass a channel on"""
    w = rng.integers(-3, 4, size=(1, 3, 4, 4)).astype(float)
    w[0, 0] = np.eye(4)
    b, gamma, beta, mm = rng.integers(1, 5, size=(4, 4)).astype(float)
    mv = np.array([1.0, 2, 5, 7])
    new_w, new_b = folded(student, w, b, gamma, beta, mm, mv, 0.5)
    factor = gamma / np.sqrt(mv + 0.5)
    close(new_w, w * factor, "The weights:")
    close(new_b, (b - mm) * factor + beta, "The bias:", atol=1e-5)
