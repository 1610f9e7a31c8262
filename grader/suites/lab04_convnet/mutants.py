"""Plausible wrong answers to lab 4. Each loses points on the hidden checks and on the visible
ones; the sentence is what a teacher would say to its author."""

import hashlib
from functools import partial

import numpy as np

from nablab.checking import mutant
from nablab.data import placed_digits
from nablab.reference.pooling import averagepool_nd, maxpool_nd

# 4.1 ---------------------------------------------------------------------------------------------


def net(shape, n_classes, **changes):
    """LeNet with some things changed."""
    import keras

    o = {
        "filters": (6, 16),
        "kernel": 5,
        "paddings": ("same", "valid"),
        "inside": "relu",
        "act": "relu",
        "pool": keras.layers.MaxPooling2D,
        "units": (120, 84),
        "head": None,
        "bias": True,
        "drop": (0, 0, 0, 0),  # after flatten, after either hidden layer, after the logits
    } | changes
    layers = keras.layers
    made = [keras.Input(shape)]
    for filters, padding in zip(o["filters"], o["paddings"], strict=True):
        conv = layers.Conv2D(
            filters, o["kernel"], padding=padding, activation=o["inside"], use_bias=o["bias"]
        )
        made += [conv, o["pool"](2)]
    made += [layers.Flatten(), layers.Dropout(o["drop"][0])]
    for units, rate in zip(o["units"], o["drop"][1:3], strict=False):
        made += [
            layers.Dense(units, activation=o["act"], use_bias=o["bias"]),
            layers.Dropout(rate),
        ]
    made += [layers.Dense(n_classes, activation=o["head"]), layers.Dropout(o["drop"][3])]
    return keras.Sequential(made)


def lenet(says, **changes):
    """A mutant that is LeNet with some things changed."""

    def build_lenet(input_shape, n_classes):
        return net(input_shape, n_classes, **changes)

    return mutant("4.1", says, build_lenet=build_lenet)


softmax_at_the_end = lenet(
    "Your net ends in a softmax: it gives probabilities. The table asks for logits, with no "
    "activation at the end; the loss will make probabilities of them, once.",
    head="softmax",
)
relu_on_the_logits = lenet(
    "Your last layer has a ReLU. Logits may be negative: a net that can only say 0 or more "
    "cannot speak against a class.",
    head="relu",
)
first_convolution_valid = lenet(
    'Your first convolution takes only whole places, padding "valid". Keras does so unless it '
    'is told "same".',
    paddings=("valid", "valid"),
)
second_convolution_same = lenet(
    'Your second convolution has a border of zeros, padding "same". The table has "valid" there, '
    "so its maps are 4 pixels smaller than what it reads.",
    paddings=("same", "same"),
)
no_activation_in_convolutions = lenet(
    "Your convolutions have no ReLU. Keras adds no activation by itself.", inside=None
)
tanh_for_relu = lenet(
    "Your activations are tanh, as in 1998. The table has ReLU.", inside="tanh", act="tanh"
)
filters_exchanged = lenet(
    "Your first convolution has 16 filters and your second 6. It is the other way round: the "
    "deeper, the more maps.",
    filters=(16, 6),
)
filters_of_three_by_three = lenet("Your filters have 3×3 pixels. LeNet's have 5×5.", kernel=3)
second_hidden_layer_missing = lenet(
    "The dense layer of 84 units is missing: line 7 of the table.", units=(120,)
)
no_biases = lenet("Your hidden layers have no biases. All layers of the table do.", bias=False)
dropout_already = lenet(
    "Your net drops units at random in training. That comes in 4.8; the table has no dropout.",
    drop=(0, 0.5, 0.5, 0),
)


@mutant("4.1", "You pool by the mean, as in 1998. The table has max-pooling.")
def mean_pooling(input_shape, n_classes):
    import keras

    return net(input_shape, n_classes, pool=keras.layers.AveragePooling2D)


@mutant(
    "4.1", "Your net always has ten classes. How many there are stands in the argument n_classes."
)
def always_ten_classes(input_shape, n_classes):
    return net(input_shape, 10)


@mutant(
    "4.1",
    "The weights of your convolutions are frozen (trainable=False), so that training does not "
    "reach them.",
)
def frozen_convolutions(input_shape, n_classes):
    import keras

    model = net(input_shape, n_classes)
    for layer in model.layers:
        layer.trainable = not isinstance(layer, keras.layers.Conv2D)
    return model


# 4.2 ---------------------------------------------------------------------------------------------


def dense(shape, n_classes, h, act="relu", head=None):
    import keras

    return keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Flatten(),
            keras.layers.Dense(max(1, int(h)), activation=act),
            keras.layers.Dense(n_classes, activation=head),
        ]
    )


def right_h(shape, n_classes, budget):
    return round((budget - n_classes) / (np.prod(shape) + n_classes + 1))


@mutant(
    "4.2",
    "You have forgotten the biases: each hidden unit has one too, so a unit costs D + n + 1 "
    "parameters. With small images that is more than 2 %.",
)
def forgets_the_biases(input_shape, n_classes, budget):
    h = round(budget / (np.prod(input_shape) + n_classes))
    return dense(input_shape, n_classes, h)


@mutant(
    "4.2",
    "You count rows times columns. An image has H·W·C numbers, and with several channels your "
    "net is too large.",
)
def forgets_the_channels(input_shape, n_classes, budget):
    h = round((budget - n_classes) / (np.prod(input_shape[:2]) + n_classes + 1))
    return dense(input_shape, n_classes, h)


@mutant(
    "4.2",
    "You count the weights into the hidden layer only. The n weights from each hidden unit to "
    "the classes belong to the budget as well.",
)
def forgets_the_last_layer(input_shape, n_classes, budget):
    return dense(input_shape, n_classes, round(budget / (np.prod(input_shape) + 1)))


@mutant(
    "4.2",
    "Your hidden layer has as many units as the budget has parameters. Each unit costs D + n + 1 "
    "of them.",
)
def budget_as_units(input_shape, n_classes, budget):
    return dense(input_shape, n_classes, min(budget, 5000))


@mutant(
    "4.2",
    "Your hidden layer has no ReLU. Two linear layers in a row are one linear layer: all those "
    "parameters buy nothing.",
)
def linear_twin(input_shape, n_classes, budget):
    return dense(input_shape, n_classes, right_h(input_shape, n_classes, budget), act=None)


@mutant("4.2", "Your twin ends in a softmax. Like LeNet it should give logits.")
def softmax_twin(input_shape, n_classes, budget):
    h = right_h(input_shape, n_classes, budget)
    return dense(input_shape, n_classes, h, head="softmax")


@mutant("4.2", "Your hidden layer has tanh. The twin has ReLU, as LeNet does.")
def tanh_twin(input_shape, n_classes, budget):
    h = right_h(input_shape, n_classes, budget)
    return dense(input_shape, n_classes, h, act="tanh")


@mutant(
    "4.2",
    "Your hidden layer has a leaky ReLU, which lets a part of negative numbers through. The twin "
    "has ReLU, as LeNet does.",
)
def leaky_twin(input_shape, n_classes, budget):
    h = right_h(input_shape, n_classes, budget)
    return dense(input_shape, n_classes, h, act="leaky_relu")


@mutant("4.2", "Your last layer has no biases. All layers of the twin do.")
def no_biases_at_the_end(input_shape, n_classes, budget):
    import keras

    h = right_h(input_shape, n_classes, budget)
    net = [keras.Input(input_shape), keras.layers.Flatten(), keras.layers.Dense(h, "relu")]
    return keras.Sequential([*net, keras.layers.Dense(n_classes, use_bias=False)])


@mutant(
    "4.2",
    "Your twin begins with a convolution. The point of the race is that it has none.",
)
def twin_with_a_convolution(input_shape, n_classes, budget):
    import keras

    H, W, C = input_shape
    filters = 2
    rest = budget - filters * (C + 1) - n_classes
    h = max(1, round(rest / (H * W * filters + n_classes + 1)))
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Conv2D(filters, 1),
            keras.layers.Flatten(),
            keras.layers.Dense(h, activation="relu"),
            keras.layers.Dense(n_classes),
        ]
    )


# 4.3 ---------------------------------------------------------------------------------------------


def answers(model, x):
    """The class that a model believes in, for every image."""
    import keras

    return keras.ops.convert_to_numpy(model(x)).argmax(axis=1)


def share_right(model, part):
    return float(np.mean(answers(model, part[0]) == part[1]))


TRAINED = {}  # several mutants need the same net, trained on the same data: it is trained once


def trained(build, train, seed, epochs):
    """`build()`, trained as the text says, with what it is kept by: the data, the net, the seed."""
    import keras

    keras.utils.set_random_seed(seed)
    model = build()
    shapes = str([weight.shape for weight in model.weights])
    rates = str([layer.rate for layer in model.layers if hasattr(layer, "rate")])
    parts = (*map(np.ascontiguousarray, train), f"{shapes} {rates} {seed} {epochs}".encode())
    key = hashlib.sha256(b"\0".join(map(bytes, parts))).digest()
    if key not in TRAINED:
        model.compile(
            optimizer=keras.optimizers.Adam(0.002),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        )
        model.fit(*train, batch_size=32, epochs=epochs, verbose=0)
        TRAINED[key] = model
    return TRAINED[key]


def race(seed, parts, *, centred=False, budget=1.0, learn=lambda train, test: train, on=1):
    """Both nets learn from `learn(train, test)` and are tested on one of the parts."""
    parts = parts or placed_digits(20, 2000, 500, seed, centred=centred)
    shape = parts[0][0].shape[1:]
    size = net(shape, 10).count_params()
    h = right_h(shape, 10, budget * size)
    conv, twin = (
        trained(build, learn(*parts), seed, 6)
        for build in (lambda: net(shape, 10), lambda: dense(shape, 10, h))
    )
    return {
        "acc_dense": share_right(twin, parts[on]),
        "acc_conv": share_right(conv, parts[on]),
        "params_dense": twin.count_params(),
        "params_conv": size,
    }


@mutant(
    "4.3",
    "You report how well the nets read the images that they have learned from. That says "
    "nothing of new ones: predict on the test part.",
)
def accuracy_on_the_training_part(seed, parts=None):
    return race(seed, parts, on=0)


@mutant(
    "4.3",
    "Your nets learn from the test part too, so the test is no test any more.",
)
def learns_from_the_test_part(seed, parts=None):
    def learn(train, test):
        return [np.concatenate(pair) for pair in zip(train, test, strict=True)]

    return race(seed, parts, learn=learn)


@mutant(
    "4.3",
    "acc_dense and acc_conv have changed places: the convolution is the winner.",
)
def accuracies_exchanged(seed, parts=None):
    got = race(seed, parts)
    return {**got, "acc_dense": got["acc_conv"], "acc_conv": got["acc_dense"]}


@mutant(
    "4.3",
    "You let the nets race on digits in the middle of the field. There both are about as good.",
)
def races_on_centred_digits(seed, parts=None):
    return race(seed, parts, centred=True)


@mutant(
    "4.3",
    "Your twin has only half of LeNet's parameters, so the race is not fair.",
)
def twin_of_half_the_size(seed, parts=None):
    return race(seed, parts, budget=0.5)


@mutant("4.3", "Your nets have not been trained: `fit` is missing.")
def untrained(seed, parts=None):
    import keras

    train, test = parts or placed_digits(20, 2000, 500, seed)
    keras.utils.set_random_seed(seed)
    shape = train[0].shape[1:]
    conv = net(shape, 10)
    twin = dense(shape, 10, right_h(shape, 10, conv.count_params()))
    return {
        "acc_dense": share_right(twin, test),
        "acc_conv": share_right(conv, test),
        "params_dense": twin.count_params(),
        "params_conv": conv.count_params(),
    }


# 4.4 ---------------------------------------------------------------------------------------------


def curve_of(model, x, y, shifts, move):
    """Accuracies on what `move(x, s)` makes of x."""
    return np.array([np.mean(answers(model, move(x, s)) == y) for s in shifts])


def to_the_right(x, s, fill=0.0):
    out = np.full_like(x, fill)
    W = x.shape[2]
    if 0 <= s < W:
        out[:, :, s:] = x[:, :, : W - s]
    elif -W < s < 0:
        out[:, :, : W + s] = x[:, :, -s:]
    return out


@mutant(
    "4.4",
    "What leaves the field on one side comes in again on the other: that is `np.roll`. Here it "
    "is gone, and background comes in.",
)
def wraps_around(model, x, y, shifts):
    return curve_of(model, x, y, shifts, lambda x, s: np.roll(x, s, axis=2))


@mutant("4.4", "You move to the left: a positive shift goes to the right.")
def to_the_left(model, x, y, shifts):
    return curve_of(model, x, y, shifts, lambda x, s: to_the_right(x, -s))


@mutant("4.4", "You move down: axis 1 counts rows. To the right is along axis 2, the columns.")
def downwards(model, x, y, shifts):
    def move(x, s):
        return to_the_right(x.swapaxes(1, 2), s).swapaxes(1, 2)

    return curve_of(model, x, y, shifts, move)


@mutant(
    "4.4",
    "You repeat the field's last column where something has left. What comes in is background, 0.",
)
def repeats_the_edge(model, x, y, shifts):
    def move(x, s):
        columns = np.clip(np.arange(x.shape[2]) - s, 0, x.shape[2] - 1)
        return x[:, :, columns]

    return curve_of(model, x, y, shifts, move)


@mutant("4.4", "You fill with ink (1). What comes in is background, 0.")
def fills_with_ink(model, x, y, shifts):
    return curve_of(model, x, y, shifts, lambda x, s: to_the_right(x, s, fill=1.0))


@mutant(
    "4.4",
    "Each of your shifts goes on from the one before. Each should be a shift of x itself.",
)
def shifts_add_up(model, x, y, shifts):
    curve = []
    for s in shifts:
        x = to_the_right(x, s)
        curve.append(np.mean(answers(model, x) == y))
    return np.array(curve)


@mutant("4.4", "You return how many are right. The accuracy is their share.")
def counts(model, x, y, shifts):
    return len(y) * curve_of(model, x, y, shifts, to_the_right)


# 4.5 ---------------------------------------------------------------------------------------------


def pooled(x, kind, maximum=None, mean=None, whole=None):
    x = np.asarray(x, dtype=float)
    if kind == "global":
        return (whole or (lambda x: x.mean(axis=(1, 2))))(x)
    if kind not in ("max", "avg"):
        raise ValueError(kind)
    way = maximum if kind == "max" else mean
    right = maxpool_nd if kind == "max" else averagepool_nd
    return (way or (lambda x: right(x, (2, 2))))(x)


@mutant("4.5", "Your global pooling takes the maximum. It is the mean over all pixels.")
def global_maximum(x, kind):
    return pooled(x, kind, whole=lambda x: x.max(axis=(1, 2)))


@mutant("4.5", "Your means are sums: divide by the four pixels of a window.")
def sum_of_a_window(x, kind):
    return pooled(x, kind, mean=lambda x: 4 * averagepool_nd(x, (2, 2)))


@mutant("4.5", "Your global mean is taken over the channels as well. They stay apart: (N, C).")
def mean_over_channels_too(x, kind):
    def whole(x):
        return np.repeat(x.mean(axis=(1, 2, 3))[:, None], x.shape[3], axis=1)

    return pooled(x, kind, whole=whole)


@mutant(
    "4.5",
    "You have clipped negative numbers to 0 before the maximum. Here there is no ReLU: the "
    "largest of four negative numbers is negative.",
)
def relu_before_the_maximum(x, kind):
    return pooled(x, kind, maximum=lambda x: maxpool_nd(np.maximum(x, 0), (2, 2)))


@mutant(
    "4.5",
    "You take the lower right pixel of each window. The largest may stand at any of the four "
    "places.",
)
def lower_right_pixel(x, kind):
    def maximum(x):
        h, w = x.shape[1] // 2, x.shape[2] // 2
        return x[:, 1 : 2 * h : 2, 1 : 2 * w : 2]

    return pooled(x, kind, maximum=maximum)


@mutant(
    "4.5",
    "Your windows overlap: they start at every pixel, stride 1. They should start at every "
    "second row and column.",
)
def stride_of_one(x, kind):
    return pooled(
        x,
        kind,
        maximum=lambda x: maxpool_nd(x, (2, 2), (1, 1)),
        mean=lambda x: averagepool_nd(x, (2, 2), (1, 1)),
    )


@mutant(
    "4.5",
    "With an odd number of rows or columns you pool the last one by itself. Only whole windows "
    'count, padding "valid".',
)
def windows_cut_off_at_the_edge(x, kind):
    return pooled(
        x,
        kind,
        maximum=lambda x: maxpool_nd(x, (2, 2), padding="same"),
        mean=lambda x: averagepool_nd(x, (2, 2), padding="same"),
    )


@mutant("4.5", "Your means are rounded to whole numbers, in the type of x. Return floats.")
def means_in_the_type_of_x(x, kind):
    return pooled(x, kind).astype(np.asarray(x).dtype)


@mutant("4.5", "Any word that is not known is taken for a global mean. Raise a ValueError.")
def other_kinds_are_global(x, kind):
    return pooled(x, kind if kind in ("max", "avg") else "global")


# 4.6 ---------------------------------------------------------------------------------------------


def draw(x, rate, training, rng, *, keep=None, scale=None, share=None):
    """Dropout with some things changed: what is kept, by how much, in which shape it is drawn."""
    x = np.asarray(x, dtype=float)
    if not training:
        return x.copy(), np.ones(x.shape)
    shape = x.shape if share is None else share(x.shape)
    kept = np.broadcast_to(rng.random(shape) >= (rate if keep is None else keep), x.shape)
    mask = kept * (1 / (1 - rate) if scale is None else scale)
    return x * mask, mask


@mutant(
    "4.6",
    "You take rate for the probability to keep an entry. Here, as in Keras, it is the probability "
    "to drop it.",
)
def rate_as_keep_probability(x, rate, training, rng):
    if not training or rate == 0:
        return draw(x, rate, False, rng)
    return draw(x, rate, training, rng, keep=1 - rate, scale=1 / rate)


@mutant(
    "4.6",
    "Your survivors are not scaled, so in training everything is smaller than at inference. "
    "Multiply them by 1/(1 − rate).",
)
def survivors_not_scaled(x, rate, training, rng):
    return draw(x, rate, training, rng, scale=1.0)


@mutant(
    "4.6",
    "You scale at inference, as the first papers did. Inverted dropout scales in training, and "
    "leaves inference alone.",
)
def scales_at_inference(x, rate, training, rng):
    y, mask = draw(x, rate, training, rng, scale=1.0)
    return (y, mask) if training else (y * (1 - rate), mask * (1 - rate))


@mutant("4.6", "You drop at inference too. With training=False y is x.")
def drops_at_inference(x, rate, training, rng):
    return draw(x, rate, True, rng)


@mutant(
    "4.6", "You scale by 1/rate. What is kept has the share 1 − rate, so scale by 1/(1 − rate)."
)
def scaled_by_one_over_rate(x, rate, training, rng):
    return draw(x, rate, training, rng, scale=1 / rate if rate else 1.0)


@mutant(
    "4.6",
    "Your mask says only which entries are kept, 0 or 1. It must hold the scale as well: on the "
    "way back there is nothing else to take it from.",
)
def mask_without_its_scale(x, rate, training, rng):
    y, mask = draw(x, rate, training, rng)
    return y, (mask > 0) * 1.0


@mutant(
    "4.6",
    "You draw one mask for a row and use it for all rows. Every entry has a draw of its own: "
    "rng.random(x.shape).",
)
def one_mask_for_all_rows(x, rate, training, rng):
    return draw(x, rate, training, rng, share=lambda shape: (1, *shape[1:]) if shape[1:] else shape)


@mutant(
    "4.6",
    "You make a generator of your own, so all your masks are alike. Draw from the rng that is "
    "given.",
)
def own_generator(x, rate, training, rng):
    return draw(x, rate, training, np.random.default_rng(0))


@mutant(
    "4.6",
    "You draw from NumPy's global generator. Then nobody can repeat a run: draw from rng.",
)
def global_generator(x, rate, training, rng):
    return draw(x, rate, training, np.random)


@mutant(
    "4.6",
    "You drop exactly the share `rate` of all entries, the same number every time. Each entry "
    "should be drawn by itself, so that the number varies.",
)
def exactly_that_many(x, rate, training, rng):
    x = np.asarray(x, dtype=float)
    if not training:
        return draw(x, rate, False, rng)
    mask = np.full(x.size, 1 / (1 - rate))
    mask[rng.permutation(x.size)[: round(rate * x.size)]] = 0
    return x * mask.reshape(x.shape), mask.reshape(x.shape)


backward_without_the_scale = mutant(
    "4.6",
    "On the way back you set dropped entries to 0 and leave the others as they are. They were "
    "scaled on the way there, so their gradients are scaled too: multiply by the mask.",
    dropout_bwd=lambda dout, mask: np.asarray(dout, float) * (np.asarray(mask) > 0),
)
backward_divides = mutant(
    "4.6",
    "On the way back you undo the scale. The derivative of x·m by x is m: multiply by the mask.",
    dropout_bwd=lambda dout, mask: np.where(
        np.asarray(mask) > 0, dout / np.where(np.asarray(mask) > 0, mask, 1), 0.0
    ),
)
backward_lets_all_through = mutant(
    "4.6",
    "On the way back you let all gradients through. A dropped entry had no influence on the loss, "
    "so its gradient is 0.",
    dropout_bwd=lambda dout, mask: np.asarray(dout, float) + 0.0,
)


# 4.7 ---------------------------------------------------------------------------------------------


def resample(
    x, flip, angle, down, right, centre=None, fill="background", forward=False, whole=np.rint
):
    """The image, mirrored, turned by an angle in radians, and moved."""
    H, W, _ = x.shape
    if flip:
        x = x[:, ::-1]
    r0, c0 = ((H - 1) / 2, (W - 1) / 2) if centre is None else centre
    r, c = np.mgrid[:H, :W]
    u, v = r - down - r0, c - right - c0
    if forward:
        u, v = r - r0, c - c0
        angle = -angle
    rows = whole(np.cos(angle) * u + np.sin(angle) * v + r0 + forward * down).astype(int)
    columns = whole(-np.sin(angle) * u + np.cos(angle) * v + c0 + forward * right).astype(int)
    if fill == "wrap":
        return x[rows % H, columns % W]
    if fill == "edge":
        return x[np.clip(rows, 0, H - 1), np.clip(columns, 0, W - 1)]
    inside = (rows >= 0) & (rows < H) & (columns >= 0) & (columns < W)
    out = np.zeros(x.shape)
    if forward:
        out[rows[inside], columns[inside]] = x[inside]
    else:
        out[inside] = x[rows[inside], columns[inside]]
    return out


def drawn(rng, max_shift, max_angle, flip):
    mirrored = bool(flip) and rng.random() < 0.5
    angle = np.deg2rad(rng.uniform(-max_angle, max_angle))
    down, right = rng.integers(-max_shift, max_shift, size=2, endpoint=True)
    return [mirrored, angle, down, right]


@mutant(
    "4.7",
    "What leaves the image on one side comes in again on the other. Background should come in.",
)
def wraps_round(x, rng, max_shift, max_angle, flip):
    return resample(x, *drawn(rng, max_shift, max_angle, flip), fill="wrap")


@mutant("4.7", "You repeat the edge of the image where something is missing. It is background, 0.")
def copies_the_edge(x, rng, max_shift, max_angle, flip):
    return resample(x, *drawn(rng, max_shift, max_angle, flip), fill="edge")


@mutant("4.7", "You move down and to the right only: shifts should go both ways, from −max_shift.")
def one_way_only(x, rng, max_shift, max_angle, flip):
    mirrored, angle, down, right = drawn(rng, max_shift, max_angle, flip)
    return resample(x, mirrored, angle, abs(down), abs(right))


@mutant(
    "4.7",
    "The largest shift never comes: the upper end of `integers` is not included unless you say so.",
)
def upper_end_missing(x, rng, max_shift, max_angle, flip):
    mirrored, angle, down, right = drawn(rng, max_shift, max_angle, flip)
    if max_shift:
        down, right = rng.integers(-max_shift, max_shift, size=2)
    return resample(x, mirrored, angle, down, right)


@mutant("4.7", "You draw one shift and use it for rows and columns. Draw two.")
def one_draw_for_both(x, rng, max_shift, max_angle, flip):
    mirrored, angle, down, _ = drawn(rng, max_shift, max_angle, flip)
    return resample(x, mirrored, angle, down, down)


@mutant("4.7", "Your angles are taken for radians: convert from degrees with np.deg2rad.")
def degrees_for_radians(x, rng, max_shift, max_angle, flip):
    mirrored, angle, down, right = drawn(rng, max_shift, max_angle, flip)
    return resample(x, mirrored, np.rad2deg(angle), down, right)


@mutant("4.7", "Nothing is ever turned: max_angle is not used.")
def never_turned(x, rng, max_shift, max_angle, flip):
    mirrored, _, down, right = drawn(rng, max_shift, max_angle, flip)
    return resample(x, mirrored, 0.0, down, right)


@mutant("4.7", "You always turn by the largest angle, one way or the other. Draw it uniformly.")
def always_the_largest_angle(x, rng, max_shift, max_angle, flip):
    mirrored, angle, down, right = drawn(rng, max_shift, max_angle, flip)
    return resample(x, mirrored, np.deg2rad(max_angle) * np.sign(angle), down, right)


@mutant(
    "4.7", "You turn about the upper left corner. The centre of the image should stay in place."
)
def turns_about_the_corner(x, rng, max_shift, max_angle, flip):
    return resample(x, *drawn(rng, max_shift, max_angle, flip), centre=(0, 0))


@mutant(
    "4.7",
    "You turn about (H/2, W/2), half a pixel off. Pixels are counted from 0, so the centre of H of "
    "them is at (H − 1)/2.",
)
def turns_half_a_pixel_off(x, rng, max_shift, max_angle, flip):
    centre = x.shape[0] / 2, x.shape[1] / 2
    return resample(x, *drawn(rng, max_shift, max_angle, flip), centre=centre)


@mutant(
    "4.7",
    "You cut off where a pixel comes from, with int, so everything is drawn half a pixel too far "
    "down and to the right. Round it: np.rint.",
)
def cuts_off(x, rng, max_shift, max_angle, flip):
    # what should be whole may be less by the last bit
    return resample(x, *drawn(rng, max_shift, max_angle, flip), whole=lambda t: np.floor(t + 1e-9))


@mutant(
    "4.7",
    "You turn about pixel (H // 2, W // 2). Where a side is even the centre lies between two "
    "pixels: (H − 1)/2.",
)
def turns_about_a_pixel(x, rng, max_shift, max_angle, flip):
    centre = x.shape[0] // 2, x.shape[1] // 2
    return resample(x, *drawn(rng, max_shift, max_angle, flip), centre=centre)


@mutant(
    "4.7",
    "You take the centre of the columns from the height. It is (W − 1)/2.",
)
def takes_the_height_for_the_width(x, rng, max_shift, max_angle, flip):
    centre = (x.shape[0] - 1) / 2, (x.shape[0] - 1) / 2
    return resample(x, *drawn(rng, max_shift, max_angle, flip), centre=centre)


@mutant(
    "4.7",
    "Your angles are normal draws: most are small, and some larger than max_angle. Draw them "
    "uniformly.",
)
def normal_angles(x, rng, max_shift, max_angle, flip):
    mirrored, _, down, right = drawn(rng, max_shift, max_angle, flip)
    return resample(x, mirrored, np.deg2rad(rng.normal(0, 0.5) * max_angle), down, right)


@mutant("4.7", "With flip every image is mirrored. It should be every other, at random.")
def always_mirrored(x, rng, max_shift, max_angle, flip):
    return resample(x, flip, *drawn(rng, max_shift, max_angle, flip)[1:])


@mutant("4.7", "You mirror top to bottom. Left to right means that the columns are reversed.")
def upside_down(x, rng, max_shift, max_angle, flip):
    mirrored, *rest = drawn(rng, max_shift, max_angle, flip)
    return resample(x[::-1] if mirrored else x, False, *rest)


@mutant("4.7", "You mirror whether flip is asked for or not.")
def mirrors_unasked(x, rng, max_shift, max_angle, flip):
    return resample(x, *drawn(rng, max_shift, max_angle, True))


@mutant(
    "4.7",
    "You move pixels forward, and where none arrives a hole is left. Ask of every pixel of the "
    "result where it comes from.",
)
def holes(x, rng, max_shift, max_angle, flip):
    return resample(x, *drawn(rng, max_shift, max_angle, flip), forward=True)


@mutant("4.7", "You draw from a generator of your own, not from rng: every image is changed alike.")
def own_random_numbers(x, rng, max_shift, max_angle, flip):
    own = np.random.default_rng(0)
    return resample(x, *drawn(own, max_shift, max_angle, flip))


half_a_turn_is_safe = mutant(
    "4.7",
    "A 6 that stands on its head is a 9, and its label still says 6: turns by up to 180° are "
    "not safe for digits.",
    LABEL_SAFE="abc",
)
mirroring_is_safe = mutant(
    "4.7",
    "The mirror image of a 2, 3, 4 or 7 is no digit: mirroring is safe for cats, not for digits.",
    LABEL_SAFE="abd",
)


# 4.8 ---------------------------------------------------------------------------------------------


def learn(
    n_list,
    with_aug,
    with_dropout,
    seed,
    parts,
    *,
    taken=lambda x, y, n, test: (x[:n], y[:n]),
    tested=lambda test, few, rng: test,
    way=share_right,
    change=lambda x, rng: np.stack([resample(image, *drawn(rng, 2, 10, False)) for image in x]),
    change_first=False,
):
    train, test = parts or placed_digits(20, 2000, 500, seed)
    rng, curve = np.random.default_rng(seed), []
    for n in n_list:
        few = taken(*train, n, test)
        x, y = few
        if with_aug and change_first:
            x = change(x, rng)
        x, y = (np.concatenate([a] * (6000 // len(y))) for a in (x, y))
        if with_aug and not change_first:
            x = change(x, rng)
        drop = (0, 0.5, 0.5, 0) if with_dropout else (0, 0, 0, 0)
        model = trained(partial(net, x.shape[1:], 10, drop=drop), (x, y), seed, 1)
        curve.append(way(model, tested(test, few, rng if with_aug else None)))
    return np.array(curve)


@mutant("4.8", "with_dropout makes no difference: your net never drops anything.")
def ignores_with_dropout(n_list, with_aug, with_dropout, seed=0, parts=None):
    return learn(n_list, with_aug, False, seed, parts)


@mutant("4.8", "Your net always drops half of the units, also where with_dropout is False.")
def always_drops(n_list, with_aug, with_dropout, seed=0, parts=None):
    return learn(n_list, with_aug, True, seed, parts)


@mutant(
    "4.8",
    "Half of your copies are mirrored. The mirror image of a digit is no digit: flip is False.",
)
def mirrors_copies(n_list, with_aug, with_dropout, seed=0, parts=None):
    def change(x, rng):
        return np.stack([resample(image, *drawn(rng, 2, 10, True)) for image in x])

    return learn(n_list, with_aug, with_dropout, seed, parts, change=change)


@mutant("4.8", "with_aug makes no difference: your net learns from the images as they are.")
def ignores_with_aug(n_list, with_aug, with_dropout, seed=0, parts=None):
    return learn(n_list, False, with_dropout, seed, parts)


@mutant(
    "4.8",
    "You test on the images that were learned from, so that learning by heart looks like success.",
)
def tests_on_what_was_learned(n_list, with_aug, with_dropout, seed=0, parts=None):
    return learn(n_list, with_aug, with_dropout, seed, parts, tested=lambda *parts: parts[1])


@mutant("4.8", "Your net learns from the test images too.")
def learns_test_images(n_list, with_aug, with_dropout, seed=0, parts=None):
    def taken(x, y, n, test):
        return np.concatenate([x[:n], test[0]]), np.concatenate([y[:n], test[1]])

    return learn(n_list, with_aug, with_dropout, seed, parts, taken=taken)


@mutant("4.8", "Your net learns from all training images, whatever n is. Take the first n.")
def learns_from_all(n_list, with_aug, with_dropout, seed=0, parts=None):
    return learn(n_list, with_aug, with_dropout, seed, parts, taken=lambda x, y, n, test: (x, y))


@mutant(
    "4.8",
    "Your net goes on learning from one n to the next. Each n needs a new net, or the later ones "
    "profit from the earlier.",
)
def one_net_for_all(n_list, with_aug, with_dropout, seed=0, parts=None):
    import keras

    train, test = parts or placed_digits(20, 2000, 500, seed)
    rng, curve, model = np.random.default_rng(seed), [], None
    for n in n_list:
        x, y = (np.concatenate([a[:n]] * (6000 // n)) for a in train)
        if with_aug:
            x = np.stack([resample(image, *drawn(rng, 2, 10, False)) for image in x])
        if model is None:
            rate = 0.5 if with_dropout else 0
            keras.utils.set_random_seed(seed)
            model = net(x.shape[1:], 10, drop=(0, rate, rate, 0))
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            model.compile(optimizer=keras.optimizers.Adam(0.002), loss=loss)
        model.fit(x, y, batch_size=32, verbose=0)
        curve.append(share_right(model, test))
    return np.array(curve)


@mutant(
    "4.8",
    "You change each of the n images once and then copy it, so the net sees the same image again "
    "and again. Copy first: every copy goes through augment.",
)
def augments_before_copying(n_list, with_aug, with_dropout, seed=0, parts=None):
    return learn(n_list, with_aug, with_dropout, seed, parts, change_first=True)


@mutant("4.8", "You augment the test images too. They are read as they are.")
def augments_the_test_part(n_list, with_aug, with_dropout, seed=0, parts=None):
    def tested(test, few, rng):
        if rng is None:
            return test
        return np.stack([resample(x, *drawn(rng, 2, 10, False)) for x in test[0]]), test[1]

    return learn(n_list, with_aug, with_dropout, seed, parts, tested=tested)


@mutant(
    "4.8",
    "You call the model with training=True in the test, so its dropout drops units there too.",
)
def drops_in_the_test(n_list, with_aug, with_dropout, seed=0, parts=None):
    def way(model, part):
        logits = np.asarray(model(part[0], training=True))
        return float(np.mean(logits.argmax(axis=1) == part[1]))

    return learn(n_list, with_aug, with_dropout, seed, parts, way=way)


def dropout_net(says, places):
    """A mutant of dropout_lenet: `places(rate)` says where how much is dropped."""

    def dropout_lenet(input_shape, n_classes, rate):
        return net(input_shape, n_classes, drop=places(rate))

    return mutant("4.8", says, dropout_lenet=dropout_lenet)


dropout_after_one_layer = dropout_net(
    "There is dropout after one of the hidden dense layers only. It belongs after both.",
    lambda rate: (0, rate, 0, 0),
)
