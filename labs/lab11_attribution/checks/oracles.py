"""What the checks of several exercises compare with: small nets, which are computed here in NumPy
and made of Keras's layers on the student's side."""

from importlib.resources import files

import numpy as np

from nablab.checking import models
from nablab.reference.attribution import relu_rule

EPSILON = 1e-3  # of Keras's batch normalization


def wave(shape, step=0.7):
    """Numbers that are drawn from nothing: the same for everybody."""
    k = np.arange(int(np.prod(shape)))
    return np.sin(step * k + 0.013 * k**2 + 0.3).reshape(shape)


class Planted:
    """A net of layers in sequence, as `models.sequential` takes them, with its weights."""

    def __init__(self, shape, layers, weights):
        self.shape, self.layers = shape, layers
        self.weights = [np.asarray(w, dtype=float) for w in weights]

    def on(self, student):
        """The Keras model on the student's side: a `Net`."""
        return models.sequential(student, self.shape, self.layers, self.weights)

    def inputs(self, x):
        """What goes into each layer, and last what comes out of the net."""
        x, left = np.asarray(x, dtype=float), list(self.weights)
        inputs = [x]
        for layer in self.layers:
            mine, left = left[: count(layer)], left[count(layer) :]
            inputs.append(forward(layer, mine, inputs[-1]))
        return inputs

    def __call__(self, x):
        return self.inputs(x)[-1]

    def output_of(self, name, x):
        names = [layer.get("name") for layer in self.layers]
        return self.inputs(x)[names.index(name) + 1]

    def back(self, x, dout, rule="grad", until=None):
        """The gradient of sum(net(x) * dout) with respect to x, or to the output of the layer
        called `until`, with a rule for ReLU."""
        inputs, left = self.inputs(x), list(self.weights)
        names = [layer.get("name") for layer in self.layers]
        stop = 0 if until is None else names.index(until) + 1
        for layer, given in list(zip(self.layers, inputs, strict=False))[stop:][::-1]:
            mine = left[len(left) - count(layer) :]
            left = left[: len(left) - count(layer)]
            dout = backward(layer, mine, given, dout, rule)
        return dout

    def slope(self, img, cls, rule="grad", until=None):
        """The gradient of the logit of a class with respect to one image."""
        logits = self(img[None])
        return self.back(img[None], np.eye(logits.shape[1])[[cls]], rule, until)[0]


def count(layer):
    """How many arrays of weights a layer has."""
    if layer["kind"] in ("Conv2D", "Dense"):
        return 1 + layer.get("use_bias", True)
    return 4 if layer["kind"] == "BatchNormalization" else 0


def pair(value):
    return (value, value) if np.ndim(value) == 0 else tuple(value)


def windows_of(layer, x):
    """The windows of a layer over x (N, h, w, C, kh, kw), and how many pixels were padded."""
    size = pair(layer["kernel_size"] if layer["kind"] == "Conv2D" else layer["pool_size"])
    steps = pair(layer.get("strides", 1 if layer["kind"] == "Conv2D" else size))
    pads = [(0, 0), (0, 0)]
    if layer.get("padding", "valid") == "same":
        total = [
            max((-(-n // s) - 1) * s + k - n, 0)
            for n, k, s in zip(x.shape[1:3], size, steps, strict=True)
        ]
        pads = [(t // 2, t - t // 2) for t in total]
    x = np.pad(x, ((0, 0), *pads, (0, 0)))
    found = np.lib.stride_tricks.sliding_window_view(x, size, axis=(1, 2))
    return found[:, :: steps[0], :: steps[1]], pads, steps


def forward(layer, weights, x):
    kind = layer["kind"]
    if kind == "Conv2D":
        found, _, _ = windows_of(layer, x)
        out = np.einsum("nijcuv,uvcf->nijf", found, weights[0], optimize=True)
        return out + (weights[1] if len(weights) > 1 else 0)
    if kind == "Dense":
        return x @ weights[0] + (weights[1] if len(weights) > 1 else 0)
    if kind == "BatchNormalization":
        gamma, beta, mean, variance = weights
        return gamma * (x - mean) / np.sqrt(variance + EPSILON) + beta
    if kind == "ReLU":
        return np.maximum(x, 0)
    if kind == "MaxPooling2D":
        return windows_of(layer, x)[0].max(axis=(4, 5))
    if kind == "GlobalAveragePooling2D":
        return x.mean(axis=(1, 2))
    return x.reshape(len(x), -1)  # Flatten


def backward(layer, weights, x, dout, rule):
    kind = layer["kind"]
    if kind == "Conv2D":
        pulled = np.einsum("nijf,uvcf->nijcuv", dout, weights[0], optimize=True)
        return scattered(layer, x, pulled)
    if kind == "Dense":
        return dout @ weights[0].T
    if kind == "BatchNormalization":
        return dout * weights[0] / np.sqrt(weights[3] + EPSILON)
    if kind == "ReLU":
        return relu_rule(dout, x, rule)
    if kind == "MaxPooling2D":
        found, _, _ = windows_of(layer, x)
        flat = found.reshape(*found.shape[:4], -1)
        first = np.arange(flat.shape[-1]) == flat.argmax(axis=-1)[..., None]
        return scattered(layer, x, dout[..., None, None] * first.reshape(found.shape))
    if kind == "GlobalAveragePooling2D":
        return np.broadcast_to(dout[:, None, None] / (x.shape[1] * x.shape[2]), x.shape)
    return dout.reshape(x.shape)


def scattered(layer, x, pulled):
    """Adds up what windows (N, h, w, C, kh, kw) give to the pixels that they cover."""
    _, pads, (down, right) = windows_of(layer, x)
    (top, below), (left, after) = pads
    N, H, W, C = x.shape
    out = np.zeros((N, H + top + below, W + left + after, C))
    h, w = pulled.shape[1:3]
    for u, v in np.ndindex(pulled.shape[4:]):
        out[:, u : u + down * h : down, v : v + right * w : right][:, :h, :w] += pulled[..., u, v]
    return out[:, top : top + H, left : left + W]


def conv_net(rng, shape=(7, 9, 2), filters=(3, 4), classes=5, bias=True, pool=True):
    """Two convolutions with ReLU, a pool between, the mean of each map, a dense layer."""
    C, (f1, f2) = shape[2], filters
    layers = [
        {"kind": "Conv2D", "filters": f1, "kernel_size": (3, 2), "use_bias": bias, "name": "one"},
        {"kind": "ReLU", "name": "two"},
        {"kind": "Conv2D", "filters": f2, "kernel_size": (2, 3), "padding": "same"}
        | {"use_bias": bias, "name": "four"},
        {"kind": "ReLU", "name": "five"},
        {"kind": "GlobalAveragePooling2D", "name": "six"},
        {"kind": "Dense", "units": classes, "use_bias": bias, "name": "seven"},
    ]
    if pool:
        layers.insert(2, {"kind": "MaxPooling2D", "pool_size": (2, 2), "name": "three"})
    weights = []
    for s in ((3, 2, C, f1), (2, 3, f1, f2), (f2, classes)):
        weights.append(rng.normal(size=s) * np.sqrt(2 / np.prod(s[:-1])))
        if bias:
            weights.append(0.2 * rng.normal(size=s[-1:]))
    return Planted(shape, layers, weights)


def linear_net(w, b=None, name="logits"):
    """A net whose logits are a weighted sum of the pixels: w (H, W, C, classes)."""
    w = np.asarray(w, dtype=float)
    b = np.zeros(w.shape[3]) if b is None else np.asarray(b, dtype=float)
    layers = [{"kind": "Flatten"}, {"kind": "Dense", "units": w.shape[3], "name": name}]
    return Planted(w.shape[:3], layers, [w.reshape(-1, w.shape[3]), b])


def shapes_net(student):
    """The trained net of the lab on the student's side: a `Net`."""
    layers = []
    for number, filters in enumerate((16, 32, 48, 64), start=1):
        layers += [
            {"kind": "Conv2D", "filters": filters, "kernel_size": 3, "padding": "same"}
            | {"use_bias": False, "name": f"conv{number}"},
            {"kind": "BatchNormalization", "name": f"norm{number}"},
            {"kind": "ReLU", "name": f"relu{number}"},
        ]
        if number < 3:
            layers.append({"kind": "MaxPooling2D", "pool_size": 2, "name": f"pool{number}"})
    layers += [
        {"kind": "GlobalAveragePooling2D", "name": "features"},
        {"kind": "Dense", "units": 4, "name": "logits"},
    ]
    with np.load(str(files("nablab.data") / "shapes_net_0.npz")) as stored:
        weights = [stored[f"{x['name']}/{i}"] for x in layers for i in range(count(x))]
    return models.sequential(student, (32, 32, 3), layers, weights)
