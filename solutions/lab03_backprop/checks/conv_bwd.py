"""The visible checks of N.5."""

import numpy as np

from nablab.checking import check, close, contract
from nablab.reference.backprop import numerical_gradient
from nablab.reference.convolution_layers import conv_nd, conv_nd_gradients

from .oracles import near, parts, shaped

CONV_NAMES = ("dx", "dw", "db")


def pair(value):
    return (value, value) if np.ndim(value) == 0 else tuple(value)


def padded(x, pad):
    (ph, pw) = pair(pad)
    return np.pad(np.asarray(x, dtype=float), ((0, 0), (ph, ph), (pw, pw), (0, 0)))


def conv_forward(x, w, stride, pad):
    return conv_nd(padded(x, pad), w, strides=stride)


def conv_backward(dout, x, w, stride, pad):
    """dx, dw and db by the reference."""
    (ph, pw), (H, W) = pair(pad), np.shape(x)[1:3]
    dx, dw, db = conv_nd_gradients(padded(x, pad), w, dout, strides=stride)
    return dx[:, ph : ph + H, pw : pw + W], dw, db


def same_conv(student, dout, x, w, stride, pad, says="", shown=True):
    """The student's gradients equal the reference's. If `shown`, a failure shows the inputs."""
    given = {"dout": dout, "x": x, "w": w, "stride": stride, "pad": pad} if shown else None
    got = parts(student.conv_bwd(dout, x, w, stride, pad), CONV_NAMES)
    right = conv_backward(dout, x, w, stride, pad)
    terms = conv_backward(np.abs(dout), np.abs(x.astype(float)), np.abs(w), stride, pad)
    for name, part, expected, size in zip(CONV_NAMES, got, right, terms, strict=True):
        near(part, expected, f"{says} {name}:".strip(), given, constant=True, terms=size)


def same_sums(student, dout, x, w, stride, pad):
    """The student's backward is the adjoint of forward."""
    dx, dw, _ = parts(student.conv_bwd(dout, x, w, stride, pad), CONV_NAMES)
    shaped((dx, dw), CONV_NAMES[:2], (x.shape, w.shape))
    y = conv_forward(x, w, stride, pad)
    scale = float(np.linalg.norm(dout) * np.linalg.norm(y))
    for name, got in (("x·dx", np.sum(x * dx)), ("w·dw", np.sum(w * dw))):
        says = f"sum({name}), compared with sum(conv(x)·dout)."
        close(got, float(np.sum(y * dout)), says, atol=1e-4 * scale)


def a_conv(rng, batch, image, kernel, channels, filters, stride, pad):
    """Random x and w of these sizes, and a dout of the size that they give."""
    x = rng.normal(size=(batch, *image, channels))
    w = rng.normal(size=(*kernel, channels, filters))
    dout = rng.normal(size=conv_forward(x, w, stride, pad).shape)
    return dout, x, w, stride, pad


@check("contract")
def test_three_gradients_in_three_shapes(student):
    """conv_bwd returns dx, dw and db, in the shapes of x, w and b"""
    x = np.arange(140.0).reshape(2, 7, 5, 2) % 5
    w = np.arange(36.0).reshape(3, 2, 2, 3) % 7 - 3
    dout = np.arange(72.0).reshape(2, 3, 4, 3) % 4 - 1
    got = contract(student, "conv_bwd", dout, x, w, (2, 1), 0)
    shaped(parts(got, CONV_NAMES), CONV_NAMES, (x.shape, w.shape, (3,)))


@check("hand")
def test_the_row_of_the_text(student):
    """The row of the text gives dx (10, 2, 20), dw (4, 7) and db 3"""
    x, w = np.array([1.0, 2, 3]).reshape(1, 1, 3, 1), np.array([1.0, 10]).reshape(1, 2, 1, 1)
    dout = np.array([1.0, 2]).reshape(1, 1, 2, 1)
    got = parts(student.conv_bwd(dout, x, w, (1, 2), (0, 1)), CONV_NAMES)
    given = {"x": x[0, 0, :, 0], "w": w[0, :, 0, 0], "dout": dout[0, 0, :, 0]}
    right = (np.array([10.0, 2, 20]).reshape(x.shape), np.array([4.0, 7]).reshape(w.shape), [3])
    for name, part, expected in zip(CONV_NAMES, got, right, strict=True):
        close(part, expected, f"{name}:", given=given)


@check("probe")
def test_one_lit_pixel_stamps_the_filter(student, rng):
    """One lit pixel of dout stamps the filter, upright, into dx at its window"""
    x, w = rng.normal(size=(1, 7, 6, 1)), np.arange(1.0, 7).reshape(3, 2, 1, 1)
    dout = np.zeros((1, 3, 5, 1))
    dout[0, 1, 3, 0] = 1
    expected = np.zeros((1, 7, 6, 1))
    expected[0, 2:5, 3:5] = w[:, :, :, 0]
    dx, _, _ = parts(student.conv_bwd(dout, x, w, (2, 1), 0), CONV_NAMES)
    close(
        dx,
        expected,
        "Only dout[0, 1, 3, 0] is 1; stride (2, 1), no padding.",
        given={"w": w[:, :, 0, 0], "dout": dout[0, :, :, 0]},
    )


@check("probe")
def test_the_padding_is_cut_off(student, rng):
    """With padding dx has the shape of x, and what was stamped into the padding is gone"""
    for pad in (1, (2, 1), (0, 1)):
        dout, x, w, stride, pad = a_conv(rng, 1, (4, 5), (3, 2), 1, 1, 1, pad)
        same_conv(student, dout, x, w, stride, pad, f"pad is {pad}.")


@check("probe")
def test_a_stride_for_each_axis(student, rng):
    """The stride may be one number or one for each axis"""
    for stride in (2, (2, 1), (1, 3)):
        dout, x, w, stride, pad = a_conv(rng, 1, (7, 8), (2, 3), 1, 1, stride, 0)
        same_conv(student, dout, x, w, stride, pad, f"The stride is {stride}.")


@check("probe")
def test_pixels_that_no_window_reads(student, rng):
    """Pixels that no window reads have the gradient 0"""
    x, w = rng.normal(size=(1, 6, 5, 1)), rng.normal(size=(3, 2, 1, 1))
    dout = rng.normal(size=(1, 2, 2, 1))
    dx, _, _ = parts(student.conv_bwd(dout, x, w, (2, 3), 0), CONV_NAMES)
    near(
        dx,
        conv_backward(dout, x, w, (2, 3), 0)[0],
        "Rows 0–2 and 2–4, columns 0–1 and 3–4 are read: row 5 and column 2 are not.",
        given={"w": w[:, :, 0, 0], "dout": dout[0, :, :, 0]},
    )


@check()
def test_images_and_channels(student, rng):
    """Each image has its own dx; dw and db add up over all; channels and filters stay apart"""
    dout, x, w, stride, pad = a_conv(rng, 3, (4, 5), (3, 2), 2, 4, 1, 0)
    alone = np.zeros_like(dout)
    alone[1, :, :, 2] = dout[1, :, :, 2]
    same_conv(student, alone, x, w, stride, pad, "dout is 0 except for image 1 and filter 2.")
    same_conv(student, dout, x, w, stride, pad, "Three images, two channels, four filters.")


@check()
def test_the_adjoint(student, rng):
    """Backward is the adjoint of forward: sum(conv(x)·dout) = sum(x·dx) = sum(w·dw)"""
    same_sums(student, *a_conv(rng, 2, (7, 5), (3, 2), 3, 2, (2, 1), (1, 1)))


@check("oracle")
def test_gradient_check_of_a_convolution(student, rng):
    """Central differences on a 5×4 image, a 3×2 filter and stride (2, 1)"""
    dout, x, w, stride, pad = a_conv(rng, 1, (5, 4), (3, 2), 2, 3, (2, 1), 0)
    got = parts(student.conv_bwd(dout, x, w, stride, pad), CONV_NAMES)

    def loss_of_x(x):
        return float(np.sum(conv_forward(x, w, stride, pad) * dout))

    def loss_of_w(w):
        return float(np.sum(conv_forward(x, w, stride, pad) * dout))

    terms = conv_backward(np.abs(dout), np.abs(x), np.abs(w), stride, pad)
    tried = (
        numerical_gradient(loss_of_x, x, eps=0.5),  # exact: it is linear
        numerical_gradient(loss_of_w, w, eps=0.5),
        dout.sum(axis=(0, 1, 2)),
    )
    for name, part, right, size in zip(CONV_NAMES, got, tried, terms, strict=True):
        near(part, right, f"{name}:", terms=size)


@check("oracle")
def test_whole_numbers_in_a_convolution(student, rng):
    """x and w may hold whole numbers"""
    x = rng.integers(0, 256, size=(2, 6, 5, 3)).astype(np.uint8)
    w = rng.integers(-3, 4, size=(2, 3, 3, 2))
    dout = rng.normal(size=conv_forward(x, w, 1, (1, 0)).shape)
    same_conv(student, dout, x, w, 1, (1, 0), "x holds bytes, dout holds fractions.")


PROBES = [
    (
        "conv_bwd",
        (
            np.arange(48.0).reshape(2, 2, 4, 3) % 5 - 1.5,
            np.arange(80.0).reshape(2, 4, 5, 2) % 7 - 2,
            np.arange(36.0).reshape(3, 2, 2, 3) % 8 - 3.5,
            (1, 1),
            0,
        ),
    ),
    (
        "conv_bwd",
        (
            np.arange(24.0).reshape(2, 3, 2, 2) % 5 - 1.5,
            np.arange(40).reshape(2, 4, 5, 1) % 7,
            np.arange(12.0).reshape(2, 3, 1, 2) % 8 - 3.5,
            (2, 3),
            (1, 1),
        ),
    ),
]
