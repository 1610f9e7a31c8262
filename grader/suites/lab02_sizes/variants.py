"""Right answers to lab 2 in other styles. Each must earn every point."""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nablab.checking import variant

# 2.1 ---------------------------------------------------------------------------------------------


@variant("2.1", "counts the places one by one")
def places_counted(n, k, s=1, pad=0, dilation=1):
    if pad == "same":
        return len(range(0, n, s))
    padding = 0 if pad == "valid" else pad
    count, start = 0, -padding
    while start + dilation * (k - 1) < n + padding:
        count, start = count + 1, start + s
    if not count:
        raise ValueError("nothing fits")
    return count


@variant("2.1", "float32, rounded by NumPy")
def places_in_float32(n, k, s=1, pad=0, dilation=1):
    n, k, s, dilation = (np.float32(value) for value in (n, k, s, dilation))
    if pad == "same":
        return int(np.ceil(n / s))
    around = np.float32(0 if pad == "valid" else 2 * pad)
    size = np.floor((n + around - dilation * (k - 1) - 1) / s + 1)
    if size < 1:
        raise ValueError(f"{size} places")
    return int(size)


@variant("2.1", "as a NumPy integer, of the padded length")
def places_as_numpy_integer(n, k, s=1, pad=0, dilation=1):
    if isinstance(pad, str) and pad == "same":
        return np.int64((n + s - 1) // s)
    length = np.pad(np.zeros(n), 0 if pad == "valid" else pad).size
    free = length - ((k - 1) * dilation + 1)
    if free < 0:
        raise ValueError("the window is larger than the row")
    return np.int64(free // s) + 1


# 2.2 ---------------------------------------------------------------------------------------------


@variant("2.2", "by the remainder of n / s, as a list")
def pads_by_the_remainder(n, k, s, dilation=1):
    span = dilation * (k - 1) + 1
    total = max(span - (n % s or s), 0)
    return [total // 2, (total + 1) // 2]


@variant("2.2", "adds zeros, after and before in turn, until there are windows enough")
def pads_in_turn(n, k, s, dilation=1):
    span, wanted = dilation * (k - 1) + 1, math.ceil(n / s)
    before = after = 0
    while (before + n + after - span) // s + 1 < wanted:
        if after > before:
            before += 1
        else:
            after += 1
    return before, after


@variant("2.2", "float32, as an array of whole numbers")
def pads_in_float32(n, k, s, dilation=1):
    out = np.ceil(np.float32(n) / np.float32(s))
    total = np.maximum((out - 1) * np.float32(s) + dilation * (k - 1) + 1 - n, np.float32(0))
    return np.array([np.floor(total / 2), np.ceil(total / 2)]).astype(int)


# 2.3 ---------------------------------------------------------------------------------------------


@variant("2.3", "the rows of the definition, as lists")
def matrix_by_the_definition(w, n, s=1):
    k = len(w)
    return [
        [float(w[m - i * s]) if 0 <= m - i * s < k else 0.0 for m in range(n)]
        for i in range((n - k) // s + 1)
    ]


@variant("2.3", "a sum of shifted identity matrices")
def matrix_of_diagonals(w, n, s=1):
    w = np.asarray(w, dtype=float)
    rows = n - len(w) + 1
    return sum(weight * np.eye(rows, n, k=u) for u, weight in enumerate(w))[::s]


@variant("2.3", "float32, what correlation makes of unit vectors")
def matrix_in_float32(w, n, s=1):
    w = np.asarray(w, dtype=np.float32)
    return np.stack([np.correlate(unit, w, "valid")[::s] for unit in np.eye(n, dtype="f")], axis=1)


@variant("2.3", "one index for all weights")
def matrix_by_indices(w, n, s=1):
    w = np.array(w, dtype=float)
    rows = np.arange((n - w.size) // s + 1)[:, None]
    M = np.zeros((rows.size, n))
    M[rows, rows * s + np.arange(w.size)] = w
    return M


# 2.4 ---------------------------------------------------------------------------------------------


@variant("2.4", "four loops over single entries, as lists")
def image_matrix_by_loops(w, shape):
    (kh, kw), (H, W) = np.shape(w), shape
    oh, ow = H - kh + 1, W - kw + 1
    M = [[0.0] * (H * W) for _ in range(oh * ow)]
    for i in range(oh):
        for j in range(ow):
            for u in range(kh):
                for v in range(kw):
                    M[i * ow + j][(i + u) * W + j + v] = float(w[u][v])
    return M


@variant("2.4", "a sum of Kronecker products, one for each row of the filter")
def image_matrix_by_kronecker(w, shape):
    w = np.asarray(w, dtype=float)
    (kh, kw), (H, W) = w.shape, shape
    oh, ow = H - kh + 1, W - kw + 1
    inner = [sum(x * np.eye(ow, W, k=v) for v, x in enumerate(row)) for row in w]
    return sum(np.kron(np.eye(oh, H, k=u), T) for u, T in enumerate(inner))


@variant("2.4", "float32, from windows over the numbers of the pixels")
def image_matrix_in_float32(w, shape):
    w = np.asarray(w, dtype=np.float32)
    H, W = shape
    pixels = sliding_window_view(np.arange(H * W).reshape(H, W), w.shape).reshape(-1, w.size)
    M = np.zeros((len(pixels), H * W), dtype=np.float32)
    np.put_along_axis(M, pixels, np.broadcast_to(w.ravel(), pixels.shape), axis=1)
    return M


# 2.5 ---------------------------------------------------------------------------------------------


def windows_of(x, kh, kw, s):
    """(oh, ow, kh, kw, C)"""
    windows = sliding_window_view(np.asarray(x), (kh, kw), axis=(0, 1))[::s, ::s]
    return windows.transpose(0, 1, 3, 4, 2)


def patches_by_windows(x, kh, kw, s):
    windows = windows_of(x, kh, kw, s)
    return windows.reshape(windows.shape[0] * windows.shape[1], -1)


def layer_by_einsum(x, w, s=1):
    w = np.asarray(w, dtype=float)
    return np.einsum("ijuvc,uvcf->ijf", windows_of(np.asarray(x, float), *w.shape[:2], s), w)


def bytes_of_an_array(H, W, C, kh, kw, s, itemsize):
    patches = patches_by_windows(np.zeros((H, W, C), dtype=np.int8), kh, kw, s)
    return patches.nbytes * itemsize


windows_and_einsum = variant(
    "2.5",
    "sliding windows in the image's own type, einsum, and the bytes of a real array",
    im2col=patches_by_windows,
    conv_im2col=layer_by_einsum,
    im2col_bytes=bytes_of_an_array,
)


def patches_by_loops(x, kh, kw, s):
    H, W, C = np.shape(x)
    return [
        [float(x[i + u][j + v][c]) for u in range(kh) for v in range(kw) for c in range(C)]
        for i in range(0, H - kh + 1, s)
        for j in range(0, W - kw + 1, s)
    ]


def layer_of_rows(x, w, s=1):
    kh, kw, _C, F = np.shape(w)
    filters = np.asarray(w, float).reshape(-1, F)
    rows = np.array(patches_by_loops(x, kh, kw, s)) @ filters
    width = (np.shape(x)[1] - kw) // s + 1
    return [rows[start : start + width].tolist() for start in range(0, len(rows), width)]


patches_as_lists = variant(
    "2.5",
    "loops over everything, as lists",
    im2col=patches_by_loops,
    conv_im2col=layer_of_rows,
    im2col_bytes=lambda H, W, C, kh, kw, s, itemsize: (
        len(range(0, H - kh + 1, s)) * len(range(0, W - kw + 1, s)) * kh * kw * C * itemsize
    ),
)


def patches_in_float32(x, kh, kw, s):
    x = np.asarray(x, dtype=np.float32)
    oh, ow = (x.shape[0] - kh) // s + 1, (x.shape[1] - kw) // s + 1
    P = np.empty((oh, ow, kh, kw, x.shape[2]), dtype=np.float32)
    for u in range(kh):
        for v in range(kw):
            P[:, :, u, v] = x[u : u + s * (oh - 1) + 1 : s, v : v + s * (ow - 1) + 1 : s]
    return P.reshape(oh * ow, -1)


def layer_in_float32(x, w, s=1):
    w = np.asarray(w, dtype=np.float32)
    rows = patches_in_float32(x, *w.shape[:2], s)
    width = (np.shape(x)[1] - w.shape[1]) // s + 1
    return (rows @ w.reshape(-1, w.shape[3])).reshape(-1, width, w.shape[3])


patches_by_shifts = variant(
    "2.5",
    "float32, one shifted image for each place in the window",
    im2col=patches_in_float32,
    conv_im2col=layer_in_float32,
)


# 2.6 ---------------------------------------------------------------------------------------------


def side(n, k, s, padding):
    return math.ceil(n / s) if padding == "same" else math.ceil((n - k + 1) / s)


def shape_by_match(layer, shape):
    match layer:
        case {"kind": "dense", "units": units}:
            return [*shape[:-1], units]
        case {"kind": "embedding", "output_dim": length}:
            return [*shape, length]
        case {"kind": "flatten"}:
            return [math.prod(shape)]
        case {"kind": "batch_norm"}:
            return list(shape)
    H, W, C = shape
    kh, kw = layer.get("kernel_size") or layer["pool_size"]
    sh, sw = layer["strides"]
    channels = layer.get("filters", C * layer.get("depth_multiplier", 1))
    padding = layer["padding"]
    return [side(H, kh, sh, padding), side(W, kw, sw, padding), channels]


def counts_by_match(layers, input_shape):
    counts, shape = [], list(input_shape)
    for layer in layers:
        before, shape = shape, shape_by_match(layer, shape)
        extra = int(bool(layer.get("use_bias")))
        match layer["kind"]:
            case "dense":
                counts.append((before[-1] + extra) * shape[-1])
            case "conv2d":
                counts.append((math.prod(layer["kernel_size"]) * before[-1] + extra) * shape[-1])
            case "depthwise_conv2d":
                counts.append((math.prod(layer["kernel_size"]) + extra) * shape[-1])
            case "batch_norm":
                counts.append(4 * before[-1])
            case "embedding":
                counts.append(layer["input_dim"] * layer["output_dim"])
            case _:
                counts.append(0)
    return counts


counted_by_match = variant(
    "2.6",
    "match statements, shapes as lists, (reads + 1) · outputs",
    param_count=counts_by_match,
    output_shape=shape_by_match,
)


def weight_shapes(layer, shape):
    """The shapes of a layer's arrays, as Keras makes them."""
    kind, C = layer["kind"], shape[-1]
    if kind == "dense":
        arrays = [(C, layer["units"]), (layer["units"],)]
    elif kind == "conv2d":
        arrays = [(*layer["kernel_size"], C, layer["filters"]), (layer["filters"],)]
    elif kind == "depthwise_conv2d":
        m = layer["depth_multiplier"]
        arrays = [(*layer["kernel_size"], C, m), (C * m,)]
    elif kind == "batch_norm":
        return [(C,)] * 4
    elif kind == "embedding":
        return [(layer["input_dim"], layer["output_dim"])]
    else:
        return []
    return arrays if layer["use_bias"] else arrays[:1]


@variant("2.6", "the arrays of every layer, as an array of NumPy integers")
def counts_of_arrays(layers, input_shape):
    shape, counts = tuple(input_shape), []
    for layer in layers:
        counts.append(sum(int(np.prod(one)) for one in weight_shapes(layer, shape)))
        shape = tuple(shape_by_match(layer, shape))
    return np.array(counts)


@variant("2.6", "products in float32, rounded")
def counts_in_float32(layers, input_shape):
    shape, counts = tuple(input_shape), []
    for layer in layers:
        arrays = [np.prod(np.float32(one)) for one in weight_shapes(layer, shape)]
        counts.append(int(np.round(np.sum(np.float32(arrays)))) if arrays else 0)
        shape = tuple(shape_by_match(layer, shape))
    return counts


# 2.7 ---------------------------------------------------------------------------------------------


@variant("2.7", "backwards from one unit, as in Araujo and colleagues")
def field_from_the_end(layers):
    size = 1
    for k, s, d in reversed(layers):
        size = (size - 1) * s + d * (k - 1) + 1
    return size, math.prod(s for _, s, _ in layers), (size - 1) / 2


@variant("2.7", "the first and the last pixel of two units, as a list")
def field_by_ends(layers):
    first, last, step = 0, 0, 1
    for k, s, d in layers:
        last += d * (k - 1) * step
        step *= s
    return [last - first + 1, step, (first + last) / 2]


@variant("2.7", "float32, by a cumulative product, as an array")
def field_in_float32(layers):
    if not layers:
        return np.array([1, 1, 0], dtype=np.float32)
    k, s, d = np.array(layers, dtype=np.float32).T
    jumps = np.concatenate([[np.float32(1)], np.cumprod(s)])
    reach = np.sum(d * (k - 1) * jumps[:-1])
    return np.array([1 + reach, jumps[-1], reach / 2], dtype=np.float32)


@variant("2.7", "by the sets of pixels that two units read")
def field_by_sets(layers):
    ends = []
    for unit in (0, 1):
        seen = {unit}
        for k, s, d in layers[::-1]:
            seen = {i * s + u * d for i in seen for u in (0, k - 1)}
        ends.append((min(seen), max(seen)))
    (a, b), (c, e) = ends
    return b - a + 1, (c + e - a - b) / 2, (a + b) / 2


# 2.8 ---------------------------------------------------------------------------------------------


def outputs_and_reads(layer, shape):
    kind = layer["kind"]
    out = math.prod(shape_by_match(layer, shape))
    reads = {
        "dense": lambda: shape[-1],
        "conv2d": lambda: math.prod(layer["kernel_size"]) * shape[-1],
        "depthwise_conv2d": lambda: math.prod(layer["kernel_size"]),
    }.get(kind, lambda: 0)()
    return out, reads


def first_and_rest(layers, shape):
    if not layers:
        return 0
    out, reads = outputs_and_reads(layers[0], shape)
    return out * reads + first_and_rest(layers[1:], shape_by_match(layers[0], shape))


@variant("2.8", "recursion: the first layer, and the rest")
def macs_by_recursion(layers, input_shape):
    return first_and_rest(layers, input_shape)


@variant("2.8", "products in float32, rounded")
def macs_in_float32(layers, input_shape):
    total, shape = 0, input_shape
    for layer in layers:
        out, reads = outputs_and_reads(layer, shape)
        total += int(np.round(np.float32(out) * np.float32(reads)))
        shape = shape_by_match(layer, shape)
    return total


@variant("2.8", "a dot product of outputs and reads, as a NumPy integer")
def macs_by_dot_product(layers, input_shape):
    pairs, shape = [(0, 0)], input_shape
    for layer in layers:
        pairs.append(outputs_and_reads(layer, shape))
        shape = shape_by_match(layer, shape)
    outs, reads = np.array(pairs).T
    return outs @ reads
