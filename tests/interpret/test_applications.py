"""The architectures of `keras.applications` through every method, with random weights and a small
input: each result is finite, of its shape, and belongs to the model that was given."""

import functools

import keras
import numpy as np
import pytest
from tests.backends import BACKEND

from nablab.autodiff import value_and_gradients
from nablab.interpret import _graph
from nablab.interpret.attribution import (
    cam,
    cascading_randomization,
    deconvnet,
    grad_cam,
    gradient_times_input,
    guided_backprop,
    guided_grad_cam,
    input_gradient,
    integrated_gradients,
    occlusion,
    saliency,
    smooth_grad,
)
from nablab.interpret.features import (
    activations,
    class_images,
    deep_dream,
    receptive_field,
    synthesize_texture,
    top_patches,
    transfer_style,
    visualize_units,
)

pytestmark = pytest.mark.slow
SIDE, CLASSES = 32, 3
NAMES = ("MobileNetV2", "ResNet50", "VGG16", "EfficientNetB0")
EARLY = {  # a layer, and a ReLU that it leads to
    "MobileNetV2": "block_1_expand_relu",
    "ResNet50": "conv2_block1_out",
    "VGG16": "block1_conv2",
    "EfficientNetB0": "block2a_expand_activation",
}
each = pytest.mark.parametrize("name", NAMES)


@functools.lru_cache(maxsize=1)
def model_of(name):
    keras.utils.set_random_seed(0)
    make = getattr(keras.applications, name)
    return make(weights=None, input_shape=(SIDE, SIDE, 3), classes=CLASSES)


def images():
    return np.random.default_rng(0).random((2, SIDE, SIDE, 3)).astype("float32") * 255


def logits(model, x):
    """By Keras's own model of the last layer without its softmax."""
    last = model.layers[-1]
    before = keras.Model(model.input, last.input)(x, training=False)
    w, b = last.get_weights()
    return keras.ops.matmul(before, w) + b


@pytest.fixture(scope="module")
def traced_quickly():
    """TensorFlow's optimiser of graphs takes longer than these few calls save by it."""
    if BACKEND != "tensorflow":
        yield
        return
    import tensorflow as tf

    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    yield
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": False})


@each
def test_every_method_reads_it(name, traced_quickly):
    model, x, layer = model_of(name), images(), EARLY[name]
    weights = [w.copy() for w in model.get_weights()]
    _gradients_are_those_of_the_logits(model, x)
    _rules_are_not_the_gradient(name, model, x)
    _maps(name, model, x)
    _features(name, model, x, layer)
    for now, was in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, was)


def _gradients_are_those_of_the_logits(model, x):
    variable = keras.Variable(x)
    _, (expected,) = value_and_gradients(
        lambda: keras.ops.sum(logits(model, variable.value)[:, 1]), [variable]
    )
    expected = keras.ops.convert_to_numpy(expected)
    atol = 1e-4 * np.abs(expected).max()
    got = input_gradient(model, x, 1)
    np.testing.assert_allclose(got, expected, rtol=1e-2, atol=atol)
    np.testing.assert_allclose(saliency(model, x, 1), np.abs(got).max(axis=-1), atol=atol)
    np.testing.assert_allclose(gradient_times_input(model, x, 1), got * x, atol=255 * atol)
    np.testing.assert_allclose(smooth_grad(model, x, 1, noise=0, samples=2), got, atol=atol)
    assert integrated_gradients(model, x, 1, steps=2).shape == x.shape


def _rules_are_not_the_gradient(name, model, x):
    plain = input_gradient(model, x, 1)
    for method in (deconvnet, guided_backprop):
        got = method(model, x, 1)
        assert np.isfinite(got).all()
        same = np.abs(got - plain).max() < 1e-2 * np.abs(plain).max()
        assert same == (name == "EfficientNetB0"), method  # which has no ReLU


def _maps(name, model, x):
    for method in (grad_cam, guided_grad_cam):
        got = method(model, x, 1)
        assert np.isfinite(got).all() and got.shape[:3] == x.shape[:3]
    if name == "VGG16":
        with pytest.raises(ValueError, match="use grad_cam"):
            cam(model, x, 1)
    else:
        maps, bias = cam(model, x, 1, resize=False), model.layers[-1].get_weights()[1][1]
        found = maps.mean(axis=(1, 2)) + bias
        expected = keras.ops.convert_to_numpy(logits(model, x))[:, 1]
        np.testing.assert_allclose(found, expected, rtol=1e-2, atol=1e-3 * np.abs(expected).max())
    assert occlusion(model, x, 1, size=16, strides=16).shape == x.shape[:3]
    found = cascading_randomization(input_gradient, model, x, 1, layers=1)
    assert found.correlations.shape == (1, 2) and found.layers[0] == model.layers[-1].name


def _features(name, model, x, layer):
    found = activations(model, x, [layer, model.layers[-1]])
    expected = keras.ops.convert_to_numpy(model(x, training=False))
    np.testing.assert_allclose(found[model.layers[-1]], expected, rtol=1e-2, atol=1e-4)
    last = _graph.Graph(model).last_map()
    path = next(s.path for s in _graph.Graph(model).steps if s.outputs[0] == last)
    r0, r1, c0, c1 = receptive_field(model, path)
    assert 0 <= r0 < r1 <= SIDE and 0 <= c0 < c1 <= SIDE
    assert top_patches(model, layer, x, units=[0, 1], k=2).shape == (2, 2, 5)
    few = {"steps": 2, "high": 255.0}
    for made in (
        *visualize_units(model, layer, [0, 1], **few),
        *class_images(model, [0], **few),
        deep_dream(model, x[0], layer, octaves=1, **few),
        synthesize_texture(model, x[0], layer, **few),
        transfer_style(model, x[0], x[1], layer, layer, **few),
    ):
        assert made.shape == x.shape[1:] and np.isfinite(made).all()
        assert made.min() >= 0 and made.max() <= 255
