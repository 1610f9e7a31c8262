"""A small class that hands in this lab, and which checks each of them must fail. Most of them leave
out the exercises whose nets are trained."""

from nablab.grading.records import UNREADABLE
from nablab.grading.samples import ALL, AllBut, Sample, cut_off, doubled

CAUSAL = """\
def dilated_conv1d(x, w, d=1):
    k, C, F = w.shape
    n = x.shape[0] - d * (k - 1)
    y = np.zeros((n, F))
    for t in range(n):
        for u in range(k):
            y[t] += np.dot(x[t + u * d], w[u])
    return y


def causal_conv1d(x, w, d=1):
    k, C, F = w.shape
    y = np.zeros((len(x), F))
    for u in range(k):
        back = (k - 1 - u) * d
        if back < len(x):
            y[back:] += np.dot(x[:len(x) - back], w[u])
    return y
"""

SAME_PADDING = """\
def dilated_conv1d(x, w, d=1):
    n = len(x) - d * (len(w) - 1)
    return sum(x[u * d:u * d + n] @ w[u] for u in range(len(w)))


def causal_conv1d(x, w, d=1):
    reach = d * (len(w) - 1)
    both = ((reach // 2, reach - reach // 2), (0, 0))
    return dilated_conv1d(np.pad(x, both), w, d)
"""

WAVENET = """\
def wavenet_rf(dilations, k):
    first = 0
    for d in reversed(dilations):
        first -= (k - 1) * d
    return 1 - first


def gated_block(x, wf, wg, wr, ws, d=1):
    sigmoid = lambda a: (1 + np.tanh(a / 2)) / 2
    z = np.tanh(causal_conv1d(x, wf, d)) * sigmoid(causal_conv1d(x, wg, d))
    return [x + np.einsum("tf,fc->tc", z, wr), np.einsum("tf,fs->ts", z, ws)]
"""

DIRTY_BLOCK = """\
def wavenet_rf(dilations, k):
    reach = 1
    while dilations:
        reach += (k - 1) * dilations.pop()
    return reach


def gated_block(x, wf, wg, wr, ws, d=1):
    z = np.tanh(causal_conv1d(x, wf, d)) / (1 + np.exp(-causal_conv1d(x, wg, d)))
    return x + z @ wr, z @ ws
"""

TRANSPOSE = """\
def conv_transpose2d(y, w, s):
    h, b, F = y.shape
    kh, kw, C, _ = w.shape
    out = np.zeros(((h - 1) * s[0] + kh, (b - 1) * s[1] + kw, C))
    for u in range(kh):
        for v in range(kw):
            rows = u + s[0] * np.arange(h)
            columns = v + s[1] * np.arange(b)
            out[np.ix_(rows, columns)] += np.tensordot(y, w[u, v], axes=(2, 1))
    return out


def checkerboard(k, s):
    counts = [sum((place - start) % s == 0 for start in range(k)) for place in range(s)]
    return len(set(counts)) > 1
"""

CUT_OFF = TRANSPOSE.replace("return out", "return out[:h * s[0], :b * s[1]]")

LOCAL = """\
def locally_connected(x, w):
    oh, ow, kh, kw, C, F = w.shape
    out = np.zeros((oh, ow, F))
    for i in range(oh):
        for j in range(ow):
            out[i, j] = x[i:i + kh, j:j + kw].reshape(-1) @ w[i, j].reshape(-1, F)
    return out


def tiled(x, w):
    t, _, kh, kw, C, F = w.shape
    H, W, _ = x.shape
    return np.array([[np.tensordot(x[i:i + kh, j:j + kw], w[i % t, j % t], 3)
                      for j in range(W - kw + 1)] for i in range(H - kh + 1)])
"""

IN_BLOCKS = LOCAL.replace("w[i % t, j % t]", "w[i // t % t, j // t % t]")

SEPARABLE = """\
def depthwise_separable(x, wd, wp):
    kh, kw, C, m = wd.shape
    H, W, _ = x.shape
    z = []
    for c in range(C):
        for q in range(m):
            one = np.zeros((H - kh + 1, W - kw + 1))
            for u in range(kh):
                for v in range(kw):
                    one += x[u:u + H - kh + 1, v:v + W - kw + 1, c] * wd[u, v, c, q]
            z.append(one)
    return np.stack(z, axis=-1).astype(np.float32) @ wp


def maxout(x, k):
    return np.max(np.stack([x[..., p::k] for p in range(k)]), axis=0)
"""

MAPS_SWAPPED = SEPARABLE.replace(
    "for c in range(C):\n        for q in range(m):",
    "for q in range(m):\n        for c in range(C):",
)

NEIGHBOUR = """\
def nearest_neighbour(x_train, y_train, x):
    labels = []
    for signal in x.astype(float):
        distances = [np.linalg.norm(signal - known) for known in x_train]
        labels.append(y_train[int(np.argmin(distances))])
    return labels


def build_listener():
    return keras.Sequential([keras.Input((128, 1)), keras.layers.Flatten(), keras.layers.Dense(4)])
"""

FILMS = """\
def conv3d_valid(x, w):
    kt, kh, kw, C, F = w.shape
    windows = np.lib.stride_tricks.sliding_window_view(x, (kt, kh, kw), axis=(0, 1, 2))
    return np.einsum("tijcauv,auvcf->tijf", windows, w)


def build_motion_net():
    x = keras.Input((6, 12, 12, 1))
    h = keras.layers.Conv3D(12, 3, activation="relu")(x)
    return keras.Model(x, keras.layers.Dense(2)(keras.layers.GlobalAveragePooling3D()(h)))
"""

BROKEN_SYNTAX = """\
def maxout(x, k:
    return x
"""

SAMPLES = [
    Sample("student01", "perfect, in the style of the text"),
    Sample(
        "student02",
        "the first five exercises, perfect, in other styles and partly in float32",
        {"N.1": CAUSAL, "N.2": WAVENET, "N.3": TRANSPOSE, "N.4": LOCAL, "N.5": SEPARABLE},
        stub=True,
    ),
    Sample(
        "student03",
        "pads on both sides in N.1, and N.2 is right by follow-through",
        {"N.1": SAME_PADDING, "N.2": WAVENET},
        stub=True,
        fails={
            "N.1": AllBut(
                "test_two_arrays_of_the_right_length",
                "test_as_with_zeros_between_the_entries",
            )
        },
    ),
    Sample(
        "student04",
        "empties the caller's list of dilations in N.2",
        {"N.1": CAUSAL, "N.2": DIRTY_BLOCK},
        stub=True,
        fails={
            "N.2": AllBut(
                "test_the_numbers_of_the_text",
                "test_the_field_of_wavenet",
                "test_a_closed_gate",
                "test_only_one_of_the_two_ways",
                "test_blocks_of_several_sizes",
                "test_fresh_blocks",
                "test_fields_of_any_series",
                "test_the_field_is_what_a_stack_reads",
                "test_the_gate_can_shut",
                "test_filter_and_gate_each_by_itself",
            )
        },
    ),
    Sample(
        "student05",
        "cuts off what reaches over h·s in N.3",
        {"N.3": CUT_OFF},
        stub=True,
        fails={
            "N.3": AllBut(
                "test_the_three_counts_of_the_text",
                "test_every_small_filter_and_stride",
                "test_larger_filters_and_strides",
            )
        },
    ),
    Sample(
        "student06",
        "lays the tiles in blocks in N.4, and the maps in the wrong order in N.5",
        {"N.4": IN_BLOCKS, "N.5": MAPS_SWAPPED},
        stub=True,
        fails={
            "N.4": AllBut(
                "test_two_arrays_of_the_right_shape",
                "test_each_place_has_its_own_filter",
                "test_equal_weights_make_a_convolution",
                "test_fresh_places",
                "test_shared_weights_are_a_convolution",
            ),
            "N.5": AllBut(
                "test_two_arrays_of_the_right_shape",
                "test_the_numbers_of_the_text",
                "test_relu_and_absolute_value",
                "test_pieces_of_any_number",
                "test_a_maxout_unit_is_convex",
            ),
        },
    ),
    Sample(
        "student07",
        "the nearest neighbour is right, and the listener is one dense layer",
        {"N.7": NEIGHBOUR},
        stub=True,
        fails={
            "N.7": AllBut(
                "test_labels_and_a_model",
                "test_the_signals_of_the_text",
                "test_all_moments_and_channels_count",
                "test_whole_numbers_far_apart",
                "test_logits_and_no_softmax",
                "test_fresh_signals",
                "test_far_from_zero",
                "test_the_first_of_equally_near_ones",
                "test_inputs_stay_and_bytes",
                "test_a_new_model_at_each_call",
            )
        },
    ),
    Sample("student08", "the stub, unchanged", stub=True),
    Sample(
        "student09",
        "a syntax error in N.5, and N.8 is right with a single layer of three frames",
        {"N.5": BROKEN_SYNTAX, "N.8": FILMS},
        stub=True,
        fails={"N.5": ALL},
    ),
    Sample(
        "student10",
        "the cell of N.4 is there twice, and the later one is right",
        {"N.4": LOCAL},
        stub=True,
        damage=doubled("N.4", IN_BLOCKS),
    ),
    Sample("student11", "a file that breaks off", stub=True, damage=cut_off, state=UNREADABLE),
]
