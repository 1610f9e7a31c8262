"""The visible checks of 13.5."""

import numpy as np

from nablab.checking import check, close, contract, left_alone, rounding
from nablab.reference.circuits import expanded_weights as right

from .oracles import wave

W1, W2 = wave((3, 2, 2, 5)), wave((2, 4, 5, 3), 1.1)


def convolve(x, w, stride=1):
    """x (H, W, C), w (kh, kw, C, F): what a convolutional layer computes, without padding."""
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[:2], axis=(0, 1))
    return np.einsum("ijcuv,uvcf->ijf", windows[::stride, ::stride], w)


def kernel_is_right(student, w1, w2, *stride, says=""):
    return close(
        left_alone(student, "expanded_weights", w1, w2, *stride),
        right(w1, w2, *stride),
        says or f"w1 {w1.shape}, w2 {w2.shape}{f', stride {stride[0]}' if stride else ''}.",
        given={"w1": w1, "w2": w2},
        atol=rounding(lambda p, q: right(p, q, *stride), w1, w2),
    )


@check("contract")
def test_a_larger_kernel(student):
    """Kernels of (3, 2) and (2, 4) pixels give one of (4, 5), with stride 2 one of (5, 8)"""
    contract(student, "expanded_weights", W1, W2, shape=(4, 5, 2, 3))
    contract(student, "expanded_weights", W1, W2, 2, shape=(5, 8, 2, 3))


@check("hand")
def test_the_rows_of_the_text(student):
    """(1, 2) and (1, 10) give (1, 12, 20), and with stride 2 (1, 2, 10, 20)"""
    w1, w2 = np.array([[[[1]], [[2]]]]), np.array([[[[1]], [[10]]]])
    got = student.expanded_weights(w1, w2)
    close(np.asarray(got)[0, :, 0, 0], [1, 12, 20], given={"w1": w1, "w2": w2})
    got = student.expanded_weights(w1, w2, 2)
    close(np.asarray(got)[0, :, 0, 0], [1, 2, 10, 20], "Stride 2.", given={"w1": w1, "w2": w2})


@check("probe")
def test_one_pixel_and_its_channels(student):
    """Of two 1×1 kernels it is the product of two matrices, channels by units"""
    w1, w2 = W1[:1, :1], W2[:1, :1]
    got = kernel_is_right(student, w1, w2)
    close(got[0, 0], w1[0, 0] @ w2[0, 0], atol=1e-5)


@check("probe")
def test_one_weight_of_the_second(student):
    """One weight of w2 lays a copy of w1 down where it stands, not turned"""
    w2 = np.zeros((3, 2, 5, 1))
    w2[2, 1, 3, 0] = 2
    for stride in (1, 3):
        kernel_is_right(student, W1, w2, stride, says=f"Stride {stride}, one weight of w2.")


@check()
def test_one_layer_for_two(student):
    """One convolution with the result is the same as both, one after the other"""
    x = wave((14, 15, 2), 0.37)
    for stride in (1, 2):
        both = convolve(convolve(x, W1, stride), W2)
        got = np.asarray(student.expanded_weights(W1, W2, stride))
        close(got, right(W1, W2, stride), f"Stride {stride}.", atol=1e-5)
        close(convolve(x, got, stride), both, f"Stride {stride}.", atol=1e-4)


@check("oracle")
def test_any_kernels(student, rng):
    """Kernels of any shape, of floats and whole numbers, with strides 1 to 3"""
    w1, w2 = rng.normal(size=(2, 3, 3, 2)), rng.normal(size=(3, 2, 2, 5))
    for stride in (1, 2, 3):
        kernel_is_right(student, w1, w2, stride)
    kernel_is_right(
        student, rng.integers(-9, 9, size=(2, 2, 3, 4)), rng.integers(-9, 9, size=(1, 3, 4, 2))
    )


PROBES = [
    ("expanded_weights", (W1, W2)),
    ("expanded_weights", (W1, W2, 2)),
    ("expanded_weights", (wave((2, 2, 3, 3)), wave((2, 2, 3, 3), 1.3), 3)),
    ("expanded_weights", (np.round(20 * W1).astype(int), np.round(20 * W2).astype(int))),
]
