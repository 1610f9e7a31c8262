"""What mutants and variants of several exercises are written with."""

import hashlib

import numpy as np

from nablab.data import placed_digits


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


def twin_by_trying(input_shape, n_classes, budget):
    import keras

    D = input_shape[0] * input_shape[1] * input_shape[2]

    def count(h):
        return D * h + h + h * n_classes + n_classes

    h = min(range(1, budget + 2), key=lambda h: abs(count(h) - budget))
    x = inputs = keras.Input(input_shape)
    x = keras.layers.Dense(h)(keras.layers.Flatten()(x))
    return keras.Model(inputs, keras.layers.Dense(n_classes)(keras.layers.Activation("relu")(x)))


def compiled(model, **more):
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.002), loss=loss, **more)
    return model


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


def augment_bilinear(x, rng, max_shift, max_angle, flip):
    H, W, _ = x.shape
    down, right = rng.uniform(-max_shift, max_shift, 2)
    t = np.radians(rng.uniform(-max_angle, max_angle))
    r, c = np.meshgrid(np.arange(H) - (H - 1) / 2, np.arange(W) - (W - 1) / 2, indexing="ij")
    rows = np.cos(t) * r - np.sin(t) * c + (H - 1) / 2 - down
    columns = np.sin(t) * r + np.cos(t) * c + (W - 1) / 2 - right
    out = bilinear(np.array(x, float), rows, columns)
    return out[:, ::-1] if flip and rng.integers(2) else out


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


def net_with_dropout(input_shape, n_classes, rate):
    import keras

    x = inputs = keras.Input(input_shape)
    for layer in lenet_functional(input_shape, n_classes).layers[1:-1]:
        x = layer(x)
        if isinstance(layer, keras.layers.ReLU):  # only the dense layers' are layers of this kind
            x = keras.layers.Dropout(rate)(x)
    return keras.Model(inputs, keras.layers.Dense(n_classes)(x))


def one_hot_net(input_shape, n_classes, rate):
    import keras

    dense, drop = keras.layers.Dense, keras.layers.Dropout
    eyes = lenet_functional(input_shape, n_classes)
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
            many = np.array([augment_bilinear(image, *settings) for image in many])
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
                images[i] = augment_in_float32(images[i], rng, 2, 10, False)
        keras.utils.set_random_seed(seed)
        model = compiled(one_hot_net(x.shape[1:], 10, 0.5 if with_dropout else 0))
        model.fit(images, labels, batch_size=32, verbose=0)
        found = keras.ops.argmax(model(x_test), axis=-1)
        curve[place] = np.mean(keras.ops.convert_to_numpy(found) == y_test)
    return curve
