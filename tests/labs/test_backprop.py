"""Lab 3: the numbers that its text prints, what it claims, its pictures' special cases, and the
references it is judged by beside TensorFlow's tape."""

import inspect
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nablab import data
from nablab.authored.answers import Answers
from nablab.authored.stamp import stamp
from nablab.cli.author import grade_notebooks
from nablab.course import find_course
from nablab.reference.backprop import (
    numerical_gradient,
    program_gradients,
    read_program,
    two_layer_gradients,
)
from nablab.reference.convolution_layers import conv_nd, conv_nd_gradients
from nablab.reference.dense import dense, dense_gradients
from nablab.reference.loss import softmax_cross_entropy, softmax_cross_entropy_gradient
from nablab.reference.pooling import maxpool_nd, maxpool_nd_gradients

COURSE = find_course(Path(__file__).resolve().parents[2])
LAB = COURSE.authored_lab("backprop")


@pytest.fixture(scope="module")
def lab():
    """The names of the solved lab."""
    return Answers(COURSE, LAB).namespace()


@pytest.fixture
def rng():
    return np.random.default_rng(20240303)


# The network on paper


def loss_of(x, w, b, v, c, target):
    h = 1 / (1 + np.exp(-(x @ w + b)))
    return (h @ v + c - target) ** 2 / 2


def test_the_network_on_paper_forward(lab):
    x, net = lab["INPUT"], lab["NET"]
    z = x @ net["w"] + net["b"]
    np.testing.assert_allclose(z, [0, np.log(3)])
    h = 1 / (1 + np.exp(-z))
    np.testing.assert_allclose(h, [1 / 2, 3 / 4])
    np.testing.assert_allclose(h @ net["v"] + net["c"], 1)
    assert loss_of(x, *net.values(), lab["TARGET"]) == pytest.approx(2)


def test_every_partial_derivative_on_paper(lab):
    x, target = lab["INPUT"], lab["TARGET"]
    net = {"x": x} | lab["NET"]
    printed = {
        "x": [2 - 1.5 * np.log(3), -1],
        "w": [[1, -1.5], [2, -3]],
        "b": [1, -1.5],
        "v": [1, 1.5],
        "c": 2,
    }
    for name, right in printed.items():
        tried = numerical_gradient(
            lambda value, name=name: loss_of(*(net | {name: value}).values(), target), net[name]
        )
        np.testing.assert_allclose(tried, right, atol=1e-8)
    assert 2 - 1.5 * np.log(3) == pytest.approx(0.35, abs=0.005)
    # by h: (4, -8); by z: (1, -1.5), which b has too
    np.testing.assert_allclose(2 * net["v"], [4, -8])
    np.testing.assert_allclose(np.array([4, -8]) * [1 / 4, 3 / 16], [1, -1.5])


def test_the_steepest_knob_lowers_the_loss_to_1_970(lab):
    net = {name: np.array(value, dtype=float) for name, value in lab["NET"].items()}
    losses = {}
    for name, array in net.items():
        for index in np.ndindex(*array.shape):
            for step in (0.01, -0.01):
                moved = {key: value.copy() for key, value in net.items()}
                moved[name][index] += step
                losses[name, index, step] = loss_of(lab["INPUT"], *moved.values(), lab["TARGET"])
    assert len(losses) == 18
    best = min(losses, key=losses.get)
    assert best == ("w", (1, 1), 0.01)
    assert losses[best] == pytest.approx(1.970, abs=0.0005)


def test_the_network_on_paper_beside_tensorflows_tape(lab):
    tf = pytest.importorskip("tensorflow")
    net = [tf.constant(value, "float64") for value in lab["NET"].values()]
    x = tf.constant(lab["INPUT"])
    with tf.GradientTape() as tape:
        tape.watch([x, *net])
        h = tf.sigmoid(tf.linalg.matvec(tf.transpose(net[0]), x) + net[1])
        loss = (tf.tensordot(h, net[2], 1) + net[3] - lab["TARGET"]) ** 2 / 2
    dx, dw, db, dv, dc = tape.gradient(loss, [x, *net])
    np.testing.assert_allclose(dx, [2 - 1.5 * np.log(3), -1])
    np.testing.assert_allclose(dw, [[1, -1.5], [2, -3]])
    np.testing.assert_allclose(db, [1, -1.5])
    np.testing.assert_allclose(dv, [1, 1.5])
    np.testing.assert_allclose(dc, 2)


# 3.1


def test_forward_and_central_differences_of_the_cube(lab):
    def cube(x):
        return float(x[0] ** 3)

    for eps, forward, central in ((1, 19, 13), (0.1, 12.61, 12.01)):
        assert (cube([2 + eps]) - cube([2])) / eps == pytest.approx(forward)
        for gradient in (numerical_gradient, lab["num_grad"]):
            np.testing.assert_allclose(gradient(cube, np.array([2.0]), eps), [central])


def test_what_the_text_says_of_rounding(lab):
    assert 0.5 + 1e-5 - 1e-5 != 0.5
    assert np.float32(1000) + np.float32(1e-5) == np.float32(1000)

    def error(eps):
        got = lab["num_grad"](lambda x: np.sin(x[0]), np.array([1.0]), eps)
        return abs(got[0] - np.cos(1))

    sizes = 10.0 ** -np.arange(1, 13.26, 0.25)
    assert 1e-6 < min(sizes, key=error) < 1e-4
    assert error(1e-8) > 100 * error(1e-5)  # the prediction's answer
    assert error(1e-2) == pytest.approx(error(1e-1) / 100, rel=0.01)


# 3.2 to 3.4


def test_the_dense_layer_by_hand():
    x, w, b = [[1, 2], [3, 0]], [[1, 0, -1], [2, 1, 0]], [0, 1, 5]
    np.testing.assert_array_equal(dense(x, w, b), [[5, 3, 4], [3, 1, 2]])
    dx, dw, db = dense_gradients(x, w, [[1, 0, 2], [0, 4, -1]])
    np.testing.assert_array_equal(dx, [[-1, 2], [1, 4]])
    np.testing.assert_array_equal(dw, [[1, 12, -1], [2, 0, 4]])
    np.testing.assert_array_equal(db, [1, 4, 1])


def test_the_bends_by_hand(lab):
    for name, dout, cache, dx in (
        ("relu_bwd", [5, 6, 7], [-2, 0, 3], [0, 0, 7]),
        ("sigmoid_bwd", [4, -8], [0.5, 0.75], [1, -1.5]),
        ("tanh_bwd", [1, 2, 5], [0, -0.6, 0.8], [1, 1.28, 1.8]),
    ):
        np.testing.assert_allclose(lab[name](np.array(dout), np.array(cache)), dx)
    y, cache = lab["sigmoid_fwd"](np.array([-800.0, -6, 0, 6, 800]))
    slopes = lab["sigmoid_bwd"](np.ones(5), cache)
    np.testing.assert_allclose(y, [0, 1 / (1 + np.exp(6)), 0.5, 1 / (1 + np.exp(-6)), 1])
    assert slopes.max() == slopes[2] == 0.25
    assert slopes[1] < 0.01
    assert 0.25**5 == 1 / 1024


def test_the_given_forward_functions_go_with_the_backward_ones(lab, rng):
    x, dout = rng.normal(size=(2, 3, 5))
    for name in ("relu", "sigmoid", "tanh"):
        forward, backward = lab[f"{name}_fwd"], lab[f"{name}_bwd"]
        tried = numerical_gradient(lambda x, f=forward: np.sum(f(x)[0] * dout), x)
        np.testing.assert_allclose(backward(dout, forward(x)[1]), tried, atol=1e-8)


def test_softmax_cross_entropy_by_hand():
    z, right = np.log([[1.0, 2, 5], [1, 1, 1]]), np.eye(3)[[1, 2]]
    losses = softmax_cross_entropy(z, right)
    np.testing.assert_allclose(losses, [np.log(4), np.log(3)])
    assert losses[0] == pytest.approx(1.386, abs=0.0005)
    assert losses.mean() == pytest.approx(1.242, abs=0.0005)
    dz = softmax_cross_entropy_gradient(z, right)
    np.testing.assert_allclose(dz, [[0.125, -0.75, 0.625], [1 / 3, 1 / 3, -2 / 3]])
    assert softmax_cross_entropy([[0, 10000]], [[1, 0]]) == 10000
    assert -np.log(1e-12) == pytest.approx(27.6, abs=0.05)
    assert np.log(10) == pytest.approx(2.303, abs=0.0005)


# 3.5 to 3.7


def test_the_convolution_by_hand(lab):
    x, w = np.array([1.0, 2, 3]).reshape(1, 1, 3, 1), np.array([1.0, 10]).reshape(1, 2, 1, 1)
    out = lab["conv_fwd"](x, w, np.zeros(1), (1, 2), (0, 1))
    np.testing.assert_array_equal(out.ravel(), [10, 32])
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (0, 0)))
    dout = np.array([1.0, 2]).reshape(out.shape)
    dx, dw, db = conv_nd_gradients(padded, w, dout, strides=(1, 2))
    np.testing.assert_array_equal(dx.ravel(), [1, 10, 2, 20, 0])
    np.testing.assert_array_equal(dw.ravel(), [4, 7])
    np.testing.assert_array_equal(db, [3])
    np.testing.assert_array_equal(
        lab["conv_bwd"](dout, x, w, (1, 2), (0, 1))[0].ravel(), [10, 2, 20]
    )


def test_the_given_convolution_equals_the_reference(lab, rng):
    x, w, b = rng.normal(size=(2, 7, 5, 3)), rng.normal(size=(3, 2, 3, 4)), rng.normal(size=4)
    padded = np.pad(x, ((0, 0), (2, 2), (1, 1), (0, 0)))
    np.testing.assert_allclose(
        lab["conv_fwd"](x, w, b, (2, 1), (2, 1)), conv_nd(padded, w, b, (2, 1))
    )
    np.testing.assert_allclose(lab["conv_fwd"](x, w, b), conv_nd(x, w, b))


def test_with_stride_1_dx_is_a_correlation_of_dout_with_the_turned_filter(rng):
    x, w = rng.normal(size=(1, 5, 6, 2)), rng.normal(size=(3, 2, 2, 4))
    dout = rng.normal(size=(1, 3, 5, 4))
    turned = w[::-1, ::-1].swapaxes(2, 3)
    around = np.pad(dout, ((0, 0), (2, 2), (1, 1), (0, 0)))
    np.testing.assert_allclose(conv_nd(around, turned), conv_nd_gradients(x, w, dout)[0])


def test_a_row_that_no_window_reads_has_no_gradient(rng):
    dx = conv_nd_gradients(np.ones((1, 6, 3, 1)), np.ones((3, 3, 1, 1)), np.ones((1, 2, 1, 1)), 2)[
        0
    ]
    assert dx[0, :5].all()
    assert not dx[0, 5].any()


def test_the_maxima_by_hand(lab):
    x, dout = np.array([1.0, 5, 2, 5, 3]).reshape(1, 1, 5, 1), np.array([1.0, 10, 100])
    dout = dout.reshape(1, 1, 3, 1)
    for dx in (
        maxpool_nd_gradients(x, (1, 3), dout, (1, 1)),
        lab["maxpool_bwd"](dout, x, (1, 3), (1, 1)),
    ):
        np.testing.assert_array_equal(dx.ravel(), [0, 11, 0, 100, 0])


def test_the_graph_by_hand(lab):
    program, inputs = "c = a * b; d = c + a; e = d * d", {"a": 2.0, "b": -3.0}
    values, gradients = program_gradients(program, inputs)
    assert values == {"a": 2, "b": -3, "c": -6, "d": -4, "e": 16}
    assert gradients == {"a": 16, "b": -16, "c": -8, "d": -8, "e": 1}
    found = lab["work_out"](program, inputs)
    assert found == {name: (values[name], gradients[name]) for name in values}
    assert 0.9e9 < 2**30 < 1.1e9


def test_a_program_with_a_line_that_it_cannot_read_is_refused(lab):
    assert read_program("c = a * 3\n\nd = relu c") == [
        ("c", "*", ("a", "3")),
        ("d", "relu", ("c",)),
    ]
    with pytest.raises(ValueError, match="c - a"):
        lab["work_out"]("d = c - a", {"a": 1.0, "c": 2.0})


def test_derivatives_carried_forward_equal_differences():
    program = "d = a * b; e = d + c; f = relu e; g = f * d; h = g + f; i = h * 1.5; j = i + e"
    inputs = {"a": 1.3, "b": -0.7, "c": 2.1}
    values, gradients = program_gradients(program, inputs)
    assert len(values) == 10

    def value(x):
        return program_gradients(program, dict(zip("abc", x, strict=True)))[0]["j"]

    tried = numerical_gradient(value, list(inputs.values()))
    np.testing.assert_allclose([gradients[name] for name in "abc"], tried, rtol=1e-8)


# 3.8


def test_the_network_has_2410_parameters(lab):
    params, history = lab["train_two_layer"](np.zeros((10, 64)), np.arange(10), 32, 0.1, 0, 0)
    assert sum(array.size for array in params.values()) == 2410
    assert history == []


def test_more_than_nine_in_ten_unseen_digits_are_read_right(lab):
    images, labels = data.digits()
    x = images.reshape(-1, 64)
    params, history = lab["train_two_layer"](x[:1000], labels[:1000], 32, 0.5, 300, 0)
    assert history[0] == pytest.approx(np.log(10), abs=0.05)
    h = np.maximum(x[1000:] @ params["w1"] + params["b1"], 0)
    answers = np.argmax(h @ params["w2"] + params["b2"], axis=1)
    assert len(answers) == 797
    assert np.mean(answers == labels[1000:]) > 0.9


def test_the_two_layer_gradients_equal_differences(rng):
    x, y = rng.normal(size=(7, 3)), rng.integers(0, 4, size=7)
    params = {
        name: rng.normal(size=size)
        for name, size in (("w1", (3, 5)), ("b1", 5), ("w2", (5, 4)), ("b2", 4))
    }
    _, gradients = two_layer_gradients(x, y, params)
    for name, gradient in gradients.items():
        tried = numerical_gradient(
            lambda value, name=name: two_layer_gradients(x, y, params | {name: value})[0],
            params[name],
        )
        np.testing.assert_allclose(gradient, tried, atol=1e-9)


# The references beside TensorFlow's tape


def test_dense_relu_and_loss_equal_the_tapes(rng):
    tf = pytest.importorskip("tensorflow")
    keras = pytest.importorskip("keras")
    x, y = rng.normal(size=(7, 3)), rng.integers(0, 4, size=7)
    params = {
        name: tf.Variable(rng.normal(size=size))
        for name, size in (("w1", (3, 5)), ("b1", 5), ("w2", (5, 4)), ("b2", 4))
    }
    loss_of_logits = keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype="float64")
    with tf.GradientTape() as tape:
        h = tf.nn.relu(x @ params["w1"] + params["b1"])
        loss = loss_of_logits(y, h @ params["w2"] + params["b2"])
    theirs = tape.gradient(loss, params)
    mine, gradients = two_layer_gradients(x, y, {k: v.numpy() for k, v in params.items()})
    assert mine == pytest.approx(float(loss), rel=1e-6)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, theirs[name], rtol=1e-6, atol=1e-8)


def test_the_conventions_at_corners_are_tensorflows(lab):
    tf = pytest.importorskip("tensorflow")
    zero = tf.constant([0.0])
    with tf.GradientTape() as tape:
        tape.watch(zero)
        y = tf.nn.relu(zero)
    assert float(tape.gradient(y, zero)[0]) == 0
    flat = tf.constant(np.full((1, 2, 2, 1), 7.0))
    with tf.GradientTape() as tape:
        tape.watch(flat)
        y = tf.nn.max_pool2d(flat, 2, 2, "VALID")
    np.testing.assert_array_equal(np.ravel(tape.gradient(y, flat)), [1, 0, 0, 0])
    assert lab["relu_bwd"](np.ones(1), np.zeros(1)) == 0


@pytest.mark.parametrize("stride, pad", [((2, 1), (0, 0)), ((1, 1), (1, 2)), ((3, 2), (2, 1))])
def test_the_convolution_equals_the_tapes(lab, rng, stride, pad):
    tf = pytest.importorskip("tensorflow")
    x, w = tf.constant(rng.normal(size=(2, 7, 8, 3))), tf.constant(rng.normal(size=(3, 2, 3, 4)))
    with tf.GradientTape() as tape:
        tape.watch([x, w])
        padded = tf.pad(x, [(0, 0), (pad[0],) * 2, (pad[1],) * 2, (0, 0)])
        y = tf.nn.conv2d(padded, w, stride, "VALID")
        dout = rng.normal(size=y.shape)
        total = tf.reduce_sum(y * dout)
    dx, dw = tape.gradient(total, [x, w])
    mine = lab["conv_bwd"](dout, x.numpy(), w.numpy(), stride, pad)
    np.testing.assert_allclose(mine[0], dx, atol=1e-10)
    np.testing.assert_allclose(mine[1], dw, atol=1e-10)


@pytest.mark.parametrize("size, stride", [((2, 2), (2, 2)), ((3, 2), (1, 2)), ((2, 3), (3, 1))])
def test_the_maximum_equals_the_tapes_with_ties(lab, rng, size, stride):
    tf = pytest.importorskip("tensorflow")
    x = tf.constant(rng.integers(0, 3, size=(2, 7, 8, 3)).astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.max_pool2d(x, size, stride, "VALID")
        dout = rng.normal(size=y.shape).astype(np.float32)
        total = tf.reduce_sum(y * dout)
    theirs = tape.gradient(total, x).numpy()
    assert maxpool_nd(x.numpy(), size, stride).shape == dout.shape
    mine = maxpool_nd_gradients(x.numpy(), size, dout, stride)
    np.testing.assert_allclose(mine, theirs, atol=1e-5)
    np.testing.assert_array_equal(mine, lab["maxpool_bwd"](dout, x.numpy(), size, stride))


# The pictures' special cases


@pytest.fixture
def show(monkeypatch):
    plt = pytest.importorskip("matplotlib.pyplot")
    from nablab.show import backprop

    monkeypatch.setattr(plt, "show", lambda: None)
    yield backprop
    plt.close("all")


def test_the_picture_of_the_network_names_the_steepest_knob(show, lab):
    words = show.network(lab["INPUT"], lab["TARGET"], lab["NET"], backward=True)
    assert "The steepest knob is w22" in words
    assert "w22 is 0, gradient −3" in words
    assert "gradient" not in show.network(lab["INPUT"], lab["TARGET"], lab["NET"])


def test_a_num_grad_without_error_still_has_a_picture(show):
    words = show.steps(lambda f, x, eps: np.cos(x))
    assert "num_grad's least error is 0e+00" in words


def test_tables_that_do_not_add_up_are_told(show, lab):
    x, w, dout = np.array([[1.0, 2], [3, 0]]), np.ones((2, 3)), np.ones((2, 3))

    def halved(dout, cache):
        dx, dw, db = lab["dense_bwd"](dout, cache)
        return dx, dw / 2, db

    assert "It is the sum" in show.tables(
        x, w, np.zeros(3), dout, lab["dense_fwd"], lab["dense_bwd"]
    )
    assert "not their sum" in show.tables(x, w, np.zeros(3), dout, lab["dense_fwd"], halved)


def test_a_network_that_errs_nowhere_has_no_row_of_mistakes(show):
    def knows(x, y, hidden, lr, steps, seed):
        return {
            "w1": np.eye(64)[:, :10],
            "b1": np.zeros(10),
            "w2": np.eye(10),
            "b2": np.zeros(10),
        }, [2.0, 0.0]

    x = np.zeros((40, 64))
    labels = np.arange(40) % 10
    x[np.arange(40), labels] = 1
    words = show.digits(x, labels, x, labels, knows)
    assert "reads wrong: none" in words
    assert "100 % right" in words


def test_the_training_is_drawn_before_num_grad_is_written(show, lab):
    def unwritten(f, x, eps=1e-5):
        raise NotImplementedError

    images, labels = data.digits()
    x, y = images[:20].reshape(20, 64), labels[:20]
    parts = lab["train_two_layer"], lab["num_grad"], lab["dense_fwd"], lab["softmax_xent"]
    assert "no num_grad yet" not in show.training(x, y, *parts)
    assert "no num_grad yet" in show.training(x, y, parts[0], unwritten, *parts[2:])


def test_short_numbers_in_pictures():
    from nablab.show.backprop import _short

    assert [_short(x) for x in (2, -0.346, 1.0986, -0.001, 1234.5, 100, -1.5)] == [
        "2",
        "−0.35",
        "1.1",
        "0",
        "1234",
        "100",
        "−1.5",
    ]


# Limits


@pytest.mark.slow
def test_a_dense_layer_that_goes_number_by_number_has_the_time_it_needs():
    answers = Answers(COURSE, LAB)
    slow = next(v for v in answers.variants if v.name == "dense_number_by_number").names
    source = "\n".join(
        f"{inspect.getsource(function)}\n{name} = {function.__name__}"
        for name, function in slow.items()
    )
    cells = [
        replace(cell, source=source) if cell.exercise == "3.2" else cell for cell in answers.cells
    ]
    notebook = json.dumps(stamp(answers.lab, cells))
    assert grade_notebooks(COURSE, answers.lab, [("loops", notebook)])["loops"] == (100, [])
