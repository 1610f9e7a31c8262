"""Circuits: each method beside the NumPy reference, its claims, and what it refuses."""

import numpy as np
import pytest

from nablab.interpret import circuits
from nablab.reference import circuits as reference


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def test_arcs_and_detectors_are_those_of_the_reference(rng):
    for theta in (0, 1.1, np.pi, -2.4, 9.0):
        for size, radius, width in ((15, 6, 1), (10, 4.5, 0.8), (5, 2, 1)):
            np.testing.assert_allclose(
                circuits.arc_template(theta, size=size, radius=radius, width=width),
                reference.arc_template(theta, radius, size, width),
                atol=1e-6,
            )
        np.testing.assert_allclose(
            circuits.curve_detector(theta, inhibit=0.5),
            reference.curve_detector(theta, 6, 15, 1, 0.5),
            atol=1e-6,
        )


def test_an_arc_is_nearest_to_its_own_pixels():
    """The distance, by many points along the arc."""
    theta, radius, size, width = 0.7, 5.0, 13, 1.2
    along = theta + np.pi + np.linspace(-np.pi / 3, np.pi / 3, 4001)
    x = radius * np.cos(theta) + radius * np.cos(along)
    y = radius * np.sin(theta) + radius * np.sin(along)
    rows, columns = np.mgrid[:size, :size] - 6
    nearest = np.hypot(columns[..., None] - x, rows[..., None] - y).min(axis=-1)
    found = circuits.arc_template(theta, size=size, radius=radius, width=width)
    np.testing.assert_allclose(found, np.exp(-(nearest**2) / (2 * width**2)), atol=1e-5)


def test_inhibition_keeps_a_detector_from_the_opposite_curve():
    def answer(inhibit, turn):
        f = circuits.curve_detector(0.4, inhibit=inhibit)
        return np.sum(f * circuits.arc_template(0.4 + turn))

    assert answer(0, 0) == pytest.approx(1, abs=1e-5)
    assert answer(0, np.pi) > 0.3
    assert answer(0.5, np.pi) < 0
    assert abs(circuits.curve_detector(0.4).sum()) < 1e-5


def test_the_circuit_turns_with_its_lines(rng):
    circuit = circuits.equivariant_circuit()
    for f in range(8):
        turned = np.roll(np.rot90(circuit[..., f], -1), 4, axis=2)
        np.testing.assert_allclose(turned, circuit[..., (f + 2) % 8], atol=1e-5)
    lines = np.arange(5) * np.pi / 5
    found = circuits.equivariant_circuit(curves=3, lines=5, inhibit=0.25)
    for f, theta in enumerate(np.arange(3) * 2 * np.pi / 3):
        expected = reference.curve_from_lines(lines, theta, 6, 9, 1, 0.25)
        np.testing.assert_allclose(found[..., f], expected, atol=1e-5)


def test_excitation_and_inhibition(rng):
    w = rng.normal(size=(3, 2, 5, 4))
    for got, expected in zip(
        circuits.excitation_inhibition(w), reference.excitation_inhibition(w), strict=True
    ):
        np.testing.assert_allclose(got, expected, rtol=1e-5)
    exc, inh = circuits.excitation_inhibition(w[0, 0])
    np.testing.assert_allclose(exc - inh, w[0, 0], rtol=1e-5)


def test_expanded_weights_equal_the_layers_that_they_stand_for(rng):
    """Convolution, average pooling, batch norm and a strided convolution, in one kernel."""
    keras = pytest.importorskip("keras")
    layers = keras.layers
    net = keras.Sequential(
        [
            keras.Input((21, 19, 2)),
            layers.Conv2D(3, (3, 2), use_bias=False),
            layers.BatchNormalization(center=False),
            layers.AveragePooling2D(2),
            layers.Conv2D(4, (2, 3), strides=(2, 1), use_bias=False),
            layers.Conv2D(2, 2, use_bias=False),
        ]
    )
    for weight in net.layers[1].weights:
        weight.assign(rng.uniform(0.5, 2, size=weight.shape))
    net.layers[1].moving_mean.assign(np.zeros(3))
    x = rng.normal(size=(2, 21, 19, 2)).astype("float32")
    w = circuits.expanded_weights(*net.layers)
    plain = keras.ops.convert_to_numpy(keras.ops.conv(x, w, strides=(4, 2)))
    np.testing.assert_allclose(
        plain, keras.ops.convert_to_numpy(net(x)), rtol=1e-4, atol=1e-4 * np.abs(plain).max()
    )


def test_expanded_weights_are_those_of_the_reference(rng):
    w1, w2 = rng.normal(size=(3, 2, 2, 5)), rng.normal(size=(2, 3, 5, 3))
    for stride in (1, 2, 3):
        np.testing.assert_allclose(
            circuits.expanded_weights((w1, stride), w2),
            reference.expanded_weights(w1, w2, stride),
            rtol=1e-4,
            atol=1e-5,
        )


def test_what_is_not_linear_is_refused():
    keras = pytest.importorskip("keras")
    kernel = np.ones((1, 1, 2, 2))
    for bad, says in (
        (keras.layers.MaxPooling2D(2), "MaxPooling2D"),
        (np.ones((3, 3)), "axes"),
        (np.ones((1, 1, 3, 1)), "3 channels"),
        (keras.layers.Conv2D(2, 2), "build it"),
        (keras.layers.Conv2D(2, 2, dilation_rate=2), "dilated"),
    ):
        with pytest.raises(ValueError, match=says):
            circuits.expanded_weights(kernel, bad)
    with pytest.raises(ValueError, match="no channels"):
        circuits.expanded_weights(keras.layers.AveragePooling2D(2))


def test_the_spectrum_is_that_of_the_reference_and_does_not_notice_what_a_net_does_not(rng):
    w_a, w_b, out = rng.normal(size=(3, 2, 2, 4)), rng.normal(size=(5, 3)), rng.normal(size=(7, 6))
    (s_a, s_b), shares = circuits.connection_spectrum([w_a, w_b], out)
    expected = reference.branch_svd(w_a, w_b[None, None], out)
    for got, wanted in zip((s_a, s_b, shares[0]), expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-4)
    np.testing.assert_allclose(shares.sum(axis=0), 1, rtol=1e-5)
    order, scale = rng.permutation(4), rng.uniform(0.5, 3, size=4)
    changed = out.copy()
    changed[:4] = (out[:4] / scale[:, None])[order]
    _, again = circuits.connection_spectrum([(w_a * scale)[..., order], w_b], changed)
    np.testing.assert_allclose(again, shares, rtol=1e-4)
    with pytest.raises(ValueError, match=r"4 \+ 3 units"):
        circuits.connection_spectrum([w_a, w_b], out[1:])


def test_cka_is_that_of_the_reference_also_with_more_units_than_inputs(rng):
    for p, q in ((3, 5), (40, 5), (40, 60)):
        X, Y = rng.normal(size=(11, p)), rng.normal(size=(11, q)) + 3
        assert circuits.cka(X, Y) == pytest.approx(reference.cka(X, Y), rel=1e-5)
    assert circuits.cka(X, 3 * X) == pytest.approx(1)
    assert circuits.cka(X.reshape(11, 4, 10), X) == pytest.approx(1)
    assert circuits.cka(X, np.ones((11, 2))) == 0
    with pytest.raises(ValueError, match="11 and 10"):
        circuits.cka(X, Y[1:])


def test_a_tuning_curve_asks_one_place_the_mean_or_the_largest(rng):
    keras = pytest.importorskip("keras")
    f = circuits.curve_detector(0.5, size=9, radius=4)
    net = keras.Sequential(
        [
            keras.Input((15, 15, 1)),
            keras.layers.Conv2D(1, 9, use_bias=False, name="curves"),
            keras.layers.Flatten(),
            keras.layers.Dense(3),
        ]
    )
    net.layers[0].set_weights([f[:, :, None, None]])
    turns = 2 * np.pi * np.arange(16) / 16
    shown = np.stack([circuits.arc_template(t, size=15, radius=4) for t in turns])[..., None]
    curve = circuits.tuning_curve(net, shown, layer="curves", batch_size=5)
    expected = np.sum(shown[:, 3:12, 3:12, 0] * f, axis=(1, 2))
    np.testing.assert_allclose(curve[:, 0], expected, rtol=1e-4, atol=1e-5)
    assert curve[:, 0].argmax() == 1
    maps = keras.ops.convert_to_numpy(net.layers[0](shown))
    for at, of in (("mean", np.mean), ("max", np.max)):
        found = circuits.tuning_curve(net, shown, layer="curves", at=at)
        np.testing.assert_allclose(found, of(maps, axis=(1, 2)), rtol=1e-4, atol=1e-5)
    assert circuits.tuning_curve(net, shown).shape == (16, 3)
    with pytest.raises(ValueError, match="centre"):
        circuits.tuning_curve(net, shown, at="middle")


@pytest.mark.parametrize(
    "call",
    [
        lambda: circuits.arc_template(0, width=0),
        lambda: circuits.curve_detector(0, inhibit=2),
        lambda: circuits.equivariant_circuit(inhibit=-1),
        lambda: circuits.equivariant_circuit(lines=0),
        lambda: circuits.excitation_inhibition(np.ones(3)),
    ],
)
def test_impossible_arguments_are_refused(call):
    with pytest.raises(ValueError):
        call()


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, layer",
    [
        ("MobileNetV2", "block_6_expand_relu"),
        ("ResNet50", "conv3_block1_out"),
        ("VGG16", "block3_conv1"),
        ("EfficientNetB0", "block3a_expand_activation"),
    ],
)
def test_architectures_of_keras(name, layer, rng):
    """Tuning curves, weights and similarity of a large model's layer."""
    keras = pytest.importorskip("keras")
    net = getattr(keras.applications, name)(weights=None, input_shape=(32, 32, 3), classes=5)
    turns = 2 * np.pi * np.arange(4) / 4
    shown = np.stack([circuits.arc_template(turn, size=32, radius=9) for turn in turns])
    shown = np.repeat(shown[..., None], 3, axis=-1)
    curve = circuits.tuning_curve(net, shown, layer=layer, at="mean")
    assert curve.shape == (4, net.get_layer(layer).output.shape[-1])
    assert circuits.cka(curve, curve) == pytest.approx(1, abs=1e-4)
    first = next(one for one in net.layers if isinstance(one, keras.layers.Conv2D))
    exc, inh = circuits.excitation_inhibition(first)
    assert exc.shape == inh.shape == (3, first.filters)
    pooled = circuits.expanded_weights(first, keras.layers.AveragePooling2D(2))
    assert pooled.shape[2:] == (3, first.filters)
