"""Right answers to lab 7 in other styles. Each must earn every point."""

from itertools import count

import keras
import numpy as np
from keras import layers, ops

from nablab.autodiff import value_and_gradients
from nablab.checking import variant

# 7.1 ---------------------------------------------------------------------------------------------


@variant("7.1", "feature by feature, in loops over plain lists")
def forward_by_loops(x, gamma, beta, mm, mv, training, momentum=0.99, eps=1e-3):
    N, D = np.shape(x)
    y = [[0.0] * D for _ in range(N)]
    new_mm, new_mv, cache = [], [], []
    for d in range(D):
        column = [float(row[d]) for row in x]
        mean, var = float(mm[d]), float(mv[d])
        if training:
            mean = sum(column) / N
            var = sum((value - mean) ** 2 for value in column) / N
        kept = momentum if training else 1.0
        new_mm.append(kept * float(mm[d]) + (1 - kept) * mean)
        new_mv.append(kept * float(mv[d]) + (1 - kept) * var)
        for n in range(N):
            y[n][d] = float(gamma[d]) * (column[n] - mean) / (var + eps) ** 0.5 + float(beta[d])
        cache.append([mean, var])
    return y, new_mm, new_mv, {"moments": cache}


@variant("7.1", "float32 throughout, the variance as a mean of squares minus a square")
def forward_in_float32(x, gamma, beta, mm, mv, training, momentum=0.99, eps=1e-3):
    x, gamma, beta, mm, mv = (np.array(a, dtype=np.float32) for a in (x, gamma, beta, mm, mv))
    momentum, eps = np.float32(momentum), np.float32(eps)
    mean, var = mm, mv
    if training:
        mean = x.mean(axis=0)
        var = np.mean(np.square(x - mean), axis=0)
        mm = momentum * mm + (np.float32(1) - momentum) * mean
        mv = momentum * mv + (np.float32(1) - momentum) * var
    y = (x - mean) * (gamma / np.sqrt(var + eps)) + beta
    return y, mm, mv, (x, mean, var, gamma, eps)


@variant("7.1", "one product and one sum, as a list, einsum for the variance")
def forward_as_a_line(x, gamma, beta, mm, mv, training, momentum=0.99, eps=1e-3):
    x, mm, mv = np.array(x, dtype=float), np.array(mm, dtype=float), np.array(mv, dtype=float)
    if not training:
        a = gamma / np.sqrt(mv + eps)
        return [x * a + (beta - mm * a), mm, mv, None]
    mean = np.einsum("nd->d", x) / len(x)
    var = np.einsum("nd,nd->d", x - mean, x - mean) / len(x)
    a = gamma / np.sqrt(var + eps)
    mm -= (1 - momentum) * (mm - mean)
    mv -= (1 - momentum) * (mv - var)
    return [x * a + (beta - mean * a), mm, mv, [x, mean, var]]


@variant("7.1", "the steps of a graph, with everything in the cache")
def forward_in_small_steps(x, gamma, beta, mm, mv, training, momentum=0.99, eps=1e-3):
    if training:
        mu = np.average(x, axis=0)
        centred = x - mu
        variance = (centred**2).sum(0) / x.shape[0]
        moving = [momentum * a + (1 - momentum) * b for a, b in ((mm, mu), (mv, variance))]
    else:
        centred, variance, moving = x - mm, mv, [mm, mv]
    inverse = (variance + eps) ** -0.5
    hat = centred * inverse
    return gamma * hat + beta, *moving, {"hat": hat, "inverse": inverse, "eps": eps, "gamma": gamma}


# 7.2 ---------------------------------------------------------------------------------------------


@variant("7.2", "example by example, in loops")
def backward_by_loops(dout, cache):
    x_hat, root, gamma = cache
    N, D = np.shape(dout)
    dx = np.zeros((N, D))
    for d in range(D):
        for m in range(N):
            for n in range(N):
                slope = (n == m) - 1 / N - x_hat[n][d] * x_hat[m][d] / N
                dx[m, d] += gamma[d] * dout[n][d] * slope / root[d]
    dgamma = [sum(dout[n][d] * x_hat[n][d] for n in range(N)) for d in range(D)]
    return dx, dgamma, [sum(dout[n][d] for n in range(N)) for d in range(D)]


def small_steps_backward(dout, cache):
    hat, inverse, gamma = cache["hat"], cache["inverse"], cache["gamma"]
    N = len(dout)
    dhat = dout * gamma
    dvariance = -0.5 * np.sum(dhat * hat, axis=0) * inverse**2
    dmean = -np.sum(dhat, axis=0) * inverse
    dx = dhat * inverse + dvariance * 2 * (hat / inverse) / N + dmean / N
    return dx, np.sum(dout * hat, axis=0), np.sum(dout, axis=0)


in_small_steps = variant(
    "7.2",
    "through variance and mean one after the other, with a forward pass and a cache of its own",
    batchnorm_fwd=forward_in_small_steps.names[""],
    batchnorm_bwd=small_steps_backward,
)


def float32_backward(dout, cache):
    x, mean, var, gamma, eps = (np.asarray(a, dtype=np.float32) for a in cache)
    dout = np.asarray(dout, dtype=np.float32)
    x_hat = (x - mean) / np.sqrt(var + eps)
    dgamma, dbeta = (dout * x_hat).sum(axis=0), dout.sum(axis=0)
    n = np.float32(len(x))
    return gamma / np.sqrt(var + eps) * (dout - dbeta / n - x_hat * dgamma / n), dgamma, dbeta


in_float32 = variant(
    "7.2",
    "float32 forwards and backwards",
    batchnorm_fwd=forward_in_float32.names[""],
    batchnorm_bwd=float32_backward,
)


@variant("7.2", "the whole Jacobian at once, by einsum, returned as a list")
def backward_by_jacobian(dout, cache):
    x_hat, root, gamma = cache
    N = len(dout)
    jacobian = np.eye(N)[:, :, None] - 1 / N - np.einsum("nd,md->nmd", x_hat, x_hat) / N
    dx = np.einsum("nd,nmd->md", dout, jacobian) * gamma / root
    return [dx, np.einsum("nd,nd->d", dout, x_hat), np.einsum("nd->d", dout)]


# 7.3 ---------------------------------------------------------------------------------------------


def axes_from_the_back(kind):
    if kind == "bn":
        return [-2, -4, -3]
    if kind == "ln_keras":
        return -1
    if kind == "ln_chw":
        return (-1, -2, -3)
    return (-3, -2) if kind == "in" else (-1, -4, -3)


def normalise_slice_by_slice(x, kind):
    x = np.array(x, dtype=float)
    N, H, W, C = x.shape
    places = {
        "bn": [(slice(None), slice(None), slice(None), c) for c in range(C)],
        "ln_keras": list(np.ndindex(N, H, W)),
        "ln_chw": [(n,) for n in range(N)],
        "in": [(n, slice(None), slice(None), c) for n in range(N) for c in range(C)],
    }
    if not isinstance(kind, str):
        size = C // kind[1]
        places[kind] = [
            (n, slice(None), slice(None), slice(c, c + size))
            for n in range(N)
            for c in range(0, C, size)
        ]
    for place in places[kind]:
        part = x[place]
        x[place] = (part - part.mean()) / np.sqrt(part.var() + 0.001)
    return x


slice_by_slice = variant(
    "7.3",
    "slice by slice, axes from the back, in another order, as a list or a number",
    norm_axes=axes_from_the_back,
    normalise=normalise_slice_by_slice,
)


def normalise_in_float32(x, kind):
    x = np.asarray(x, dtype=np.float32)
    N, H, W, C = x.shape
    groups = {"bn": C, "ln_keras": 1, "ln_chw": 1, "in": C}.get(kind) or kind[1]
    split = x.reshape(N, H, W, groups, C // groups)
    axes = {"bn": (0, 1, 2, 4), "ln_keras": (3, 4)}.get(kind, (1, 2, 4))
    mean = split.mean(axis=axes, keepdims=True, dtype=np.float32)
    var = np.square(split - mean).mean(axis=axes, keepdims=True)
    return ((split - mean) / np.sqrt(var + np.float32(1e-3))).reshape(x.shape)


all_as_groups = variant(
    "7.3",
    "float32, every kind as a reshaped group norm",
    norm_axes=lambda kind: {
        "bn": (0, 1, 2),
        "ln_keras": (3,),
        "ln_chw": (1, 2, 3),
        "in": (1, 2),
    }.get(kind, (1, 2, 4)),
    normalise=normalise_in_float32,
)


def normalise_by_einsum(x, kind):
    x = np.asarray(x, dtype=float)
    letters = {"bn": "c", "ln_keras": "nhw", "ln_chw": "n", "in": "nc"}.get(kind, "ng")
    five = x.reshape(*x.shape[:3], *((1, -1) if isinstance(kind, str) else (kind[1], -1)))
    if letters == "ng" or isinstance(kind, str):
        count = five.size / np.einsum(f"nhwgc->{letters}", np.ones_like(five)).size
    mean = np.einsum(f"nhwgc->{letters}", five) / count
    shape = [
        size if letter in letters else 1 for letter, size in zip("nhwgc", five.shape, strict=True)
    ]
    centred = five - mean.reshape(shape)
    var = np.einsum(f"nhwgc,nhwgc->{letters}", centred, centred) / count
    return (centred / np.sqrt(var.reshape(shape) + 1e-3)).reshape(x.shape)


by_einsum = variant(
    "7.3",
    "einsum over named axes",
    norm_axes=lambda kind: np.array(
        {"bn": [0, 1, 2], "ln_keras": [3], "ln_chw": [1, 2, 3], "in": [1, 2]}.get(kind, [1, 2, 4])
    ),
    normalise=normalise_by_einsum,
)


# 7.4 ---------------------------------------------------------------------------------------------


@variant("7.4", "without normalise: all batches of a size at once")
def effect_at_once(x, sizes):
    x = np.asarray(x, dtype=float)
    bn, ln = [], []
    for b in sizes:
        count = (len(x) - 1) // (b - 1)
        others = x[1 : 1 + count * (b - 1)].reshape(count, b - 1, *x.shape[1:])
        batches = np.concatenate([np.broadcast_to(x[0], (count, 1, *x.shape[1:])), others], axis=1)
        mean = batches.mean(axis=(1, 2, 3), keepdims=True)
        var = batches.var(axis=(1, 2, 3), keepdims=True)
        became = ((batches - mean) / np.sqrt(var + 1e-3))[:, 0]
        bn.append(np.std(became, axis=0).mean())
        ln.append(0)
    return {"bn": np.array(bn), "ln": np.array(ln)}


@variant("7.4", "float32, number by number")
def effect_in_float32(x, sizes):
    effect = {"ln": [], "bn": [], "sizes": list(sizes)}
    x = np.float32(x)
    for b in sizes:
        became = {"bn": [], "ln": []}
        start = 1
        while start + b - 1 <= len(x):
            batch = np.stack([x[0], *x[start : start + b - 1]])
            for name, axes in (("bn", (0, 1, 2)), ("ln", -1)):
                mean, var = batch.mean(axes, keepdims=True), batch.var(axes, keepdims=True)
                became[name].append(((batch - mean) / np.sqrt(var + np.float32(1e-3)))[0].ravel())
            start += b - 1
        for name, rows in became.items():
            columns = list(zip(*rows, strict=True))
            effect[name].append(sum(np.std(column) for column in columns) / len(columns))
    return effect


@variant("7.4", "a root of a mean of squares minus a square, as tuples")
def effect_by_moments(x, sizes):
    def spread(size, axes):
        total, squares, count = 0.0, 0.0, 0
        for k in range((len(x) - 1) // (size - 1)):
            rows = [0, *range(1 + k * (size - 1), 1 + (k + 1) * (size - 1))]
            batch = np.asarray(x, dtype=float)[rows]
            hat = batch - batch.mean(axis=axes, keepdims=True)
            hat = hat[0] / np.sqrt(np.mean(hat**2, axis=axes, keepdims=True) + 1e-3)[0]
            total, squares, count = total + hat, squares + hat**2, count + 1
        return float(np.mean(np.sqrt(np.maximum(squares / count - (total / count) ** 2, 0))))

    return {
        "bn": tuple(spread(size, (0, 1, 2)) for size in sizes),
        "ln": tuple(0.0 * spread(size, (0, 1, 2)) for size in sizes),
    }


# 7.5 ---------------------------------------------------------------------------------------------


@variant("7.5", "activations by name, keras.ops for ReLU and the sum, other numbers by keyword")
def block_with_ops(x, filters, stride=1, norm="bn"):
    bias = norm is None

    def normed(h, **start):
        if norm == "bn":
            return layers.BatchNormalization(**start)(h)
        if norm == "ln":
            return layers.LayerNormalization(axis=-1, **start)(h)
        return h

    h = layers.Conv2D(filters, (3, 3), (stride, stride), padding="same", use_bias=bias)(x)
    h = ops.relu(normed(h))
    h = normed(
        layers.Conv2D(filters=filters, kernel_size=3, padding="same", use_bias=bias)(h),
        gamma_initializer="zeros",
    )
    if stride == 1 and x.shape[-1] == filters:
        return ops.relu(x + h)
    s = normed(layers.Conv2D(filters, 1, stride, use_bias=bias)(x))
    return ops.relu(ops.add(s, h))


@variant("7.5", "the shortcut first, Activation layers, layers.add, he_normal")
def block_shortcut_first(x, filters, stride=1, norm="bn"):
    options = {"use_bias": norm is None, "kernel_initializer": "he_normal", "padding": "SAME"}
    kinds = {
        "bn": layers.BatchNormalization,
        "ln": layers.LayerNormalization,
        None: lambda **_: layers.Activation("linear"),
    }
    shortcut = x
    if (stride, x.shape[-1]) != (1, filters):
        shortcut = kinds[norm]()(layers.Conv2D(filters, 1, strides=stride, **options)(x))
    h = layers.Conv2D(filters, 3, strides=stride, **options)(x)
    h = layers.Activation("relu")(kinds[norm]()(h))
    h = kinds[norm](gamma_initializer=keras.initializers.Zeros())(
        layers.Conv2D(filters, 3, **options)(h)
    )
    return layers.Activation("relu")(layers.add([shortcut, h]))


NUMBERS = count()


@variant("7.5", "float32 said aloud, named layers, relu as an argument where there is no norm")
def block_of_named_layers(x, filters, stride=1, norm="bn"):
    def stage(h, name, size, strides, relu, gamma="ones"):
        conv = layers.Conv2D(
            filters,
            size,
            strides,
            "same",
            use_bias=not norm,
            dtype="float32",
            activation="relu" if relu and not norm else None,
            name=f"{name}_{next(NUMBERS)}",
        )
        h = conv(h)
        if norm == "bn":
            h = layers.BatchNormalization(gamma_initializer=gamma, dtype="float32")(h)
        elif norm == "ln":
            h = layers.LayerNormalization(gamma_initializer=gamma, dtype="float32")(h)
        return layers.ReLU()(h) if relu and norm else h

    h = stage(x, "first", 3, stride, True)
    h = stage(h, "second", 3, 1, False, gamma="zeros")
    same = stride == 1 and filters == x.shape[-1]
    s = x if same else stage(x, "shortcut", 1, stride, False)
    return layers.ReLU()(layers.Add()([s, h]))


# 7.6 ---------------------------------------------------------------------------------------------


def plain_conv(x, filters, stride=1):
    x = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization()(x))


def written_out(n, base, residual):
    """A network stage by stage, with blocks of its own."""
    inputs = x = keras.Input(shape=(20, 20, 1), dtype="float32")
    x = plain_conv(x, base)
    for filters, first_stride in ((base, 1), (2 * base, 2), (4 * base, 2)):
        stride = first_stride
        for _ in range(n):
            x = (
                block_with_ops.names[""](x, filters, stride)
                if residual
                else plain_conv(plain_conv(x, filters, stride), filters)
            )
            stride = 1
    outputs = layers.Dense(10, dtype="float32")(ops.mean(x, axis=(1, 2)))
    return keras.Model(inputs=inputs, outputs=outputs, name="resnet" if residual else "plain")


stage_by_stage = variant(
    "7.6",
    "stage by stage, with a block of its own and keras.ops for the mean; float32",
    build_resnet=lambda n, base: written_out(n, base, True),
    build_plain=lambda n, base: written_out(n, base, False),
)


def sequential_plain(n, base):
    model = keras.Sequential([keras.Input((20, 20, 1))])
    widths = [base] + [base * 2**stage for stage in range(3) for _ in range(2 * n)]
    for number, filters in enumerate(widths):
        stride = 2 if number in (1 + 2 * n, 1 + 4 * n) else 1
        model.add(layers.Conv2D(filters, 3, stride, "same", use_bias=False))
        model.add(layers.BatchNormalization())
        model.add(layers.Activation("relu"))
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(10, activation="linear"))
    return model


def recursive_resnet(n, base):
    def stage(x, left, filters, stride):
        if not left:
            return x
        return stage(block_shortcut_first.names[""](x, filters, stride), left - 1, filters, 1)

    inputs = keras.Input((20, 20, 1))
    x = plain_conv(inputs, base)
    for number, stride in enumerate((1, 2, 2)):
        x = stage(x, n, base * 2**number, stride)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    return keras.Model(inputs, layers.Dense(10, name="logits")(x))


sequential_and_recursive = variant(
    "7.6",
    "a Sequential model and a recursion",
    build_resnet=recursive_resnet,
    build_plain=sequential_plain,
)


def nested(n, base, residual):
    """Each stage a model of its own inside the network."""
    inputs = keras.Input((20, 20, 1))
    x = plain_conv(inputs, base)
    for number in range(3):
        begin = h = keras.Input(x.shape[1:])
        for k in range(n):
            stride = 1 + (number > 0 and k == 0)
            if residual:
                h = block_shortcut_first.names[""](h, base << number, stride)
            else:
                h = plain_conv(plain_conv(h, base << number, stride), base << number)
        x = keras.Model(begin, h, name=f"stage_{number}")(x)
    x = layers.Flatten()(layers.AveragePooling2D(5)(x))
    return keras.Model(inputs, layers.Dense(10)(x))


models_in_models = variant(
    "7.6",
    "models in a model, the mean as a pooling of 5×5",
    build_resnet=lambda n, base: nested(n, base, True),
    build_plain=lambda n, base: nested(n, base, False),
)


# 7.7 ---------------------------------------------------------------------------------------------


@variant("7.7", "gradients by the variables' identity, Keras's loss object, an array")
def norms_by_identity(model, x, y):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    variables = model.trainable_variables
    _, gradients = value_and_gradients(lambda: loss(y, model(x, training=True)), variables)
    of = {id(v): ops.convert_to_numpy(g) for v, g in zip(variables, gradients, strict=True)}
    return np.array(
        [
            np.linalg.norm(np.concatenate([of[id(v)].ravel() for v in layer.trainable_variables]))
            for layer in model.layers
            if layer.trainable_variables
        ]
    )


@variant("7.7", "a log-softmax by hand, layer by layer")
def norms_by_log_softmax(model, x, y):
    labels = ops.one_hot(ops.cast(y, "int32"), model.output_shape[-1])

    def loss():
        logits = model(x, training=True)
        return -ops.sum(labels * ops.log_softmax(logits, axis=-1)) / len(x)

    norms = []
    for layer in model.layers:
        if len(layer.trainable_weights) > 0:
            _, gradients = value_and_gradients(loss, layer.trainable_weights)
            norms.append(ops.sqrt(sum(ops.sum(ops.square(g)) for g in gradients)))
    return norms


@variant("7.7", "float32 sums in NumPy, a list of NumPy numbers")
def norms_in_float32(model, x, y):
    def loss():
        logits = model(ops.cast(x, "float32"), training=True)
        picked = ops.take_along_axis(logits, ops.cast(y, "int32")[:, None], axis=1)[:, 0]
        return ops.mean(ops.logsumexp(logits, axis=1) - picked)

    _, gradients = value_and_gradients(loss, model.trainable_weights)
    gradients = [np.float32(ops.convert_to_numpy(g)) for g in gradients]
    norms = []
    for layer in model.layers:
        mine = [gradients.pop(0) for _ in layer.trainable_weights]
        if mine:
            norms.append(np.sqrt(np.float32(sum((g * g).sum() for g in mine))))
    return norms


# 7.8 ---------------------------------------------------------------------------------------------


@variant("7.8", "filter by filter")
def fold_by_loops(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, b = np.zeros(np.shape(conv_w)), []
    for f in range(np.shape(conv_w)[3]):
        scale = float(gamma[f]) / (float(mv[f]) + eps) ** 0.5
        w[:, :, :, f] = np.asarray(conv_w)[:, :, :, f] * scale
        b.append(scale * float(conv_b[f]) + (float(beta[f]) - scale * float(mm[f])))
    return [w, b]


@variant("7.8", "float32")
def fold_in_float32(conv_w, conv_b, gamma, beta, mm, mv, eps):
    w, b, gamma, beta, mm, mv = (np.float32(a) for a in (conv_w, conv_b, gamma, beta, mm, mv))
    inverse = np.float32(1) / np.sqrt(mv + np.float32(eps))
    return w * (gamma * inverse), gamma * (b - mm) * inverse + beta


@variant("7.8", "a matrix product with a diagonal matrix")
def fold_by_matrix(conv_w, conv_b, gamma, beta, mm, mv, eps):
    scale = np.diag(np.asarray(gamma) * (np.asarray(mv) + eps) ** -0.5)
    return np.tensordot(conv_w, scale, axes=1), (np.asarray(conv_b) - mm) @ scale + beta
