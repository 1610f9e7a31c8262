"""A small class that hands in this lab, and which checks each of them must fail. For the demo and
the tests: the scores that the grader gives must be the ones that follow from here."""

from nablab.grading.records import UNREADABLE
from nablab.grading.samples import ALL, AllBut, Sample, cut_off, doubled

FLIPPED = """\
def correlate_valid(img, filt):
    img, filt = np.asarray(img, float), np.asarray(filt, float)[::-1, ::-1]
    (H, W), (kh, kw) = img.shape, filt.shape
    return np.array([[np.sum(img[i:i + kh, j:j + kw] * filt) for j in range(W - kw + 1)]
                     for i in range(H - kh + 1)])
"""

SUM_NOT_MEAN = """\
def match_score(patch, filt):
    return float(np.sum(np.asarray(patch, float) * np.asarray(filt, float)))
"""

DEGREES = """\
def gradient_polar(img):
    f = edge_filters()
    gx, gy = correlate_valid(img, f["sobel_x"]), correlate_valid(img, f["sobel_y"])
    return np.hypot(gx, gy), np.degrees(np.arctan2(gy, gx))
"""

BIAS_PER_CHANNEL = """\
def correlate_multi(x, w, b):
    x, w = np.asarray(x, float), np.asarray(w, float)
    C, F = w.shape[2:]
    return np.stack([sum(correlate_valid(x[:, :, c], w[:, :, c, f]) + b[f] for c in range(C))
                     for f in range(F)], axis=-1)
"""

LAST_PIXEL = """\
def relu_maxpool(x, size, stride):
    x = np.maximum(np.asarray(x, float), 0)
    (H, W, _), (ph, pw), (sh, sw) = x.shape, size, stride
    rows, columns = (H - ph) // sh + 1, (W - pw) // sw + 1
    return x[ph - 1:ph - 1 + rows * sh:sh, pw - 1:pw - 1 + columns * sw:sw]
"""

VECTORISED = {
    "N.1": """\
def match_score(patch, filt):
    return np.vdot(np.float32(patch), np.float32(filt)) / np.size(patch)
""",
    "N.2": """\
def correlate_valid(img, filt):
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(img, float), np.shape(filt))
    return np.einsum("ijuv,uv->ij", windows, np.asarray(filt, float))
""",
    "N.3": """\
def convolve_valid(img, filt):
    return correlate_valid(img, np.rot90(filt, 2))


WHICH_DOES_KERAS = "correlation"
""",
    "N.6": """\
def correlate_multi(x, w, b):
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(x, float), np.shape(w)[:2], (0, 1))
    return np.einsum("ijcuv,uvcf->ijf", windows, np.asarray(w, float)) + b
""",
}

BROKEN_SYNTAX = """\
def edge_filters(:
    return {}
"""

ENDLESS = """\
def match_score(patch, filt):
    total, i = 0.0, 0
    while i < patch.size:
        total += patch.flat[i] * filt.flat[i]
    return total / patch.size
"""

FORGED = """\
import builtins
import sys

import numpy.testing

for name in dir(numpy.testing):
    if name.startswith("assert_"):
        setattr(numpy.testing, name, lambda *args, **kwargs: None)
np.allclose = lambda *args, **kwargs: True
print("SCORE: 100/100")
print('{"tests": {"passed": 100, "failed": 0}}', file=sys.stderr)


def match_score(patch, filt):
    return 1.0
"""


SAMPLES = [
    Sample("student01", "perfect, in the style of the text"),
    Sample("student02", "perfect, vectorised and partly in float32", VECTORISED),
    Sample(
        "student03",
        "takes the sum instead of the mean",
        {"N.1": SUM_NOT_MEAN},
        fails={"N.1": AllBut("test_match_score_returns_one_number")},
    ),
    Sample(
        "student04",
        "bias once for every channel, angles in degrees",
        {"N.5": DEGREES, "N.6": BIAS_PER_CHANNEL},
        fails={
            "N.5": AllBut("test_two_arrays", "test_a_flat_picture_has_no_gradient"),
            "N.6": AllBut(
                "test_the_result_has_one_map_for_each_filter",
                "test_one_channel_at_a_time",
                "test_one_bright_pixel_in_one_channel",
            ),
        },
    ),
    Sample(
        "student05",
        "keeps the last pixel of a window",
        {"N.7": LAST_PIXEL},
        fails={
            "N.7": AllBut("test_the_shape_after_pooling", "test_nothing_speaks_for_the_pattern")
        },
    ),
    Sample(
        "student06",
        "the stub, unchanged",
        stub=True,
    ),
    Sample(
        "student07",
        "breaks N.2 and gets the rest right: follow-through",
        {"N.2": FLIPPED},
        fails={
            "N.2": AllBut(
                "test_the_map_has_the_shape_of_all_places",
                "test_the_vertical_line_filter_gives_the_map_of_the_text",
                "test_the_x_under_the_main_diagonal",
            )
        },
    ),
    Sample("student08", "a syntax error in N.4", {"N.4": BROKEN_SYNTAX}, fails={"N.4": ALL}),
    Sample("student09", "the cell of N.2 is there twice", damage=doubled("N.2", FLIPPED)),
    Sample("student10", "a file that breaks off", damage=cut_off, state=UNREADABLE),
    Sample(
        "student11", "an endless loop in N.1", {"N.1": ENDLESS}, fails={"N.1": ALL}, endless=True
    ),
    Sample(
        "student12",
        "patches numpy.testing and prints a score",
        {"N.1": FORGED},
        fails={"N.1": AllBut("test_match_score_returns_one_number")},
    ),
]
