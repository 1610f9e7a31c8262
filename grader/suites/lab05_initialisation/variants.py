"""Right answers to lab 5 in other styles. Each must earn every point."""

import math

import numpy as np

from nablab.checking import variant
from nablab.reference.initialization import activate, slope

# 5.1 ---------------------------------------------------------------------------------------------


@variant("5.1", "loops over the sides, returns a list")
def fans_by_loops(shape, kind="conv"):
    if kind not in ("conv", "dense", "depthwise"):
        raise ValueError(kind)
    if len(shape) < 2 + (kind == "depthwise") or (kind == "dense" and len(shape) != 2):
        raise ValueError(shape)
    places = 1
    for side in shape[:-2]:
        places *= side
    found = [places, places * shape[-1]]
    if kind != "depthwise":
        found[0] *= shape[-2]
    return found


@variant("5.1", "NumPy's product, as an array")
def fans_by_numpy(shape, kind="conv"):
    sides = np.asarray(shape, dtype=int)
    least, most = {"conv": (2, 9), "dense": (2, 2), "depthwise": (3, 9)}.get(kind, (9, 0))
    if not least <= sides.size <= most:
        raise ValueError(f"{kind} {shape}")
    inputs = 1 if kind == "depthwise" else sides[-2]
    return np.prod(sides[:-2]) * np.array([inputs, sides[-1]])


@variant("5.1", "float32: the size of all weights divided by the outputs or the inputs")
def fans_in_float32(shape, kind="conv"):
    if kind not in ("conv", "dense", "depthwise") or len(shape) < 2:
        raise ValueError(kind)
    if (kind == "dense" and len(shape) > 2) or (kind == "depthwise" and len(shape) < 3):
        raise ValueError(shape)
    size = np.prod(shape, dtype=np.float32)
    fan_in, fan_out = size / np.float32(shape[-1]), size / np.float32(shape[-2])
    return (fan_in / np.float32(shape[-2]) if kind == "depthwise" else fan_in), fan_out


# 5.2 ---------------------------------------------------------------------------------------------


def both(shape):
    places = math.prod(shape[:-2])
    return places * shape[-2], places * shape[-1]


def he_truncated_draws(shape, rng):
    weights = rng.standard_normal(shape)
    while (np.abs(weights) > 2).any():
        far = np.abs(weights) > 2
        weights[far] = rng.standard_normal(far.sum())
    return weights * math.sqrt(2 / both(shape)[0]) / 0.87962566103423978


def glorot_from_zero_to_one(shape, rng):
    return (2 * rng.random(shape) - 1) * math.sqrt(6 / sum(both(shape)))


def he_in_float32(shape, rng):
    deviation = np.float32(math.sqrt(2 / both(shape)[0]))
    return rng.standard_normal(shape, dtype=np.float32) * deviation


def glorot_in_float32(shape, rng):
    bound = np.float32(math.sqrt(6 / sum(both(shape))))
    return (rng.random(shape, dtype=np.float32) * 2 - 1) * bound


def he_by_box_and_muller(shape, rng):
    count = math.prod(shape)
    radius = np.sqrt(-2 * np.log(1 - rng.random(count)))
    return (radius * np.cos(2 * np.pi * rng.random(count))).reshape(shape) * (
        2 / both(shape)[0]
    ) ** 0.5


def glorot_column_by_column(shape, rng):
    bound = math.sqrt(6 / sum(both(shape)))
    columns = [rng.uniform(-bound, bound, shape[:-1]) for _ in range(shape[-1])]
    return np.stack(columns, axis=-1)


truncated_as_keras_does = variant(
    "5.2",
    "a truncated normal by drawing again, uniform numbers from 0 to 1 rescaled",
    he_normal=he_truncated_draws,
    glorot_uniform=glorot_from_zero_to_one,
)
draws_in_float32 = variant(
    "5.2", "float32", he_normal=he_in_float32, glorot_uniform=glorot_in_float32
)
box_and_muller = variant(
    "5.2",
    "normal numbers from uniform ones, uniform ones column by column",
    he_normal=he_by_box_and_muller,
    glorot_uniform=glorot_column_by_column,
)


# 5.3 ---------------------------------------------------------------------------------------------


@variant("5.3", "all weights drawn beforehand, standard normal and scaled after")
def weights_beforehand(depth, width, act, scale, rng):
    weights = rng.standard_normal((depth, width, width))
    x = rng.standard_normal((100, width))
    found = np.empty(depth)
    for layer, W in enumerate(weights):
        x = activate((x @ W) * np.sqrt(scale / width), act)
        found[layer] = np.sqrt(np.mean(x**2) - np.mean(x) ** 2)
    return found


@variant("5.3", "float32, returns a list")
def propagate_in_float32(depth, width, act, scale, rng):
    x = rng.standard_normal((100, width), dtype=np.float32)
    found = []
    for _ in range(depth):
        W = rng.standard_normal((width, width), dtype=np.float32) * np.float32(scale / width) ** 0.5
        x = np.float32(activate(x @ W, act))
        found.append(float(x.std()))
    return found


@variant("5.3", "example by example")
def example_by_example(depth, width, act, scale, rng):
    rows = [rng.normal(size=width) for _ in range(100)]
    found = []
    for _ in range(depth):
        W = rng.normal(0, math.sqrt(scale / width), size=(width, width))
        rows = [activate(row @ W, act) for row in rows]
        found.append(np.std(rows))
    return found


@variant("5.3", "examples as columns, einsum, a generator")
def examples_as_columns(depth, width, act, scale, rng):
    x = rng.normal(size=(width, 100))

    def layers(x):
        for _ in range(depth):
            W = rng.normal(scale=math.sqrt(scale / width), size=(width, width))
            x = activate(np.einsum("oi,in->on", W, x, optimize=True), act)
            yield np.std(x)

    return np.fromiter(layers(x), dtype=float)


# 5.4 ---------------------------------------------------------------------------------------------


def step_by_einsum(dy, z, w, act):
    return np.einsum("nm,im->ni", np.multiply(dy, slope(z, act)), w)


def step_in_float32(dy, z, w, act):
    return np.float32(dy) * np.float32(slope(z, act)) @ np.float32(w).T


def step_by_loops(dy, z, w, act):
    tilt = slope(z, act)
    dx = np.zeros((len(dy), len(w)))
    for m in range(np.shape(w)[1]):
        dx += np.outer(np.asarray(dy)[:, m] * tilt[:, m], np.asarray(w)[:, m])
    return dx


def there_and_back(depth, width, act, scale, rng, step, dtype=float):
    widths = np.broadcast_to(width, depth + 1) if np.isscalar(width) else np.array(width)
    zs, ws = [], []
    x = rng.standard_normal((100, int(widths[0]))).astype(dtype)
    for layer in range(depth):
        shape = (int(widths[layer]), int(widths[layer + 1]))
        ws.append((rng.standard_normal(shape) * math.sqrt(scale / shape[1])).astype(dtype))
        zs.append(x @ ws[-1])
        x = activate(zs[-1], act).astype(dtype)
    g = rng.standard_normal(x.shape).astype(dtype)
    found = []
    for layer in range(depth - 1, -1, -1):
        g = step(g, zs[layer], ws[layer], act)
        found.append(np.std(g))
    return found


def with_step(step, dtype=float):
    def grad_propagate(depth, width, act, scale, rng):
        return there_and_back(depth, width, act, scale, rng, step, dtype)

    return grad_propagate


back_by_einsum = variant(
    "5.4",
    "einsum, returns a list",
    grad_propagate=with_step(step_by_einsum),
    back_step=step_by_einsum,
)
back_in_float32 = variant(
    "5.4",
    "float32",
    grad_propagate=with_step(step_in_float32, np.float32),
    back_step=step_in_float32,
)
back_by_outer_products = variant(
    "5.4",
    "one outer product for each unit",
    back_step=step_by_loops,
)


# 5.5 ---------------------------------------------------------------------------------------------


def erf_one_by_one(x):
    x = np.asarray(x, dtype=float)
    return np.array([math.erf(v) for v in x.ravel().tolist()]).reshape(x.shape)


def gelu_by_erfc(x):
    x = np.asarray(x, dtype=float)
    return x * 0.5 * np.vectorize(math.erfc, otypes=[float])(-x / math.sqrt(2))


def gelu_grad_by_erfc(x):
    x = np.asarray(x, dtype=float)
    below = 0.5 * np.vectorize(math.erfc, otypes=[float])(-x / math.sqrt(2))
    return below + x * np.exp(-0.5 * x * x) / (2 * math.pi) ** 0.5


def gelu_tanh_by_sigmoid(x):
    x = np.asarray(x, dtype=float)
    return x * np.exp(-np.logaddexp(0, -2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def gelu_in_float32(x):
    x = np.float32(x)
    return x * np.float32(0.5) * (1 + erf_one_by_one(x / np.float32(2) ** 0.5).astype(np.float32))


def gelu_tanh_in_float32(x):
    x = np.float32(x)
    return (
        np.float32(0.5)
        * x
        * (1 + np.tanh(np.float32(0.79788456) * (x + np.float32(0.044715) * x**3)))
    )


def gelu_grad_in_float32(x):
    x = np.float32(x)
    below = np.float32(0.5) * (1 + erf_one_by_one(x / np.float32(2) ** 0.5).astype(np.float32))
    return below + x * np.exp(-x * x / 2) * np.float32(0.39894228)


def gelu_by_scipy(x):
    from scipy.special import ndtr

    return np.multiply(x, ndtr(np.asarray(x, dtype=float)))


def gelu_grad_by_differences(x):
    x = np.asarray(x, dtype=float)
    return (gelu_by_erfc(x + 1e-5) - gelu_by_erfc(x - 1e-5)) / 2e-5


by_erfc = variant(
    "5.5",
    "erfc in place of erf, a sigmoid in place of tanh",
    gelu=gelu_by_erfc,
    gelu_tanh=gelu_tanh_by_sigmoid,
    gelu_grad=gelu_grad_by_erfc,
)
in_float32 = variant(
    "5.5",
    "float32",
    gelu=gelu_in_float32,
    gelu_tanh=gelu_tanh_in_float32,
    gelu_grad=gelu_grad_in_float32,
)
by_scipy = variant("5.5", "SciPy's normal distribution", gelu=gelu_by_scipy)
one_by_one = variant(
    "5.5",
    "erf number by number in a list, the slope by central differences",
    gelu=lambda x: np.asarray(x, dtype=float) * (1 + erf_one_by_one(np.divide(x, 2**0.5))) / 2,
    gelu_grad=gelu_grad_by_differences,
)


# 5.6 ---------------------------------------------------------------------------------------------


@variant("5.6", "all layers' outputs by one model, maxima by Keras's operations")
def all_outputs_at_once(model, x):
    import keras

    chosen = [
        layer.output
        for layer in model.layers
        if isinstance(layer, keras.layers.ReLU)
        or getattr(layer, "activation", None) == keras.activations.relu
    ]
    outputs = keras.Model(model.inputs[0], chosen)(x)
    fractions = []
    for out in outputs if isinstance(outputs, (list, tuple)) else [outputs]:
        largest = keras.ops.max(out, axis=tuple(range(len(out.shape) - 1)))
        dead = keras.ops.cast(keras.ops.equal(largest, 0), "float32")
        fractions.append(float(keras.ops.mean(dead)))
    return fractions


@variant("5.6", "float32, layer after layer through the model, sets of living units")
def layer_after_layer(model, x):
    fractions, out = [], np.asarray(x, dtype=np.float32)
    for layer in model.layers:
        out = np.asarray(layer(out))
        kind = type(layer).__name__
        named = getattr(getattr(layer, "activation", None), "__name__", "")
        if kind == "ReLU" or named == "relu":
            alive = set(np.nonzero(out)[-1].tolist())
            fractions.append(1 - len(alive) / out.shape[-1])
    return fractions


@variant("5.6", "unit by unit, returns an array")
def unit_by_unit(model, x):
    import keras

    fractions = []
    for layer in model.layers:
        config = layer.get_config()
        if config.get("activation") == "relu" or isinstance(layer, keras.layers.ReLU):
            out = keras.Model(model.inputs[0], layer.output)(np.asarray(x)).numpy()
            dead = [not (out[..., k] > 0).any() for k in range(out.shape[-1])]
            fractions.append(sum(dead) / len(dead))
    return np.array(fractions)


# 5.7 ---------------------------------------------------------------------------------------------


def train_by_loops(x, y, w1, w2, lr, steps):
    x, y = np.asarray(x, float), np.asarray(y, float)
    w1, w2 = np.array(w1, float), np.array(w2, float)
    K = len(w2)
    for _ in range(steps):
        h = np.tanh(np.dot(x, w1))
        e = np.dot(h, w2) - y
        dw1, dw2 = np.zeros_like(w1), np.zeros_like(w2)
        for k in range(K):
            dw2[k] = np.mean(e * h[:, k])
            dw1[:, k] = np.mean((e * w2[k] * (1 - h[:, k] ** 2))[:, None] * x, axis=0)
        w1 -= lr * dw1
        w2 -= lr * dw2
    return [w1, w2]


def train_in_float32(x, y, w1, w2, lr, steps):
    x, y, w1, w2 = (np.array(a, dtype=np.float32) for a in (x, y, w1, w2))
    rate = np.float32(lr / len(x))
    for _ in range(steps):
        h = np.tanh(np.einsum("nd,dk->nk", x, w1))
        e = np.einsum("nk,k->n", h, w2) - y
        dw1 = np.einsum("nd,n,k,nk->dk", x, e, w2, 1 - h * h)
        w1, w2 = w1 - rate * dw1, w2 - rate * np.einsum("nk,n->k", h, e)
    return w1, w2


def units_by_distances(w1, w2):
    units = np.concatenate([np.asarray(w1, float), np.asarray(w2, float)[None]]).T
    apart = np.abs(units[:, None] - units[None]).max(axis=-1) > 1e-6
    return int(sum(apart[k, :k].all() for k in range(len(units))))


def units_in_a_set(w1, w2):
    rows = sorted(zip(*np.asarray(w1, float).tolist(), np.asarray(w2, float).tolist(), strict=True))
    count = 0
    kept = []
    for row in rows:
        if not any(
            max(abs(a - b) for a, b in zip(row, other, strict=True)) <= 1e-6 for other in kept
        ):
            kept.append(row)
            count += 1
    return np.int64(count)


def experiment_with_one_array(init="random", width=8, seed=0):
    place = np.linspace(-2, 2, 41)
    x = np.column_stack([place, np.ones_like(place)])
    draws = np.random.default_rng(seed).standard_normal((3, width)) * 0.5
    weights = {"zeros": np.zeros_like(draws), "constant": draws * 0 + 0.5, "random": draws}[init]
    y = np.sin(2 * place) + place / 2
    return units_by_distances(*train_by_loops(x, y, weights[:2], weights[2], 0.1, 500))


unit_by_unit_in_loops = variant(
    "5.7",
    "gradients unit by unit in loops, distances between all pairs",
    train_net=train_by_loops,
    distinct_units=units_by_distances,
)
einsum_in_float32 = variant(
    "5.7", "float32, einsum", train_net=train_in_float32, distinct_units=units_by_distances
)
weights_in_one_array = variant(
    "5.7",
    "all weights drawn as one array; units counted in plain Python",
    break_symmetry=experiment_with_one_array,
    distinct_units=units_in_a_set,
)


# 5.8 ---------------------------------------------------------------------------------------------


@variant("5.8", "sums by the layer's own kernel: a linear layer without its bias, added after")
def lsuv_through_the_model(model, x):
    import keras

    for layer in model.layers:
        if not hasattr(layer, "kernel"):
            continue
        seen = keras.Model(model.inputs[0], layer.input)(x)
        if layer.kernel.ndim == 2:
            raw = keras.ops.matmul(seen, layer.kernel)
        else:
            raw = keras.ops.conv(
                seen, layer.kernel, layer.strides, layer.padding, None, layer.dilation_rate
            )
        raw, bias = np.asarray(raw, dtype=float), np.asarray(layer.bias, dtype=float)
        factor = 1.0
        for _ in range(20):
            factor /= (factor * raw + bias).std()
        layer.kernel.assign(layer.kernel * factor)
    return model


@variant("5.8", "float32, always ten rounds, through set_weights, layer after layer")
def lsuv_layer_after_layer(model, x):
    import keras

    out = keras.ops.convert_to_tensor(x, dtype="float32")
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            old = layer.activation
            layer.activation = keras.activations.get("linear")
            for _ in range(10):
                kernel, *rest = layer.get_weights()
                layer.set_weights([kernel / np.float32(keras.ops.std(layer(out))), *rest])
            layer.activation = old
        out = layer(out)
    return model


@variant("5.8", "solves for the factor in one go: the variance is a quadratic in it")
def lsuv_by_a_quadratic(model, x):
    import keras

    for layer in [layer for layer in model.layers if "kernel" in dir(layer)]:
        seen = keras.Model(model.inputs[0], layer.input)(x)
        keep, bias = layer.activation, layer.bias.numpy()
        layer.activation = keras.activations.linear
        z = np.asarray(layer(seen), dtype=float)
        layer.activation = keep
        raw, bias = z - bias, np.broadcast_to(bias, z.shape)
        a, b = raw.var(), 2 * np.mean((raw - raw.mean()) * (bias - bias.mean()))
        c = bias.var() - 1
        layer.kernel.assign(layer.kernel * float((-b + math.sqrt(b * b - 4 * a * c)) / (2 * a)))
    return model
