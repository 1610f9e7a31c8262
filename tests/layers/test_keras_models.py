"""A model of Keras's layers and the same model of ours: one weights file, one set of arguments."""

import keras
import numpy as np
import pytest
from tests.backends import numbers

from nablab import layers

pytestmark = pytest.mark.slow

WITH_WEIGHTS = {
    "Conv1D": ((7, 3), (4, 3)),
    "Conv2D": ((6, 5, 3), (4, 3)),
    "Conv3D": ((4, 5, 4, 3), (4, 2)),
    "Conv1DTranspose": ((5, 3), (4, 3, 2)),
    "Conv2DTranspose": ((5, 4, 3), (4, 3, 2)),
    "DepthwiseConv2D": ((6, 5, 3), (3,)),
    "SeparableConv2D": ((6, 5, 3), (4, 3)),
}
each = pytest.mark.parametrize("name", WITH_WEIGHTS)


def model(of, name):
    """Two layers in a row, so that the file has to tell them apart."""
    shape, arguments = WITH_WEIGHTS[name]
    layer = getattr(of, name)
    return keras.Sequential([keras.Input(shape), layer(*arguments), layer(*arguments[:1], 1)])


@each
def test_a_weights_file_is_read_by_the_other(name, tmp_path):
    ours, theirs = model(layers, name), model(keras.layers, name)
    x = np.random.default_rng(0).normal(size=(2, *WITH_WEIGHTS[name][0])).astype("float32")
    for written, read in ((theirs, ours), (ours, theirs)):
        written.set_weights([w + 0.1 for w in written.get_weights()])
        written.save_weights(tmp_path / "its.weights.h5")
        read.load_weights(tmp_path / "its.weights.h5")
        np.testing.assert_allclose(numbers(read(x)), numbers(written(x)), atol=1e-5)


@each
def test_its_weights_have_the_names_that_they_have_in_keras(name):
    ours, theirs = (model(of, name).layers[0] for of in (layers, keras.layers))
    assert [w.name for w in ours.weights] == [w.name for w in theirs.weights]
    for weight in theirs.weights:
        assert getattr(ours, weight.name).shape == weight.shape


@each
def test_regularizers_and_constraints_are_those_of_keras(name):
    shape, arguments = WITH_WEIGHTS[name]
    kind = {"DepthwiseConv2D": "depthwise", "SeparableConv2D": "pointwise"}.get(name, "kernel")
    more = {
        f"{kind}_regularizer": "l2",
        "bias_regularizer": keras.regularizers.L1(0.5),
        "activity_regularizer": "l1",
        f"{kind}_constraint": "non_neg",
        "bias_constraint": "max_norm",
        "bias_initializer": "ones",
    }
    ours, theirs = (getattr(of, name)(*arguments, **more) for of in (layers, keras.layers))
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype("float32")
    ours(x), theirs(x)
    theirs.set_weights(ours.get_weights())
    ours(x), theirs(x)
    np.testing.assert_allclose(
        sorted(map(float, ours.losses)), sorted(map(float, theirs.losses)), rtol=1e-5
    )
    for one, other in zip(ours.weights, theirs.weights, strict=True):
        assert type(one.constraint) is type(other.constraint)
    assert ours.get_config()["bias_regularizer"] == theirs.get_config()["bias_regularizer"]


@pytest.mark.parametrize("name", ["Conv1D", "Conv2D", "Conv3D"])
def test_what_is_left_out_is_refused_with_what_to_do_instead(name):
    with pytest.raises(ValueError, match=rf"{name}: lora_rank is 4; .*Freeze the layer"):
        getattr(layers, name)(4, 3, lora_rank=4)
    getattr(layers, name)(4, 3, lora_rank=None)


def test_numbers_of_numpy_and_texts_in_capitals_are_taken():
    layer = layers.Conv2D(np.int64(4), np.int32(3), padding="SAME", use_bias=np.True_)
    config = layer.get_config()
    assert (config["filters"], config["kernel_size"], config["padding"]) == (4, (3, 3), "same")
    assert type(config["filters"]) is int and config["use_bias"] is True
