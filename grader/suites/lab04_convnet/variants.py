"""Right answers to lab 4 in other styles. Each must earn every point."""

import numpy as np

from nablab.checking import variant
from nablab.data import placed_digits

# 4.1 ---------------------------------------------------------------------------------------------


@variant("4.1", "functional, with activations as layers of their own")
def lenet_functional(input_shape, n_classes):
    import keras

    x = inputs = keras.Input(shape=input_shape, name="field")
    for filters, padding in ((6, "same"), (16, "valid")):
        x = keras.layers.Conv2D(filters, (5, 5), padding=padding)(x)
        x = keras.layers.Activation("relu")(x)
        x = keras.layers.MaxPool2D(pool_size=(2, 2), strides=2)(x)
    x = keras.layers.Flatten()(x)
    for units in (120, 84):
        x = keras.layers.ReLU()(keras.layers.Dense(units)(x))
    return keras.Model(inputs, keras.layers.Dense(n_classes, activation="linear")(x))


@variant("4.1", "layers added one by one, other initialisation, reshape in place of flatten")
def lenet_added(input_shape, n_classes):
    import keras

    net = keras.models.Sequential(name="LeNet")
    net.add(keras.layers.InputLayer(shape=input_shape))
    net.add(keras.layers.Convolution2D(6, 5, padding="same", kernel_initializer="he_normal"))
    net.add(keras.layers.ReLU())
    net.add(keras.layers.MaxPooling2D())
    net.add(keras.layers.Conv2D(16, 5, activation=keras.ops.relu))
    net.add(keras.layers.MaxPooling2D())
    net.add(keras.layers.Reshape((-1,)))
    for units in (120, 84):
        net.add(keras.layers.Dense(units, "relu", bias_initializer="ones"))
    net.add(keras.layers.Dense(n_classes))
    return net


@variant("4.1", "float32 by name; two nested models; zeros as a layer before a valid convolution")
def lenet_nested(input_shape, n_classes):
    import keras

    layers = keras.layers
    eyes = keras.Sequential(
        [
            keras.Input(input_shape),
            layers.ZeroPadding2D(2),
            layers.Conv2D(6, 5, activation="relu", dtype="float32"),
            layers.MaxPooling2D(),
            layers.Conv2D(16, 5, activation="relu", dtype="float32"),
            layers.MaxPooling2D(),
            layers.Flatten(),
        ]
    )
    head = keras.Sequential(
        [
            keras.Input(eyes.output_shape[1:]),
            layers.Dense(120, activation="relu"),
            layers.Dense(84, activation="relu"),
            layers.Dense(n_classes),
        ]
    )
    inputs = keras.Input(input_shape)
    return keras.Model(inputs, head(eyes(inputs)))


# 4.2 ---------------------------------------------------------------------------------------------


@variant("4.2", "tries all widths and counts")
def twin_by_trying(input_shape, n_classes, budget):
    import keras

    D = input_shape[0] * input_shape[1] * input_shape[2]

    def count(h):
        return D * h + h + h * n_classes + n_classes

    h = min(range(1, budget + 2), key=lambda h: abs(count(h) - budget))
    x = inputs = keras.Input(input_shape)
    x = keras.layers.Dense(h)(keras.layers.Flatten()(x))
    return keras.Model(inputs, keras.layers.Dense(n_classes)(keras.layers.Activation("relu")(x)))


@variant("4.2", "two hidden layers, both widths by trying")
def twin_of_two_layers(input_shape, n_classes, budget):
    import keras

    D = int(np.prod(input_shape))
    best = None
    for k in range(1, 60):
        h = max(1, round((budget - k - k * n_classes - n_classes) / (D + 1 + k)))
        off = abs(h * (D + 1) + k * (h + 1) + n_classes * (k + 1) - budget)
        if best is None or off < best[0]:
            best = off, h, k
    net = keras.Sequential([keras.Input(input_shape), keras.layers.Flatten()])
    for units in best[1:]:
        net.add(keras.layers.Dense(units, activation="relu"))
    net.add(keras.layers.Dense(n_classes))
    return net


@variant("4.2", "rounds down, in float32")
def twin_rounded_down(input_shape, n_classes, budget):
    import keras

    D = np.float32(np.prod(np.float32(input_shape)))
    h = int(np.floor((np.float32(budget) - n_classes) / (D + n_classes + 1) + np.float32(0.5)))
    layers = [
        keras.Input(input_shape),
        keras.layers.Reshape((int(D),)),
        keras.layers.Dense(h, activation="relu", kernel_initializer="he_uniform"),
        keras.layers.Dense(n_classes, activation=None, dtype="float32"),
    ]
    return keras.Sequential(layers)


# 4.3 ---------------------------------------------------------------------------------------------


def twin_of(net):
    return twin(net.input_shape[1:], 10, net.count_params())


lenet, twin = lenet_functional.names[""], twin_by_trying.names[""]


def compiled(model, **more):
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.002), loss=loss, **more)
    return model


@variant("4.3", "the accuracy by Keras's metric, in float32")
def compare_by_evaluate(seed, parts=None):
    import keras

    train, test = placed_digits(20, 2000, 500, seed) if parts is None else parts
    keras.utils.set_random_seed(seed)
    conv = lenet(train[0].shape[1:], 10)
    result = {}
    for name, model in (("conv", conv), ("dense", twin_of(conv))):
        compiled(model, metrics=["accuracy"]).fit(*train, batch_size=32, epochs=6, verbose=0)
        result[f"acc_{name}"] = np.float32(model.evaluate(*test, verbose=0)[1])
        result[f"params_{name}"] = np.int64(model.count_params())
    return result


@variant("4.3", "counts in a loop, batches of a dataset of its own")
def compare_by_batches(seed, parts=None):
    import keras

    (x, y), (x_test, y_test) = placed_digits(20, 2000, 500, seed) if parts is None else parts
    rng = np.random.default_rng(seed)
    keras.utils.set_random_seed(seed)
    conv = lenet(x.shape[1:], 10)
    accuracies = []
    for model in (twin_of(conv), conv):
        compiled(model)
        order = np.concatenate([rng.permutation(len(x)) for _ in range(6)])
        model.fit(x[order], y[order], batch_size=32, epochs=1, shuffle=False, verbose=0)
        logits = np.asarray(model(x_test))
        hits = sum(int(np.argmax(row) == label) for row, label in zip(logits, y_test, strict=True))
        accuracies.append(hits / len(y_test))
    return {
        "acc_dense": accuracies[0],
        "acc_conv": accuracies[1],
        "params_dense": twin_of(conv).count_params(),
        "params_conv": conv.count_params(),
    }


@variant("4.3", "a seed for each net, one-hot labels")
def compare_with_one_hot_labels(seed, parts=None):
    import keras

    (x, y), (x_test, y_test) = placed_digits(20, 2000, 500, seed) if parts is None else parts
    shape, out = tuple(x.shape[1:]), {}
    size = lenet(shape, 10).count_params()
    for name, build in (("conv", lenet), ("dense", lambda s, n: twin(s, n, size))):
        keras.utils.set_random_seed(seed)
        model = build(shape, 10)
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)
        model.compile(loss=loss, optimizer=keras.optimizers.Adam(0.002))
        model.fit(x, np.eye(10)[y], epochs=6, batch_size=32, verbose=0)
        found = keras.ops.convert_to_numpy(model(x_test)).argmax(-1)
        out[f"acc_{name}"] = np.mean(found == y_test)
        out[f"params_{name}"] = model.count_params()
    return out | {"seed": seed, "gain": out["acc_conv"] - out["acc_dense"]}


# 4.4 ---------------------------------------------------------------------------------------------


@variant("4.4", "pads with zeros and cuts")
def curve_by_padding(model, x, y, shifts):
    W = x.shape[2]
    curve = []
    for s in shifts:
        s = int(np.clip(s, -W, W))
        wide = np.pad(x, ((0, 0), (0, 0), (W, W), (0, 0)))
        cut = wide[:, :, W - s : 2 * W - s]
        curve.append(float((np.argmax(model.predict(cut, verbose=0), 1) == np.ravel(y)).mean()))
    return curve


@variant("4.4", "loops over columns, calls the model")
def curve_by_columns(model, x, y, shifts):
    out = np.zeros(len(shifts))
    for number, s in enumerate(shifts):
        moved = np.zeros(x.shape, x.dtype)
        for c in range(x.shape[2]):
            if 0 <= c + s < x.shape[2]:
                moved[:, :, c + s] = x[:, :, c]
        logits = np.asarray(model(moved, training=False))
        out[number] = sum(logits[i].argmax() == y[i] for i in range(len(y))) / len(y)
    return out


@variant("4.4", "rolls and wipes, in float32")
def curve_by_rolling(model, x, y, shifts):
    curve = []
    columns = np.arange(x.shape[2])
    for s in shifts:
        moved = np.roll(np.float32(x), s, axis=2)
        moved[:, :, (columns < s) | (columns >= x.shape[2] + s)] = 0
        curve.append(np.float32(np.mean(np.argmax(model(moved), axis=-1) == y)))
    return np.array(curve, np.float32)


# 4.5 ---------------------------------------------------------------------------------------------


@variant("4.5", "loops over windows, returns lists")
def pool_by_loops(x, kind):
    N, H, W, C = np.shape(x)
    if kind == "global":
        return [
            [sum(float(v) for v in np.ravel(x[n][..., c])) / (H * W) for c in range(C)]
            for n in range(N)
        ]
    if kind not in {"max", "avg"}:
        raise ValueError("unknown kind")
    out = np.zeros((N, H // 2, W // 2, C))
    for n, i, j, c in np.ndindex(out.shape):
        window = [float(x[n, 2 * i + u, 2 * j + v, c]) for u in (0, 1) for v in (0, 1)]
        out[n, i, j, c] = max(window) if kind == "max" else sum(window) / 4
    return out.tolist()


@variant("4.5", "four strided slices, in float32")
def pool_by_slices(x, kind):
    x = np.float32(x)
    if kind == "global":
        return x.mean((1, 2), dtype=np.float32)
    if kind != "max" and kind != "avg":
        raise ValueError(kind)
    h, w = x.shape[1] // 2 * 2, x.shape[2] // 2 * 2
    four = [x[:, u:h:2, v:w:2] for u in (0, 1) for v in (0, 1)]
    return np.maximum.reduce(four) if kind == "max" else sum(four) / np.float32(4)


@variant("4.5", "sliding windows")
def pool_by_windows(x, kind):
    x = np.array(x, dtype=np.float64)
    ways = {"max": np.max, "avg": np.mean, "global": np.mean}
    if kind not in ways:
        raise ValueError(f"no {kind}")
    if kind == "global":
        return np.einsum("nhwc->nc", x) / (x.shape[1] * x.shape[2])
    windows = np.lib.stride_tricks.sliding_window_view(x, (2, 2), axis=(1, 2))[:, ::2, ::2]
    return ways[kind](windows, axis=(-2, -1))


# 4.6 ---------------------------------------------------------------------------------------------


def dropout_loop(x, rate, training, rng):
    x = np.asarray(x)
    mask = np.ones(x.shape)
    y = np.array(x, dtype=float)
    if training:
        for place in np.ndindex(x.shape):
            mask[place] = 0.0 if rng.uniform() < rate else 1 / (1 - rate)
            y[place] = x[place] * mask[place]
    return [y, mask]


by_loops = variant(
    "4.6",
    "a loop over entries",
    dropout=dropout_loop,
    dropout_bwd=lambda dout, mask: (
        [float(d) * m for d, m in zip(dout, mask, strict=True)]
        if np.ndim(dout) == 1
        else np.multiply(mask, dout)
    ),
)


@variant("4.6", "binomial draws")
def dropout_by_binomial(x, rate, training, rng):
    if not training or rate == 0:
        return np.array(x, float), np.ones_like(x, float)
    mask = rng.binomial(1, 1 - rate, size=np.shape(x)) / (1.0 - rate)
    return mask * x, mask


@variant("4.6", "float32")
def dropout_in_float32(x, rate, training, rng):
    x = np.float32(x)
    mask = np.ones(x.shape, np.float32)
    if training:
        mask = np.float32(rng.random(x.shape, dtype=np.float32) > rate) / np.float32(1 - rate)
    return x * mask, mask


@variant("4.6", "choice between 0 and the scale")
def dropout_by_choice(x, rate, training, rng):
    x = np.asarray(x, dtype=float)
    r = rate if training else 0.0
    mask = rng.choice([0.0, 1 / (1 - r)], p=[r, 1 - r], size=x.shape)
    return np.where(mask > 0, x / (1 - r), 0.0), mask


# 4.7 ---------------------------------------------------------------------------------------------


def bilinear(x, rows, columns):
    """x read between its pixels; 0 outside."""
    H, W, _ = x.shape
    padded = np.zeros((H + 2, W + 2), x.dtype)
    padded[1:-1, 1:-1] = x[:, :, 0]
    rows, columns = np.clip(rows + 1, 0, H + 1), np.clip(columns + 1, 0, W + 1)
    r, c = np.minimum(rows.astype(int), H), np.minimum(columns.astype(int), W)
    a, b = rows - r, columns - c
    return (
        (1 - a) * (1 - b) * padded[r, c]
        + (1 - a) * b * padded[r, c + 1]
        + a * (1 - b) * padded[r + 1, c]
        + a * b * padded[r + 1, c + 1]
    )[..., None]


@variant("4.7", "bilinear, shifts by fractions, move before turn")
def augment_bilinear(x, rng, max_shift, max_angle, flip):
    H, W, _ = x.shape
    down, right = rng.uniform(-max_shift, max_shift, 2)
    t = np.radians(rng.uniform(-max_angle, max_angle))
    r, c = np.meshgrid(np.arange(H) - (H - 1) / 2, np.arange(W) - (W - 1) / 2, indexing="ij")
    rows = np.cos(t) * r - np.sin(t) * c + (H - 1) / 2 - down
    columns = np.sin(t) * r + np.cos(t) * c + (W - 1) / 2 - right
    out = bilinear(np.array(x, float), rows, columns)
    return out[:, ::-1] if flip and rng.integers(2) else out


@variant("4.7", "SciPy's cubic splines, which overshoot at edges: turned, then moved")
def augment_by_splines(x, rng, max_shift, max_angle, flip):
    from scipy import ndimage

    out = np.asarray(x, dtype=float)[:, :, 0]
    angle = rng.uniform(-max_angle, max_angle)
    move = rng.integers(-max_shift, max_shift, size=2, endpoint=True)
    out = ndimage.shift(ndimage.rotate(out, angle, reshape=False), move)
    return (out[:, ::-1] if flip and rng.random() < 0.5 else out)[:, :, None]


@variant(
    "4.7", "quintic splines, one map for turn and move by fractions, cut off at 0 and the brightest"
)
def augment_by_one_map(x, rng, max_shift, max_angle, flip):
    from scipy import ndimage

    t = np.deg2rad(rng.uniform(-max_angle, max_angle))
    turn = np.array([[np.cos(t), np.sin(t)], [-np.sin(t), np.cos(t)]])
    move = rng.uniform(-max_shift, max_shift, size=2)
    centre = (np.array(x.shape[:2]) - 1) / 2
    plane = np.array(x[..., 0], dtype=float)
    out = ndimage.affine_transform(plane, turn, centre - turn @ (centre + move), order=5)
    out = np.clip(out, 0, x.max())[..., None]
    return np.flip(out, axis=1) if flip and rng.random() < 0.5 else out


@variant("4.7", "a loop over pixels")
def augment_by_loops(x, rng, max_shift, max_angle, flip):
    H, W, _ = x.shape
    mirrored = flip and rng.random() > 0.5
    t = (2 * rng.random() - 1) * max_angle * np.pi / 180
    down = int(rng.integers(-max_shift, max_shift + 1))
    right = int(rng.integers(-max_shift, max_shift + 1))
    cos, sin = float(np.cos(t)), float(np.sin(t))
    r0, c0 = (H - 1) / 2, (W - 1) / 2
    out = np.zeros((H, W, 1))
    for r in range(H):
        for c in range(W):
            u, v = r - down - r0, c - right - c0
            row, column = round(cos * u + sin * v + r0), round(cos * v - sin * u + c0)
            if 0 <= row < H and 0 <= column < W:
                out[r, c] = x[row, W - 1 - column if mirrored else column]
    return out


@variant("4.7", "float32, the shift by padding")
def augment_in_float32(x, rng, max_shift, max_angle, flip):
    x = np.float32(x)
    H, W, _ = x.shape
    if flip and rng.random() < 0.5:
        x = np.flip(x, axis=1)
    if max_angle:
        t = np.float32(np.deg2rad(rng.uniform(-max_angle, max_angle)))
        r, c = np.indices((H, W)).astype(np.float32)
        u, v = r - np.float32((H - 1) / 2), c - np.float32((W - 1) / 2)
        rows = np.cos(t) * u + np.sin(t) * v + np.float32((H - 1) / 2)
        columns = np.cos(t) * v - np.sin(t) * u + np.float32((W - 1) / 2)
        x = np.float32(bilinear(x, rows, columns))
    m = max_shift
    down, right = rng.integers(0, 2 * m + 1, 2)
    wide = np.pad(x, ((m, m), (m, m), (0, 0)))
    return wide[down : down + H, right : right + W]


# 4.8 ---------------------------------------------------------------------------------------------


def net_with_dropout(input_shape, n_classes, rate):
    import keras

    x = inputs = keras.Input(input_shape)
    for layer in lenet(input_shape, n_classes).layers[1:-1]:
        x = layer(x)
        if isinstance(layer, keras.layers.ReLU):  # only the dense layers' are layers of this kind
            x = keras.layers.Dropout(rate)(x)
    return keras.Model(inputs, keras.layers.Dense(n_classes)(x))


def one_hot_net(input_shape, n_classes, rate):
    import keras

    dense, drop = keras.layers.Dense, keras.layers.Dropout
    eyes = lenet(input_shape, n_classes)
    flat = next(layer.output for layer in eyes.layers if isinstance(layer, keras.layers.Flatten))
    hidden = drop(rate)(dense(120, activation="relu", name="hidden")(flat))
    hidden = drop(rate)(dense(84, activation="relu", name="more")(hidden))
    return keras.Model(eyes.input, dense(n_classes)(hidden))


def curve_by_epochs(n_list, with_aug, with_dropout, seed=0, parts=None):
    import keras

    (x, y), test = placed_digits(20, 2000, 500, seed) if parts is None else parts
    rng = np.random.default_rng(seed + 1)
    accuracies = []
    for n in n_list:
        epochs = 6000 // n
        keras.utils.set_random_seed(seed)
        net = compiled(net_with_dropout(x.shape[1:], 10, with_dropout * 0.5), metrics=["accuracy"])
        many = np.tile(x[:n], (epochs, 1, 1, 1))
        if with_aug:
            settings = rng, 2, 10, False
            many = np.array([augment_bilinear.names[""](image, *settings) for image in many])
        order = rng.permutation(len(many))
        net.fit(many[order], np.tile(y[:n], epochs)[order], batch_size=32, epochs=1, verbose=0)
        accuracies.append(net.evaluate(*test, verbose=0)[1])
    return accuracies


def curve_in_float32(n_list, with_aug, with_dropout, seed=0, parts=None):
    import keras

    (x, y), (x_test, y_test) = placed_digits(20, 2000, 500, seed) if parts is None else parts
    curve = np.zeros(len(n_list), np.float32)
    for place, n in enumerate(n_list):
        rng = np.random.default_rng([seed, n])
        index = np.repeat(np.arange(n), 6000 // n)
        images, labels = np.float32(x[index]), y[index]
        if with_aug:
            for i in range(len(images)):
                images[i] = augment_in_float32.names[""](images[i], rng, 2, 10, False)
        keras.utils.set_random_seed(seed)
        model = compiled(one_hot_net(x.shape[1:], 10, 0.5 if with_dropout else 0))
        model.fit(images, labels, batch_size=32, verbose=0)
        found = keras.ops.argmax(model(x_test), axis=-1)
        curve[place] = np.mean(keras.ops.convert_to_numpy(found) == y_test)
    return curve


by_repeating = variant(
    "4.8",
    "functional nets, a shuffled order of its own, augmented bilinearly, Keras's metric",
    learning_curve=curve_by_epochs,
    dropout_lenet=net_with_dropout,
)
in_float32 = variant(
    "4.8",
    "float32, copies side by side, a generator for each n",
    learning_curve=curve_in_float32,
    dropout_lenet=one_hot_net,
)
only_the_net = variant(
    "4.8",
    "only the net is written otherwise",
    dropout_lenet=one_hot_net,
)
