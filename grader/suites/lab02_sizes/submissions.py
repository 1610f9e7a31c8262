"""A small class that hands in this lab, and which checks each of them must fail. For the demo and
the tests: the scores that the grader gives must be the ones that follow from here."""

from nablab.grading.records import UNREADABLE
from nablab.grading.samples import ALL, AllBut, Sample, cut_off, doubled

OTHER_STYLE = {
    "N.1": """\
def out_size(n, k, s=1, pad=0, dilation=1):
    if pad == "same":
        return len(range(0, n, s))
    p = 0 if pad == "valid" else pad
    places = len(range(-p, n + p - dilation * (k - 1), s))
    if places == 0:
        raise ValueError("does not fit")
    return np.int64(places)
""",
    "N.2": """\
def same_pads(n, k, s, dilation=1):
    total = max(dilation * (k - 1) + 1 - (n % s or s), 0)
    return [total // 2, (total + 1) // 2]
""",
    "N.3": """\
def conv_matrix_1d(w, n, s=1):
    w = np.asarray(w, dtype=np.float32)
    return sum(x * np.eye(n - len(w) + 1, n, k=u) for u, x in enumerate(w))[::s]
""",
    "N.4": """\
def conv_matrix_2d(w, shape):
    w, (H, W) = np.asarray(w, float), shape
    oh, ow = H - w.shape[0] + 1, W - w.shape[1] + 1
    return sum(np.kron(np.eye(oh, H, k=u), conv_matrix_1d(row, W)) for u, row in enumerate(w))
""",
    "N.5": """\
def im2col(x, kh, kw, s):
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(x, float), (kh, kw), (0, 1))
    windows = windows[::s, ::s].transpose(0, 1, 3, 4, 2)
    return windows.reshape(-1, kh * kw * windows.shape[4])


def conv_im2col(x, w, s=1):
    kh, kw = np.shape(w)[:2]
    rows = im2col(x, kh, kw, s) @ np.reshape(w, (-1, np.shape(w)[3]))
    return rows.reshape((np.shape(x)[0] - kh) // s + 1, -1, rows.shape[1])


def im2col_bytes(H, W, C, kh, kw, s, itemsize):
    return im2col(np.zeros((H, W, C)), kh, kw, s).size * itemsize
""",
    "N.7": """\
def receptive_field(layers):
    size, jump = 1, 1
    for k, s, d in reversed(layers):
        size, jump = (size - 1) * s + d * (k - 1) + 1, jump * s
    return np.array([size, jump, (size - 1) / 2], dtype=np.float32)
""",
}

TOWARDS_ZERO = """\
def out_size(n, k, s=1, pad=0, dilation=1):
    if pad == "same":
        return int(np.ceil(n / s))
    p = 0 if pad == "valid" else pad
    size = int((n + 2 * p - dilation * (k - 1) - 1) / s) + 1
    if size < 1:
        raise ValueError("no place")
    return size
"""

HALF_A_WINDOW = """\
def same_pads(n, k, s, dilation=1):
    return (dilation * (k - 1)) // 2, (dilation * (k - 1)) // 2
"""

CHANNEL_FIRST = """\
def im2col(x, kh, kw, s):
    x = np.asarray(x, float)
    oh, ow = out_size(x.shape[0], kh, s), out_size(x.shape[1], kw, s)
    return np.array([x[i * s:i * s + kh, j * s:j * s + kw].transpose(2, 0, 1).ravel()
                     for i in range(oh) for j in range(ow)])


def conv_im2col(x, w, s=1):
    kh, kw, C, F = np.shape(w)
    oh, ow = out_size(np.shape(x)[0], kh, s), out_size(np.shape(x)[1], kw, s)
    w = np.asarray(w, float).transpose(2, 0, 1, 3)
    return (im2col(x, kh, kw, s) @ w.reshape(-1, F)).reshape(oh, ow, F)


def im2col_bytes(H, W, C, kh, kw, s, itemsize):
    return out_size(H, kh, s) * out_size(W, kw, s) * kh * kw * C * itemsize
"""

STRIDES_ADDED = """\
def receptive_field(layers):
    size, jump, start = 1, 1, 0.0
    for k, s, d in layers:
        size += d * (k - 1) * jump
        start += d * (k - 1) / 2 * jump
        jump += s - 1
    return size, jump, start
"""

MOST_PARAMETERS = """\
def macs(layers, input_shape):
    total, shape = 0, input_shape
    for layer in layers:
        out = output_shape(layer, shape)
        if layer["kind"] == "dense":
            total += int(np.prod(out)) * shape[-1]
        elif "kernel_size" in layer:
            kh, kw = layer["kernel_size"]
            reads = kh * kw * (shape[-1] if layer["kind"] == "conv2d" else 1)
            total += int(np.prod(out)) * reads
        shape = out
    return total


DOMINANT_LAYER = 5
"""

ONE_TOO_FEW = """\
def out_size(n, k, s=1, pad=0, dilation=1):
    if pad == "same":
        return n // s
    p = 0 if pad == "valid" else pad
    return (n + 2 * p - dilation * (k - 1) - 1) // s
"""

BROKEN_SYNTAX = """\
def conv_matrix_2d(w, shape:
    return np.zeros((1, 1))
"""

ENDLESS = """\
def receptive_field(layers):
    size = 1
    while layers:
        size += layers[0][0] - 1
    return size, 1, 0.0
"""


SAMPLES = [
    Sample("student01", "perfect, in the style of the text"),
    Sample("student02", "perfect, in other styles and partly in float32", OTHER_STYLE),
    Sample(
        "student03",
        "rounds towards 0 if the window does not fit",
        {"N.1": TOWARDS_ZERO},
        fails={
            "N.1": AllBut(
                "test_out_size_returns_a_whole_number",
                "test_the_table",
                "test_without_the_last_arguments",
                "test_padding_counts_on_both_sides",
                "test_what_same_does_not_depend_on",
                "test_many_sizes",
                "test_five_hundred_draws",
                "test_a_window_that_just_fits",
                "test_steps_and_sizes",
                "test_what_is_taken_where_nothing_is_said",
            )
        },
    ),
    Sample(
        "student04",
        "pads by half a window",
        {"N.2": HALF_A_WINDOW},
        fails={"N.2": AllBut("test_same_pads_returns_two_whole_numbers")},
    ),
    Sample(
        "student05",
        "writes patches channel by channel, and the filters to match",
        {"N.5": CHANNEL_FIRST},
        fails={
            "N.5": AllBut(
                "test_patches_maps_and_bytes",
                "test_the_bytes_of_the_text",
                "test_what_the_bytes_depend_on",
                "test_the_product_is_a_convolution",
                "test_maps_of_any_image",
                "test_bytes_of_many_images",
                "test_a_filter_that_picks_one_pixel",
            )
        },
    ),
    Sample(
        "student06",
        "adds strides up, and looks for the most parameters",
        {"N.7": STRIDES_ADDED, "N.8": MOST_PARAMETERS},
        fails={
            "N.7": AllBut(
                "test_three_numbers",
                "test_three_layers_of_three",
                "test_the_stack_of_the_text",
                "test_the_input_itself",
                "test_one_layer_alone",
                "test_the_order_of_two_layers",
                "test_small_windows_in_place_of_large_ones",
                "test_dilation_that_doubles",
            ),
            "N.8": AllBut(
                "test_one_number_and_an_index",
                "test_lenet_layer_by_layer",
                "test_macs_of_one_layer_of_each_kind",
                "test_twice_the_image",
                "test_macs_of_two_mixed_networks",
                "test_counted_one_by_one",
                "test_networks_of_all_kinds",
                "test_what_takes_no_multiplication",
                "test_layers_after_each_other_add_up",
                "test_a_pair_of_small_layers_for_a_large_one",
            ),
        },
    ),
    Sample(
        "student07",
        "the stub, unchanged",
        stub=True,
    ),
    Sample(
        "student08",
        "breaks N.1 and gets the rest right: follow-through",
        {"N.1": ONE_TOO_FEW},
        fails={"N.1": AllBut("test_out_size_returns_a_whole_number")},
    ),
    Sample("student09", "a syntax error in N.4", {"N.4": BROKEN_SYNTAX}, fails={"N.4": ALL}),
    Sample("student10", "the cell of N.2 is there twice", damage=doubled("N.2", HALF_A_WINDOW)),
    Sample("student11", "a file that breaks off", damage=cut_off, state=UNREADABLE),
    Sample(
        "student12",
        "an endless loop in N.7",
        {"N.7": ENDLESS},
        fails={"N.7": AllBut("test_the_input_itself")},  # which has no layers to loop over
        endless=True,
    ),
]
