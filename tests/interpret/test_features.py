"""Features against planted units, hand-made cases and what the graph must see."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from tests.interpret import nets

from nablab.interpret.attribution import input_gradient
from nablab.interpret.features import (
    activations,
    class_images,
    deep_dream,
    embed,
    filter_grid,
    gram_matrix,
    receptive_field,
    synthesize_texture,
    top_patches,
    transfer_style,
    visualize_units,
)

pytestmark = pytest.mark.slow


def conv_net(size=(32, 32, 3), seed=0):
    x = entry = keras.Input(size)
    for number, filters in enumerate((8, 12), 1):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"conv{number}")(x)
        x = layers.MaxPooling2D(2, name=f"pool{number}")(x)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    model = keras.Model(entry, layers.Dense(4, activation="softmax", name="classes")(x))
    rng = np.random.default_rng(seed)
    for v in model.weights:
        fan = np.prod(v.shape[:-1])
        v.assign(rng.normal(size=v.shape) * (np.sqrt(2 / fan) if len(v.shape) > 1 else 0))
    return model


def stripes(side=32, period=8):
    wave = (np.arange(side) % period < period / 2).astype("float32")
    return np.stack(
        [np.tile(wave, (side, 1)), np.tile(1 - wave, (side, 1)), np.full((side, side), 0.3)], -1
    )


# Activations


def test_activations_of_nested_and_shared_layers_in_one_pass():
    model = nets.random_weights(nets.nested(nets.as_operation))
    x = nets.images()
    found = activations(model, x, ["middle/inner", "inner/conv1", "conv2", model.layers[-1]])
    w1, b1, w2, b2, _w3, _b3 = model.get_weights()
    a1 = nets.numpy_conv(x, w1, b1)
    np.testing.assert_allclose(found["inner/conv1"], a1, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(found["middle/inner"], np.maximum(a1, 0), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(
        found[model.layers[-1]], ops.convert_to_numpy(model(x)), rtol=1e-3, atol=1e-3
    )
    shared = nets.random_weights(nets.shared(nets.as_layer))
    with pytest.raises(
        ValueError, match="'conv2' is called 2 times; expected one of 'conv2:0', 'conv2:1'"
    ):
        activations(shared, x, "conv2")
    first, second = activations(shared, x, ["conv2:0", "conv2:1"]).values()
    w1, b1, w2, b2, *_ = shared.get_weights()
    np.testing.assert_allclose(
        second, nets.numpy_conv(np.maximum(first, 0), w2, b2), rtol=1e-3, atol=1e-3
    )


def test_activations_of_a_softmax_are_its_probabilities():
    model, x = conv_net(), np.random.default_rng(0).random((3, 32, 32, 3))
    np.testing.assert_allclose(
        activations(model, x, "classes")["classes"].sum(axis=1), 1, rtol=1e-5
    )


# Filters


def test_each_filter_is_scaled_by_itself_and_0_is_grey():
    w = np.random.default_rng(0).normal(size=(3, 2, 3, 5)) * np.array([1, 10, 0, 0.1, 5])
    sheet = filter_grid(w, columns=3, gap=1)
    assert sheet.shape == (2 * 3 + 1, 3 * 2 + 2, 3)
    for f in range(5):
        r, c = (f // 3) * 4, (f % 3) * 3
        tile = sheet[r : r + 3, c : c + 2]
        if f == 2:
            assert (tile == 0.5).all()
        else:
            assert np.isclose(np.abs(tile - 0.5).max(), 0.5)
            np.testing.assert_array_equal(np.sign(np.round(tile - 0.5, 6)), np.sign(w[..., f]))
    assert (sheet[4:, 6:] == 1).all() and (sheet[3] == 1).all()


# Receptive fields


def odd_net():
    """Strides, dilation, even kernels, padding, cropping, branches of other depth."""
    x = entry = keras.Input((29, 31, 2))
    x = layers.Conv2D(3, (4, 3), strides=(2, 1), padding="same", name="a")(x)
    x = layers.ZeroPadding2D(((2, 0), (1, 3)), name="b")(x)
    y = layers.Conv2D(3, 3, dilation_rate=2, padding="same", name="c")(x)
    y = layers.Add(name="d")(
        [layers.AveragePooling2D((3, 2), strides=1, padding="same", name="e")(y), x]
    )
    y = layers.Cropping2D(((1, 2), (0, 3)), name="f")(y)
    y = layers.DepthwiseConv2D(2, strides=2, name="g")(ops.multiply(y, 0.5))
    y = layers.UpSampling2D(2, name="h")(y)
    z = layers.Concatenate(name="i")([y, layers.SeparableConv2D(2, 3, padding="same", name="j")(y)])
    return keras.Model(entry, layers.Conv2D(2, 2, strides=2, name="k")(z))


@pytest.mark.parametrize("layer", ["a", "c", "d", "f", "g", "h", "i", "k"])
def test_a_receptive_field_is_where_the_gradient_is(layer):
    model = odd_net()
    for v in model.weights:
        v.assign(np.random.default_rng(0).uniform(0.5, 1, v.shape))  # nothing cancels
    inner = keras.Model(model.input, model.get_layer(layer).output)
    h, w = inner.output_shape[1:3]
    for position in [(0, 0), (h // 2, w // 2), (h - 1, w - 1), (h // 3, w - 2)]:
        r, c = position
        unit = keras.Model(model.input, ops.sum(inner.output[:, r, c], axis=1, keepdims=True))
        g = input_gradient(unit, np.ones((1, 29, 31, 2)), 0)[0]
        rows, columns = np.nonzero(np.abs(g).sum(axis=-1))
        r0, r1, c0, c1 = receptive_field(model, layer, position)
        if not len(rows):  # it reads padding alone
            assert r0 == r1 or c0 == c1, position
            continue
        assert (r0, r1, c0, c1) == (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1), (
            position
        )


def test_a_unit_behind_a_global_mean_sees_everything():
    model = conv_net()
    assert receptive_field(model, "classes").tolist() == [0, 32, 0, 32]
    with pytest.raises(ValueError, match="leave out position"):
        receptive_field(model, "mean", (0, 0))
    with pytest.raises(ValueError, match="8 × 8 places"):
        receptive_field(model, "pool2", (8, 0))


def test_a_model_of_any_size_needs_the_size():
    model = keras.Sequential(
        [keras.Input((None, None, 1)), layers.Conv2D(1, 3, strides=2, padding="same", name="a")]
    )
    with pytest.raises(ValueError, match=r"pass size=\(height, width\)"):
        receptive_field(model, "a")
    assert receptive_field(model, "a", (1, 1), size=(8, 9)).tolist() == [2, 5, 1, 4]


def test_what_cannot_be_followed_is_refused():
    model = keras.Sequential(
        [keras.Input((4, 4, 1)), layers.Lambda(lambda x: ops.flip(x, axis=1), name="flip")]
    )
    with pytest.raises(ValueError, match="what layer 'flip', a Lambda, reads is not known"):
        receptive_field(model, "flip")


# Patches


def test_the_top_patches_of_a_planted_detector_show_what_was_planted():
    cross = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]]) * 2.0 - 1
    conv = layers.Conv2D(2, 3, padding="same", use_bias=False, name="conv")
    model = keras.Sequential([keras.Input((11, 13, 1)), conv, layers.MaxPooling2D(2)])
    conv.kernel.assign(np.stack([cross, -cross], -1)[:, :, None])
    x = np.zeros((7, 11, 13, 1))
    at = {2: (3, 4), 5: (0, 12), 6: (9, 7)}  # the centres; in image 5 half of it is outside
    for n, (r, c) in at.items():
        for u, v in np.argwhere(cross > 0) - 1:
            if 0 <= r + u < 11 and 0 <= c + v < 13:
                x[n, r + u, c + v] = 1 if n != 6 else 0.9
    found = top_patches(model, "conv", x, units=[0], k=3, batch_size=3)
    assert found.shape == (1, 3, 5)
    assert found[0, 0].tolist() == [2, 2, 5, 3, 6]
    assert found[0, 1].tolist() == [6, 8, 11, 6, 9]
    assert found[0, 2].tolist() == [5, 0, 2, 11, 13]
    whole = top_patches(model, "conv", x, k=3)
    assert whole.shape == (2, 3, 5) and (whole[0] == found[0]).all()
    with pytest.raises(ValueError, match="the layer has the units 0 to 1"):
        top_patches(model, "conv", x, units=[2], k=1)


# Embedding


def test_principal_components_are_those_of_scikit_learn():
    from sklearn.decomposition import PCA

    codes = np.random.default_rng(0).normal(size=(23, 5)) @ np.random.default_rng(1).normal(
        size=(5, 5)
    )
    got, other = embed(codes, dims=3), PCA(3).fit_transform(codes)
    np.testing.assert_allclose(np.abs(got), np.abs(other), rtol=1e-4, atol=1e-5)
    assert (np.abs(got).max() > 0) and (embed(codes, dims=3) == got).all()


def test_tsne_keeps_neighbours():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(3), 13)
    codes = 20 * np.eye(3)[groups] + rng.normal(size=(39, 3))
    points = embed(codes, method="tsne", perplexity=5)
    apart = np.linalg.norm(points[:, None] - points, axis=-1) + 1e9 * np.eye(39)
    assert (groups[apart.argmin(axis=1)] == groups).all()
    with pytest.raises(ValueError, match="perplexity is 39; expected less than the 39 codes"):
        embed(codes, method="tsne", perplexity=39)


# Images made from nothing


def test_a_linear_unit_gets_the_signs_of_its_weights():
    w = np.random.default_rng(0).normal(size=(8, 8, 3, 2))
    conv = layers.Conv2D(2, 8, use_bias=False)
    model = keras.Sequential([keras.Input((8, 8, 3)), conv])
    conv.kernel.assign(w)
    images = visualize_units(model, conv, fourier=False, jitter=0, steps=200, rate=0.05)
    for u in range(2):
        np.testing.assert_allclose(images[u], (np.sign(w[..., u]) + 1) / 2, atol=0.02)


@pytest.mark.parametrize("n", [1, 2, 7, 8])
def test_the_waves_are_orthonormal_and_of_their_frequencies(n):
    from nablab.interpret.features import _ascent

    waves, f = _ascent.waves(n), _ascent.frequencies(n)
    np.testing.assert_allclose(waves.T @ waves, np.eye(n), atol=1e-6)
    for wave, frequency in zip(waves.T, f, strict=True):
        power = np.abs(np.fft.fft(wave)) ** 2
        assert np.isclose(
            power[np.isclose(np.abs(np.fft.fftfreq(n)), frequency)].sum(), n, rtol=1e-4
        )


def test_units_made_together_are_those_made_alone():
    model = conv_net()
    together = visualize_units(model, "conv2", [1, 4, 7], steps=5, batch_size=2)
    alone = visualize_units(model, "conv2", [4], steps=5)
    np.testing.assert_allclose(together[1], alone[0], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("fourier", [True, False])
def test_the_made_images_excite_their_own_units(fourier):
    model = conv_net()
    images = visualize_units(model, "conv2", range(5), steps=60, fourier=fourier)
    assert images.min() >= 0 and images.max() <= 1
    found = activations(model, images, "conv2")["conv2"].mean(axis=(1, 2))[:, :5]
    noise = np.random.default_rng(0).random((20, 32, 32, 3))
    of_noise = activations(model, noise, "conv2")["conv2"].mean(axis=(1, 2))[:, :5].mean(axis=0)
    alive = of_noise > 0.01
    assert alive.sum() >= 2
    assert (np.diag(found)[alive] > 1.5 * of_noise[alive]).all(), (np.diag(found), of_noise)


def test_a_unit_that_is_off_at_first_is_reached_all_the_same():
    conv = layers.Conv2D(2, 3, activation="relu")
    model = keras.Sequential([keras.Input((9, 9, 1)), conv])
    # Off at grey, by 4.5 - 5 and 4.2 - 4.5.
    conv.set_weights([np.ones((3, 3, 1, 2)) * [1, -1], np.array([-5.0, 4.2])])
    images = visualize_units(model, conv, steps=80, rate=0.1, jitter=0)
    found = activations(model, images, conv)[conv].mean(axis=(1, 2))
    assert found[0, 0] > 1 and found[1, 1] > 1
    # Alone it gets the same image. Few steps: rounding differs with the size of a batch, and Adam
    # makes whole steps of it where the gradient is nearly 0.
    alone, both = (
        visualize_units(model, conv, units, steps=10, rate=0.1, jitter=0) for units in ([0], [0, 1])
    )
    np.testing.assert_allclose(alone[0], both[0], atol=2e-3)


def high(image):
    """The share of power above a quarter of a cycle a pixel."""
    power = np.abs(np.fft.fft2(image - image.mean(axis=(0, 1)), axes=(0, 1))) ** 2
    f = np.hypot(np.fft.fftfreq(image.shape[0])[:, None], np.fft.fftfreq(image.shape[1]))
    return power[f > 0.25].sum() / power.sum()


def test_each_regulariser_does_what_it_is_for():
    model = conv_net()
    more = {"fourier": False, "steps": 30, "jitter": 0}
    plain = visualize_units(model, "conv2", [1], **more)[0]
    assert (
        high(visualize_units(model, "conv2", [1], **more, blur=1.0, blur_every=2)[0])
        < high(plain) / 4
    )
    assert high(visualize_units(model, "conv2", [1], steps=30)[0]) < high(plain) / 2
    weaker = visualize_units(model, "conv2", [1], **more, l2=0.2)[0]
    assert np.abs(weaker - 0.5).mean() < np.abs(plain - 0.5).mean() / 2
    for name in ("clip_norm", "clip_contribution"):
        cut = visualize_units(model, "conv1", [1], **more, **{name: 0.6})[0]
        grey = (cut == 0.5).all(axis=-1).mean()
        assert 0.5 < grey < 0.8, (name, grey)
    with pytest.raises(ValueError, match="change pixels; pass fourier=False too"):
        visualize_units(model, "conv2", [1], blur=1.0)


def test_class_images_have_their_class():
    model = conv_net()
    images = class_images(model, steps=60, low=-1, high=1)
    assert images.shape == (4, 32, 32, 3) and images.min() < 0
    model.layers[-1].activation = keras.activations.linear
    logits = ops.convert_to_numpy(model(images))
    assert logits.argmax(axis=0).tolist() == [0, 1, 2, 3]


# Images made from images


@pytest.mark.parametrize("octaves", [1, 3])
def test_a_dream_excites_its_layer_more_also_at_another_size(octaves):
    model = conv_net()
    photo = np.random.default_rng(0).random((41, 53, 3)) * 0.5 + 0.25
    dreamt = deep_dream(model, photo, "conv2", octaves=octaves, steps=4)
    assert dreamt.shape == photo.shape and dreamt.min() >= 0 and dreamt.max() <= 1
    head = keras.Model(model.input, model.get_layer("conv2").output)
    free = keras.Sequential([keras.Input((None, None, 3)), *head.layers[1:]])
    before, after = (float(ops.mean(free(im[None]) ** 2)) for im in (photo, dreamt))
    assert after > 1.5 * before


def test_a_gram_matrix_forgets_where_and_may_forget_the_means():
    rng = np.random.default_rng(0)
    F = rng.normal(size=(2, 5, 7, 3)) + 2
    G = gram_matrix(F)
    shuffled = F.reshape(2, 35, 3)[:, rng.permutation(35)].reshape(F.shape)
    np.testing.assert_allclose(gram_matrix(shuffled), G, rtol=1e-5)
    np.testing.assert_allclose(G[0], F[0].reshape(35, 3).T @ F[0].reshape(35, 3) / 35, rtol=1e-5)
    np.testing.assert_allclose(
        gram_matrix(F, centre=True)[1], np.cov(F[1].reshape(35, 3).T, bias=True), rtol=1e-4
    )


def distance(model, image, other):
    both = activations(model, np.stack([image, other]), ["conv1", "pool1"]).values()
    grams = [gram_matrix(a) for a in both]
    return sum(((g[0] - g[1]) ** 2).sum() / (g[1] ** 2).sum() for g in grams)


def test_a_texture_comes_near_to_the_gram_matrices_and_is_another_image():
    model, image = conv_net(), stripes()
    made = synthesize_texture(model, image, ["conv1", "pool1"], steps=80)
    noise = np.random.default_rng(0).random((32, 32, 3))
    assert distance(model, made, image) < 0.1 * distance(model, noise, image)
    assert np.corrcoef(made.ravel(), image.ravel())[0, 1] < 0.95
    assert synthesize_texture(model, image, "conv1", size=(20, 24), steps=2).shape == (20, 24, 3)


def test_the_more_the_content_counts_the_nearer_the_image_stays():
    model = conv_net()
    content = np.random.default_rng(1).random((32, 32, 3))
    made = [
        transfer_style(model, content, stripes(), ["conv1", "pool1"], "conv2", alpha=a, steps=40)
        for a in (0.03, 1, 30)
    ]
    far = [float(((m - content) ** 2).mean()) for m in made]
    assert far[0] > far[1] > far[2]
    assert distance(model, made[0], stripes()) < distance(model, made[2], stripes())
