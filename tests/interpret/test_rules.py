"""Gradient, deconvnet and guided backprop by hand, on every form of model and of ReLU."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from tests.interpret import nets

from nablab.interpret.attribution import deconvnet, guided_backprop, guided_grad_cam, input_gradient

pytestmark = pytest.mark.slow
METHODS = {"plain": input_gradient, "deconvnet": deconvnet, "guided": guided_backprop}


def through(rule, g, x):
    if rule == "plain":
        return g * (x > 0)
    return np.maximum(g, 0) * ((x > 0) if rule == "guided" else 1)


def unpooled(g, x, y):
    """2 × 2 max pooling backwards: to the first maximum of each window."""
    out = np.zeros_like(x)
    for n, i, j, c in np.ndindex(y.shape):
        window = x[n, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c]
        u, v = np.unravel_index(window.argmax(), window.shape)
        out[n, 2 * i + u, 2 * j + v, c] = g[n, i, j, c]
    return out


def by_hand(model, x, c, rule):
    w1, b1, w2, b2, w3, _ = (np.asarray(w, "float64") for w in model.get_weights())
    a1 = nets.numpy_conv(x.astype("float64"), w1, b1)
    r1 = np.maximum(a1, 0)
    n, H, W, C = r1.shape
    windows = r1[:, : H // 2 * 2, : W // 2 * 2].reshape(n, H // 2, 2, W // 2, 2, C)
    pooled = windows.max(axis=(2, 4))
    a2 = nets.numpy_conv(pooled, w2, b2)
    g = np.broadcast_to(w3[:, c].reshape(1, *a2.shape[1:]), a2.shape)
    g = nets.numpy_conv_back(through(rule, g, a2), w2)
    return nets.numpy_conv_back(through(rule, unpooled(g, r1, pooled), a1), w1)


@pytest.mark.parametrize("rule", METHODS)
@pytest.mark.parametrize("relu", nets.FORMS)
@pytest.mark.parametrize("form", [nets.sequential, nets.functional, nets.nested])
def test_each_rule_is_what_it_is_by_hand(form, relu, rule):
    if form is nets.sequential and relu not in nets.FORMS[:3]:
        pytest.skip("a Sequential model consists of layers")
    model = nets.random_weights(form(relu))
    x = nets.images()
    got = METHODS[rule](model, x, classes=2)
    np.testing.assert_allclose(got, by_hand(model, x, 2, rule), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("rule", METHODS)
@pytest.mark.parametrize("relu", nets.FORMS)
def test_each_rule_on_layers_that_are_called_twice(relu, rule):
    model = nets.random_weights(nets.shared(relu))
    x = nets.images()
    w1, b1, w2, b2, w3, _ = (np.asarray(w, "float64") for w in model.get_weights())
    a1 = nets.numpy_conv(x.astype("float64"), w1, b1)
    a2 = nets.numpy_conv(np.maximum(a1, 0), w2, b2)
    a3 = nets.numpy_conv(np.maximum(a2, 0), w2, b2)
    g = np.broadcast_to(w3[:, 1].reshape(1, *a3.shape[1:]), a3.shape)
    g = nets.numpy_conv_back(through(rule, g, a3), w2)
    g = nets.numpy_conv_back(through(rule, g, a2), w2)
    g = nets.numpy_conv_back(through(rule, g, a1), w1)
    got = METHODS[rule](model, x, classes=1)
    np.testing.assert_allclose(got, g, rtol=1e-3, atol=2e-3)


@pytest.mark.parametrize("limited", ["relu6", layers.ReLU(max_value=2.0), "leaky_relu", "silu"])
def test_other_activations_keep_their_gradient_and_a_limit_too(limited):
    """One unit: w = 1, then weight −1 or 1. Of relu6 and of max_value the rule is that of ReLU below
    the limit; leaky ReLU and SiLU have their plain gradient in any rule."""
    model = keras.Sequential(
        [
            keras.Input((1,)),
            layers.Dense(1, kernel_initializer="ones", activation=limited),
            layers.Dense(2, kernel_initializer=lambda *_, **__: [[1.0, -1.0]]),
        ]
    )
    x = np.array([[-1.0], [1.0], [7.0]])
    plain = [input_gradient(model, x, classes=c) for c in (0, 1)]
    guided = [guided_backprop(model, x, classes=c) for c in (0, 1)]
    back = [deconvnet(model, x, classes=c) for c in (0, 1)]
    if limited in ("leaky_relu", "silu"):
        np.testing.assert_allclose(guided, plain)
        np.testing.assert_allclose(back, plain)
    else:
        assert [g.ravel().tolist() for g in guided] == [[0, 1, 0], [0, 0, 0]]
        assert [g.ravel().tolist() for g in back] == [[1, 1, 0], [0, 0, 0]]


def test_relu_has_its_own_gradient_again_afterwards():
    model = nets.random_weights(nets.functional(nets.as_operation))
    x = nets.images()
    before = input_gradient(model, x, classes=0)
    guided_backprop(model, x, classes=0)
    fresh = keras.models.clone_model(model)
    fresh.set_weights(model.get_weights())
    np.testing.assert_array_equal(input_gradient(fresh, x, classes=0), before)


def test_guided_grad_cam_is_the_product():
    from nablab.interpret.attribution import grad_cam

    model = nets.random_weights(nets.functional(nets.as_layer))
    x = nets.images()
    expected = guided_backprop(model, x, 1) * grad_cam(model, x, 1)[..., None]
    np.testing.assert_allclose(guided_grad_cam(model, x, 1), expected, rtol=1e-5, atol=1e-6)


@keras.saving.register_keras_serializable(package="tests")
class Rectifier(layers.Layer):
    def call(self, x):
        return x * ops.cast(x > 0, x.dtype)


def my_relu(x):
    return x * ops.cast(x > 0, x.dtype)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (nets.Subclassed, "does not show which operations"),
        (lambda: of_layers(Rectifier(name="mine")), "'mine' is a Rectifier, whose operations"),
        (lambda: of_layers(layers.Lambda(my_relu, name="mine")), "'mine' is a Lambda"),
        (
            lambda: of_layers(layers.Dense(3, activation=my_relu, name="mine")),
            "activation of layer 'mine'",
        ),
        (lambda: of_layers(layers.ReLU(threshold=1.0)), "a ReLU with a threshold"),
    ],
)
@pytest.mark.parametrize("method", [deconvnet, guided_backprop, guided_grad_cam])
def test_what_cannot_be_right_is_refused(method, make, says):
    with pytest.raises(ValueError, match=says) as error:
        method(make(), nets.images(), classes=0)
    assert str(error.value).startswith(f"{method.__name__}: ")
    assert str(error.value).endswith(".") and "\n" not in str(error.value)


def of_layers(middle):
    return keras.Sequential([keras.Input(nets.SHAPE), middle, layers.Flatten(), layers.Dense(3)])
