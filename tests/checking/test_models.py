"""What checks ask of Keras models: the same answers in a notebook and in the jail."""

import numpy as np
import pytest

from nablab.checking import Mismatch, models, once
from nablab.checking.fingerprint import ERROR, probes_of, record
from nablab.course import Limits
from nablab.sandbox.host import Jail
from nablab.sandbox.student import LocalLink, Student, StudentError, replace

pytestmark = pytest.mark.slow
keras = pytest.importorskip("keras")

SOURCE = """
import keras

count = [0]

def build(units):
    net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units, activation="relu")])
    inner = keras.Sequential([keras.Input((units,)), keras.layers.Dense(2, use_bias=False)])
    x = keras.Input((3,))
    return keras.Model(x, inner(keras.layers.BatchNormalization()(net(x))))

def no_model(units): return units
def not_built(units): return keras.Sequential([keras.layers.Dense(units)])
def doubled(x, factor=2): return keras.layers.Rescaling(factor)(x)
def no_tensor(x): return 3
def parameters_of(model): return model.count_params()
def trained(make):
    model = make()
    import numpy as np
    x = np.eye(3, dtype="float32")
    return model.fit(x, np.arange(3), epochs=3, verbose=0).history["loss"]
def build_whole(units):
    return build_part(units), build_part(units).count_params()
def through(units):
    x = keras.Input((5, 3))
    return keras.Model(x, widen(x, units, factor=2))
def counted(seed):
    count[0] += 1
    if seed < 0:
        raise ValueError("no seed")
    return count[0]
"""


@pytest.fixture(scope="module")
def jailed(needs_jail):
    limits = Limits(memory_mb=4096, call_s=60, cell_s=60, test_s=120)
    with Jail(("numpy", "keras")) as jail:
        child = jail.open(limits)
        assert child.request_within(60, "cell", cell_id="4.1", source=SOURCE) is None
        yield Student(child)


@pytest.fixture(scope="module")
def local():
    names = {}
    exec(SOURCE, names)
    return Student(LocalLink(names))


@pytest.fixture(params=["jailed", "local"])
def student(request):
    return request.getfixturevalue(request.param)


def test_a_model_tells_its_shapes_layers_and_weights(student):
    net = models.model(student.build(5))
    assert net.input_shape == (None, 3)
    assert net.output_shape == (None, 2)
    assert net.kinds == ["Dense", "BatchNormalization", "Dense"]
    assert net.layers[0]["units"] == 5
    assert net.layers[0]["activation"] == "relu"
    assert net.layers[2]["use_bias"] is False
    assert net.layers[1]["output_shape"] == (None, 5)
    assert [weight.shape for weight in net.weights][:2] == [(3, 5), (5,)]
    assert net.trainable == 3 * 5 + 5 + 2 * 5 + 5 * 2
    assert net.parameters == net.trainable + 2 * 5
    assert student.parameters_of(net.handle) == net.parameters


def test_it_computes_and_differentiates_as_keras_does(student):
    net = models.model(student.build(4))
    rng = np.random.default_rng(0)
    weights = [np.abs(rng.normal(size=weight.shape)) for weight in net.weights]
    net.set_weights(weights)
    names = {}
    exec(SOURCE, names)
    peer = names["build"](4)
    peer.set_weights(weights)
    x, y = rng.normal(size=(300, 3)).astype("float32"), rng.integers(2, size=300)
    np.testing.assert_allclose(net(x), keras.ops.convert_to_numpy(peer(x)), rtol=1e-4, atol=1e-5)
    training = keras.ops.convert_to_numpy(peer(x[:256], training=True))
    peer.set_weights(weights)
    np.testing.assert_allclose(net(x[:256], training=True), training, rtol=1e-4, atol=1e-5)
    peer.set_weights(weights)
    net.set_weights(weights)
    slopes = net.gradients(x, y)
    trainable = [weight.shape for weight in net.weights if weight.trainable]
    assert [slope.shape for slope in slopes] == trainable
    bias = len(slopes) - 1
    moved, step = [w.copy() for w in weights], 1e-2
    loss = {}
    for sign in (1, -1):
        moved[bias + 2][0, 0] = weights[bias + 2][0, 0] + sign * step  # two running averages before
        peer.set_weights(moved)
        logits = peer(x, training=True)
        losses = keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True)
        loss[sign] = float(keras.ops.mean(losses))
    assert slopes[bias][0, 0] == pytest.approx((loss[1] - loss[-1]) / (2 * step), rel=0.02)


def test_what_is_no_model_is_told_so(student):
    for got, says in ((student.no_model(3), "returned 3"), (student.not_built(3), "input shape")):
        with pytest.raises(Mismatch, match=says):
            models.model(got)


def test_a_function_of_a_keras_tensor_becomes_a_model(student):
    net = models.functional(student, "doubled", (4,), factor=3)
    np.testing.assert_allclose(net(np.ones((2, 4), "float32")), np.full((2, 4), 3.0))
    with pytest.raises(StudentError, match="returned a int"):
        models.functional(student, "no_tensor", (4,))


def test_a_model_made_for_a_check_is_an_argument(student):
    layers = [{"kind": "Dense", "units": 2}, {"kind": "Dense", "units": 1}]
    net = models.sequential(student, (3,), layers, seed=3)
    again = models.sequential(student, (3,), layers, seed=3)
    np.testing.assert_array_equal(net.get_weights()[0], again.get_weights()[0])
    assert student.parameters_of(net.handle) == 3 * 2 + 2 + 2 + 1
    make = models.maker(student, (3,), [{"kind": "Dense", "units": 3}], {"kind": "SGD"})
    first, second = student.trained(make), student.trained(make)
    assert first == second
    assert first[0] > first[-1]


def test_once_asks_once_for_the_same_arguments(student):
    first = once(student, "counted", 1)
    assert once(student, "counted", 1) == first
    assert once(student, "counted", 2) == first + 1
    for _ in range(2):
        with pytest.raises(StudentError, match="no seed"):
            once(student, "counted", -1)
    assert once(student, "counted", 3) == first + 3


def test_the_reference_may_return_models_and_take_keras_tensors(student):
    """As follow-through marking has it: in place of a wrong function the reference is called back."""

    def build_part(units):
        return keras.Sequential([keras.Input((3,)), keras.layers.Dense(units)])

    def widen(x, units, factor=1):
        return keras.layers.Dense(factor * units)(x)

    replace(student, {"build_part": build_part, "widen": widen})
    _, count = student.build_whole(4)
    assert count == 3 * 4 + 4
    net = models.model(student.through(4))
    assert net.output_shape == (None, 5, 8)
    assert net(np.ones((2, 5, 3), "float32")).shape == (2, 5, 8)


def test_an_outline_of_no_sensible_shape_is_refused(student):
    replace(student, {"widen": lambda x, units, factor: keras.layers.Dense(units)(x)})
    far = {"\0Keras tensor of shape": (10**9,)}
    with pytest.raises(StudentError, match="this shape cannot be followed"):
        student.widen(far, 4, 2)


def test_a_probe_that_cannot_work_with_an_answer_diagnoses_nothing(local):
    def probe_pair(student):
        first, second = student.no_model(3)
        return first, second

    (value,) = record(local, probes_of([probe_pair]))
    assert value == {ERROR: "TypeError"}
