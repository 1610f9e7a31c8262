"""Normalisations along any axes of inputs of any rank equal their definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backends import BACKEND, numbers

from nablab import layers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        BACKEND != "tensorflow", reason="Keras's mean or variance of float64 is a float32 there"
    ),
]
tried = settings(max_examples=40)
seeds = st.integers(0, 2**16)
EPSILON = 0.01


@st.composite
def inputs(draw, least_rank=2):
    shape = draw(st.lists(st.integers(1, 4), min_size=least_rank, max_size=4))
    return np.random.default_rng(draw(seeds)).normal(3, 2, shape)


@st.composite
def inputs_and_axis(draw):
    """An input, and one of its axes after the batch, counted from the front or from the back."""
    x = draw(inputs())
    axis = draw(st.integers(1, x.ndim - 1))
    return x, axis, axis - x.ndim if draw(st.booleans()) else axis


@st.composite
def inputs_and_axes(draw):
    """An input, and several of its axes after the batch, in any order."""
    x = draw(inputs())
    axes = draw(st.lists(st.integers(1, x.ndim - 1), min_size=1, unique=True))
    return x, axes, tuple(axis - x.ndim if draw(st.booleans()) else axis for axis in axes)


def filled(name, x, **more):
    """A layer with random weights, and γ, β and the like as its attributes."""
    layer = getattr(layers, name)(epsilon=EPSILON, dtype="float64", **more)
    layer.build(x.shape)
    rng = np.random.default_rng(x.size)
    for weight in layer.weights:
        weight.assign(rng.uniform(0.5, 2, weight.shape))
    return layer


def along(weight, axes, x):
    """A weight of the sizes of x along axes, in the order of x, in a shape that broadcasts to x."""
    return numbers(weight).reshape([n if a in axes else 1 for a, n in enumerate(x.shape)])


def standard(x, axes):
    """x less its mean over the axes, divided by its deviation."""
    mean, variance = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
    return (x - mean) / np.sqrt(variance + EPSILON)


def near(one, other):
    np.testing.assert_allclose(numbers(one), other, rtol=0, atol=1e-9)


@tried
@given(inputs_and_axes())
def test_layer_norm(case):
    x, axes, axis = case
    layer = filled("LayerNormalization", x, axis=axis)
    gamma, beta = along(layer.gamma, axes, x), along(layer.beta, axes, x)
    near(layer(x), gamma * standard(x, tuple(axes)) + beta)


@tried
@given(inputs_and_axes())
def test_rms_norm(case):
    x, axes, axis = case
    layer = filled("RMSNormalization", x, axis=axis)
    mean_square = np.mean(x**2, axis=tuple(axes), keepdims=True)
    near(layer(x), along(layer.scale, axes, x) * x / np.sqrt(mean_square + EPSILON))


@tried
@given(inputs_and_axis(), st.floats(0, 1))
def test_batch_norm_in_training_and_at_inference(case, momentum):
    x, channel, axis = case
    layer = filled("BatchNormalization", x, axis=axis, momentum=momentum)
    gamma, beta = along(layer.gamma, [channel], x), along(layer.beta, [channel], x)
    mean, variance = numbers(layer.moving_mean), numbers(layer.moving_variance)
    others = tuple(place for place in range(x.ndim) if place != channel)
    near(layer(x, training=True), gamma * standard(x, others) + beta)
    mean = momentum * mean + (1 - momentum) * x.mean(axis=others)
    variance = momentum * variance + (1 - momentum) * x.var(axis=others)
    near(layer.moving_mean, mean)
    near(layer.moving_variance, variance)
    mean, variance = along(mean, [channel], x), along(variance, [channel], x)
    near(layer(x), gamma * (x - mean) / np.sqrt(variance + EPSILON) + beta)


@tried
@given(inputs_and_axis(), st.data())
def test_group_norm(case, data):
    x, channel, axis = case
    C = x.shape[channel]
    groups = data.draw(st.sampled_from([n for n in range(1, C + 1) if C % n == 0]))
    layer = filled("GroupNormalization", x, axis=axis, groups=groups)
    y = np.empty_like(x)
    for part in np.split(np.arange(C), groups):
        for b in range(len(x)):
            place = tuple(part if a == channel else slice(None) for a in range(1, x.ndim))
            y[(b, *place)] = standard(x[(b, *place)], None)
    near(layer(x), along(layer.gamma, [channel], x) * y + along(layer.beta, [channel], x))


@tried
@given(inputs(least_rank=3))
def test_instance_norm(x):
    layer = filled("InstanceNormalization", x)
    spatial = tuple(range(1, x.ndim - 1))
    near(layer(x), numbers(layer.gamma) * standard(x, spatial) + numbers(layer.beta))
