"""The function for gradients, on the current Keras backend."""

import keras
import numpy as np
import pytest
from keras import ops
from tests.backends import numbers

from nablab.autodiff import value_and_gradients

pytestmark = pytest.mark.slow


def test_value_and_gradients_of_a_polynomial():
    w, free = keras.Variable([1.0, -2.0, 3.0]), keras.Variable(np.ones((2, 2)))
    value, (slope, none) = value_and_gradients(lambda: ops.sum(w**3), [w, free])
    assert float(value) == pytest.approx(20)
    np.testing.assert_allclose(numbers(slope), [3, 12, 27])
    np.testing.assert_array_equal(numbers(none), np.zeros((2, 2)))


def test_a_scalar_that_depends_on_no_variable_has_zero_gradients():
    w = keras.Variable([1.0, 2.0])
    _, (slope,) = value_and_gradients(lambda: ops.convert_to_tensor(3.0), [w])
    np.testing.assert_array_equal(numbers(slope), [0, 0])


def test_gradients_of_a_model_are_central_differences():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)]
    )
    x = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")

    def loss():
        return ops.mean(ops.square(model(x, training=True)))

    _, slopes = value_and_gradients(loss, model.trainable_variables)
    kernel = model.trainable_variables[0]
    start = numbers(kernel).copy()
    for place in ((0, 0), (2, 3)):
        ends = []
        for sign in (1, -1):
            moved = start.copy()
            moved[place] += sign * 1e-2
            kernel.assign(moved)
            ends.append(float(numbers(loss())))
        kernel.assign(start)
        assert numbers(slopes[0])[place] == pytest.approx((ends[0] - ends[1]) / 2e-2, abs=2e-3)


def test_an_input_made_a_variable_has_a_gradient():
    x = keras.Variable([[2.0, 5.0]])
    _, (slope,) = value_and_gradients(lambda: ops.sum(keras.layers.ReLU()(x - 3.0)), [x])
    np.testing.assert_array_equal(numbers(slope), [[0, 1]])


def test_a_function_that_returns_no_scalar_is_refused_with_its_shape():
    w = keras.Variable([1.0, 2.0])
    with pytest.raises(ValueError, match=r"shape \(2,\)"):
        value_and_gradients(lambda: w * 2, [w])
