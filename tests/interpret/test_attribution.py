"""Methods of attribution against closed forms on linear and bias-free ReLU nets."""

import gc
import importlib
import weakref

import keras
import numpy as np
import pytest
from keras import layers
from tests.interpret import nets

from nablab.interpret import _gradients
from nablab.interpret.attribution import (
    cam,
    cascading_randomization,
    energy_in_mask,
    grad_cam,
    gradient_times_input,
    guided_backprop,
    input_gradient,
    integrated_gradients,
    occlusion,
    pointing_game,
    saliency,
    smooth_grad,
)

pytestmark = pytest.mark.slow
H, W, C = nets.SHAPE


def linear(last=None, units=3):
    model = keras.Sequential(
        [keras.Input(nets.SHAPE), layers.Flatten(), layers.Dense(units, activation=last)]
    )
    return nets.random_weights(model)


def weights_of(model, c):
    return model.get_weights()[0][:, c].reshape(nets.SHAPE)


def relu_net(bias):
    return nets.random_weights(nets.functional(nets.as_argument), bias=bias)


def gap_net(last=None, form="functional"):
    x = entry = keras.Input(nets.SHAPE)
    x = layers.Conv2D(5, 3, padding="same", activation="relu", name="conv")(x)
    x = layers.MaxPooling2D(2, name="pool")(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.5)(x)
    return nets.random_weights(keras.Model(entry, layers.Dense(3, activation=last)(x)))


@pytest.mark.parametrize("last", [None, "softmax", "sigmoid"])
def test_of_a_linear_net_the_gradient_is_the_weights_also_under_a_softmax(last):
    model, x = linear(last), 30 * nets.images()
    for c in range(3):
        w = weights_of(model, c)
        np.testing.assert_allclose(input_gradient(model, x, c), np.stack([w] * 3), rtol=1e-5)
        np.testing.assert_allclose(
            saliency(model, x, c), np.stack([np.abs(w).max(-1)] * 3), rtol=1e-5
        )
        np.testing.assert_allclose(smooth_grad(model, x, c), np.stack([w] * 3), rtol=1e-5)
        np.testing.assert_allclose(gradient_times_input(model, x, c), w * x, rtol=1e-4)
        np.testing.assert_allclose(
            integrated_gradients(model, x, c, baseline=0.5), w * (x - 0.5), rtol=1e-3, atol=1e-4
        )
    assert model.layers[-1].activation is keras.activations.get(last)


@pytest.mark.parametrize("end", [layers.Softmax, lambda: layers.Activation("softmax")])
def test_a_softmax_as_a_layer_is_left_out_too(end):
    model = keras.Sequential([linear(), end()])
    x = 30 * nets.images()
    got = input_gradient(model, x, classes=1)
    np.testing.assert_allclose(got[0], weights_of(model.layers[0], 1), rtol=1e-5)


def test_without_classes_it_is_the_class_that_the_model_says():
    model, x = relu_net(bias=True), nets.images(8)
    said = keras.ops.convert_to_numpy(model(x)).argmax(-1)
    assert len(set(said)) > 1
    for method in (
        input_gradient,
        smooth_grad,
        integrated_gradients,
        guided_backprop,
        grad_cam,
    ):
        np.testing.assert_allclose(method(model, x), method(model, x, said), rtol=1e-4, atol=1e-4)


def test_contributions_to_a_net_without_biases_sum_to_the_logit():
    model, x = relu_net(bias=False), nets.images()
    logit = keras.ops.convert_to_numpy(model(x))[:, 1]
    got = gradient_times_input(model, x, 1).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(got, logit, rtol=1e-4)


def test_integrated_gradients_sum_to_the_difference_from_the_baseline():
    model, x = relu_net(bias=True), nets.images()
    b = nets.images(seed=9)
    before, after = (keras.ops.convert_to_numpy(model(a))[:, 2] for a in (b, x))
    got = integrated_gradients(model, x, 2, baseline=b, steps=1000).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(got, after - before, rtol=0.02)


@pytest.mark.parametrize("last", [None, "softmax"])
def test_the_mean_of_a_class_activation_map_and_the_bias_are_the_logit(last):
    model, x = gap_net(last), nets.images()
    plain = keras.Model(model.input, model.layers[-2].output)
    w, b = model.layers[-1].get_weights()
    logits = keras.ops.convert_to_numpy(plain(x)) @ w + b
    for c in range(3):
        maps = cam(model, x, c, resize=False)
        assert maps.shape == (3, H // 2, W // 2)
        np.testing.assert_allclose(maps.mean(axis=(1, 2)) + b[c], logits[:, c], rtol=1e-4)
        by_gradient = grad_cam(model, x, c, rectify=False, resize=False)
        np.testing.assert_allclose(by_gradient, maps / maps[0].size, rtol=1e-4, atol=1e-5)
        assert cam(model, x, c).shape == grad_cam(model, x, c).shape == (3, H, W)


def test_cam_refuses_another_end():
    with pytest.raises(
        ValueError, match="does not end in GlobalAveragePooling2D and Dense; use grad_cam"
    ):
        cam(relu_net(True), nets.images())


@pytest.mark.parametrize("layer", ["conv1", "pool", "conv2"])
def test_grad_cam_of_a_layer_by_finite_differences(layer):
    model, x = relu_net(bias=True), nets.images(2)
    place = model.get_layer(layer)
    head = keras.Model(place.output, model.output)
    features = keras.ops.convert_to_numpy(keras.Model(model.input, place.output)(x))
    slopes = np.zeros(features.shape[-1])
    got = grad_cam(model, x, 1, layer=layer, resize=False, rectify=False)
    for n in range(2):
        for k in range(len(slopes)):
            moved = [features[n : n + 1].copy() for _ in range(2)]
            moved[0][..., k] -= 1e-3
            moved[1][..., k] += 1e-3
            below, above = (float(head(m)[0, 1]) for m in moved)
            slopes[k] = (above - below) / 2e-3 / features[n, :, :, 0].size
        np.testing.assert_allclose(got[n], features[n] @ slopes, rtol=0.05, atol=0.3)


def test_grad_cam_plus_plus_by_its_formula():
    model, x = gap_net(), nets.images(1)
    F = keras.ops.convert_to_numpy(keras.Model(model.input, model.get_layer("pool").output)(x))[0]
    w = model.layers[-1].get_weights()[0][:, 0]
    g = np.broadcast_to(w / F[..., 0].size, F.shape)
    a = g**2 / (2 * g**2 + F.sum(axis=(0, 1)) * g**3)
    expected = F @ (a * np.maximum(g, 0)).sum(axis=(0, 1))
    got = grad_cam(model, x, 0, plus_plus=True, resize=False, rectify=False)[0]
    np.testing.assert_allclose(got, expected, rtol=1e-4)


@pytest.mark.parametrize("fill", ["mean", "black", "blur", 0.25, [0.5, -1.0]])
def test_occlusion_of_a_linear_net_is_the_loss_of_its_products(fill):
    model, x = linear(), nets.images()
    size, strides = (3, 2), (2, 3)
    cover = {"mean": x.mean(axis=(1, 2), keepdims=True), "black": 0}.get(str(fill), fill)
    if fill == "blur":
        from nablab.interpret import _maps

        cover = _maps.blurred(x, 1.5)
        np.testing.assert_allclose(_maps.blurred(np.ones_like(x), 1.5), 1, rtol=1e-5)
    products = ((x - cover) * weights_of(model, 2)).sum(axis=-1)
    got = occlusion(
        model, x, 2, size=size, strides=strides, fill=fill, positions=True, batch_size=7
    )
    rows, columns = range(0, H - 2, 2), range(0, W - 1, 3)
    expected = [[[p[r : r + 3, c : c + 2].sum() for c in columns] for r in rows] for p in products]
    np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-4)
    total, count = np.zeros((3, H, W)), np.zeros((H, W))
    for i, r in enumerate(rows):
        for j, c in enumerate(columns):
            total[:, r : r + 3, c : c + 2] += got[:, i : i + 1, j : j + 1]
            count[r : r + 3, c : c + 2] += 1
    maps = occlusion(model, x, 2, size=size, strides=strides, fill=fill)
    np.testing.assert_allclose(maps, total / np.maximum(count, 1), rtol=1e-3, atol=1e-5)


def crossing():
    """Strides, even windows, padding of either kind, branches that meet, and a layer called twice."""
    x = entry = keras.Input((37, 41, 3))
    x = layers.ZeroPadding2D(((2, 0), (1, 3)))(x)
    x = layers.Conv2D(6, (4, 3), strides=(2, 1), activation="relu")(x)
    x = layers.BatchNormalization()(x)
    step = layers.DepthwiseConv2D(3, padding="same")
    y = layers.Add()(
        [layers.MaxPooling2D((3, 2), strides=1, padding="same")(step(x)), step(step(x))]
    )
    y = layers.Concatenate()([keras.ops.relu(y) * 0.5, x])
    y = layers.SeparableConv2D(5, 2, strides=2, padding="same", activation="silu")(y)
    y = layers.AveragePooling2D(2)(y)
    return keras.Model(entry, layers.Dense(4, activation="softmax")(layers.Flatten()(y)))


@pytest.mark.parametrize("size", [1, (3, 5), 9, 37])
@pytest.mark.parametrize("fill", ["mean", "blur"])
def test_occlusion_of_windows_is_that_of_whole_images(size, fill, monkeypatch):
    module = importlib.import_module("nablab.interpret.attribution.occlusion")
    plan, used = module.plan, []
    monkeypatch.setattr(module, "plan", lambda *given: used.append(plan(*given)) or used[-1])
    model = nets.random_weights(crossing())
    x = nets.images(2, shape=(37, 41, 3))
    more = {"size": size, "strides": 4, "fill": fill, "positions": True, "batch_size": 7}
    got = occlusion(model, x, [3, 1], **more)
    assert len(used[0]) >= {1: 8, 9: 2, 37: 0}.get(size, 5)
    monkeypatch.setattr(module, "plan", lambda *_: ())
    whole = occlusion(model, x, [3, 1], **more)
    np.testing.assert_allclose(got, whole, rtol=1e-3, atol=1e-4 * np.abs(whole).max())


def test_a_subclassed_model_has_gradients_and_occlusion():
    model, x = nets.Subclassed(), nets.images(2)
    model(x)
    assert input_gradient(model, x, 1).shape == x.shape
    assert occlusion(model, x, size=3).shape == x.shape[:3]
    with pytest.raises(ValueError, match="does not show which operations"):
        grad_cam(model, x)


def test_a_layer_in_place_of_a_class():
    model, x = relu_net(bias=True), nets.images(2)
    got = input_gradient(model, x, classes=3, layer="conv2")
    _w1, _b1, _w2, _b2, *_ = model.get_weights()
    maps = keras.ops.convert_to_numpy(keras.Model(model.input, model.get_layer("conv2").output)(x))
    for n in range(2):
        step = 1e-2 * got[n : n + 1] / np.abs(got[n]).max()
        moved = keras.Model(model.input, model.get_layer("conv2").output)(x[n : n + 1] + step)
        rise = float(keras.ops.max(moved[..., 3])) - maps[n, ..., 3].max()
        np.testing.assert_allclose(rise, (step[0] * got[n]).sum(), rtol=0.1)


def test_the_check_shuffles_from_the_top_and_puts_the_weights_back():
    model, x = relu_net(bias=True), nets.images(4)
    before = [w.copy() for w in model.get_weights()]
    found = cascading_randomization(saliency, model, x, 0)
    assert found.layers == ("logits", "conv2", "conv1")
    np.testing.assert_array_equal(found.maps[0], saliency(model, x, 0))
    for now, was in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, was)
    from scipy.stats import spearmanr

    for i, n in np.ndindex(found.correlations.shape):
        expected = spearmanr(found.maps[0][n].ravel(), found.maps[i + 1][n].ravel()).statistic
        np.testing.assert_allclose(found.correlations[i, n], expected, atol=1e-5)

    def fails(model, x, classes, batch_size):
        if not np.array_equal(model.get_weights()[-2], before[-2]):
            raise RuntimeError
        return x

    with pytest.raises(RuntimeError):
        cascading_randomization(fails, model, x, 0)
    np.testing.assert_array_equal(model.get_weights()[-2], before[-2])


def test_grades_of_maps_by_hand():
    maps = np.array([[[4.0, 1, 0], [-7, 3, 0]], [[0, 0, 0], [0, 0, 0]], [[5, 5, 0], [0, 0, 0]]])
    masks = np.zeros((3, 2, 3), bool)
    masks[:, 0, :2] = True
    assert energy_in_mask(maps, masks).tolist() == [0.625, np.float32(1 / 3), 1]
    np.testing.assert_allclose(energy_in_mask(maps, masks, over_area=True), [1.875, 1, 3])
    assert pointing_game(maps, masks).tolist() == [1, np.float32(1 / 3), 1]
    assert pointing_game(maps[..., None], masks).tolist() == [0, np.float32(1 / 3), 1]


def test_new_weights_need_no_new_compilation_and_a_new_activation_does():
    model, x = linear("softmax"), nets.images()
    input_gradient(model, x, 0)
    nets.random_weights(model, seed=5)
    np.testing.assert_allclose(input_gradient(model, x, 0)[0], weights_of(model, 0), rtol=1e-5)
    assert len(_gradients._COMPILED[model]) == 1
    model.layers[-1].activation = keras.activations.tanh
    assert np.abs(input_gradient(model, x, 0)[0] - weights_of(model, 0)).max() > 0.1


def test_no_compiled_function_keeps_a_model_alive():
    model = relu_net(True)
    seen = weakref.ref(model)
    for method in (input_gradient, guided_backprop, grad_cam):
        method(model, nets.images(2), 0)
    del model
    gc.collect()
    assert seen() is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"x": nets.images()[0]}, r"expected a batch \(n, …\): pass x\[None\]"),
        ({"x": nets.images()[:, :5]}, r"the model reads \(n, 7, 9, 2\)"),
        ({"x": np.array([["a"]])}, "expected numbers"),
        ({"classes": 3}, "the model has the classes 0 to 2"),
        ({"classes": [0, 1]}, "3 integers"),
        ({"classes": 0.5}, "expected an integer"),
        ({"batch_size": 0}, "batch_size is 0; expected a positive integer"),
        ({"layer": "conv"}, "has no layer 'conv'; it has 'conv1'"),
        ({"layer": "conv2", "classes": 5}, "channels of the layer, of which there are 5"),
    ],
)
def test_errors_say_what_was_expected(change, says):
    given = {"model": relu_net(True), "x": nets.images(), "classes": 0, **change}
    with pytest.raises(ValueError, match=says) as error:
        input_gradient(**given)
    assert str(error.value).startswith("input_gradient: ")


def test_a_model_with_two_inputs_is_refused():
    a, b = keras.Input((3,)), keras.Input((3,))
    with pytest.raises(
        ValueError, match="has 2 inputs and 1 outputs; make a functional model with one"
    ):
        input_gradient(keras.Model([a, b], layers.Dense(2)(a + b)), np.zeros((1, 3)))
