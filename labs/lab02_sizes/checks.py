"""The checks that students see: `check("2.2")` runs those of an exercise, in the order of their
stages, and explains the first that fails."""

from functools import partial

import numpy as np

from nablab.checking import close, contract, each, equal, exercise, holds, refuses, rounding
from nablab.checking.expect import as_numbers
from nablab.reference.convolution import conv, correlate2d_valid
from nablab.reference.convolution_layers import conv_nd
from nablab.reference.counting import multiplications, param_count, shapes_through
from nablab.reference.receptive import reached
from nablab.reference.sizes import out_size, same_pads
from nablab.reference.unrolled import conv_matrix_1d, conv_matrix_2d, im2col

# 2.1 ---------------------------------------------------------------------------------------------

TABLE = (  # n, k, s, pad, dilation
    (10, 3, 1, "valid", 1),
    (10, 3, 1, 1, 1),
    (8, 3, 2, "valid", 1),
    (8, 3, 1, "valid", 2),
    (7, 3, 2, "same", 1),
    (6, 4, 1, "same", 1),
    (11, 2, 3, 0, 1),
    (9, 4, 2, 2, 1),
    (5, 5, 3, "valid", 1),
    (13, 3, 2, 3, 4),
)
IN_ORDER = ("n", "k", "s", "pad", "dilation")


def sizes(student, calls):
    """The student's sizes for many calls, each compared with the right one."""
    for call, got in zip(calls, each(student, "out_size", calls), strict=True):
        equal(got, out_size(*call), f"out_size({arguments(IN_ORDER, call)}).")


def arguments(names, values):
    return ", ".join(f"{name}={value!r}" for name, value in zip(names, values, strict=False))


@exercise("2.1", stage="contract")
def test_out_size_returns_a_whole_number(student):
    """out_size takes n, k, s, pad and dilation and returns a whole number"""
    contract(student, "out_size", 10, 3, 1, "valid", 1, shape=(), kind="int")


@exercise("2.1", stage="hand")
def test_the_table(student):
    """A table of ten, the text's five among them"""
    sizes(student, TABLE)


@exercise("2.1", stage="hand")
def test_a_window_that_does_not_fit(student):
    """A window that does not fit raises ValueError, with a stride too"""
    refuses(student.out_size, 3, 4, says="A window of 4 on 3 pixels.")
    refuses(
        student.out_size,
        4,
        5,
        2,
        "valid",
        says="A window of 5 on 4 pixels, in steps of 2: 0 places.",
    )
    refuses(student.out_size, 6, 4, 1, 0, 2, says="A window of 4 with dilation 2 spans 7 pixels.")


@exercise("2.1", stage="probe")
def test_without_the_last_arguments(student):
    """Stride 1, no padding and no dilation are taken where nothing is said"""
    sizes(student, [(7, 3), (8, 3, 2), (8, 3, 2, 1)])


@exercise("2.1", stage="probe")
def test_padding_counts_on_both_sides(student):
    """One more zero on each side gives two more places"""
    sizes(student, [(9, 3, 1, pad) for pad in range(4)])


@exercise("2.1")
def test_what_same_does_not_depend_on(student, rng):
    """With "same" the window does not matter, and n / s is rounded up"""
    calls = [
        (int(n), int(k), s, "same", d)
        for n, k in rng.integers([3, 1], [40, 9], size=(6, 2))
        for s, d in ((1, 2), (2, 1), (3, 2))
    ]
    sizes(student, calls)


@exercise("2.1", stage="oracle")
def test_many_sizes(student, rng):
    """Many draws of n, k, s, padding and dilation"""
    sizes(student, some_calls(rng, 60))


def some_calls(rng, count):
    """Calls of out_size with at least one place, and one each that is just enough."""
    calls = []
    while len(calls) < count:
        n, k, s, p, d = (int(value) for value in rng.integers([1, 1, 1, 0, 1], [40, 8, 5, 4, 4]))
        if n + 2 * p > d * (k - 1):
            calls.append((n, k, s, p, d))
    return [*calls, (7, 7, 3, "valid", 1), (7, 4, 5, 0, 2), (1, 3, 2, 1, 1)]


# 2.2 ---------------------------------------------------------------------------------------------

RAMP_FILTER = np.array([1, 10, 100])


def pads_of(student, *call):
    """The student's two pads, checked to be whole numbers and not negative."""
    got = student.same_pads(*call)
    given = dict(zip(("n", "k", "s", "dilation"), call, strict=False))
    pads = as_numbers(got, given=given)
    holds(pads.shape == (2,), "Return two numbers: `return before, after`.", got=got, given=given)
    holds(
        pads.dtype.kind in "iu" or np.all(pads == np.round(pads)),
        "There are no half zeros: both numbers should be whole.",
        got=got,
        given=given,
    )
    holds(pads.min() >= 0, "Fewer zeros than none cannot be added.", got=got, given=given)
    return tuple(int(pad) for pad in pads)


def pads_are_right(student, calls):
    for call in calls:
        says = f"same_pads({arguments(('n', 'k', 's', 'dilation'), call)})."
        equal(pads_of(student, *call), same_pads(*call), says)


@exercise("2.2", stage="contract")
def test_same_pads_returns_two_whole_numbers(student):
    """same_pads returns two whole numbers, before and after"""
    pads_of(student, 7, 3, 2, 1)
    contract(student, "same_pads", 7, 3, 2, 1, shape=(2,), kind="int")


@exercise("2.2", stage="hand")
def test_six_and_seven_pixels(student):
    """A window of 3 in steps of 2: (0, 1) on 6 pixels and (1, 1) on 7"""
    pads_are_right(student, [(6, 3, 2), (7, 3, 2)])


@exercise("2.2", stage="hand")
def test_the_outputs_of_the_text(student):
    """With your zeros the ramps give 210, 432, 54 and 100, 321, 543, 65"""
    for n, expected in ((6, [210, 432, 54]), (7, [100, 321, 543, 65])):
        before, after = pads_of(student, n, 3, 2)
        padded = np.pad(np.arange(n), (before, after))
        got = [int(padded[i : i + 3] @ RAMP_FILTER) for i in range(0, len(padded) - 2, 2)]
        equal(got, expected, "What comes out with your zeros.", given={"padded": padded})


@exercise("2.2", stage="probe")
def test_an_even_window(student):
    """Of an odd number of zeros the larger half goes after"""
    pads_are_right(student, [(7, 2, 1), (9, 4, 1), (10, 6, 1)])


@exercise("2.2", stage="probe")
def test_a_stride_larger_than_the_window(student):
    """A stride larger than the window needs no zeros where nothing sticks out"""
    pads_are_right(student, [(8, 1, 4), (11, 2, 5), (12, 3, 5), (10, 2, 4)])


@exercise("2.2", stage="probe")
def test_dilation_widens_the_window(student):
    """With dilation the span takes the place of the window"""
    pads_are_right(student, [(11, 3, 1, 2), (10, 4, 1, 3), (9, 2, 1, 5)])


@exercise("2.2", stage="oracle")
def test_the_same_windows_as_keras(student, rng):
    """Your zeros and windows without padding give what padding "same" gives"""
    for n, k, s, d in ((13, 5, 3, 1), (12, 4, 3, 1), (11, 6, 2, 1), (17, 3, 1, 4), (7, 11, 2, 1)):
        same_as_same(student, rng, n, k, s, d)


def same_as_same(student, rng, n, k, s, d):
    x, w = rng.normal(size=n), rng.normal(size=k)
    pads = pads_of(student, n, k, s, d)
    given = {"n": n, "k": k, "s": s, "dilation": d, "your pads": pads}
    holds(max(pads) <= 1000, "So many zeros are never needed.", got=pads, given=given)
    padded = np.pad(x, pads)
    holds(
        len(padded) > d * (k - 1),
        "With your zeros the window does not even fit once.",
        got=pads,
        given=given,
    )
    close(
        conv_nd(padded[None, :, None], w[:, None, None], strides=s, dilation=d)[0, :, 0],
        conv_nd(x[None, :, None], w[:, None, None], strides=s, dilation=d, padding="same")[0, :, 0],
        "A correlation of the row with your zeros, beside padding same.",
        given=given,
    )


# 2.3 ---------------------------------------------------------------------------------------------


@exercise("2.3", stage="contract")
def test_the_matrix_has_a_row_for_each_output(student):
    """A filter of 3 on 7 pixels in steps of 2 gives a matrix (3, 7)"""
    contract(student, "conv_matrix_1d", np.array([0.5, -1, 2]), 7, 2, shape=(3, 7))


@exercise("2.3", stage="hand")
def test_the_matrices_of_the_text(student):
    """The first and the third matrix of the text, w = (1, 10, 100) and n = 5"""
    first = [[1, 10, 100, 0, 0], [0, 1, 10, 100, 0], [0, 0, 1, 10, 100]]
    for s, expected in ((1, first), (2, first[::2])):
        close(
            student.conv_matrix_1d(RAMP_FILTER, 5, s),
            expected,
            f"Stride {s}.",
            given={"w": RAMP_FILTER, "n": 5, "s": s},
        )


@exercise("2.3", stage="hand")
def test_padding_cuts_columns_off(student):
    """The second matrix of the text is yours for 7 pixels, without its outer columns"""
    got = as_numbers(student.conv_matrix_1d(RAMP_FILTER, 7))
    holds(got.shape == (5, 7), f"For 7 pixels the shape is {got.shape}, expected (5, 7).", got=got)
    expected = [
        [10, 100, 0, 0, 0],
        [1, 10, 100, 0, 0],
        [0, 1, 10, 100, 0],
        [0, 0, 1, 10, 100],
        [0, 0, 0, 1, 10],
    ]
    close(got[:, 1:-1], expected, "Without its first and its last column.")


@exercise("2.3", stage="probe")
def test_a_row_of_weights_that_are_halves(student):
    """Weights that are no whole numbers stay what they are, in a list too"""
    w = [0.5, -0.25, 1.5, 0.125]
    close(student.conv_matrix_1d(w, 6), conv_matrix_1d(w, 6), given={"w": w, "n": 6})


@exercise("2.3")
def test_times_a_signal(student, rng):
    """M @ x is the correlation of x with w"""
    for n, k, s in ((11, 4, 1), (13, 3, 2), (10, 2, 3), (5, 5, 1)):
        w, x = rng.normal(size=k), rng.normal(size=n)
        M = as_numbers(student.conv_matrix_1d(w, n, s))
        expected = np.correlate(x, w, "valid")[::s]
        shape = (len(expected), n)
        given = {"w": w, "n": n, "s": s}
        holds(M.shape == shape, f"The shape is {M.shape}, expected {shape}.", got=M, given=given)
        # a window as long as the row leaves one sum, which may cancel out: weights in float32 are
        # off by some 1e-7 of what goes into it
        atol = 1e-6 * float(np.abs(w).sum() * np.abs(x).max())
        says = f"n = {n}, k = {k}, s = {s}."
        close(M @ x, expected, says, atol=atol, given=given | {"x": x})


@exercise("2.3", stage="oracle")
def test_the_matrix_of_any_filter(student, rng):
    """The matrix of any filter, entry by entry"""
    for n, k, s in ((7, 2, 1), (8, 5, 2), (11, 3, 4)):
        w = rng.normal(size=k)
        close(
            student.conv_matrix_1d(w, n, s),
            conv_matrix_1d(w, n, s),
            f"n = {n}, k = {k}, s = {s}.",
            given={"w": w, "n": n, "s": s},
        )


# 2.4 ---------------------------------------------------------------------------------------------

SIX = np.array([[1, 2, 3], [4, 5, 6]])
MATRIX_OF_SIX = [
    [1, 2, 3, 0, 4, 5, 6, 0, 0, 0, 0, 0],
    [0, 1, 2, 3, 0, 4, 5, 6, 0, 0, 0, 0],
    [0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0],
    [0, 0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6],
]


@exercise("2.4", stage="contract")
def test_rows_for_the_map_and_columns_for_the_image(student):
    """A filter (3, 2) on an image (5, 7) gives a matrix (18, 35)"""
    w = np.array([[0.5, -1], [2, 0], [1, 3]])
    contract(student, "conv_matrix_2d", w, (5, 7), shape=(18, 35))


@exercise("2.4", stage="hand")
def test_the_matrix_of_matrices_of_the_text(student):
    """The filter of the text on an image of 3×4 pixels"""
    close(student.conv_matrix_2d(SIX, (3, 4)), MATRIX_OF_SIX, given={"w": SIX, "shape": (3, 4)})


@exercise("2.4", stage="hand")
def test_an_image_of_four_by_five(student):
    """Times an image of 4×5 pixels it is the raveled map"""
    img = np.array([[1, 0, 2, 0, 1], [0, 3, 0, 1, 0], [2, 0, 1, 0, 2], [0, 1, 0, 4, 0]])
    w = np.array([[1, 0], [2, -1], [0, 3]])
    M = matrix_of(student, w, img.shape)
    given = {"img": img, "w": w}
    close(M @ img.ravel(), correlate2d_valid(img, w).ravel(), given=given)


def matrix_of(student, w, shape):
    M = as_numbers(student.conv_matrix_2d(w, shape))
    (kh, kw), (H, W) = np.shape(w), shape
    expected = ((H - kh + 1) * (W - kw + 1), H * W)
    holds(
        M.shape == expected,
        f"The matrix has the shape {M.shape}, expected {expected}.",
        got=M,
        given={"w": w, "shape": shape},
    )
    return M


@exercise("2.4", stage="probe")
def test_a_filter_with_one_weight(student):
    """A filter with a single weight picks one pixel for each output"""
    for u, v in ((0, 0), (1, 0), (0, 2)):
        w = np.zeros((2, 3))
        w[u, v] = 2.5
        img = np.arange(20.0).reshape(4, 5)
        M = matrix_of(student, w, (4, 5))
        close(
            (M @ img.ravel()).reshape(3, 3),
            2.5 * img[u : u + 3, v : v + 3],
            f"Only w[{u}, {v}] is not 0; the image counts its pixels from 0.",
            given={"w": w},
        )


@exercise("2.4")
def test_how_many_entries_and_what_they_sum_to(student, rng):
    """Every row holds each weight once"""
    w = rng.uniform(1, 2, size=(2, 3)) * np.array([1, -1, 1])
    M = matrix_of(student, w, (5, 4))
    close(
        np.sort(M, axis=1)[:, [0, 1, -4, -3, -2, -1]],
        np.broadcast_to(np.sort(w, axis=None), (8, 6)),
        "The entries of each row that are not 0, sorted.",
        given={"w": w, "shape": (5, 4)},
    )


@exercise("2.4", stage="oracle")
def test_the_matrix_of_any_image_filter(student, rng):
    """The matrix of any filter, entry by entry"""
    for shape, sides in (((5, 7), (3, 2)), ((6, 3), (1, 2)), ((4, 5), (2, 5))):
        w = rng.normal(size=sides)
        close(
            student.conv_matrix_2d(w, shape),
            conv_matrix_2d(w, shape),
            f"An image {shape}, a filter {sides}.",
            given={"w": w, "shape": shape},
        )


# 2.5 ---------------------------------------------------------------------------------------------

TWELVE = np.arange(1, 13).reshape(2, 3, 2)


@exercise("2.5", stage="contract")
def test_patches_maps_and_bytes(student):
    """The three functions return a matrix (6, 18), a map (3, 2, 4) and a whole number"""
    x = np.arange(105.0).reshape(7, 5, 3) % 8
    contract(student, "im2col", x, 3, 2, 2, shape=(6, 18))
    w = np.arange(72.0).reshape(3, 2, 3, 4) % 7 - 3
    contract(student, "conv_im2col", x, w, 2, shape=(3, 2, 4))
    contract(student, "im2col_bytes", 7, 5, 3, 3, 2, 2, 8, shape=(), kind="int")


@exercise("2.5", stage="hand")
def test_the_patches_of_the_text(student):
    """The two patches of the text"""
    close(
        student.im2col(TWELVE, 2, 2, 1),
        [[1, 2, 3, 4, 7, 8, 9, 10], [3, 4, 5, 6, 9, 10, 11, 12]],
        given={"x": TWELVE},
    )


@exercise("2.5", stage="hand")
def test_the_bytes_of_the_text(student):
    """The patches of the colour photograph take 7,246,584 bytes"""
    equal(student.im2col_bytes(213, 320, 3, 3, 3, 1, 4), 7_246_584)


@exercise("2.5", stage="probe")
def test_the_first_row_and_the_order_of_the_places(student):
    """The first row is the first patch; the next place is one stride to the right"""
    x = np.arange(140.0).reshape(7, 5, 4)
    got = as_numbers(student.im2col(x, 3, 2, 2))
    holds(got.shape == (6, 24), f"The shape is {got.shape}, expected (6, 24).", got=got)
    for row, (r, c) in ((0, (0, 0)), (1, (0, 2)), (2, (2, 0))):
        close(
            got[row],
            x[r : r + 3, c : c + 2].ravel(),
            f"Row {row}, the patch whose first pixel is [{r}, {c}].",
        )


@exercise("2.5", stage="probe")
def test_what_the_bytes_depend_on(student):
    """The bytes are those of all patches, with the stride and the size of a number"""
    calls = [
        (7, 5, 3, 2, 4, 1, 1),
        (7, 5, 3, 2, 4, 1, 8),
        (17, 11, 2, 3, 5, 2, 4),
        (9, 8, 1, 4, 3, 3, 2),
    ]
    for call, got in zip(calls, each(student, "im2col_bytes", calls), strict=True):
        H, W, C, kh, kw, s, itemsize = call
        expected = im2col(np.zeros((H, W, C)), kh, kw, s).size * itemsize
        names = ("H", "W", "C", "kh", "kw", "s", "itemsize")
        equal(got, expected, f"im2col_bytes({arguments(names, call)}).")


def strided(x, w, s=1):
    return conv_nd(x[None], w, strides=s)[0]


@exercise("2.5")
def test_the_product_is_a_convolution(student, rng):
    """conv_im2col is a convolutional layer, also of bytes"""
    w = rng.normal(size=(3, 2, 3, 4))
    for x in (rng.normal(size=(5, 7, 3)), rng.integers(0, 256, size=(6, 4, 3)).astype(np.uint8)):
        close(
            student.conv_im2col(x, w),
            conv(x, w),
            f"x {x.shape} of {x.dtype} numbers.",
            atol=rounding(strided, x, w),
            given={"w": w},
        )


@exercise("2.5", stage="oracle")
def test_patches_and_maps_of_any_shape(student, rng):
    """Images, windows and strides of any size"""
    for (H, W, C), (kh, kw, F), s in (((11, 7, 3), (2, 4, 5), 2), ((6, 8, 2), (3, 1, 4), 3)):
        x, w = rng.normal(size=(H, W, C)), rng.normal(size=(kh, kw, C, F))
        says = f"x {x.shape}, w {w.shape}, stride {s}."
        close(student.im2col(x, kh, kw, s), im2col(x, kh, kw, s), says, given={"x": x})
        close(
            student.conv_im2col(x, w, s),
            conv_nd(x[None], w, strides=s)[0],
            says,
            atol=rounding(partial(strided, s=s), x, w),
            given={"x": x, "w": w},
        )


# 2.6 ---------------------------------------------------------------------------------------------


def conv2d(filters, kernel=(3, 3), strides=(1, 1), padding="valid", bias=True):
    return {
        "kind": "conv2d",
        "filters": filters,
        "kernel_size": kernel,
        "strides": strides,
        "padding": padding,
        "use_bias": bias,
    }


def depthwise(multiplier, kernel=(3, 3), strides=(1, 1), padding="valid", bias=True):
    return {
        "kind": "depthwise_conv2d",
        "depth_multiplier": multiplier,
        "kernel_size": kernel,
        "strides": strides,
        "padding": padding,
        "use_bias": bias,
    }


def dense(units, bias=True):
    return {"kind": "dense", "units": units, "use_bias": bias}


def pool(size=(2, 2), strides=(2, 2), padding="valid"):
    return {"kind": "max_pool2d", "pool_size": size, "strides": strides, "padding": padding}


def embedding(words, length):
    return {"kind": "embedding", "input_dim": words, "output_dim": length}


FLATTEN, NORM = {"kind": "flatten"}, {"kind": "batch_norm"}
LENET = [
    conv2d(6, (5, 5)),
    pool(),
    conv2d(16, (5, 5)),
    pool(),
    FLATTEN,
    dense(120),
    dense(84),
    dense(10),
]
LENET_COUNTS = [156, 0, 2416, 0, 0, 48120, 10164, 850]
MIXED = [
    conv2d(4, (3, 2), (2, 1), "same", bias=False),
    NORM,
    depthwise(2, (2, 3), (1, 2)),
    pool((3, 2), (2, 1), "same"),
    conv2d(5, (1, 2)),
    FLATTEN,
    dense(7, bias=False),
    dense(3),
]
TEXT = [embedding(101, 6), dense(5), NORM, FLATTEN, dense(2)]


def in_words(layer):
    """A layer's kind, and its other keys in brackets."""
    keys = ", ".join(f"{key} {value}" for key, value in layer.items() if key != "kind")
    return f"{layer['kind']} ({keys})" if keys else layer["kind"]


@exercise("2.6", stage="contract")
def test_a_list_of_counts_and_a_shape(student):
    """param_count returns a whole number for each layer, output_shape a tuple of whole numbers"""
    contract(student, "param_count", LENET, (32, 32, 1), shape=(8,), kind="int")
    contract(student, "output_shape", LENET[0], (32, 32, 1), shape=(3,), kind="int")


@exercise("2.6", stage="hand")
def test_lenet_of_the_text(student):
    """LENET holds 156, 2416, 48120, 10164 and 850 numbers, and none in the layers between"""
    equal(student.param_count(LENET, (32, 32, 1)), LENET_COUNTS)


@exercise("2.6", stage="hand")
def test_shapes_through_lenet(student):
    """The shapes of LENET are those of the text"""
    shapes_are_right(student, LENET, (32, 32, 1))


def shapes_are_right(student, layers, input_shape):
    shapes = shapes_through(layers, input_shape)
    calls = list(zip(layers, shapes, strict=False))
    answers = each(student, "output_shape", calls)
    for (layer, before), got, after in zip(calls, answers, shapes[1:], strict=True):
        equal(got, after, f"{in_words(layer)}, given {before}.")


@exercise("2.6", stage="probe")
def test_one_layer_of_each_kind(student):
    """One layer of each kind, alone"""
    for layer, shape in (
        (dense(7), (11,)),
        (dense(7, bias=False), (11,)),
        (conv2d(5, (3, 2)), (7, 8, 4)),
        (conv2d(5, (3, 2), bias=False), (7, 8, 4)),
        (depthwise(1, (3, 3)), (9, 8, 16)),
        (depthwise(3, (2, 5)), (9, 8, 4)),
        (pool(), (7, 8, 4)),
        (FLATTEN, (7, 8, 4)),
        (NORM, (7, 8, 16)),
        (embedding(1000, 50), (13,)),
    ):
        equal(
            student.param_count([layer], shape),
            param_count([layer], shape),
            f"{in_words(layer)}, given {shape}.",
        )


@exercise("2.6", stage="probe")
def test_sides_strides_and_paddings(student):
    """Shapes where the two sides, strides and paddings differ"""
    shapes_are_right(student, MIXED, (11, 9, 3))
    shapes_are_right(student, TEXT, (13,))


@exercise("2.6")
def test_parameters_do_not_depend_on_the_size_of_the_image(student):
    """A network without dense layers has as many parameters for an image of any size"""
    layers = MIXED[:5]
    for shape in ((11, 9, 3), (31, 20, 3)):
        equal(student.param_count(layers, shape), param_count(layers, shape), f"Images {shape}.")


@exercise("2.6", stage="oracle")
def test_two_mixed_networks(student):
    """A network with all kinds of image layers, and one that reads words"""
    equal(student.param_count(MIXED, (11, 9, 3)), param_count(MIXED, (11, 9, 3)))
    equal(student.param_count(TEXT, (13,)), param_count(TEXT, (13,)))


# 2.7 ---------------------------------------------------------------------------------------------


def fields_are_right(student, stacks, rng=None):
    """The student's numbers beside the fields found by sending every pixel through the stack."""
    answers = each(student, "receptive_field", [(layers,) for layers in stacks])
    for layers, got in zip(stacks, answers, strict=True):
        numbers = three_numbers(got)
        for name, one, right in zip(
            ("size", "jump", "start"), numbers, fields_found(layers, rng), strict=True
        ):
            close(one, right, f"The {name} after the layers {layers}.")


def three_numbers(got):
    numbers = as_numbers(got)
    holds(numbers.shape == (3,), "Return three numbers: `return size, jump, start`.", got=got)
    return numbers


def fields_found(layers, rng=None):
    """Size, jump and start of the first unit's field, by trying which pixels reach it."""
    weights = [np.ones(k) if rng is None else rng.uniform(0.5, 2, size=k) for k, _, _ in layers]
    n = 2
    for k, s, d in reversed(layers):  # pixels enough for two units
        n = (n - 1) * s + d * (k - 1) + 1
    reads = reached(layers, weights, n) > 0
    (first, last), (second, end) = (np.flatnonzero(reads[:, unit])[[0, -1]] for unit in (0, 1))
    return [last - first + 1, (second + end) / 2 - (first + last) / 2, (first + last) / 2]


@exercise("2.7", stage="contract")
def test_three_numbers(student):
    """receptive_field takes a list of layers and returns size, jump and start"""
    three_numbers(student.receptive_field([(3, 1, 1), (2, 2, 1)]))
    contract(student, "receptive_field", [(3, 1, 1), (2, 2, 1)], shape=(3,))


@exercise("2.7", stage="hand")
def test_three_layers_of_three(student):
    """Three 3×3 layers see 7 pixels, around pixel 3"""
    fields_are_right(student, [[(3, 1, 1)] * 3])


@exercise("2.7", stage="hand")
def test_the_stack_of_the_text(student):
    """3×3, pooling and 3×3 give (8, 2, 3.5), with the pooling first (10, 2, 4.5)"""
    fields_are_right(
        student, [[(3, 1, 1), (2, 2, 1), (3, 1, 1)], [(2, 2, 1), (3, 1, 1), (3, 1, 1)]]
    )


@exercise("2.7", stage="probe")
def test_the_input_itself(student):
    """Without layers a unit is a pixel: (1, 1, 0)"""
    close(student.receptive_field([]), [1, 1, 0])


@exercise("2.7", stage="probe")
def test_one_layer_alone(student):
    """One layer alone, with its stride or with dilation"""
    fields_are_right(student, [[(5, 1, 1)], [(4, 3, 1)], [(3, 1, 4)], [(2, 1, 1)], [(1, 2, 1)]])


@exercise("2.7")
def test_strides_multiply(student):
    """Strides multiply, and dilation counts in steps of the jump"""
    fields_are_right(
        student,
        [
            [(3, 2, 1), (3, 2, 1), (3, 2, 1)],
            [(2, 3, 1), (4, 2, 1), (3, 1, 1)],
            [(3, 2, 1), (3, 1, 2), (2, 1, 3)],
        ],
    )


@exercise("2.7", stage="oracle")
def test_the_pixels_that_really_reach_it(student, rng):
    """The pixels that reach the first unit of a stack with random positive weights"""
    fields_are_right(
        student,
        [[(3, 1, 2), (2, 2, 1), (5, 1, 1)], [(7, 2, 1), (3, 2, 1), (3, 1, 1), (2, 1, 2)]],
        rng,
    )


# 2.8 ---------------------------------------------------------------------------------------------


def total(layers, input_shape):
    return sum(multiplications(layers, input_shape))


@exercise("2.8", stage="contract")
def test_one_number_and_an_index(student):
    """macs returns one whole number, and DOMINANT_LAYER is an index into LENET"""
    contract(student, "macs", LENET, (32, 32, 1), shape=(), kind="int")
    which = student.DOMINANT_LAYER
    holds(
        isinstance(which, (int, np.integer)) and not isinstance(which, bool) and 0 <= which < 8,
        "Set DOMINANT_LAYER to a whole number from 0 to 7.",
        got=which,
    )


@exercise("2.8", stage="hand")
def test_lenet_layer_by_layer(student):
    """LENET takes 416,520 MACs: 117,600 and 240,000 in its convolutions, the rest after them"""
    counts = multiplications(LENET, (32, 32, 1))
    for end in (1, 2, 3, 5, 6, 7, 8):
        equal(
            student.macs(LENET[:end], (32, 32, 1)),
            sum(counts[:end]),
            f"LENET up to layer {end - 1}.",
        )


@exercise("2.8", stage="hand")
def test_which_layer_works_most(student):
    """DOMINANT_LAYER is the layer of LENET that takes the most MACs"""
    which = student.DOMINANT_LAYER
    holds(
        isinstance(which, (int, np.integer)) and not isinstance(which, bool) and which == 2,
        "Compare the layers' MACs, not their parameters: macs(LENET[:i + 1], (32, 32, 1)) less "
        "macs(LENET[:i], (32, 32, 1)).",
        got=which,
    )


@exercise("2.8", stage="probe")
def test_macs_of_one_layer_of_each_kind(student):
    """One layer of each kind, alone"""
    for layer, shape in (
        (dense(7), (11,)),
        (dense(7), (13, 11)),
        (conv2d(5, (3, 2), (2, 1)), (7, 8, 4)),
        (conv2d(5, (3, 2), (1, 3), "same", bias=False), (7, 8, 4)),
        (depthwise(3, (2, 5)), (9, 8, 4)),
        (pool(), (7, 8, 4)),
        (FLATTEN, (7, 8, 4)),
        (NORM, (7, 8, 16)),
        (embedding(1000, 50), (13,)),
    ):
        equal(
            student.macs([layer], shape),
            total([layer], shape),
            f"{in_words(layer)}, given {shape}.",
        )


@exercise("2.8")
def test_twice_the_image(student):
    """Twice as tall and wide an image is four times the work, without dense layers"""
    layers = [conv2d(4, (3, 2), padding="same"), pool(), depthwise(2, padding="same"), NORM]
    for shape in ((6, 10, 3), (12, 20, 3)):
        equal(student.macs(layers, shape), total(layers, shape), f"Images {shape}.")


@exercise("2.8", stage="oracle")
def test_macs_of_two_mixed_networks(student):
    """A network with all kinds of image layers, and one that reads words"""
    equal(student.macs(MIXED, (11, 9, 3)), total(MIXED, (11, 9, 3)))
    equal(student.macs(TEXT, (13,)), total(TEXT, (13,)))


THREE = np.array([[1.5, 2.0, -0.5], [0.25, 3.0, 1.0]])
SHEETS = np.arange(60.0).reshape(4, 5, 3) % 7 - 2
FILTERS = np.arange(48.0).reshape(2, 2, 3, 4) % 5 - 1.5

PROBES = {
    "2.1": [
        *(("out_size", call) for call in TABLE),
        ("out_size", (2, 5, 4)),
        ("out_size", (9, 3, 2, "same", 1)),
        ("out_size", (11, 3, 2, "same", 3)),
        ("out_size", (1, 3, 2, 1, 1)),
    ],
    "2.2": [
        ("same_pads", call)
        for call in ((6, 3, 2), (7, 3, 2), (9, 4, 1), (8, 1, 4), (11, 3, 1, 2), (12, 6, 5))
    ],
    "2.3": [
        ("conv_matrix_1d", ([0.5, -2.0, 3.0], 7, 1)),
        ("conv_matrix_1d", ([0.5, -2.0, 3.0], 8, 2)),
        ("conv_matrix_1d", ([1.0, 4.0], 9, 3)),
    ],
    "2.4": [("conv_matrix_2d", (THREE, (3, 5))), ("conv_matrix_2d", (THREE.T, (4, 3)))],
    "2.5": [
        ("im2col", (SHEETS, 2, 3, 1)),
        ("im2col", (SHEETS, 2, 2, 2)),
        ("conv_im2col", (SHEETS, FILTERS, 1)),
        ("conv_im2col", (SHEETS, FILTERS, 2)),
        ("im2col_bytes", (7, 5, 3, 2, 4, 1, 8)),
        ("im2col_bytes", (17, 11, 2, 3, 5, 2, 4)),
    ],
    "2.6": [
        ("param_count", (LENET, (32, 32, 1))),
        ("param_count", (MIXED, (11, 9, 3))),
        ("param_count", (TEXT, (13,))),
        ("param_count", ([depthwise(3, (2, 5))], (9, 8, 4))),
    ],
    "2.7": [
        ("receptive_field", (layers,))
        for layers in (
            [(3, 1, 1)] * 3,
            [(3, 1, 1), (2, 2, 1), (3, 1, 1)],
            [(3, 2, 1), (3, 2, 1), (3, 2, 1)],
            [(2, 3, 1), (4, 2, 2), (3, 1, 1)],
        )
    ],
    "2.8": [
        ("macs", (LENET, (32, 32, 1))),
        ("macs", (MIXED, (11, 9, 3))),
        ("macs", (TEXT, (13,))),
        ("macs", ([depthwise(3, (2, 5))], (9, 8, 4))),
        "DOMINANT_LAYER",
    ],
}
