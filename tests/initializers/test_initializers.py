"""Properties of the initializers: variances, bounds, orthogonality, and lsuv on a deep network."""

import doctest
import inspect
import json

import keras
import numpy as np
import pytest
from tests.backends import numbers

import nablab.initializers
from nablab.initializers import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LeCunNormal,
    Orthogonal,
    fans,
    lsuv,
)

pytestmark = pytest.mark.slow
VARIANCES = {
    HeNormal: lambda fan_in, fan_out: 2 / fan_in,
    HeUniform: lambda fan_in, fan_out: 2 / fan_in,
    GlorotNormal: lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    GlorotUniform: lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    LeCunNormal: lambda fan_in, fan_out: 1 / fan_in,
}
CLASSES = [*VARIANCES, Orthogonal]
each_scaled = pytest.mark.parametrize("make", VARIANCES, ids=lambda make: make.__name__)
each_class = pytest.mark.parametrize("make", CLASSES, ids=lambda make: make.__name__)
shapes = pytest.mark.parametrize("shape", [(300, 400), (3, 5, 60, 120)], ids=str)


def test_every_initializer_is_found_by_walking():
    assert set(nablab.initializers.__all__) == {c.__name__ for c in CLASSES} | {"fans", "lsuv"}


@pytest.mark.parametrize("name", nablab.initializers.__all__)
def test_its_docstring_has_every_section_in_order_and_its_example_runs(name):
    value = getattr(nablab.initializers, name)
    doc = inspect.getdoc(value)
    sections = ("Maths:", "Shapes:", "Example:", "Source:")
    places = [doc.find(f"\n{section}") for section in sections]
    assert -1 not in places and places == sorted(places)
    module = inspect.getmodule(value)
    ran = doctest.testmod(module, extraglobs={"np": np, "keras": keras})
    assert ran.attempted and not ran.failed


def test_fans_of_kernels():
    assert fans((7, 5)) == (7, 5)
    assert fans((3, 10, 20)) == (30, 60)
    assert fans((3, 5, 10, 20)) == (150, 300)
    assert fans((2, 3, 4, 5, 6)) == (120, 144)


def test_fans_of_a_vector_and_of_a_number_are_those_of_keras():
    assert fans((5,)) == (5, 5)
    assert fans(()) == (1, 1)


def test_fans_of_named_axes_are_the_products_of_their_sizes():
    assert fans((12, 8, 4), input_axes=[0, 1], output_axes=[2]) == (96, 4)
    with pytest.raises(ValueError, match=r"fans: input_axes is \[0\] and output_axes None"):
        fans((12, 8, 4), input_axes=[0])
    with pytest.raises(
        ValueError, match=r"fans: shape is \(12, 8\), .* expected axes of the shape"
    ):
        fans((12, 8), input_axes=[0], output_axes=[2])


@each_scaled
def test_it_draws_the_vectors_of_a_layer(make):
    vector = numbers(make(seed=1)((4000,)))
    assert abs(vector.var() / VARIANCES[make](4000, 4000) - 1) < 0.1
    layer = keras.layers.Dense(3, bias_initializer=make())
    layer.build((None, 4))
    assert np.ptp(numbers(layer.bias)) > 0


@each_scaled
def test_named_axes_set_its_scale_as_those_of_keras(make):
    axes = {"input_axes": [0], "output_axes": [1, 2]}
    ours = numbers(make(seed=1, **axes)((60, 20, 30))).var()
    name = make.__name__.replace("LeCun", "Lecun")
    theirs = numbers(getattr(keras.initializers, name)(seed=2, **axes)((60, 20, 30))).var()
    assert abs(ours / theirs - 1) < 0.03


@each_scaled
@shapes
def test_its_variance_is_the_formulas(make, shape):
    W = np.asarray(numbers(make(seed=1)(shape)), np.float64)
    assert W.shape == shape
    assert abs(W.var() / VARIANCES[make](*fans(shape)) - 1) < 0.02
    assert abs(W.mean()) < 5 * (W.var() / W.size) ** 0.5


@each_scaled
@shapes
def test_its_variance_is_that_of_keras(make, shape):
    ours = numbers(make(seed=1)(shape)).var()
    theirs = numbers(
        getattr(keras.initializers, make.__name__.replace("LeCun", "Lecun"))(seed=2)(shape)
    ).var()
    assert abs(ours / theirs - 1) < 0.03


@each_scaled
@shapes
def test_it_keeps_within_its_bounds_and_comes_near_them(make, shape):
    deviation = VARIANCES[make](*fans(shape)) ** 0.5
    bound = deviation * (3**0.5 if "Uniform" in make.__name__ else 2 / 0.87962566103423978)
    largest = np.abs(numbers(make(seed=1)(shape))).max()
    assert 0.99 * bound < largest <= bound * (1 + 1e-6)


@pytest.mark.parametrize("shape", [(8, 5), (5, 8), (6, 6), (3, 3, 4, 10), (1, 1, 4, 10)], ids=str)
def test_orthogonal_columns_or_rows_are_orthonormal(shape):
    W = numbers(Orthogonal(gain=3.0, seed=1)(shape)).reshape(-1, shape[-1])
    product = W.T @ W if W.shape[0] >= W.shape[1] else W @ W.T
    np.testing.assert_allclose(product, 9 * np.eye(len(product)), atol=1e-5)


def test_orthogonal_favours_neither_rotations_nor_reflections():
    """Half of all orthogonal matrices have determinant -1."""
    turns = [np.linalg.det(numbers(Orthogonal(seed=seed)((3, 3)))) > 0 for seed in range(60)]
    assert 15 < sum(turns) < 45


@each_class
def test_a_seed_gives_the_same_numbers_and_none_gives_new_ones(make):
    def draw(initializer):
        return numbers(initializer((4, 5)))

    np.testing.assert_array_equal(draw(make(seed=1)), draw(make(seed=1)))
    assert np.any(draw(make(seed=1)) != draw(make(seed=2)))
    unseeded = make()
    assert np.any(draw(unseeded) != draw(unseeded))


@each_class
def test_without_a_seed_keras_own_decides(make):
    keras.utils.set_random_seed(3)
    first = numbers(make()((4, 5)))
    keras.utils.set_random_seed(3)
    np.testing.assert_array_equal(numbers(make()((4, 5))), first)


@each_class
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_it_draws_in_the_dtype_that_is_asked_for(make, dtype):
    W = make(seed=1)((6, 5), dtype=dtype)
    assert keras.backend.standardize_dtype(W.dtype) == dtype
    assert np.all(np.isfinite(np.asarray(numbers(W), np.float64)))


@each_class
def test_it_comes_back_from_its_config(make):
    if make is Orthogonal:
        arguments = {"seed": 5, "gain": 2.0}
    else:
        arguments = {"seed": 5, "input_axes": [0], "output_axes": [1]}
    initializer = make(**arguments)
    assert initializer.get_config() == arguments
    stored = json.loads(json.dumps(keras.initializers.serialize(initializer)))
    again = keras.initializers.get(stored)
    assert type(again) is make
    assert again.get_config() == arguments


@each_class
def test_a_layer_takes_it_and_a_saved_model_brings_it_back(make, tmp_path):
    layers = [keras.layers.Conv2D(4, 3, kernel_initializer=make(seed=1)), keras.layers.Flatten()]
    layers.append(keras.layers.Dense(3, kernel_initializer=make()))
    model = keras.Sequential([keras.Input((6, 6, 2)), *layers])
    np.testing.assert_array_equal(numbers(layers[0].kernel), numbers(make(seed=1)((3, 3, 2, 4))))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert type(again.layers[0].kernel_initializer) is make
    x = np.ones((1, 6, 6, 2), "float32")
    np.testing.assert_allclose(numbers(again(x)), numbers(model(x)), rtol=1e-5)


@each_class
def test_a_wrong_seed_is_refused_by_name(make):
    with pytest.raises(ValueError, match=f"{make.__name__}: seed is 'one'"):
        make(seed="one")


@each_class
def test_a_seed_may_be_one_of_numpy_or_a_generator(make):
    np.testing.assert_array_equal(
        numbers(make(seed=np.int64(4))((4, 5))), numbers(make(seed=4)((4, 5)))
    )
    drawing = make(seed=keras.random.SeedGenerator(4))
    assert np.any(numbers(drawing((4, 5))) != numbers(drawing((4, 5))))
    again = keras.initializers.get(keras.initializers.serialize(drawing))
    assert isinstance(again.seed, keras.random.SeedGenerator)


def test_a_wrong_gain_is_refused_by_name():
    with pytest.raises(ValueError, match="Orthogonal: gain is -1"):
        Orthogonal(gain=-1)


def deep(activation):
    """Six layers, of convolutions and dense ones."""
    make = keras.layers
    return keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            make.Conv2D(16, 3, activation=activation),
            make.Conv2D(16, 3, activation=activation),
            make.MaxPooling2D(),
            make.Conv2D(32, 3, activation=activation),
            make.Flatten(),
            make.Dense(50, activation=activation),
            make.Dense(50),
            make.Activation(activation),
            make.Dense(10),
        ]
    )


def sums(model, x):
    """The variance of the output of every kernel layer before its activation."""
    found = []
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            before = numbers(keras.Model(model.inputs, layer.input)([x]))
            product = keras.layers.Dense if before.ndim == 2 else keras.layers.Conv2D
            config = {**layer.get_config(), "activation": None}
            plain = product.from_config(config)
            plain.build(before.shape)
            plain.set_weights(layer.get_weights())
            found.append(float(numbers(plain(before)).var()))
    return found


@pytest.mark.parametrize("activation", ["relu", "tanh", "linear"])
def test_lsuv_reaches_variance_one_on_every_layer_of_a_deep_net(activation):
    keras.utils.set_random_seed(0)
    model = deep(activation)
    x = np.random.default_rng(0).normal(3, 7, (64, 12, 12, 3)).astype("float32")
    before = sums(model, x)
    said = lsuv(model, x)
    after = sums(model, x)
    assert len(after) == 6
    assert max(abs(v - 1) for v in before) > 0.5
    np.testing.assert_allclose(after, 1, atol=0.05)
    np.testing.assert_allclose(list(said.values()), after, atol=1e-3)
    activations = [layer.activation.__name__ for layer in model.layers if hasattr(layer, "kernel")]
    assert activations == [*[activation] * 4, "linear", "linear"]


def test_lsuv_divides_again_if_there_is_a_bias():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(6)])
    model.layers[0].bias.assign(np.linspace(-0.5, 0.5, 6))
    x = 10 * np.random.default_rng(0).normal(size=(200, 4)).astype("float32")
    with pytest.raises(ValueError, match="after 1 rounds"):
        lsuv(model, x, max_rounds=1)
    lsuv(model, x)
    np.testing.assert_allclose(sums(model, x), 1, atol=0.05)


def test_lsuv_takes_a_model_of_several_inputs():
    first, second = keras.Input((5,)), keras.Input((3,))
    joined = keras.layers.Concatenate()([keras.layers.Dense(4)(first), second])
    model = keras.Model([first, second], keras.layers.Dense(2)(joined))
    rng = np.random.default_rng(0)
    said = lsuv(model, [rng.normal(size=(50, 5)), rng.normal(size=(50, 3))])
    np.testing.assert_allclose(list(said.values()), 1, atol=0.05)


def test_lsuv_works_on_this_librarys_layers():
    from nablab.layers import BatchNormalization, Dense, ReLU

    model = keras.Sequential(
        [keras.Input((20,)), Dense(30), BatchNormalization(), ReLU(), Dense(10)]
    )
    x = np.random.default_rng(0).normal(2, 5, (100, 20)).astype("float32")
    assert [round(v, 3) for v in lsuv(model, x).values()] == [1, 1]


def test_lsuv_refuses_constant_data():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(6, name="first")])
    with pytest.raises(ValueError, match="lsuv: the output of 'first' on x has variance 0"):
        lsuv(model, np.zeros((10, 4), "float32"))
