"""Plausible wrong answers to lab 2. Each loses points on the hidden checks and on the visible
ones; the sentence is what a teacher would say to its author."""

from math import ceil, floor, prod

import numpy as np

from nablab.checking import mutant
from nablab.reference import sizes, unrolled
from nablab.reference.convolution_layers import conv_nd

# 2.1 ---------------------------------------------------------------------------------------------


def places(n, k, s, pad, dilation, *, rounded=floor, span=None, both=2, same=None, least=1):
    """The size formula with one part of it replaced."""
    if pad == "same":
        return same(n, k, s, dilation) if same else -(-n // s)
    span = dilation * (k - 1) + 1 if span is None else span
    size = rounded((n + both * (0 if pad == "valid" else pad) - span) / s) + 1
    if size < least:
        raise ValueError("no place")
    return size


@mutant(
    "2.1",
    "You round the fraction up. A last step that is only partly there would put the window beyond "
    "the end: round down. Only the word same rounds up.",
)
def rounds_up(n, k, s=1, pad=0, dilation=1):
    return places(n, k, s, pad, dilation, rounded=ceil)


@mutant(
    "2.1",
    "You round n / s down where padding is same. It is rounded up: the last window is kept, with "
    "zeros where the pixels end.",
)
def rounds_same_down(n, k, s=1, pad=0, dilation=1):
    return places(n, k, s, pad, dilation, same=lambda n, k, s, d: n // s)


@mutant(
    "2.1",
    "You take padding same for (k − 1)/2 zeros on each side. It stands for as many as it takes to "
    "get n / s places, rounded up, whatever the window.",
)
def same_as_half_a_window(n, k, s=1, pad=0, dilation=1):
    return places(
        n, k, s, pad, dilation, same=lambda n, k, s, d: (n + 2 * ((k - 1) // 2) - k) // s + 1
    )


@mutant(
    "2.1",
    "Your padding same always gives n places. It does for stride 1; with a stride there are n / s, "
    "rounded up.",
)
def same_without_the_stride(n, k, s=1, pad=0, dilation=1):
    return places(n, k, s, pad, dilation, same=lambda n, k, s, d: n)


@mutant(
    "2.1",
    "With dilation your padding same forgets the stride. There are n / s places, rounded up, whatever "
    "the dilation.",
)
def same_keeps_the_size_of_a_spread_window(n, k, s=1, pad=0, dilation=1):
    return places(n, k, s, pad, dilation, same=lambda n, k, s, d: -(-n // s) if d == 1 else n)


@mutant(
    "2.1", "The dilation is ignored. A spread window covers d·(k − 1) + 1 pixels in place of k."
)
def dilation_ignored(n, k, s=1, pad=0, dilation=1):
    return places(n, k, s, pad, 1)


@mutant(
    "2.1",
    "You take a spread window to cover d·k pixels. It has k − 1 gaps, not k: the span is "
    "d·(k − 1) + 1.",
)
def span_of_d_times_k(n, k, s=1, pad=0, dilation=1):
    return places(n, k, s, pad, dilation, span=dilation * k)


@mutant("2.1", "You count the padding once. It is put on both sides.")
def padding_on_one_side(n, k, s=1, pad=0, dilation=1):
    return places(n, k, s, pad, dilation, both=1)


@mutant(
    "2.1",
    "You count the steps and not the places: there is one more place than there are steps, the one "
    "where the window stands first.",
)
def steps_not_places(n, k, s=1, pad=0, dilation=1):
    return sizes.out_size(n, k, s, pad, dilation) - (pad != "same")


@mutant(
    "2.1",
    "Where the window does not fit you return a size of 0 or less. That is an error of the caller: "
    "raise ValueError.",
)
def never_refuses(n, k, s=1, pad=0, dilation=1):
    return places(n, k, s, pad, dilation, least=-(10**9))


@mutant(
    "2.1",
    "int(…) rounds towards 0, so a window that sticks out by less than a stride still gets a place. "
    "Round down with //, then the size is 0 and is refused.",
)
def rounds_towards_zero(n, k, s=1, pad=0, dilation=1):
    return places(n, k, s, pad, dilation, rounded=int)


# 2.2 ---------------------------------------------------------------------------------------------


def missing(n, k, s, dilation=1):
    """How many zeros are missing, less than none where pixels are left over."""
    return (-(-n // s) - 1) * s + dilation * (k - 1) + 1 - n


@mutant(
    "2.2",
    "You put (k − 1)/2 zeros on each side. This is right for odd windows with stride 1; with a "
    "stride it depends on n, and an even window has a zero that cannot be halved.",
)
def half_a_window(n, k, s, dilation=1):
    half = (dilation * (k - 1)) // 2
    return half, half


@mutant("2.2", "Your odd zero goes before. Keras puts it after.")
def odd_zero_before(n, k, s, dilation=1):
    return sizes.same_pads(n, k, s, dilation)[::-1]


@mutant(
    "2.2",
    "The stride is ignored. With a stride the last window starts at (n' − 1)·s, and often fewer "
    "zeros are missing.",
)
def stride_ignored(n, k, s, dilation=1):
    return sizes.same_pads(n, k, 1, dilation)


@mutant("2.2", "The dilation is ignored. A spread window covers d·(k − 1) + 1 pixels.")
def dilation_ignored_in_pads(n, k, s, dilation=1):
    return sizes.same_pads(n, k, s)


@mutant(
    "2.2",
    "Where the stride is larger than the window you get fewer zeros than none. Then nothing is "
    "missing: take at least 0.",
)
def fewer_than_none(n, k, s, dilation=1):
    total = missing(n, k, s, dilation)
    return total // 2, total - total // 2


@mutant("2.2", "All your zeros go after. They are halved, and only the odd one goes after.")
def all_after(n, k, s, dilation=1):
    return 0, max(missing(n, k, s, dilation), 0)


@mutant(
    "2.2",
    "You round the number of windows down. Padding same has n / s windows, rounded up, and the last "
    "one needs its zeros.",
)
def windows_rounded_down(n, k, s, dilation=1):
    total = max((n // s - 1) * s + dilation * (k - 1) + 1 - n, 0)
    return total // 2, total - total // 2


# 2.3 ---------------------------------------------------------------------------------------------


@mutant(
    "2.3",
    "Your matrix is transposed: it has a column for each output. M @ x needs a row for each output "
    "and a column for each pixel.",
)
def transposed(w, n, s=1):
    return unrolled.conv_matrix_1d(w, n, s).T


@mutant(
    "2.3",
    "The weights stand in reverse order in every row: this is the matrix of a true convolution. "
    "Here the filter is not turned.",
)
def flipped(w, n, s=1):
    return unrolled.conv_matrix_1d(np.asarray(w)[::-1], n, s)


@mutant(
    "2.3",
    "The stride is ignored: every row is moved by 1. With stride s a row is moved by s, and there "
    "are fewer rows.",
)
def matrix_without_the_stride(w, n, s=1):
    return unrolled.conv_matrix_1d(w, n, 1)


@mutant(
    "2.3",
    "You have the right number of rows, but each is moved by 1 only. Window i starts at pixel i·s.",
)
def rows_moved_by_one(w, n, s=1):
    return unrolled.conv_matrix_1d(w, n, 1)[: (n - len(w)) // s + 1]


@mutant(
    "2.3",
    "You go on at the left where the filter sticks out at the right (a circulant matrix). Here only "
    "windows that lie wholly on the pixels count.",
)
def wraps_around(w, n, s=1):
    row = np.zeros(n)
    row[: len(w)] = w
    return np.array([np.roll(row, start) for start in range(0, n, s)])


@mutant(
    "2.3",
    "The last row is missing: there are (n − k) // s + 1 windows, one more than steps.",
)
def last_row_missing(w, n, s=1):
    return unrolled.conv_matrix_1d(w, n, s)[:-1]


@mutant(
    "2.3",
    "Your weights have been cut to whole numbers, because the matrix has been made for such. Make "
    "it an array of floats.",
)
def weights_cut_to_whole_numbers(w, n, s=1):
    return np.trunc(unrolled.conv_matrix_1d(w, n, s))


# 2.4 ---------------------------------------------------------------------------------------------


def matrix_of_axes(w, shape, order):
    """The matrix as [map row, map column, image row, image column], then put in another order."""
    w, (H, W) = np.asarray(w, float), shape
    oh, ow = H - w.shape[0] + 1, W - w.shape[1] + 1
    M = unrolled.conv_matrix_2d(w, shape).reshape(oh, ow, H, W)
    return M.transpose(order).reshape(oh * ow, H * W)


@mutant(
    "2.4",
    "Your matrix counts pixels column by column, for the image and for the map. NumPy's ravel goes "
    "row by row: pixel [r, c] is number r·W + c.",
)
def column_by_column(w, shape):
    return matrix_of_axes(w, shape, (1, 0, 3, 2))


@mutant(
    "2.4",
    "The columns of your matrix count pixels column by column. NumPy's ravel goes row by row: pixel "
    "[r, c] is number r·W + c.",
)
def image_column_by_column(w, shape):
    return matrix_of_axes(w, shape, (0, 1, 3, 2))


@mutant(
    "2.4",
    "The rows of your matrix count outputs column by column. Output [i, j] is number i·W' + j.",
)
def map_column_by_column(w, shape):
    return matrix_of_axes(w, shape, (1, 0, 2, 3))


@mutant(
    "2.4",
    "The filter is turned by 180° in every row: this is the matrix of a true convolution.",
)
def turned_filter(w, shape):
    return unrolled.conv_matrix_2d(np.asarray(w)[::-1, ::-1], shape)


@mutant(
    "2.4",
    "Your matrix is transposed: it has a row for each pixel and a column for each output.",
)
def transposed_2d(w, shape):
    return unrolled.conv_matrix_2d(w, shape).T


@mutant(
    "2.4",
    "Every row of your matrix is the one above it, moved by one. At the end of a row of the map the "
    "window goes back to the left border, so the band jumps by kw: a window cannot hang over "
    "the edge.",
)
def band_without_jumps(w, shape):
    M = unrolled.conv_matrix_2d(w, shape)
    return np.array([np.roll(M[0], p) for p in range(len(M))])


@mutant(
    "2.4",
    "You take the height of the map for its width: output [i, j] is number i·W' + j, and a square "
    "image hides the difference.",
)
def heights_and_widths_swapped(w, shape):
    right, oh = unrolled.conv_matrix_2d(w, shape), shape[0] - len(w) + 1
    ow = len(right) // oh
    M = np.zeros_like(right)
    for i, j in np.ndindex(oh, ow):
        M[i * oh + j] = right[i * ow + j]  # an IndexError where the map is taller than wide
    return M


@mutant(
    "2.4",
    "You count the image's pixels in rows as long as the map's. Rows of the image are W long: pixel "
    "[r, c] is number r·W + c. W' belongs to the rows of your matrix.",
)
def map_width_for_the_image(w, shape):
    w, (H, W) = np.asarray(w, float), shape
    kh, kw = w.shape
    oh, ow = H - kh + 1, W - kw + 1
    M = np.zeros((oh * ow, H * W))
    for i, j, u, v in np.ndindex(oh, ow, kh, kw):
        M[i * ow + j, (i + u) * ow + j + v] = w[u, v]
    return M


@mutant(
    "2.4",
    "You take the image's shape for (W, H). As everywhere in NumPy it is (H, W): how many rows, then "
    "how long they are.",
)
def width_before_height(w, shape):
    return unrolled.conv_matrix_2d(w, shape[::-1])


# 2.5 ---------------------------------------------------------------------------------------------


def patches(x, kh, kw, s, axes=(0, 1, 2, 3, 4)):
    """The patch matrix with the axes (map row, map column, u, v, c) in another order."""
    x = np.asarray(x, float)
    P = unrolled.im2col(x, kh, kw, s)
    oh, ow = (x.shape[0] - kh) // s + 1, (x.shape[1] - kw) // s + 1
    return P.reshape(oh, ow, kh, kw, x.shape[2]).transpose(axes).reshape(P.shape)


@mutant(
    "2.5",
    "Your patches are written channel by channel: all pixels of channel 0 first. Here the channel "
    "runs fastest, as in w.reshape(kh * kw * C, F).",
)
def channel_by_channel(x, kh, kw, s):
    return patches(x, kh, kw, s, (0, 1, 4, 2, 3))


@mutant("2.5", "Your patches are written column by column. Write them row by row, as ravel does.")
def patch_columns_first(x, kh, kw, s):
    return patches(x, kh, kw, s, (0, 1, 3, 2, 4))


@mutant(
    "2.5",
    "Your places go down the image first. Row i·W' + j belongs to output [i, j]: to the right first.",
)
def places_downwards_first(x, kh, kw, s):
    return patches(x, kh, kw, s, (1, 0, 2, 3, 4))


@mutant("2.5", "The stride is ignored: patches start at every pixel.")
def patches_at_every_pixel(x, kh, kw, s):
    return unrolled.im2col(x, kh, kw, 1)


@mutant(
    "2.5",
    "Your patches are columns. Here every patch is a row, so that the filters can be the columns of "
    "the matrix on the right.",
)
def patches_as_columns(x, kh, kw, s):
    return unrolled.im2col(x, kh, kw, s).T


def weights_reshaped_wrongly(x, w, s=1):
    w = np.asarray(w, float)
    kh, kw, C, F = w.shape
    return conv_nd(
        np.asarray(x, float)[None], w.reshape(F, kh, kw, C).transpose(1, 2, 3, 0), strides=s
    )[0]


filters_as_rows = mutant(
    "2.5",
    "You reshape w to (F, kh·kw·C). A reshape moves no axis, so the filters are mixed up: F is "
    "already the last axis of w, reshape it to (kh·kw·C, F).",
    conv_im2col=weights_reshaped_wrongly,
)


def stride_1_only(x, w, s=1):
    return conv_nd(np.asarray(x, float)[None], w)[0]


stride_forgotten_in_the_layer = mutant(
    "2.5", "conv_im2col takes a stride and does not use it.", conv_im2col=stride_1_only
)


def map_transposed(x, w, s=1):
    y = conv_nd(np.asarray(x, float)[None], w, strides=s)[0]
    return y.reshape(-1, y.shape[2]).reshape(y.shape[1], y.shape[0], y.shape[2])


map_of_the_wrong_shape = mutant(
    "2.5",
    "The map has been given its sides in the wrong order: reshape the product to (oh, ow, F).",
    conv_im2col=map_transposed,
)


def rows_of(H, W, kh, kw, s):
    return ((H - kh) // s + 1) * ((W - kw) // s + 1)


def bytes_of_one_channel(H, W, C, kh, kw, s, itemsize):
    return rows_of(H, W, kh, kw, s) * kh * kw * itemsize


def bytes_of_the_image(H, W, C, kh, kw, s, itemsize):
    return H * W * C * itemsize


def bytes_at_every_pixel(H, W, C, kh, kw, s, itemsize):
    return H * W * kh * kw * C * itemsize


def numbers_not_bytes(H, W, C, kh, kw, s, itemsize):
    return rows_of(H, W, kh, kw, s) * kh * kw * C


bytes_without_channels = mutant(
    "2.5",
    "Your bytes are those of one channel. A patch holds kh·kw·C numbers.",
    im2col_bytes=bytes_of_one_channel,
)
image_in_place_of_patches = mutant(
    "2.5",
    "You have counted the bytes of the image. A pixel is copied into every patch that holds it: "
    "count the rows and columns of the patch matrix.",
    im2col_bytes=bytes_of_the_image,
)
as_many_patches_as_pixels = mutant(
    "2.5",
    "You count a patch for every pixel. At the border no window starts, and with a stride there are "
    "fewer still: there are oh·ow.",
    im2col_bytes=bytes_at_every_pixel,
)
numbers_in_place_of_bytes = mutant(
    "2.5",
    "This is how many numbers the patch matrix holds. Each takes itemsize bytes.",
    im2col_bytes=numbers_not_bytes,
)


# 2.6 ---------------------------------------------------------------------------------------------


def shape_after(layer, shape, padding=None, strides=None):
    """The shape after a layer, with its padding or its strides taken for others."""
    if "strides" not in layer:
        kind = layer["kind"]
        ends = {
            "dense": lambda: (*shape[:-1], layer["units"]),
            "embedding": lambda: (*shape, layer["output_dim"]),
            "flatten": lambda: (prod(shape),),
        }
        return ends[kind]() if kind in ends else tuple(shape)
    window = layer["pool_size"] if layer["kind"] == "max_pool2d" else layer["kernel_size"]
    sides = [
        sizes.out_size(n, k, s, padding or layer["padding"])
        for n, k, s in zip(shape, window, strides or layer["strides"], strict=False)
    ]
    channels = {
        "max_pool2d": shape[-1],
        "conv2d": layer.get("filters"),
        "depthwise_conv2d": shape[-1] * layer.get("depth_multiplier", 1),
    }[layer["kind"]]
    return (*sides, channels)


def holds_numbers(layer, shape, out):
    """(weights, biases) of a layer."""
    kind, taps = layer["kind"], prod(layer.get("kernel_size", ()))
    weights = {
        "dense": lambda: shape[-1] * layer["units"],
        "conv2d": lambda: taps * shape[-1] * out[-1],
        "depthwise_conv2d": lambda: taps * out[-1],
        "batch_norm": lambda: 4 * shape[-1],
        "embedding": lambda: layer["input_dim"] * layer["output_dim"],
    }.get(kind, lambda: 0)()
    return weights, out[-1] if layer.get("use_bias") else 0


def counts(layers, shape, count):
    """What `count(layer, shape before, shape after)` says of each layer."""
    found = []
    for layer in layers:
        out = shape_after(layer, shape)
        found.append(count(layer, shape, out))
        shape = out
    return found


@mutant("2.6", "The biases are missing: one for each unit or output channel.")
def biases_missing(layers, input_shape):
    return counts(layers, input_shape, lambda *step: holds_numbers(*step)[0])


@mutant("2.6", "You add a bias to layers that have none: look at use_bias.")
def always_a_bias(layers, input_shape):
    def count(layer, shape, out):
        return holds_numbers(layer | {"use_bias": "use_bias" in layer}, shape, out)

    return counts(layers, input_shape, lambda *step: sum(count(*step)))


@mutant(
    "2.6",
    "You count a filter's weights again for every place. A filter is shared by all places: its "
    "count has no H and no W in it.",
)
def multiplied_by_the_places(layers, input_shape):
    def count(layer, shape, out):
        weights, biases = holds_numbers(layer, shape, out)
        return weights * (prod(out[:2]) if "kernel_size" in layer else 1) + biases

    return counts(layers, input_shape, count)


@mutant(
    "2.6",
    "Your filters read one channel. In a conv2d each reads all that come in: kh·kw·C weights.",
)
def filters_of_one_channel(layers, input_shape):
    def count(layer, shape, out):
        weights, biases = holds_numbers(layer, shape, out)
        return weights // (shape[-1] if layer["kind"] == "conv2d" else 1) + biases

    return counts(layers, input_shape, count)


@mutant(
    "2.6",
    "You count a depthwise layer like a conv2d. There each channel has filters of its own, which "
    "read that channel only: kh·kw·C·m weights.",
)
def depthwise_as_whole(layers, input_shape):
    def count(layer, shape, out):
        weights, biases = holds_numbers(layer, shape, out)
        return weights * (shape[-1] if layer["kind"] == "depthwise_conv2d" else 1) + biases

    return counts(layers, input_shape, count)


@mutant(
    "2.6",
    "You count two numbers for each channel of a batch normalisation, those that are trained. It "
    "also keeps a mean and a variance, and you are to count all.",
)
def trained_numbers_only(layers, input_shape):
    def count(layer, shape, out):
        return sum(holds_numbers(layer, shape, out)) // (2 if layer["kind"] == "batch_norm" else 1)

    return counts(layers, input_shape, count)


@mutant(
    "2.6",
    "You do not carry the shape along: every layer is counted as if it were given the network's "
    "input.",
)
def shape_not_carried_along(layers, input_shape):
    return [
        sum(holds_numbers(layer, input_shape, shape_after(layer, input_shape))) for layer in layers
    ]


@mutant(
    "2.6",
    "You return one number for the whole network. Return a list, with a number for each layer.",
)
def one_sum(layers, input_shape):
    return sum(counts(layers, input_shape, lambda *step: sum(holds_numbers(*step))))


@mutant(
    "2.6",
    "You leave out layers without parameters. Give them a 0, so that the list fits to the layers.",
)
def idle_layers_left_out(layers, input_shape):
    return [n for n in counts(layers, input_shape, lambda *step: sum(holds_numbers(*step))) if n]


always_valid = mutant(
    "2.6",
    "Your output_shape treats every layer as padding valid. Hand the layer's padding to out_size.",
    output_shape=lambda layer, shape: shape_after(layer, shape, padding="valid"),
)
stride_1_shapes = mutant(
    "2.6",
    "Your output_shape ignores strides, so a pooling layer hardly makes an image smaller.",
    output_shape=lambda layer, shape: shape_after(layer, shape, strides=(1, 1)),
)
sides_swapped = mutant(
    "2.6",
    "Rows and columns of the strides have changed places in your output_shape: pairs have rows "
    "first.",
    output_shape=lambda layer, shape: shape_after(
        layer, shape, strides=layer.get("strides", (1, 1))[::-1]
    ),
)


# 2.7 ---------------------------------------------------------------------------------------------


def fields(layers, step):
    """size, jump and start, carried through by a step."""
    now = (1, 1, 0.0)
    for layer in layers:
        now = step(*now, *layer)
    return now


@mutant(
    "2.7",
    "You add strides up. Each layer takes steps of s units that are already j pixels apart, so the "
    "jumps multiply.",
)
def strides_added(layers):
    return fields(
        layers,
        lambda r, j, c, k, s, d: (r + d * (k - 1) * j, j + s - 1, c + d * (k - 1) / 2 * j),
    )


@mutant("2.7", "The dilation is ignored: a spread window reaches d·(k − 1) units further.")
def dilation_ignored_in_fields(layers):
    return fields(layers, lambda r, j, c, k, s, d: (r + (k - 1) * j, j * s, c + (k - 1) / 2 * j))


@mutant(
    "2.7",
    "You multiply by a layer's stride before you use the jump. Its window reaches over units that "
    "stand apart by the jump of the layers before; its own stride is felt by the next.",
)
def own_stride_too_early(layers):
    return fields(
        layers,
        lambda r, j, c, k, s, d: (
            r + d * (k - 1) * j * s,
            j * s,
            c + d * (k - 1) / 2 * j * s,
        ),
    )


@mutant(
    "2.7",
    "Strides are left out of the sizes: every layer adds d·(k − 1) pixels, however far apart the "
    "units that it reads.",
)
def sizes_without_jumps(layers):
    return fields(layers, lambda r, j, c, k, s, d: (r + d * (k - 1), j * s, c + d * (k - 1) / 2))


@mutant(
    "2.7",
    "Every layer adds a whole window. Its first pixel is there already: it adds k − 1 steps.",
)
def whole_windows_added(layers):
    return fields(layers, lambda r, j, c, k, s, d: (r + d * k * j, j * s, c + d * (k - 1) / 2 * j))


@mutant(
    "2.7",
    "You go through the layers from the last to the first with the steps for the other direction. "
    "The first layer of the list is the one at the input.",
)
def layers_from_the_end(layers):
    return fields(
        layers[::-1],
        lambda r, j, c, k, s, d: (r + d * (k - 1) * j, j * s, c + d * (k - 1) / 2 * j),
    )


@mutant(
    "2.7",
    "Your start is the first pixel of the field. It is the centre of the field, (r − 1)/2 further on.",
)
def start_at_the_first_pixel(layers):
    return fields(layers, lambda r, j, c, k, s, d: (r + d * (k - 1) * j, j * s, 0.0))


@mutant(
    "2.7",
    "Your start is rounded down. The centre of an even window lies between two pixels: at a half.",
)
def start_rounded_down(layers):
    return fields(
        layers, lambda r, j, c, k, s, d: (r + d * (k - 1) * j, j * s, c + d * (k - 1) // 2 * j)
    )


@mutant(
    "2.7",
    "Your start is half the size, as if pixel 0 began at 0. Pixels have their centres at 0, 1, 2, …: "
    "a field of 7 pixels from 0 to 6 has its centre at 3.",
)
def start_at_half_the_size(layers):
    size, jump, start = fields(
        layers,
        lambda r, j, c, k, s, d: (r + d * (k - 1) * j, j * s, c + d * (k - 1) / 2 * j),
    )
    return size, jump, start + 0.5


@mutant(
    "2.7",
    "Your start moves as far as the size grows. A field grows to both sides of its centre, so the "
    "centre moves half as far.",
)
def start_moves_too_far(layers):
    return fields(
        layers, lambda r, j, c, k, s, d: (r + d * (k - 1) * j, j * s, c + d * (k - 1) * j)
    )


# 2.8 ---------------------------------------------------------------------------------------------


def products(layer, shape, out):
    """The multiplications of a layer."""
    if layer["kind"] == "dense":
        return prod(out) * shape[-1]
    taps = prod(layer.get("kernel_size", (0,)))
    return prod(out) * taps * (shape[-1] if layer["kind"] == "conv2d" else 1)


def work(layers, shape, count):
    return sum(counts(layers, shape, count))


@mutant(
    "2.8",
    "These are the parameters. A weight of a convolution is used at every place of the map: "
    "multiply by oh·ow.",
)
def parameters_in_place_of_macs(layers, input_shape):
    return work(
        layers,
        input_shape,
        lambda layer, shape, out: (
            sum(holds_numbers(layer, shape, out))
            if layer["kind"] in ("dense", "conv2d", "depthwise_conv2d")
            else 0
        ),
    )


@mutant(
    "2.8",
    "You multiply by the size of the image that comes in. A layer computes as often as numbers go "
    "out.",
)
def places_of_the_input(layers, input_shape):
    def count(layer, shape, out):
        return products(layer, shape, (*shape[:2], out[-1]) if "kernel_size" in layer else out)

    return work(layers, input_shape, count)


@mutant("2.8", "You count biases too. Adding a bias is no product.")
def biases_counted(layers, input_shape):
    def count(layer, shape, out):
        return products(layer, shape, out) + (prod(out) if layer.get("use_bias") else 0)

    return work(layers, input_shape, count)


@mutant(
    "2.8",
    "You count multiplications and additions apart, and get twice as many. A MAC is both in one.",
)
def two_for_each_mac(layers, input_shape):
    return 2 * work(layers, input_shape, products)


@mutant(
    "2.8",
    "You count a depthwise layer like a conv2d. Its outputs read one channel each: kh·kw products.",
)
def depthwise_reads_all_channels(layers, input_shape):
    def count(layer, shape, out):
        whole = layer["kind"] == "depthwise_conv2d"
        return products(layer, shape, out) * (shape[-1] if whole else 1)

    return work(layers, input_shape, count)


@mutant(
    "2.8",
    "A filter reads all channels that come in: each output of a conv2d takes kh·kw·C products.",
)
def channels_forgotten(layers, input_shape):
    def count(layer, shape, out):
        return products(layer, shape, out) // (shape[-1] if layer["kind"] == "conv2d" else 1)

    return work(layers, input_shape, count)


@mutant(
    "2.8",
    "A dense layer is applied at every position: given (T, D) it puts out T·M numbers, each with D "
    "products.",
)
def dense_at_one_position(layers, input_shape):
    def count(layer, shape, out):
        return products(layer, shape, out[-1:] if layer["kind"] == "dense" else out)

    return work(layers, input_shape, count)


@mutant(
    "2.8",
    "You count the comparisons of pooling. A maximum is found without a product.",
)
def pooling_counted(layers, input_shape):
    def count(layer, shape, out):
        return products(layer, shape, out) + prod(layer.get("pool_size", (0,))) * prod(out)

    return work(layers, input_shape, count)


most_parameters = mutant(
    "2.8",
    "This layer holds the most parameters. The most work is done where few weights are used at many "
    "places.",
    DOMINANT_LAYER=5,
)
first_layer = mutant(
    "2.8",
    "The first layer makes the largest map, but each of its numbers takes only 25 products. In "
    "layer 2 each takes 150.",
    DOMINANT_LAYER=0,
)
