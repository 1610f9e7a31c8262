"""The visible checks of N.6."""

import numpy as np

from nablab.checking import check, close, contract, rounding
from nablab.reference.convolution import conv


@check("contract")
def test_the_result_has_one_map_for_each_filter(student):
    """x (5, 7, 3), w (2, 3, 3, 4) and b (4,) give maps (4, 5, 4)"""
    x = np.arange(105.0).reshape(5, 7, 3) % 5
    w = np.arange(72.0).reshape(2, 3, 3, 4) % 7 - 3
    contract(student, "correlate_multi", x, w, np.arange(4.0), shape=(4, 5, 4))


@check("hand")
def test_the_pixel_of_the_text(student):
    """The pixel of the text gives 12, 25 and 38"""
    x = np.array([[[2, 5]]])
    w = np.array([[[[1, 0, -1], [0, 1, 2]]]])
    b = np.array([10, 20, 30])
    close(student.correlate_multi(x, w, b), [[[12, 25, 38]]], given={"x": x, "w": w, "b": b})


@check("probe")
def test_biases_alone(student, rng):
    """With all weights 0 each map is its own bias"""
    x, b = rng.normal(size=(4, 6, 3)), np.array([3.0, -1, 4, 1.5, -9])
    w = np.zeros((2, 2, 3, 5))
    close(
        student.correlate_multi(x, w, b),
        np.broadcast_to(b, (3, 5, 5)),
        "All weights are 0.",
        given={"x": x, "b": b},
    )


@check("probe")
def test_one_channel_at_a_time(student, rng):
    """With one channel lit, each map is the correlation with that channel's filter"""
    H, W, C, F = 6, 5, 3, 2
    w = rng.normal(size=(2, 3, C, F))
    for c in range(C):
        x = np.zeros((H, W, C))
        x[:, :, c] = rng.normal(size=(H, W))
        close(
            student.correlate_multi(x, w, np.zeros(F)),
            conv(x, w),
            f"Only channel {c} of x is not 0, and there is no bias.",
            atol=rounding(conv, x, w),
            given={"x": x, "w": w},
        )


@check()
def test_channels_add_up(student, rng):
    """The channels are added up, and their order does not matter"""
    x, w, b = rng.normal(size=(5, 7, 4)), rng.normal(size=(3, 2, 4, 3)), rng.normal(size=3)
    order = np.array([2, 0, 3, 1])
    expected = conv(x, w, b)
    close(
        student.correlate_multi(x[:, :, order], w[:, :, order], b),
        expected,
        "The channels of x and of w are in another order, the same for both.",
        atol=rounding(conv, x, w, b),
        given={"order": order, "x": x, "w": w, "b": b},
    )


@check("oracle")
def test_any_numbers_of_channels_and_filters(student, rng):
    """Any numbers of channels and filters, and filters of any shape"""
    for (H, W, C), (kh, kw, F) in (
        ((7, 5, 3), (3, 2, 4)),
        ((5, 8, 1), (2, 3, 5)),
        ((6, 4, 5), (4, 1, 2)),
    ):
        x, w, b = rng.normal(size=(H, W, C)), rng.normal(size=(kh, kw, C, F)), rng.normal(size=F)
        close(
            student.correlate_multi(x, w, b),
            conv(x, w, b),
            f"x {x.shape}, w {w.shape}.",
            atol=rounding(conv, x, w, b),
            given={"x": x, "w": w, "b": b},
        )


PROBES = [
    (
        "correlate_multi",
        (
            np.arange(40.0).reshape(4, 5, 2) % 7 - 2,
            np.arange(24.0).reshape(2, 2, 2, 3) % 5 - 1.5,
            np.array([1.0, -2, 4]),
        ),
    )
]
