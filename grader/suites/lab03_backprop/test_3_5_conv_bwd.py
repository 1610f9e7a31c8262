"""Hidden checks of 3.5."""

import numpy as np

from nablab.checking import close, exercise, holds
from nablab.checking.expect import ROUNDING, as_numbers
from nablab.reference.convolution_layers import conv_nd, conv_nd_gradients

NAMES = ("dx", "dw", "db")


def pair(value):
    return (value, value) if np.ndim(value) == 0 else tuple(value)


def padded(x, pad):
    (ph, pw) = pair(pad)
    return np.pad(np.asarray(x, dtype=float), ((0, 0), (ph, ph), (pw, pw), (0, 0)))


def forward(x, w, stride, pad):
    return conv_nd(padded(x, pad), w, strides=stride)


def three(student, dout, x, w, stride, pad):
    got = student.conv_bwd(dout, x, w, stride, pad)
    holds(isinstance(got, (tuple, list)) and len(got) == 3, "Return dx, dw and db.", got=got)
    return got


def gradients(dout, x, w, stride, pad):
    (ph, pw), (H, W) = pair(pad), x.shape[1:3]
    dx, dw, db = conv_nd_gradients(padded(x, pad), w, dout, strides=stride)
    return dx[:, ph : ph + H, pw : pw + W], dw, db


def same(student, dout, x, w, stride, pad, says=""):
    """All three equal the reference's. What cancels out in a sum is rounded as much as what went into
    it: in float32 a sum is off by some 1e-7 of what it would be without signs."""
    got = three(student, dout, x, w, stride, pad)
    right = gradients(dout, x, w, stride, pad)
    terms = gradients(*(np.abs(a.astype(float)) for a in (dout, x, w)), stride, pad)
    for name, part, expected, size in zip(NAMES, got, right, terms, strict=True):
        says_so = f"{says} {name}:".strip()
        close(part, expected, says_so, atol=ROUNDING * float(size.max()), constant=True)


def drawn(rng, batch, image, kernel, channels, filters, stride, pad):
    x = rng.normal(size=(batch, *image, channels))
    w = rng.normal(size=(*kernel, channels, filters))
    return rng.normal(size=forward(x, w, stride, pad).shape), x, w, stride, pad


@exercise("3.5", stage="oracle")
def test_convolutions_of_every_kind(student, rng):
    """Filters, strides and paddings of every kind, one number or a pair"""
    for batch, image, kernel, channels, filters, stride, pad in (
        (2, (7, 5), (3, 2), 3, 4, (2, 1), (0, 0)),
        (3, (5, 8), (2, 3), 2, 1, 1, 1),
        (1, (11, 7), (4, 3), 1, 5, (3, 2), (2, 1)),
        (2, (4, 9), (1, 5), 4, 3, (1, 2), (0, 2)),
        (1, (6, 6), (5, 2), 2, 3, 2, (1, 0)),
    ):
        case = drawn(rng, batch, image, kernel, channels, filters, stride, pad)
        same(student, *case, f"Image {image}, filter {kernel}, stride {stride}, pad {pad}.")


@exercise("3.5")
def test_the_adjoint_law(student, rng):
    """sum(conv(x)·dout) = sum(x·dx) = sum(w·dw), with stride and padding"""
    for stride, pad in (((1, 2), (1, 0)), ((3, 1), (1, 2))):
        dout, x, w, *_ = drawn(rng, 2, (8, 7), (3, 2), 2, 3, stride, pad)
        dx, dw, _ = (as_numbers(part) for part in three(student, dout, x, w, stride, pad))
        holds(dx.shape == x.shape, f"dx has the shape {dx.shape}, expected {x.shape}.")
        holds(dw.shape == w.shape, f"dw has the shape {dw.shape}, expected {w.shape}.")
        y = forward(x, w, stride, pad)
        scale = float(np.linalg.norm(y) * np.linalg.norm(dout))
        for name, got in (("x·dx", np.sum(x * dx)), ("w·dw", np.sum(w * dw))):
            close(got, np.sum(y * dout), f"sum({name}):", atol=1e-4 * scale)


@exercise("3.5", stage="probe")
def test_a_lit_pixel_anywhere(student, rng):
    """One lit pixel of dout leaves one filter's weights in dx and one patch of x in dw"""
    dout, x, w, stride, pad = drawn(rng, 2, (7, 9), (3, 2), 2, 3, (2, 3), (1, 1))
    place = tuple(int(rng.integers(n)) for n in dout.shape)
    lit = np.zeros_like(dout)
    lit[place] = 1
    same(student, lit, x, w, stride, pad, f"Only dout{list(place)} is not 0.")


@exercise("3.5", stage="probe")
def test_what_no_window_reads(student, rng):
    """Pixels that no window reads have the gradient 0: gaps between windows, and what is left over"""
    for image, kernel, stride in (((9, 8), (2, 2), (3, 4)), ((8, 7), (3, 3), (2, 3))):
        case = drawn(rng, 1, image, kernel, 1, 2, stride, 0)
        same(student, *case, f"Image {image}, filter {kernel}, stride {stride}.")


@exercise("3.5")
def test_a_batch_adds_up(student, rng):
    """dw and db are sums over the images and the places; two equal images give twice as much"""
    dout, x, w, stride, pad = drawn(rng, 1, (5, 6), (2, 3), 3, 2, 1, (1, 1))
    same(student, np.repeat(dout, 3, axis=0), np.repeat(x, 3, axis=0), w, stride, pad)
    same(student, np.ones_like(dout), x, w, stride, pad, "dout is 1 everywhere.")


@exercise("3.5", stage="probe")
def test_whole_numbers_and_bytes(student, rng):
    """Images of whole numbers and of bytes, weights of whole numbers"""
    w = rng.integers(-3, 4, size=(3, 2, 2, 3))
    for x in (
        rng.integers(-4, 5, size=(2, 5, 7, 2)),
        rng.integers(0, 256, size=(1, 5, 7, 2)).astype(np.uint8),
    ):
        dout = rng.normal(size=forward(x, w, (1, 2), 1).shape)
        same(student, dout, x, w, (1, 2), 1, f"x holds {x.dtype} numbers.")
