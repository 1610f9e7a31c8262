"""Properties of positions: products that depend on the distance only; and of embeddings."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from tests.backends import BACKEND, numbers

from nablab.layers import Embedding, RotaryPositions, SinusoidalPositions

NEARNESS = 1e-9 if BACKEND == "tensorflow" else 1e-2
"""On JAX and PyTorch, Keras computes the sine of a float64 in float32."""

pytestmark = pytest.mark.slow

some = settings(max_examples=30)
seeds = st.integers(0, 2**16)
positions = st.integers(0, 500)


def sinusoids(T, n, start=0, **more):
    layer = SinusoidalPositions(add=False, dtype="float64", **more)
    return numbers(layer(np.zeros((1, T, n)), start=start))[0]


def turned(x, start, **more):
    """A single vector, rotated by the layer at a position."""
    layer = RotaryPositions(dtype="float64", **more)
    return numbers(layer(x[None, None, :], start=start))[0, 0]


@some
@given(s=positions, t=positions, shift=positions, half=st.integers(1, 8))
def test_the_product_of_two_sinusoidal_positions_depends_on_the_distance_only(s, t, shift, half):
    P = [sinusoids(1, 2 * half, start=p)[0] for p in (s, t, s + shift, t + shift)]
    np.testing.assert_allclose(P[0] @ P[1], P[2] @ P[3], atol=NEARNESS)


@some
@given(shift=positions, half=st.integers(1, 8))
def test_a_shift_of_sinusoidal_positions_is_one_linear_map(shift, half):
    """Each pair (sin, cos) is rotated by the shift times its frequency."""
    n = 2 * half
    R = np.zeros((n, n))
    for i in range(half):
        angle = shift / 10000 ** (2 * i / n)
        cos, sin = np.cos(angle), np.sin(angle)
        R[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = [[cos, sin], [-sin, cos]]
    np.testing.assert_allclose(sinusoids(20, n, start=shift), sinusoids(20, n) @ R.T, atol=NEARNESS)


def test_every_sinusoidal_position_has_the_same_length():
    np.testing.assert_allclose(np.sum(sinusoids(100, 6) ** 2, axis=-1), 3, atol=1e-12)


@some
@given(seed=seeds, s=positions, t=positions, shift=positions, half=st.integers(1, 8))
def test_the_product_of_rotated_vectors_depends_on_the_distance_only(seed, s, t, shift, half):
    q, k = np.random.default_rng(seed).normal(size=(2, 2 * half))
    here = turned(q, s) @ turned(k, t)
    there = turned(q, s + shift) @ turned(k, t + shift)
    np.testing.assert_allclose(here, there, atol=NEARNESS)


@some
@given(seed=seeds, t=positions, half=st.integers(1, 8))
def test_rotation_preserves_the_length_of_every_pair(seed, t, half):
    x = np.random.default_rng(seed).normal(size=2 * half)
    lengths = [np.hypot(v[0::2], v[1::2]) for v in (x, turned(x, t))]
    np.testing.assert_allclose(*lengths, atol=1e-12)


def test_the_first_position_is_not_rotated():
    x = np.random.default_rng(0).normal(size=6)
    assert np.array_equal(turned(x, 0), x)


def test_every_head_is_rotated_alike():
    x = np.random.default_rng(0).normal(size=(2, 5, 3, 4)).astype("float32")
    layer = RotaryPositions()
    y = numbers(layer(x))
    for head in range(3):
        alone = numbers(RotaryPositions()(x[:, :, head]))
        np.testing.assert_allclose(y[:, :, head], alone, atol=1e-6)


@pytest.mark.parametrize("kind", [SinusoidalPositions, RotaryPositions])
def test_a_part_with_its_start_equals_that_part_of_the_whole_sequence(kind):
    x = np.random.default_rng(0).normal(size=(2, 9, 6)).astype("float32")
    layer = kind()
    part = layer(x[:, 4:], start=4)
    np.testing.assert_allclose(numbers(part), numbers(layer(x))[:, 4:], atol=1e-6)
    given_as_tensor = layer(x[:, 4:], start=ops.convert_to_tensor(4))
    np.testing.assert_allclose(numbers(given_as_tensor), numbers(part), atol=1e-6)


@pytest.mark.parametrize("kind", [SinusoidalPositions, RotaryPositions])
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_late_positions_are_as_exact_in_half_precision_as_early_ones(kind, policy):
    x = np.random.default_rng(0).normal(size=(1, 3, 6)).astype("float32")
    got = ops.cast(kind(dtype=policy)(x, start=5001), "float32")
    np.testing.assert_allclose(numbers(got), numbers(kind()(x, start=5001)), atol=0.03)


@pytest.mark.parametrize("kind", [SinusoidalPositions, RotaryPositions])
def test_an_odd_number_of_channels_is_refused_with_the_shape(kind):
    with pytest.raises(ValueError, match=rf"{kind.__name__}.*\(2, 3, 5\).*even"):
        kind()(np.zeros((2, 3, 5)))


# Embedding


def test_mask_zero_passes_a_mask_on():
    ids = np.array([[3, 0, 1], [0, 2, 0]])
    layer = Embedding(4, 2, mask_zero=True)
    assert numbers(layer.compute_mask(ids)).tolist() == (ids != 0).tolist()
    assert Embedding(4, 2).compute_mask(ids) is None


def test_an_embedding_starts_from_the_weights_that_it_is_given():
    table = np.arange(6, dtype="float32").reshape(3, 2)
    for weights in (table, [table]):
        layer = Embedding(3, 2, weights=weights)
        np.testing.assert_array_equal(numbers(layer(np.array([2, 0]))), table[[2, 0]])


def test_embeddings_third_argument_is_the_initializer_as_in_keras():
    layer = Embedding(3, 2, "ones", embeddings_regularizer="l2", embeddings_constraint="non_neg")
    layer.build()
    np.testing.assert_array_equal(numbers(layer.embeddings), 1)
    assert isinstance(layer.embeddings.constraint, keras.constraints.NonNeg)
    assert len(layer.losses) == 1


@pytest.mark.skipif(BACKEND != "tensorflow", reason="ragged tensors are TensorFlow's")
def test_vectors_of_ragged_ids_are_ragged():
    import tensorflow as tf

    layer = Embedding(9, 2)
    assert layer(keras.Input((None,), dtype="int32", ragged=True)).ragged
    ids = tf.ragged.constant([[1, 2, 3], [4]])
    y = layer(ids)
    np.testing.assert_array_equal(y[1].numpy(), numbers(layer.embeddings)[[4]])


def test_positions_pass_the_mask_of_an_embedding_on():
    ids = np.array([[3, 1, 0], [2, 0, 0]])
    embedded = Embedding(4, 6, mask_zero=True)(ids)
    pooled = keras.layers.GlobalAveragePooling1D()
    for positions_layer in (SinusoidalPositions(), RotaryPositions()):
        y = positions_layer(embedded)
        expected = [numbers(y)[0, :2].mean(axis=0), numbers(y)[1, 0]]
        np.testing.assert_allclose(numbers(pooled(y)), expected, atol=1e-6)


@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_ids_given_as_floats_are_not_rounded_in_half_precision(policy):
    layer = Embedding(4000, 1, dtype=policy)
    layer.build((None,))
    layer.embeddings.assign(np.arange(4000.0)[:, None] % 7)
    ids = np.arange(2040.0, 2100.0).astype("float32")
    got = numbers(ops.cast(layer(ids), "float32"))
    assert got[:, 0].tolist() == (ids % 7).tolist()
    model = keras.Sequential([keras.Input((None,)), layer])
    assert numbers(ops.cast(model(ids[None]), "float32"))[0, :, 0].tolist() == (ids % 7).tolist()
