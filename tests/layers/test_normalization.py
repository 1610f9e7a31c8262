"""Properties of normalised outputs for any input."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backends import numbers

from nablab.layers import (
    BatchNormalization,
    GroupNormalization,
    InstanceNormalization,
    LayerNormalization,
    RMSNormalization,
)

pytestmark = pytest.mark.slow
often = settings(max_examples=20)
seeds = st.integers(0, 2**32 - 1)


def images(seed, *shape):
    """Images whose channels differ in mean and standard deviation."""
    rng = np.random.default_rng(seed)
    means = rng.normal(0, 10, (shape[0], *(1 for _ in shape[2:]), shape[-1]))
    return (means + rng.uniform(0.5, 5) * rng.normal(size=shape)).astype("float32")


each_norm = pytest.mark.parametrize(
    "make",
    [
        BatchNormalization,
        LayerNormalization,
        InstanceNormalization,
        RMSNormalization,
        lambda **more: GroupNormalization(2, **more),
    ],
    ids=[
        "BatchNormalization",
        "LayerNormalization",
        "InstanceNormalization",
        "RMSNormalization",
        "GroupNormalization",
    ],
)


def standard(y, axes):
    """Mean 0 and variance 1 over the axes."""
    np.testing.assert_allclose(y.mean(axis=axes), 0, atol=1e-4)
    np.testing.assert_allclose(y.var(axis=axes), 1, atol=1e-2)


@often
@given(seeds)
def test_batch_norm_in_training_normalizes_every_channel_over_the_rest(seed):
    y = numbers(BatchNormalization()(images(seed, 4, 5, 6, 3), training=True))
    standard(y, (0, 1, 2))


@often
@given(seeds)
def test_layer_norm_normalizes_every_pixel_over_its_channels(seed):
    standard(numbers(LayerNormalization(epsilon=1e-6)(images(seed, 2, 3, 3, 40))), -1)


@often
@given(seeds)
def test_layer_norm_over_all_but_the_batch_normalizes_every_image(seed):
    standard(numbers(LayerNormalization(axis=(1, 2, 3))(images(seed, 2, 4, 5, 3))), (1, 2, 3))


@often
@given(seeds)
def test_instance_norm_normalizes_every_channel_of_every_image(seed):
    standard(numbers(InstanceNormalization()(images(seed, 3, 6, 7, 2))), (1, 2))


@often
@given(seeds, st.sampled_from([1, 2, 3, 6]))
def test_group_norm_normalizes_every_group_of_every_image(seed, groups):
    y = numbers(GroupNormalization(groups)(images(seed, 2, 5, 6, 6)))
    standard(y.reshape(2, 5, 6, groups, 6 // groups), (1, 2, 4))


@often
@given(seeds)
def test_rms_norm_gives_every_row_a_mean_square_of_one_and_keeps_its_direction(seed):
    x = images(seed, 5, 1, 8)
    y = numbers(RMSNormalization()(x))
    np.testing.assert_allclose((y**2).mean(axis=-1), 1, rtol=1e-3)
    np.testing.assert_allclose(y * np.linalg.norm(x, axis=-1, keepdims=True) / 8**0.5, x, rtol=1e-3)


@often
@given(seeds)
def test_group_norm_with_a_group_for_each_channel_is_instance_norm(seed):
    x = images(seed, 2, 5, 6, 4)
    np.testing.assert_allclose(
        numbers(GroupNormalization(4)(x)), numbers(InstanceNormalization()(x)), atol=1e-5
    )


@often
@given(seeds)
def test_group_norm_with_one_group_is_layer_norm_over_the_whole_image(seed):
    x = images(seed, 2, 5, 6, 4)
    whole = LayerNormalization(axis=(1, 2, 3))
    np.testing.assert_allclose(numbers(GroupNormalization(1)(x)), numbers(whole(x)), atol=1e-4)


@often
@given(seeds)
def test_group_norm_with_one_group_differs_on_images_from_layer_norm_over_the_last_axis(seed):
    x = images(seed, 2, 5, 6, 4)
    assert np.abs(numbers(GroupNormalization(1)(x)) - numbers(LayerNormalization()(x))).max() > 0.1


@often
@given(seeds, st.floats(0, 0.99))
def test_batch_norms_running_averages_move_as_momentum_says(seed, momentum):
    layer = BatchNormalization(momentum=momentum)
    mean, variance = np.zeros(3), np.ones(3)
    for number in range(3):
        x = images(seed + number, 4, 5, 3)
        layer(x, training=True)
        mean = momentum * mean + (1 - momentum) * x.mean(axis=(0, 1), dtype=np.float64)
        variance = momentum * variance + (1 - momentum) * x.var(axis=(0, 1), dtype=np.float64)
    np.testing.assert_allclose(numbers(layer.moving_mean), mean, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(numbers(layer.moving_variance), variance, rtol=1e-3)


def test_batch_norms_running_averages_rest_at_inference_and_where_it_is_frozen():
    layer, x = BatchNormalization(), images(0, 4, 3)
    layer.build(x.shape)
    layer(x, training=False)
    layer.trainable = False
    frozen = numbers(layer(x, training=True))
    np.testing.assert_array_equal(numbers(layer.moving_mean), 0)
    np.testing.assert_array_equal(frozen, numbers(layer(x, training=False)))


def test_batch_norm_learns_by_fit_what_the_batches_are_like():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(7, 2, (256, 1)).astype("float32")
    model = keras.Sequential([keras.Input((1,)), BatchNormalization(momentum=0.5)])
    model.compile("sgd", "mse")
    model.fit(x, np.zeros_like(x), batch_size=64, epochs=5, verbose=0)
    assert abs(float(numbers(model.layers[0].moving_mean)[0]) - 7) < 0.5
    assert abs(float(numbers(model.layers[0].moving_variance)[0]) - 4) < 1.5


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@each_norm
def test_large_numbers_in_half_precision_do_not_overflow(make, policy):
    """The squares of 500 … 1500 are beyond float16."""
    x = np.random.default_rng(0).uniform(500, 1500, (4, 6, 6, 4)).astype("float32")
    layer, exact = make(dtype=policy), make(dtype="float32")
    more = {"training": True} if make is BatchNormalization else {}
    y = layer(x, **more)
    assert keras.backend.standardize_dtype(y.dtype) == policy.removeprefix("mixed_")
    assert {keras.backend.standardize_dtype(w.dtype) for w in layer.weights} == {"float32"}
    got = np.asarray(numbers(keras.ops.cast(y, "float32")))
    np.testing.assert_allclose(got, numbers(exact(x, **more)), atol=0.1)


@each_norm
def test_inputs_beyond_float16_stay_finite_in_half_precision(make):
    x = 70_000 * np.random.default_rng(0).normal(size=(4, 6, 4)).astype("float32")
    more = {"training": True} if make is BatchNormalization else {}
    y = keras.ops.cast(make(dtype="mixed_float16")(x, **more), "float32")
    np.testing.assert_allclose(numbers(y), numbers(make()(x, **more)), atol=0.01)


@each_norm
def test_whole_numbers_are_taken(make):
    x = np.random.default_rng(0).integers(-9, 9, (4, 6, 4))
    more = {"training": True} if make is BatchNormalization else {}
    y = numbers(make()(x, **more))
    np.testing.assert_allclose(y, numbers(make()(x.astype("float32"), **more)), rtol=1e-5)


# Masks


def padded(seed, lengths, *rest):
    """Sequences with arbitrary numbers behind their ends, and their mask."""
    x = images(seed, len(lengths), max(lengths), *rest)
    mask = np.arange(max(lengths)) < np.array(lengths)[:, None]
    x[~mask] = 1e3
    return x, mask


@often
@given(seeds, st.lists(st.integers(1, 6), min_size=2, max_size=4))
def test_batch_norm_in_training_does_not_count_padding(seed, lengths):
    x, mask = padded(seed, lengths, 3)
    layer, alone = BatchNormalization(momentum=0.5), BatchNormalization(momentum=0.5)
    y = numbers(layer(x, training=True, mask=keras.ops.convert_to_tensor(mask)))
    right = numbers(alone(x[mask], training=True))  # all steps, one below the other
    np.testing.assert_allclose(y[mask], right, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(numbers(layer.moving_mean), numbers(alone.moving_mean), rtol=1e-4)
    np.testing.assert_allclose(
        numbers(layer.moving_variance), numbers(alone.moving_variance), rtol=1e-3
    )


def test_batch_norm_equals_that_of_keras_with_a_mask_in_training():
    x, mask = padded(0, [3, 5, 1], 2)
    mask = keras.ops.convert_to_tensor(mask)
    ours, theirs = BatchNormalization(momentum=0.5), keras.layers.BatchNormalization(momentum=0.5)
    y = numbers(ours(x, training=True, mask=mask))
    np.testing.assert_allclose(y, numbers(theirs(x, training=True, mask=mask)), rtol=1e-4)
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4)


def test_a_batch_that_is_masked_entirely_gives_finite_numbers():
    y = BatchNormalization()(np.ones((4, 5)), mask=np.zeros(4), training=True)
    assert np.all(np.isfinite(numbers(y)))


@each_norm
def test_a_mask_reaches_the_layers_behind(make):
    ids = keras.Input((None,), dtype="int32")
    x = make()(keras.layers.Embedding(9, 4, mask_zero=True)(ids))
    model = keras.Model(ids, keras.layers.LSTM(3)(x))
    batch = np.array([[3, 5, 2, 0, 0], [1, 4, 8, 2, 6]])
    together = numbers(model(batch))
    np.testing.assert_allclose(together[:1], numbers(model(batch[:1, :3])), atol=1e-5)


@pytest.mark.parametrize(
    "make", [InstanceNormalization, lambda: GroupNormalization(2)], ids=["Instance", "Group"]
)
@pytest.mark.parametrize("shape", [(2, 4), (3, 4, 4), (4,)], ids=str)
def test_a_mask_of_another_shape_is_refused(make, shape):
    with pytest.raises(ValueError, match=r"the mask has shape .* and the input \(3, 4, 4\)"):
        make()(np.ones((3, 4, 4), "float32"), mask=np.ones(shape, bool))


# What they take from Keras


def test_arguments_of_keras_reach_the_weights():
    layer = BatchNormalization(
        gamma_initializer="zeros",
        beta_regularizer="l2",
        gamma_constraint="non_neg",
        moving_mean_initializer="ones",
        moving_variance_initializer=keras.initializers.Constant(4.0),
    )
    layer.build((None, 3))
    assert isinstance(layer.gamma.constraint, keras.constraints.NonNeg)
    assert len(layer.losses) == 1
    for weight, value in ((layer.gamma, 0), (layer.moving_mean, 1), (layer.moving_variance, 4)):
        np.testing.assert_array_equal(numbers(weight), value)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (BatchNormalization, keras.layers.BatchNormalization),
        (LayerNormalization, keras.layers.LayerNormalization),
        (RMSNormalization, keras.layers.RMSNormalization),
        (GroupNormalization, keras.layers.GroupNormalization),
    ],
    ids=lambda layer: layer.__name__,
)
def test_the_configuration_of_keras_makes_the_same_layer(ours, theirs):
    config = theirs().get_config()
    made = ours.from_config(config).get_config()
    shared = made.keys() & config.keys() - {"dtype"}
    assert {key: made[key] for key in shared} == {key: config[key] for key in shared}


def test_an_instance_without_spatial_axes_is_refused():
    with pytest.raises(ValueError, match=r"shape \(4, 3\); expected axes \(B, T, ..., C\)"):
        InstanceNormalization()(np.ones((4, 3), "float32"))


def test_groups_that_do_not_divide_the_channels_are_refused():
    with pytest.raises(ValueError, match=r"GroupNormalization: groups is 4 .* divides 6"):
        GroupNormalization(4)(np.ones((1, 5, 6), "float32"))


@pytest.mark.parametrize("axis", [3, -3, (1, 5)], ids=str)
def test_layer_norm_refuses_axes_that_the_input_lacks(axis):
    with pytest.raises(ValueError, match=r"LayerNormalization: axis is .* shape \(2, 3, 4\)"):
        LayerNormalization(axis=axis)(np.ones((2, 3, 4), "float32"))
