"""Hidden checks of exercise 5.8."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nablab.checking import close, exercise, holds, models

ACTS = {None: lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}


def dense(units, activation="relu"):
    return {"kind": "Dense", "units": units, "activation": activation}


def conv(filters, kernel_size, activation="relu"):
    return {
        "kind": "Conv2D",
        "filters": filters,
        "kernel_size": kernel_size,
        "activation": activation,
    }


def sums_of(layers, weights, x):
    """What each layer with weights makes of x before its activation, and what the last puts out."""
    weights, sums = list(weights), []
    for layer in layers:
        if layer["kind"] == "Flatten":
            x = x.reshape(len(x), -1)
            continue
        kernel, bias = (weights.pop(0).astype(float) for _ in range(2))
        if layer["kind"] == "Conv2D":
            windows = sliding_window_view(x, kernel.shape[:2], (1, 2))  # (N, oh, ow, C, kh, kw)
            z = np.einsum("nijcuv,uvcf->nijf", windows, kernel) + bias
        else:
            z = x @ kernel + bias
        sums.append(z)
        x = ACTS[layer["activation"]](z)
    return sums, x


def start(student, rng, layers, shape, size, bias):
    """A model with normal weights and biases, and its weights as they are then."""
    net = models.sequential(student, shape, layers, seed=1)
    net.set_weights(
        [
            rng.normal(
                0, bias if len(w.shape) == 1 else size / np.sqrt(np.prod(w.shape[:-1])), w.shape
            )
            for w in net.weights
        ]
    )
    return net, net.get_weights()


def tuned(student, net, x):
    """The weights after lsuv: those of the model that it was given."""
    models.model(student.lsuv(net.handle, x))
    return net.get_weights()


def deviations_are_one(layers, weights, x, within=0.05, says=""):
    got = np.array([z.std() for z in sums_of(layers, weights, x)[0]])
    holds(
        np.isfinite(got).all() and (np.abs(got - 1) < within).all(),
        f"{says} The layers' sums have the standard deviations "
        f"{', '.join(f'{s:.3g}' for s in got)}; each should be 1.".strip(),
        got=got,
        expected=np.ones(len(got)),
    )


LAYERS = [dense(19), dense(29, "tanh"), dense(7, None)]


@exercise("5.8")
def test_any_start_ends_at_one(student, rng):
    """From weights far too small or far too large, every layer ends at deviation 1"""
    x = rng.normal(size=(250, 13)) * rng.uniform(0.2, 3, 13) + rng.normal(size=13)
    for size in (10 ** rng.uniform(-2, -1), 10 ** rng.uniform(0.8, 1.5)):
        net, _ = start(student, rng, LAYERS, (13,), size, 0.0)
        weights = tuned(student, net, x)
        deviations_are_one(LAYERS, weights, x, says=f"Weights {size:.2g} times as large.")


@exercise("5.8")
def test_new_data_of_the_same_kind(student, rng):
    """On new data of the same kind the deviations are near 1 as well"""
    centre = rng.normal(size=13)
    x, new = (rng.normal(size=(400, 13)) + centre for _ in range(2))
    net, _ = start(student, rng, LAYERS, (13,), 0.3, 0.0)
    deviations_are_one(LAYERS, tuned(student, net, x), new, 0.2, "On new data.")


@exercise("5.8")
def test_biases_are_untouched(student, rng):
    """Biases are untouched, and the deviations are 1 with them"""
    x = rng.normal(size=(250, 13))
    net, before = start(student, rng, LAYERS, (13,), 0.5, 0.3)
    before = [w + 1.5 if w.ndim == 1 else w for w in before]  # biases whose mean is not 0
    net.set_weights(before)
    weights = tuned(student, net, x)
    for b, a in zip(before[1::2], weights[1::2], strict=True):
        close(a, b, "Biases after and before:", rtol=1e-6)
    deviations_are_one(LAYERS, weights, x)


@exercise("5.8")
def test_one_factor_for_each_kernel(student, rng):
    """Each kernel is multiplied by one positive number"""
    x = rng.normal(size=(250, 13)) * rng.uniform(0.2, 4, 13)
    net, before = start(student, rng, LAYERS, (13,), 0.3, 0.1)
    for b, a in zip(before[::2], tuned(student, net, x)[::2], strict=True):
        factor = float(np.sum(a * b) / np.sum(b * b))
        holds(factor > 0, "A kernel was turned into its negative or to 0.", got=a)
        close(a, factor * b, f"A kernel and the old one times {factor:.3g}:", rtol=1e-3)


@exercise("5.8")
def test_convolutions(student, rng):
    """Convolutions with unequal sides are scaled over all places together"""
    layers = [conv(5, (2, 3)), conv(7, (3, 2), "tanh"), {"kind": "Flatten"}, dense(11, None)]
    x = rng.uniform(0, 1, (50, 7, 9, 2)) ** 2
    net, before = start(student, rng, layers, (7, 9, 2), 0.2, 0.05)
    weights = tuned(student, net, x)
    deviations_are_one(layers, weights, x)
    for b, a in zip(before[1::2], weights[1::2], strict=True):
        close(a, b, "Biases after and before:", rtol=1e-6)


@exercise("5.8")
def test_the_model_computes_with_its_activations(student, rng):
    """Afterwards the model computes what its weights and its activations say"""
    x = rng.normal(size=(90, 13))
    net, before = start(student, rng, LAYERS, (13,), 0.4, 0.2)
    after = models.model(student.lsuv(net.handle, x))
    weights = net.get_weights()
    holds(
        not np.allclose(weights[0], before[0]),
        "The first kernel of the model that was given is what it was before.",
    )
    _, expected = sums_of(LAYERS, weights, x)
    for model, which in ((after, "that it returns"), (net, "that it was given")):
        got = model(x.astype(np.float32))
        close(got, expected, f"The model {which} on x:", rtol=1e-3, atol=1e-3)


@exercise("5.8")
def test_layers_without_a_kernel_are_left_alone(student, rng):
    """Layers without a kernel keep their weights"""
    layers = [dense(9, None), {"kind": "BatchNormalization"}, {"kind": "ReLU"}, dense(5, None)]
    net = models.sequential(student, (6,), layers, seed=3)
    weights = [
        rng.uniform(0.5, 2, w.shape) if len(w.shape) == 1 else rng.normal(0, 3, w.shape)
        for w in net.weights
    ]
    weights[1] *= 0.2
    weights[-1] *= 0.1
    net.set_weights(weights)
    after = tuned(student, net, rng.normal(size=(80, 6)))
    for w, a, b in zip(net.weights, after, weights, strict=True):
        if len(w.shape) == 1:
            close(a, b, f"{w.path} after and before:", rtol=1e-5)
        else:
            holds(not np.allclose(a, b), f"{w.path} was not scaled.")
