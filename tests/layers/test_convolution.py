"""Properties of convolutions: linearity, shift equivariance, and the effect of borders."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backends import numbers

from nablab import layers
from nablab.reference.convolution_layers import conv_nd

pytestmark = pytest.mark.slow
tried = settings(max_examples=25)
seeds = st.integers(0, 10_000)
paddings = st.sampled_from(["valid", "same"])


def made(name, *args, **more):
    return getattr(layers, name)(*args, **{"use_bias": False, "dtype": "float64", **more})


def drawn(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def with_weights(layer, x, seed=1):
    """A layer built for x, with random weights."""
    layer.build(x.shape)
    layer.set_weights([drawn(seed + i, *w.shape) for i, w in enumerate(layer.get_weights())])
    return layer


def of(layer, x):
    return numbers(layer(x))


def near(one, other):
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-9)


# Linearity

LINEAR = {
    "Conv1D": ((3, 3, 2, "same"), (7, 2)),
    "Conv2D": ((3, 3, 2, "same"), (5, 6, 2)),
    "Conv3D": ((3, 2), (3, 4, 3, 2)),
    "DepthwiseConv2D": ((3, 1, "same", 2), (5, 4, 2)),
    "SeparableConv2D": ((3, 3), (5, 4, 2)),
    "Conv1DTranspose": ((3, 3, 2), (4, 2)),
    "Conv2DTranspose": ((3, 3, 2, "same"), (3, 4, 2)),
    "LocallyConnected1D": ((3, 3), (6, 2)),
    "LocallyConnected2D": ((3, 3, 2), (5, 6, 2)),
    "TiledConv2D": ((3, 3, 1, "same"), (5, 6, 2)),
}


@pytest.mark.parametrize("name", LINEAR)
def test_without_bias_and_activation_it_is_linear_in_its_input(name):
    arguments, shape = LINEAR[name]
    layer = with_weights(made(name, *arguments), np.zeros((2, *shape)))

    @tried
    @given(seeds, st.floats(-3, 3), st.floats(-3, 3))
    def holds(seed, a, b):
        x, z = drawn(seed, 2, *shape), drawn(seed + 1, 2, *shape)
        near(of(layer, a * x + b * z), a * of(layer, x) + b * of(layer, z))

    holds()


def test_an_impulse_gives_the_kernel_rotated_by_180_degrees():
    x = np.zeros((1, 5, 5, 1))
    x[0, 2, 2, 0] = 1
    layer = with_weights(made("Conv2D", 1, 3, padding="same"), x)
    kernel = layer.get_weights()[0][:, :, 0, 0]
    near(of(layer, x)[0, 1:4, 1:4, 0], kernel[::-1, ::-1])


def test_a_transposed_convolution_adds_the_kernel_unreversed():
    layer = with_weights(made("Conv2DTranspose", 1, 3), np.ones((1, 1, 1, 1)))
    near(of(layer, np.ones((1, 1, 1, 1)))[0, :, :, 0], layer.get_weights()[0][:, :, 0, 0])


# Shift equivariance


@tried
@given(seeds, st.integers(-3, 3), st.integers(-3, 3), st.integers(1, 4), st.integers(1, 2))
def test_a_shifted_input_gives_a_shifted_output_away_from_the_border(seed, dy, dx, k, d):
    x = drawn(seed, 1, 22, 21, 2)
    layer = with_weights(made("Conv2D", 2, k, padding="same", dilation_rate=d), x, seed)
    moved = of(layer, np.roll(x, (dy, dx), axis=(1, 2)))
    expected = np.roll(of(layer, x), (dy, dx), axis=(1, 2))
    away = 3 + d * (k - 1)  # what wraps around, and the kernel's span, which may lie on either side
    inside = slice(away, -away)
    assert moved[:, inside, inside].size > 0
    near(moved[:, inside, inside], expected[:, inside, inside])


@tried
@given(seeds)
def test_zero_padding_breaks_shift_equivariance_at_the_border(seed):
    x = drawn(seed, 1, 8, 8, 1)
    layer = with_weights(made("Conv2D", 1, 3, padding="same"), x, seed)
    error = np.abs(of(layer, np.roll(x, 1, axis=2)) - np.roll(of(layer, x), 1, axis=2))[0, :, :, 0]
    near(error[1:-1, 2:-1], 0)
    assert error[:, :2].max() > 1e-3 and error[:, -1].max() > 1e-3


@tried
@given(seeds)
def test_stride_two_is_equivariant_to_shifts_by_two_and_not_by_one(seed):
    x = drawn(seed, 1, 13, 13, 1)
    layer = with_weights(made("Conv2D", 1, 3, 2), x, seed)
    still, by_one, by_two = (of(layer, np.roll(x, n, axis=2)) for n in (0, 1, 2))
    near(by_two[:, :, 1:], still[:, :, :-1])
    for move in (0, 1):
        error = by_one[:, :, 1:-1] - np.roll(still, move, axis=2)[:, :, 1:-1]
        assert np.abs(error).max() > 1e-3


@tried
@given(seeds, st.integers(2, 3))
def test_t_tiles_are_equivariant_to_shifts_by_t_and_not_by_one(seed, t):
    x = drawn(seed, 1, 10, 10, 1)
    layer = with_weights(made("TiledConv2D", 1, 2, tiles=t), x, seed)
    still, by_one, by_t = (of(layer, np.roll(x, n, axis=1)) for n in (0, 1, t))
    near(by_t[:, t:], still[:, :-t])
    assert np.abs(by_one[:, 1:] - still[:, :-1]).max() > 1e-3


# The adjoint


@tried
@given(seeds, st.integers(1, 5), st.integers(1, 3), paddings, st.integers(1, 2))
def test_a_transposed_convolution_is_the_adjoint(seed, k, s, padding, rank):
    places, spatial = (3,) * rank, ((k, 2), (s, 2))
    k, s = tuple(spatial[0][:rank]), tuple(spatial[1][:rank])
    up = made(f"Conv{rank}DTranspose", 2, k, s, padding)
    down = made(f"Conv{rank}D", 3, k, s, padding)
    y = drawn(seed, 2, *places, 3)
    x = drawn(seed + 1, *up.compute_output_shape(y.shape))
    with_weights(up, y, seed)
    down.build(x.shape)
    down.set_weights(up.get_weights())
    assert down.compute_output_shape(x.shape) == y.shape
    assert np.sum(of(down, x) * y) == pytest.approx(np.sum(x * of(up, y)), rel=1e-10, abs=1e-10)


def test_a_transposed_convolution_is_not_an_inverse():
    x = drawn(0, 1, 6, 6, 1)
    down = with_weights(made("Conv2D", 1, 3), x)
    up = made("Conv2DTranspose", 1, 3)
    up.build((1, 4, 4, 1))
    up.set_weights(down.get_weights())
    back = of(up, of(down, x))
    scale = np.sum(back * x) / np.sum(back * back)  # nor is it one up to a factor
    assert np.abs(scale * back - x).max() > 0.1


# Time


@tried
@given(seeds, st.integers(1, 4), st.integers(1, 3), st.integers(0, 8), st.sampled_from([1e-3, 1e6]))
def test_later_inputs_change_no_bit_of_a_causal_output(seed, k, d, t, size):
    x = drawn(seed, 2, 9, 2).astype("float32")
    layer = made("Conv1D", 3, k, padding="causal", dilation_rate=d, dtype="float32")
    with_weights(layer, x, seed)
    changed = x.copy()
    changed[:, t + 1 :] += np.float32(size) * drawn(seed + 1, 2, 8 - t, 2).astype("float32")
    before, after = of(layer, x), of(layer, changed)
    assert before[:, : t + 1].tobytes() == after[:, : t + 1].tobytes()
    assert t == 8 or before[:, t + 1 :].tobytes() != after[:, t + 1 :].tobytes()


def test_same_padding_is_not_causal():
    x = drawn(0, 1, 6, 1)
    layer = with_weights(made("Conv1D", 1, 3, padding="same"), x)
    changed = x.copy()
    changed[:, 3] += 1
    assert of(layer, x)[0, 2] != of(layer, changed)[0, 2]


# Layers that equal other layers


@tried
@given(seeds, st.integers(1, 3), st.integers(1, 3), paddings)
def test_one_tile_is_a_convolution(seed, k, s, padding):
    x = drawn(seed, 2, 6, 5, 2)
    one = with_weights(made("Conv2D", 3, k, s, padding, use_bias=True), x, seed)
    other = made("TiledConv2D", 3, k, s, padding, tiles=1, use_bias=True)
    other.build(x.shape)
    other.set_weights([w[None, None] for w in one.get_weights()])
    near(of(one, x), of(other, x))


@tried
@given(seeds, st.integers(1, 3), st.integers(1, 2))
def test_as_many_tiles_as_positions_are_locally_connected(seed, k, s):
    x = drawn(seed, 2, 5, 5, 2)
    one = with_weights(made("LocallyConnected2D", 3, k, s, use_bias=True), x, seed)
    other = made("TiledConv2D", 3, k, s, tiles=one.output_size[0], use_bias=True)
    other.build(x.shape)
    other.set_weights(one.get_weights())
    near(of(one, x), of(other, x))


@tried
@given(seeds, st.integers(1, 3), st.integers(1, 3), st.integers(1, 2))
def test_locally_connected_with_equal_kernels_everywhere_is_a_convolution(seed, k, s, rank):
    x = drawn(seed, 2, *(6, 5)[:rank], 2)
    one = with_weights(made(f"Conv{rank}D", 3, k, s, use_bias=True), x, seed)
    other = made(f"LocallyConnected{rank}D", 3, k, s, use_bias=True)
    other.build(x.shape)
    everywhere = [
        np.broadcast_to(w, shaped.shape)
        for w, shaped in zip(one.get_weights(), other.get_weights(), strict=True)
    ]
    other.set_weights(everywhere)
    near(of(one, x), of(other, x))


@pytest.mark.parametrize("m", [1, 2])
@pytest.mark.parametrize(("strides", "padding"), [(1, "valid"), (2, "same"), ((1, 2), "same")])
def test_as_many_groups_as_channels_are_depthwise(m, strides, padding):
    x = drawn(0, 2, 6, 5, 3)
    one = made("DepthwiseConv2D", 3, strides, padding, m, use_bias=True)
    with_weights(one, x)
    other = made("Conv2D", 3 * m, 3, strides, padding, groups=3, use_bias=True)
    other.build(x.shape)
    kernel, bias = one.get_weights()
    other.set_weights([kernel.reshape(3, 3, 1, 3 * m), bias])
    near(of(one, x), of(other, x))
    near(of(one, x), conv_nd(x, kernel.reshape(3, 3, 1, 3 * m), bias, strides, padding, groups=3))


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_any_number_of_groups_equals_the_reference(rank, groups):
    x = drawn(0, 2, *(4, 5, 3)[:rank], 4)
    layer = with_weights(made(f"Conv{rank}D", 8, 2, 2, "same", groups=groups), x)
    expected = conv_nd(x, layer.get_weights()[0], None, 2, "same", groups=groups)
    near(of(layer, x), expected)


@tried
@given(seeds, st.integers(1, 3), st.integers(1, 2), paddings)
def test_separable_is_a_convolution_whose_kernels_are_products(seed, m, s, padding):
    x = drawn(seed, 2, 6, 5, 2)
    one = with_weights(made("SeparableConv2D", 3, 3, s, padding, depth_multiplier=m), x, seed)
    other = made("Conv2D", 3, 3, s, padding)
    other.build(x.shape)
    D, P = one.get_weights()
    other.set_weights([np.einsum("uvcq,cqf->uvcf", D, P.reshape(2, m, 3))])
    near(of(one, x), of(other, x))


# Sizes and initial weights


@tried
@given(
    st.integers(1, 9),
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(1, 3),
    st.sampled_from(["valid", "same", "causal"]),
)
def test_the_output_size_is_the_number_of_kernel_positions(n, k, s, d, padding):
    d = 1 if s > 1 else d
    layer = made("Conv1D", 1, k, s, padding, dilation_rate=d)
    starts = n - d * (k - 1) if padding == "valid" else n
    expected = len(range(0, starts, s))
    if expected == 0:
        with pytest.raises(ValueError, match="does not fit"):
            layer(np.ones((1, n, 1)))
    else:
        assert of(layer, np.ones((1, n, 1))).shape == (1, expected, 1)
        assert layer.compute_output_shape((None, n, 1)) == (None, expected, 1)
        assert layer.compute_output_shape((None, None, 1)) == (None, None, 1)


@pytest.mark.parametrize("name", ["Conv2D", "TiledConv2D"])
def test_odd_padding_has_its_extra_zero_after_the_input(name):
    layer = made(name, 1, 2, padding="same", kernel_initializer="ones")
    near(of(layer, np.ones((1, 3, 3, 1)))[0, :, :, 0], [[4, 4, 2], [4, 4, 2], [2, 2, 1]])


@pytest.mark.parametrize("initializer", ["glorot_uniform", "he_normal", "random_normal"])
@pytest.mark.parametrize("name", ["LocallyConnected2D", "TiledConv2D"])
def test_every_position_is_initialized_like_a_convolution(name, initializer):
    keras.utils.set_random_seed(1)
    shape = (1, 10, 10, 6)
    one = made("Conv2D", 8, 3, kernel_initializer=initializer)
    other = made(name, 8, 3, kernel_initializer=initializer)
    one.build(shape)
    other.build(shape)
    theirs, ours = one.get_weights()[0].std(), other.get_weights()[0].std()
    assert ours == pytest.approx(theirs, rel=0.1)
    first, second = other.get_weights()[0][0, :2]
    assert not np.array_equal(first, second)


# Masks


@pytest.mark.parametrize(
    ("arguments", "counts"),
    [
        ({"kernel_size": 3}, [1, 1, 0, 0, 0]),
        ({"kernel_size": 2, "dilation_rate": 2}, [1, 1, 0, 0, 0]),
        ({"kernel_size": 3, "strides": 2}, [1, 0, 0]),
        ({"kernel_size": 1}, [1, 1, 1, 1, 0, 0, 0]),
        ({"kernel_size": 3, "padding": "causal"}, [1, 1, 1, 1, 0, 0, 0]),
        ({"kernel_size": 3, "padding": "same", "strides": 2}, [1, 1, 0, 0]),
    ],
)
def test_windows_that_lie_in_the_mask_count(arguments, counts):
    mask = np.array([[True, True, True, True, False, False, False]])
    layer = layers.Conv1D(1, **arguments)
    x = np.ones((1, 7, 2), "float32")
    layer(x)
    assert numbers(layer.compute_mask(x, mask)).tolist() == [[bool(c) for c in counts]]


@pytest.mark.parametrize("padding", ["valid", "same", "causal"])
def test_a_padded_text_gives_what_it_gives_alone(padding):
    model = keras.Sequential(
        [
            keras.layers.Embedding(9, 4, mask_zero=True),
            layers.Conv1D(3, 2, padding=padding),
            layers.MaxPool1D(2),
            layers.Conv1D(3, 1, activation="tanh"),
            layers.GlobalAveragePool(),
        ]
    )
    padded, alone = np.array([[1, 2, 3, 4, 5, 0, 0, 0, 0]]), np.array([[1, 2, 3, 4, 5]])
    np.testing.assert_allclose(numbers(model(padded)), numbers(model(alone)), atol=1e-6)


def test_a_mask_of_other_steps_is_refused_with_both_shapes():
    x, mask = np.ones((2, 5, 3), "float32"), np.ones((2, 4), bool)
    for layer in (
        layers.Conv1D(1, 2),
        layers.CausalDilatedBlock(2),
        layers.MaxPool1D(),
        layers.AveragePool1D(),
        layers.GlobalMaxPool(),
        layers.GlobalAveragePool(),
    ):
        with pytest.raises(ValueError, match=r"mask has shape \(2, 4\); expected \(2, 5\)"):
            layer(x, mask=mask)


# What is refused


@pytest.mark.parametrize(
    ("name", "arguments", "shape", "says"),
    [
        ("Conv2D", {"filters": 4, "kernel_size": 3, "groups": 2}, (1, 5, 5, 3), "groups is 2"),
        ("Conv2D", {"filters": 4, "kernel_size": 4}, (1, 5, 3, 2), "(1, 5, 3, 2)"),
        ("Conv3D", {"filters": 4, "kernel_size": 3}, (1, 2, 3, 3, 2), "kernel_size of (3, 3, 3)"),
        ("DepthwiseConv2D", {"kernel_size": 3}, (1, 2, 3, 2), "does not fit"),
        ("SeparableConv2D", {"filters": 1, "kernel_size": 3}, (1, 2, 3, 2), "does not fit"),
        ("LocallyConnected1D", {"filters": 1, "kernel_size": 3}, (1, 2, 2), "does not fit"),
        ("LocallyConnected1D", {"filters": 1, "kernel_size": 3}, (1, None, 2), "(1, None, 2)"),
        (
            "LocallyConnected2D",
            {"filters": 1, "kernel_size": 3},
            (1, 5, None, 2),
            "its own weights",
        ),
    ],
)
def test_an_input_that_does_not_fit_is_refused_with_the_reason(name, arguments, shape, says):
    with pytest.raises(ValueError) as refused:
        made(name, **arguments).build(shape)
    assert name in str(refused.value) and says in str(refused.value)


def test_locally_connected_refuses_inputs_of_another_size():
    layer = made("LocallyConnected2D", 1, 2)
    layer(np.ones((1, 4, 4, 1)))
    with pytest.raises(ValueError, match=r"5, 4, 1.*built for 4 along axis 1"):
        layer(np.ones((1, 5, 4, 1)))


# Unknown sizes


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("Conv2D", (2, 3, 2, "same")),
        ("DepthwiseConv2D", (3, (1, 2), "same")),
        ("SeparableConv2D", (2, 3)),
        ("Conv2DTranspose", (2, 3, 2, "same")),
        ("TiledConv2D", (2, 3, 2, "same")),
        ("TiledConv2D", (2, 2, 3)),
    ],
)
def test_one_model_takes_images_of_any_size(name, arguments):
    inputs = keras.Input((None, None, 2))
    it = made(name, *arguments, dtype="float32")
    model = keras.Model(inputs, it(inputs))
    for sizes in ((4, 7), (5, 5), (9, 3)):
        x = drawn(0, 2, *sizes, 2).astype("float32")
        y = model.predict(x, verbose=0)
        assert y.shape == it.compute_output_shape(x.shape)
        np.testing.assert_allclose(y, of(it, x), rtol=0, atol=1e-5)
