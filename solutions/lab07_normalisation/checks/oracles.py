"""What the checks of several exercises compare with, and the inputs that they share."""

from weakref import WeakKeyDictionary

import numpy as np

from nablab.checking import equal, holds, models
from nablab.checking.expect import as_numbers
from nablab.reference import normalization as oracle

X = np.array([[1, 6], [5, 10], [5, 10], [5, 14]])


GAMMA, BETA = np.array([2, 3]), np.array([10, -1])


MM, MV = np.array([0, 2]), np.array([1, 4])


FORWARD = (X, GAMMA, BETA, MM, MV)


def forward(student, *args):
    """y, mm, mv and cache of the student's forward pass, the first three as arrays of the right
    shapes."""
    got = student.batchnorm_fwd(*args)
    holds(
        isinstance(got, (tuple, list)) and len(got) == 4,
        "batchnorm_fwd should return four things: `return y, mm, mv, cache`.",
        got=got,
    )
    shapes = {"y": np.shape(args[0]), "mm": np.shape(args[3]), "mv": np.shape(args[4])}
    arrays = []
    for (name, shape), part in zip(shapes.items(), got, strict=False):
        array = as_numbers(part, says=f"{name} of `return y, mm, mv, cache`:")
        holds(
            array.shape == shape, f"{name} has the shape {array.shape}, expected {shape}.", got=part
        )
        holds(np.isfinite(array).all(), f"{name} holds numbers that are not finite.", got=part)
        arrays.append(array)
    return (*arrays, got[3])


def features(rng, n, d):
    """A batch (n, d) of features with different means and spreads, and γ and β."""
    x = rng.normal(size=(n, d)) * rng.uniform(0.5, 3, size=d) + rng.normal(size=d)
    gamma, beta = rng.normal(size=(2, d)) + np.array([[1.5], [0.5]])
    return x, gamma, beta


def features_and_averages(rng, n, d):
    """The same, and moving averages m and v."""
    return *features(rng, n, d), rng.normal(size=d), rng.uniform(0.5, 3, size=d)


AXES = {"bn": (0, 1, 2), "ln_keras": (3,), "ln_chw": (1, 2, 3), "in": (1, 2)}
GROUP_AXES = (1, 2, 4)
KINDS = (*AXES, ("gn", 2))


def normalised(x, kind):
    """What normalise(x, kind) should return."""
    if isinstance(kind, tuple):
        ones, zeros = np.ones(x.shape[3]), np.zeros(x.shape[3])
        return oracle.group_norm(x, ones, zeros, kind[1])
    return oracle.normalize(x, AXES[kind], 1e-3)


def images(rng, shape):
    """Images (N, H, W, C) whose images and channels differ in mean and spread."""
    n, _, _, c = shape
    spread = rng.uniform(0.5, 3, size=(n, 1, 1, c))
    return rng.normal(size=shape) * spread + 2 * rng.normal(size=(n, 1, 1, c))


NETS = WeakKeyDictionary()  # of each student: building one takes longer than most checks


def kept(student, key, make, fresh=True):
    """A net that is made once for all checks; if `fresh`, each check gets it with its first
    weights."""
    nets = NETS.setdefault(student, {})
    if key not in nets:
        net = make()
        nets[key] = net, net.get_weights() if fresh else None
    elif fresh:
        nets[key][0].set_weights(nets[key][1])
    return nets[key][0]


def block(student, shape, filters, *args):
    """A fresh block of the student's as a model with an output of the right shape."""
    of = (shape, filters, *args)
    net = kept(student, of, lambda: models.functional(student, "residual_block", *of))
    stride = args[0] if args else 1
    right = (None, -(-shape[0] // stride), -(-shape[1] // stride), filters)
    equal(
        tuple(net.output_shape),
        right,
        f"The output shape of a block from {shape} to {filters} channels with stride {stride}.",
    )
    return net


def named(net, name):
    """The indices of its weights with this name, such as "gamma", in order."""
    return [i for i, weight in enumerate(net.weights) if weight.path.rpartition("/")[2] == name]


def convolutions(net):
    """Its convolutions as (filter size, filters, stride, whether it has a bias), in order."""
    found = []
    for layer in net.layers:
        if layer["kind"] == "Conv2D":
            size, stride = tuple(layer["kernel_size"]), tuple(layer["strides"])
            found.append((size, layer["filters"], stride, layer["use_bias"]))
    return found


# What tells wrong answers apart -------------------------------------------------------------------
NUMBERS = np.array(
    [[0.4, -2.1, 3.0], [1.7, 0.3, -1.2], [-0.9, 2.2, 0.1], [2.5, -0.7, 4.4], [0.2, 1.9, -3.3]]
)


SCALES = np.array([1.5, -0.5, 2.0]), np.array([0.3, -1.0, 4.0])


STATE = np.array([0.7, -0.2, 1.1]), np.array([2.0, 0.5, 1.3])


IMAGES = np.arange(2 * 3 * 2 * 4.0).reshape(2, 3, 2, 4) ** 2 % 13


def written(weight):
    """Values for a weight that are not drawn at random."""
    return 0.7 * np.sin(1 + np.arange(weight.size)).reshape(weight.shape)


def rounded(numbers):
    """To three decimals: the last digits of float32 differ from machine to machine."""
    return np.round(np.asarray(numbers, dtype=float), 3) + 0.0
