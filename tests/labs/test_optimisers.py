"""Lab 6: the numbers that its text prints, the oracles it is judged by beside Keras, and what its
pictures say."""

import shutil

import numpy as np
import pytest

from nablab.data import surfaces
from nablab.reference.descent import (
    adam_l2_step,
    range_test,
    rmsprop_outside_step,
    stable_rate,
    warm_up_from_zero,
)
from nablab.reference.optimizer import (
    adam_step,
    adamw_step,
    cosine_decay,
    momentum_step,
    nesterov_step,
    rmsprop_step,
    sgd_step,
    step_decay,
)

ZERO = np.zeros(1)


@pytest.fixture
def rng():
    return np.random.default_rng(20240606)


def walk(one_step, w, gradients, parts):
    """The weights after each step of one_step(w, g, *memory, t) -> w, *memory."""
    memory, places = [np.zeros(np.shape(w))] * parts, []
    for t, g in enumerate(gradients, 1):
        w, *memory = one_step(w, g, *memory, t)
        places.append(w)
    return np.array(places)


# The numbers of the text


def test_the_three_rates_of_the_puzzle():
    bowl = surfaces.quadratic(10)
    ends = []
    for rate in (0.02, 0.18, 0.205):
        w, heights = np.array(bowl.start), []
        for _ in range(20):
            w = sgd_step(w, bowl(w)[1], rate)
            heights.append(abs(w[1]))
        ends.append(w)
    assert abs(ends[0][0]) > 2.5  # A crawls along the floor
    assert np.abs(ends[1]).max() < 0.1  # B arrives
    assert heights[-1] > heights[0] > 1.5  # C bounces higher every time
    ratio, factor = 0.205 / 0.18, 1 - 0.205 * 10
    assert (ratio, factor) == (pytest.approx(1.14, abs=0.005), pytest.approx(-1.05))


def test_the_table_of_momentum():
    gradients = [[2.0], [4.0], [-2.0]]
    plain = walk(lambda w, g, t: (sgd_step(w, g, 0.1),), [1.0], gradients, 0)
    ball = walk(lambda w, g, v, t: momentum_step(w, g, v, 0.1, 0.5), [1.0], gradients, 1)
    ahead = walk(lambda w, g, v, t: nesterov_step(w, g, v, 0.1, 0.5), [1.0], gradients, 1)
    np.testing.assert_allclose(plain.ravel(), [0.8, 0.4, 0.6])
    np.testing.assert_allclose(ball.ravel(), [0.8, 0.3, 0.25])
    np.testing.assert_allclose(ahead.ravel(), [0.7, 0.05, 0.225])


def test_momentum_of_nine_tenths_makes_steps_ten_times_as_long():
    w = walk(lambda w, g, v, t: momentum_step(w, g, v, 1.0, 0.9), [0.0], np.ones((200, 1)), 1)
    assert w[-2] - w[-1] == pytest.approx(10)


def test_the_picture_of_momentum():
    bowl = surfaces.quadratic(30)
    losses = []
    for mu in (0, 0.8):
        w, v = np.array(bowl.start), np.zeros(2)
        for _ in range(60):
            w, v = momentum_step(w, bowl(w)[1], v, 0.03, mu)
        losses.append(bowl(w)[0])
    assert losses[0] > 3000 * losses[1]


def test_the_table_of_schedules():
    assert [step_decay(t, 0.8, 10, 0.5) for t in (0, 9, 10, 25)] == [0.8, 0.8, 0.4, 0.2]
    steps = (0, 50, 100, 150)
    np.testing.assert_allclose([cosine_decay(t, 0.8, 100) for t in steps], [0.8, 0.4, 0, 0])
    floor = [cosine_decay(t, 0.8, 100, 0.25) for t in steps]
    np.testing.assert_allclose(floor, [0.8, 0.5, 0.2, 0.2])
    warm = [warm_up_from_zero(t, 0.8, 10, 110) for t in (5, 10, 60, 110)]
    np.testing.assert_allclose(warm, [0.4, 0.8, 0.4, 0])
    assert cosine_decay(25, 0.8, 100) == pytest.approx(0.683, abs=5e-4)


def test_the_steps_of_rmsprop():
    w, v, _ = rmsprop_step([1.0], [3.0], ZERO, 0.5, 0.75, 4.0)
    assert (w, v) == (pytest.approx(0.4), pytest.approx(2.25))
    w, v, _ = rmsprop_step(w, [-1.5], v, 0.5, 0.75, 4.0)
    assert (w, v) == (pytest.approx(0.7), pytest.approx(2.25))
    assert rmsprop_outside_step([1.0], [3.0], ZERO, 0.5, 0.75, 4.0)[0] == pytest.approx(8 / 11)


def test_rmsprop_undoes_a_stretch_along_the_axes_only():
    def path(H):
        w, v = np.array([-4.5, 1.5]), np.zeros(2)
        places = []
        for _ in range(30):
            w, v, _ = rmsprop_step(w, H @ w, v, 0.1, 0.9, 1e-14)
            places.append(w)
        return np.array(places)

    turn = np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    np.testing.assert_allclose(path(np.diag([1, 30])), path(np.eye(2)), atol=1e-6)
    assert np.abs(path(turn @ np.diag([1, 30]) @ turn.T) - path(np.eye(2))).max() > 0.5


def test_the_table_of_adam():
    for form, expected in (("paper", [0.7, 0.4]), ("keras", [0.8, 0.5611])):
        places = walk(
            lambda w, g, m, v, t, form=form: adam_step(w, g, m, v, t, 0.6, 0.5, 0.75, 2.0, form),
            [1.0],
            [[2.0], [2.0]],
            2,
        )
        np.testing.assert_allclose(places.ravel(), expected, atol=5e-5)
    assert 0.6 * np.sqrt(1 - 0.75**2) / (1 - 0.5**2) == pytest.approx(0.5292, abs=5e-5)
    assert np.sqrt(1.75) == pytest.approx(1.3229, abs=5e-5)


def test_without_corrections_adams_first_steps_are_up_to_six_and_a_half_times_as_long():
    t = np.arange(1, 101)
    lengths = (1 - 0.9**t) / np.sqrt(1 - 0.999**t)
    assert lengths.max() == pytest.approx(6.57, abs=0.005)
    assert 1 / np.sqrt(1 - 0.999) == pytest.approx(32, abs=0.5)


def test_the_path_by_hand():
    bowl, w = surfaces.quadratic(10), np.array([4.0, 2.0])
    for right in ((3.6, 0), (3.24, 0)):
        w = sgd_step(w, bowl(w)[1], 0.1)
        np.testing.assert_allclose(w, right)


def test_gradient_descent_lingers_on_the_saddle_and_stays_on_its_ridge():
    saddle, places = surfaces.saddle(), [np.array(surfaces.saddle().start)]
    for _ in range(100):
        places.append(sgd_step(places[-1], saddle(places[-1])[1], 0.1))
    assert np.argmax(np.array(places)[:, 1] > 0.9) == pytest.approx(80, abs=5)
    w = np.array([-1.8, 0.0])
    for _ in range(500):
        w = sgd_step(w, saddle(w)[1], 0.1)
    np.testing.assert_allclose(w, [0, 0], atol=1e-9)


def test_the_bowls_of_the_text():
    assert stable_rate(np.diag([1, 10])) == pytest.approx(0.2)
    assert stable_rate([[3, 1], [1, 3]]) == pytest.approx(0.5)


def test_the_best_rate_lies_close_before_the_limit():
    rates = np.linspace(0.002, 0.24, 200)
    losses = ((1 - rates[:, None] * [1, 10]) ** 50 * [-4.5, 1.5]) ** 2 @ [0.5, 5]
    assert rates[np.argmin(losses)] == pytest.approx(0.18, abs=0.005)


def test_the_table_of_weight_decay():
    w, g = np.array([4.0, 400, 4]), np.array([0.0, 0, 50])
    zeros = np.zeros(3)
    beside = adamw_step(w, g, zeros, zeros, 1, 0.1, 0.5, epsilon=1e-12)[0]
    through = adam_l2_step(w, g, zeros, zeros, 1, 0.1, 0.5, epsilon=1e-12)[0]
    np.testing.assert_allclose(beside, [3.8, 380, 3.7])
    np.testing.assert_allclose(through, [3.9, 399.9, 3.9])


def test_decay_and_penalty_are_the_same_for_gradient_descent(rng):
    w, g = rng.normal(size=5), rng.normal(size=5)
    np.testing.assert_allclose(sgd_step(w - 0.1 * 0.5 * w, g, 0.1), sgd_step(w, g + 0.5 * w, 0.1))


def test_the_range_test_by_hand():
    rates, losses = range_test(lambda w: (w**2 / 2, w), 1.0, [0.5, 1.5, 4, 8, 100])
    np.testing.assert_allclose(losses, [1 / 2, 1 / 8, 1 / 32, 9 / 32])
    assert list(rates) == [0.5, 1.5, 4, 8]
    w = 1.0
    for rate in rates:
        w = w - rate * w
    assert w**2 / 2 == pytest.approx(441 / 32)


# The reference beside Keras. With betas that float32 holds exactly, since Keras casts them to it.

BETAS = {"beta_1": 0.875, "beta_2": 1 - 2**-10}


def by_keras(optimizer, w, gradients):
    keras = pytest.importorskip("keras")
    weight = keras.Variable(w, dtype="float64")
    places = []
    for g in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(g, dtype="float64")], [weight])
        places.append(keras.ops.convert_to_numpy(weight.value))
    return np.array(places)


@pytest.mark.parametrize("mu, nesterov", [(0.0, False), (0.75, False), (0.75, True)])
def test_momentum_equals_keras(rng, mu, nesterov):
    keras = pytest.importorskip("keras")
    w, gradients = rng.normal(size=(3, 5)), rng.normal(size=(20, 3, 5))
    one_step = nesterov_step if nesterov else momentum_step
    ours = walk(lambda w, g, v, t: one_step(w, g, v, 0.125, mu), w, gradients, 1)
    optimizer = keras.optimizers.SGD(0.125, momentum=mu, nesterov=nesterov)
    np.testing.assert_allclose(by_keras(optimizer, w, gradients), ours, atol=1e-12)


def test_keras_keeps_the_old_rate_in_the_velocity(rng):
    keras = pytest.importorskip("keras")
    w, gradients, rates = rng.normal(size=4), rng.normal(size=(3, 4)), (0.5, 0.125, 0.25)
    ours = walk(lambda w, g, v, t: momentum_step(w, g, v, rates[t - 1], 0.5), w, gradients, 1)
    optimizer = keras.optimizers.SGD(0.5, momentum=0.5)
    weight = keras.Variable(w, dtype="float64")
    for g, rate, right in zip(gradients, rates, ours, strict=True):
        optimizer.learning_rate = rate
        optimizer.apply([keras.ops.convert_to_tensor(g, dtype="float64")], [weight])
        np.testing.assert_allclose(keras.ops.convert_to_numpy(weight.value), right, atol=1e-12)


def test_rmsprop_equals_keras_with_epsilon_inside(rng):
    keras = pytest.importorskip("keras")
    w, gradients = rng.normal(size=(2, 7)), rng.normal(size=(20, 2, 7))
    ours = walk(lambda w, g, v, t: rmsprop_step(w, g, v, 0.125, 0.75, 0.25)[:2], w, gradients, 1)
    optimizer = keras.optimizers.RMSprop(0.125, rho=0.75, epsilon=0.25)
    np.testing.assert_allclose(by_keras(optimizer, w, gradients), ours, atol=1e-12)


def test_the_keras_run_of_the_text():
    keras = pytest.importorskip("keras")
    optimizer = keras.optimizers.RMSprop(learning_rate=0.5, rho=0.75, epsilon=16.0)
    assert by_keras(optimizer, [2.0], [[6.0]])[0] == pytest.approx(1.4)
    assert rmsprop_outside_step([2.0], [6.0], ZERO, 0.5, 0.75, 16.0)[0] != pytest.approx(1.4)


def test_adam_equals_keras_in_its_form_and_not_in_the_papers(rng):
    keras = pytest.importorskip("keras")
    w, gradients = rng.normal(size=(3, 5)), rng.normal(size=(20, 3, 5))
    ours = {
        form: walk(
            lambda w, g, m, v, t, form=form: adam_step(
                w, g, m, v, t, 0.125, epsilon=2**-7, epsilon_form=form, **BETAS
            ),
            w,
            gradients,
            2,
        )
        for form in ("keras", "paper")
    }
    theirs = by_keras(keras.optimizers.Adam(0.125, epsilon=2**-7, **BETAS), w, gradients)
    np.testing.assert_allclose(theirs, ours["keras"], atol=1e-12)
    assert np.abs(theirs - ours["paper"]).max() > 0.01


def test_adamw_equals_keras(rng):
    keras = pytest.importorskip("keras")
    w, gradients = rng.normal(size=(3, 5)), rng.normal(size=(20, 3, 5))
    gradients[rng.random(gradients.shape) < 0.5] = 0
    ours = walk(
        lambda w, g, m, v, t: adamw_step(w, g, m, v, t, 0.125, 0.25, epsilon=2**-7, **BETAS),
        w,
        gradients,
        2,
    )
    optimizer = keras.optimizers.AdamW(0.125, weight_decay=0.25, epsilon=2**-7, **BETAS)
    np.testing.assert_allclose(by_keras(optimizer, w, gradients), ours, atol=1e-12)


def test_schedules_equal_keras():
    schedules = pytest.importorskip("keras").optimizers.schedules
    stairs = schedules.ExponentialDecay(0.5, 7, 0.25, staircase=True)
    cosine = schedules.CosineDecay(0.5, 31, alpha=0.125)
    warm = schedules.CosineDecay(0.0, 31, warmup_target=0.5, warmup_steps=8)
    for t in range(60):
        assert float(stairs(t)) == pytest.approx(step_decay(t, 0.5, 7, 0.25), rel=1e-5)
        assert float(cosine(t)) == pytest.approx(cosine_decay(t, 0.5, 31, 0.125), abs=1e-6)
        assert float(warm(t)) == pytest.approx(warm_up_from_zero(t, 0.5, 8, 39), abs=1e-6)


def test_train_on_batch_returns_the_loss_before_its_own_step():
    keras = pytest.importorskip("keras")
    net = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")]
    )
    net.compile(keras.optimizers.SGD(0.25), "mean_squared_error")
    x, y = np.ones((1, 1)), np.zeros((1, 1))
    assert [float(net.train_on_batch(x, y)) for _ in range(3)] == pytest.approx([1, 1 / 4, 1 / 16])


# The cards


@pytest.mark.parametrize("wrong", ["w", "(w, g, state)", "None"])
@pytest.mark.parametrize("exercise", ["6.1", "6.3", "6.4", "6.7"])
def test_an_answer_that_is_not_two_things_gets_a_card(tmp_path, exercise, wrong):
    from nablab.course import find_course, read_lab
    from nablab.notebook import check_namespace

    here = find_course().lab("6").folder
    lab = read_lab(shutil.copytree(here, tmp_path / here.name))  # the progress is written there
    namespace = {"KERAS_EPS_INSIDE": True}
    for name, names in lab.exercise(exercise).signatures.items():
        given = ", ".join(names).replace("momentum, nesterov", "momentum=0.0, nesterov=False")
        exec(f"def {name}({given}):\n    return {wrong}", namespace)
    card = check_namespace(lab, exercise, namespace)
    assert "should return two things" in " ".join(card.text().split())


# The pictures


def test_pictures_say_what_their_numbers_are():
    pytest.importorskip("matplotlib").use("agg")
    from nablab.show import optimisers as show

    def sgd(w, g, state, lr, momentum=0.0, nesterov=False):
        v = np.zeros(np.shape(w)) if state is None else state
        return (nesterov_step if nesterov else momentum_step)(w, g, v, lr, momentum)

    def rmsprop(w, g, state, lr, rho, eps, inside):
        return rmsprop_step(w, g, np.zeros(2) if state is None else state, lr, rho, eps)[:2]

    assert "C 79" in show.three_rates()
    assert "RMSprop's path is the same in both" in show.rescaling(sgd, rmsprop)
    assert "left the picture after step 1" in show.rescaling(sgd, rmsprop)
    assert "is 0.2" in show.stability(stable_rate)


def test_a_picture_from_a_wrong_answer_shows_what_is_wrong():
    pytest.importorskip("matplotlib").use("agg")
    from nablab.show import optimisers as show
    from nablab.show.canvas import Notice

    def no_schedule(step, *args):
        return 0.1

    said = show.schedules(no_schedule, no_schedule, no_schedule)
    assert not isinstance(said, Notice)
    assert isinstance(show.stability(lambda H: None), Notice)
