"""A small class that hands in this lab, and which checks each of them must fail. The demo and the
tests use it: the scores that the grader gives must be the ones that follow from here."""

from nablab.grading.records import UNREADABLE
from nablab.grading.samples import ALL, AllBut, Sample, cut_off, doubled

NOT_DIVIDED = """\
def equivariance_error(f, T_in, T_out, x):
    return float(np.linalg.norm(np.ravel(np.asarray(f(T_in(x)), float) - T_out(f(x)))))
"""

ONLY_TO_THE_RIGHT = """\
def conv_circular(x, w):
    y = np.zeros(x.shape)
    for u in range(w.shape[0]):
        for v in range(w.shape[1]):
            y += w[u, v] * np.roll(x.astype(float), (-u, -v), axis=(0, 1))
    return y


def shift_report(layers, x):
    def right(a):
        return np.roll(a, 1, axis=1)

    report = {}
    for name, f in layers.items():
        if equivariance_error(f, right, lambda y: y, x) < 1e-6:
            report[name] = "invariant"
        elif np.shape(f(x)) == x.shape and equivariance_error(f, right, right, x) < 1e-6:
            report[name] = "equivariant"
        else:
            report[name] = "neither"
    return report
"""

NOT_NORMALISED = """\
def antialias_pool(x, filt):
    y, p = np.asarray(x, float), (len(filt) - 1) // 2
    for axis in (0, 1):
        y = sum(a * np.roll(y, p - u, axis=axis) for u, a in enumerate(filt))
    return y[::2, ::2]
"""

CLOCKWISE = """\
def p4_lift(x, w):
    return np.stack([conv_valid(x, np.rot90(w, -r)) for r in range(4)], axis=3)
"""

WITHOUT_THE_ROLL = """\
def p4_conv(x, w):
    maps = [
        sum(conv_valid(x[:, :, :, s], np.rot90(w[:, :, s], r)) for s in range(4)) for r in range(4)
    ]
    return np.stack(maps, axis=3)


def p4_features(x):
    return np.max(x, axis=3).mean(axis=(1, 2))
"""

SOFTMAX = """\
def build_p4_cnn(shape, filters, n_classes):
    model = keras.Sequential([keras.Input(shape), P4Lift(filters, 3, activation="relu")])
    model.add(P4Conv(filters, 3, activation="relu"))
    model.add(P4Conv(2 * filters, 3, activation="relu"))
    model.add(P4Pool())
    model.add(keras.layers.GlobalAveragePooling2D())
    model.add(keras.layers.Dense(n_classes, activation="softmax"))
    return model


def accuracy_by_turn(model, x, y):
    found = [model.predict(rot(x, r), verbose=0) for r in range(4)]
    return [np.mean(np.argmax(each, axis=1) == y) for each in found]
"""

Y_BEFORE_X = """\
def affine_grid(theta, H, W):
    x = np.linspace(-1, 1, W) if W > 1 else np.zeros(1)
    y = np.linspace(-1, 1, H) if H > 1 else np.zeros(1)
    points = np.stack([*np.meshgrid(x, y), np.ones((H, W))], axis=-1)
    return (points @ np.swapaxes(theta, 1, 2)[:, None])[..., ::-1]


def bilinear_sample(img, grid):
    img, (H, W) = np.asarray(img, float), img.shape[1:3]
    v, u = (grid[..., 0] + 1) * (H - 1) / 2, (grid[..., 1] + 1) * (W - 1) / 2
    rows = np.maximum(0, 1 - np.abs(np.arange(H) - v[..., None]))
    columns = np.maximum(0, 1 - np.abs(np.arange(W) - u[..., None]))
    return np.einsum("nijp,nijq,npqc->nijc", rows, columns, img)
"""

WITHOUT_THE_SCALE = """\
def bilinear_sample_bwd(dout, img, grid):
    dout, img, (H, W) = np.asarray(dout, float), np.asarray(img, float), img.shape[1:3]
    q = np.arange(W) - (grid[..., 0, None] + 1) * (W - 1) / 2
    p = np.arange(H) - (grid[..., 1, None] + 1) * (H - 1) / 2
    hat, slope = [], []
    for d in (q, p):
        hat.append(np.maximum(0, 1 - np.abs(d)))
        slope.append(np.sign(d) * (np.abs(d) < 1))
    dx = np.einsum("nijp,nijq,npqc,nijc->nij", hat[1], slope[0], img, dout)
    dy = np.einsum("nijp,nijq,npqc,nijc->nij", slope[1], hat[0], img, dout)
    return np.stack([dx, dy], axis=-1)


def affine_grid_bwd(dgrid):
    _, h, w, _ = np.shape(dgrid)
    x = np.linspace(-1, 1, w) if w > 1 else np.zeros(1)
    y = np.linspace(-1, 1, h) if h > 1 else np.zeros(1)
    points = np.stack([*np.meshgrid(x, y), np.ones((h, w))], axis=-1)
    return np.tensordot(np.swapaxes(dgrid, 1, 3), np.swapaxes(points, 0, 1), axes=((2, 3), (0, 1)))
"""

DRAWN_START = """\
def build_stn(shape, window, n_classes):
    layers = keras.layers
    field = keras.Input(shape)
    shift = layers.Dense(2)(layers.Flatten()(layers.AveragePooling2D(2)(field)))
    locator = keras.Model(field, translation(shift, shape, window))
    seen = SpatialTransformer(locator, window)(field)
    hidden = layers.Dense(32, activation="relu")(layers.Flatten()(seen))
    return keras.Model(field, layers.Dense(n_classes)(hidden)), locator
"""

OTHER_STYLE = {
    "N.1": """\
def equivariance_error(f, T_in, T_out, x):
    second = np.float32(T_out(f(x))).ravel()
    gap = np.linalg.norm(np.float32(f(T_in(x))).ravel() - second)
    return gap / np.linalg.norm(second) if gap else 0
""",
    "N.2": """\
def conv_circular(x, w):
    (H, W), (kh, kw) = x.shape, w.shape
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(x.astype(float), ((0, kh - 1), (0, kw - 1)), mode="wrap"), w.shape
    )
    return np.tensordot(windows, w)


def shift_report(layers, x):
    def word(f):
        for name, moves in (("invariant", False), ("equivariant", True)):
            if moves and np.shape(f(x)) != np.shape(x):
                continue
            errors = []
            for axis in range(2):
                T_in = lambda a: np.roll(a, 1, axis)
                errors.append(equivariance_error(f, T_in, T_in if moves else lambda y: y, x))
            if max(errors) < 1e-6:
                return name
        return "neither"

    return {name: word(f) for name, f in layers.items()}
""",
    "N.3": """\
def antialias_pool(x, filt):
    k, p = len(filt), (len(filt) - 1) // 2
    square = np.outer(filt, filt) / np.sum(filt) ** 2
    padded = np.pad(x.astype(float), ((p, k - 1 - p), (p, k - 1 - p), (0, 0)), mode="wrap")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (k, k), axis=(0, 1))
    return np.einsum("ijcuv,uv->ijc", windows[::2, ::2], square).tolist()
""",
    "N.4": """\
def p4_lift(x, w):
    turned = [w, w.swapaxes(0, 1)[::-1], w[::-1, ::-1], w.swapaxes(0, 1)[:, ::-1]]
    return np.stack([conv_valid(x, f).astype(np.float32) for f in turned], axis=-2)
""",
    "N.5": """\
def p4_conv(x, w):
    maps = []
    for r in range(4):
        moved = np.roll(x, -r, axis=3)
        maps.append(np.sum([conv_valid(moved[..., s, :], np.rot90(w, r)[:, :, s])
                            for s in range(4)], axis=0))
    return np.moveaxis(np.array(maps), 0, 3)


def p4_features(x):
    best = np.maximum(np.maximum(x[:, :, :, 0], x[:, :, :, 1]),
                      np.maximum(x[:, :, :, 2], x[:, :, :, 3]))
    return best.reshape(len(x), -1, best.shape[-1]).mean(axis=1)
""",
    "N.6": """\
def build_p4_cnn(shape, filters, n_classes):
    image = keras.Input(shape)
    x = keras.ops.relu(P4Lift(filters, 3)(image))
    for n in (filters, 2 * filters):
        x = keras.ops.relu(P4Conv(n, 3)(x))
    x = keras.layers.GlobalAveragePooling2D()(keras.ops.max(x, axis=3))
    return keras.Model(image, keras.layers.Dense(n_classes)(x))


def accuracy_by_turn(model, x, y):
    found = np.zeros(4, np.float32)
    for r in range(4):
        logits = keras.ops.convert_to_numpy(model(np.ascontiguousarray(x)))
        found[r] = np.mean(logits.argmax(axis=-1) == y)
        x = rot(x)
    return found
""",
    "N.7": """\
def affine_grid(theta, H, W):
    x = np.linspace(-1, 1, W) if W > 1 else np.zeros(1)
    y = np.linspace(-1, 1, H) if H > 1 else np.zeros(1)
    points = np.stack([*np.meshgrid(x, y), np.ones((H, W))], axis=-1)
    return points @ np.swapaxes(theta, 1, 2)[:, None]


def bilinear_sample(img, grid):
    img, (H, W) = np.float32(img), img.shape[1:3]
    u, v = (grid[..., 0] + 1) * (W - 1) / 2, (grid[..., 1] + 1) * (H - 1) / 2
    rows = np.maximum(0, 1 - np.abs(np.arange(H) - v[..., None]))
    columns = np.maximum(0, 1 - np.abs(np.arange(W) - u[..., None]))
    return np.einsum("nijp,nijq,npqc->nijc", rows, columns, img)
""",
    "N.9": """\
def build_stn(shape, window, n_classes):
    layers = keras.layers
    field = keras.Input(shape)
    cells = layers.Flatten()(layers.AveragePooling2D(2)(field))
    shift = layers.Dense(2, kernel_initializer="zeros", bias_initializer="zeros")(cells)
    locator = keras.Model(field, translation(shift, shape, window))
    seen = SpatialTransformer(locator, window)(field)
    hidden = layers.ReLU()(layers.Dense(32)(layers.Flatten()(seen)))
    return [keras.Model(field, layers.Dense(n_classes)(hidden)), locator]
""",
}

BROKEN_SYNTAX = """\
def p4_lift(x, w:
    return x
"""


# N.2 judges layers by N.1, which takes functions: the reference cannot be lent to it in place of a
# wrong N.1, because it could not call the student's layers.
TOGETHER = [("N.1", "N.2")]

SAMPLES = [
    Sample("student01", "perfect, in the style of the text"),
    Sample("student02", "perfect, in other styles, partly in float32 and in lists", OTHER_STYLE),
    Sample(
        "student03",
        "does not divide by the size in N.1, so N.2 calls small outputs invariant",
        {"N.1": NOT_DIVIDED},
        fails={
            "N.1": AllBut(
                "test_one_number",
                "test_no_gap_no_error",
                "test_without_a_gap_the_error_is_0",
            ),
            "N.2": AllBut(
                "test_conv_circular_is_as_large_as_the_image",
                "test_one_word_for_each_layer",
                "test_the_row_of_the_text",
                "test_one_bright_pixel",
                "test_layers_of_the_text",
                "test_both_shifts_count",
                "test_images_and_filters_of_any_shape",
                "test_any_shapes_and_sides",
                "test_the_convolution_follows_every_shift",
                "test_whole_numbers_and_fractions",
                "test_equivariant_layers",
                "test_invariant_layers",
                "test_layers_that_do_neither",
            ),
        },
    ),
    Sample(
        "student04",
        "tries one shift only in N.2, and does not divide the weights by their sum in N.3",
        {"N.2": ONLY_TO_THE_RIGHT, "N.3": NOT_NORMALISED},
        fails={
            "N.2": AllBut(
                "test_conv_circular_is_as_large_as_the_image",
                "test_one_word_for_each_layer",
                "test_the_row_of_the_text",
                "test_one_bright_pixel",
                "test_layers_of_the_text",
                "test_images_and_filters_of_any_shape",
                "test_any_shapes_and_sides",
                "test_the_convolution_follows_every_shift",
                "test_whole_numbers_and_fractions",
                "test_equivariant_layers",
                "test_invariant_layers",
                "test_small_and_large_outputs",
            ),
            "N.3": AllBut("test_half_as_many_rows_and_columns"),
        },
    ),
    Sample(
        "student05",
        "turns clockwise in N.4, and N.5 does not suffer",
        {"N.4": CLOCKWISE},
        fails={
            "N.4": AllBut(
                "test_four_maps_for_each_filter",
                "test_the_first_maps_are_an_ordinary_convolution",
                "test_channels_and_filters_stay_where_they_are",
            )
        },
    ),
    Sample(
        "student06",
        "turns the pixels but does not move the directions in N.5",
        {"N.5": WITHOUT_THE_ROLL},
        fails={
            "N.5": AllBut(
                "test_maps_of_four_directions",
                "test_one_number_for_each_image_and_filter",
                "test_maximum_over_directions_then_mean_over_places",
                "test_features_of_any_maps",
            )
        },
    ),
    Sample("student07", "the stub, unchanged", stub=True),
    Sample(
        "student08",
        "ends in a softmax in N.6, and starts the locator with drawn weights in N.9",
        {"N.6": SOFTMAX, "N.9": DRAWN_START},
        fails={
            "N.6": AllBut(
                "test_a_model_from_images_to_logits",
                "test_four_shares",
                "test_the_number_of_parameters_of_the_text",
                "test_turned_images_have_the_same_logits",
                "test_a_model_that_minds",
                "test_it_does_not_mind_and_other_nets_do",
                "test_batches_of_any_size",
                "test_every_weight_learns",
            ),
            "N.9": AllBut(
                "test_two_models",
                "test_the_weights_of_the_text",
                "test_both_compute_what_the_text_says",
                "test_any_field_and_window",
                "test_a_fresh_net_hears_where_to_go",
                "test_fresh_nets_are_drawn_anew",
            ),
        },
    ),
    Sample(
        "student09",
        "names y before x in N.7, and forgets the scale of the columns and rows in N.8",
        {"N.7": Y_BEFORE_X, "N.8": WITHOUT_THE_SCALE},
        fails={
            "N.7": AllBut("test_a_point_for_every_pixel", "test_a_pixel_for_every_point"),
            "N.8": AllBut(
                "test_a_gradient_for_every_point",
                "test_a_gradient_for_every_theta",
                "test_the_row_of_the_text",
                "test_the_theta_of_the_text",
                "test_any_gradient_of_points",
            ),
        },
    ),
    Sample("student10", "a syntax error in N.4", {"N.4": BROKEN_SYNTAX}, fails={"N.4": ALL}),
    Sample("student11", "the cell of N.4 is there twice", damage=doubled("N.4", CLOCKWISE)),
    Sample("student12", "a file that breaks off", damage=cut_off, state=UNREADABLE),
]
