"""Attacks on models whose worst image is known, and adversarial training as `fit` runs it."""

import doctest

import keras
import numpy as np
import pytest
from keras import layers, ops

import nablab.reference.adversarial
from nablab.interpret import adversarial
from nablab.interpret.adversarial import (
    AdversarialTraining,
    expectation_over_transformation,
    fgsm,
    pgd,
    targeted,
    transfer_matrix,
    universal_perturbation,
)
from nablab.interpret.adversarial._loss_gradient import loss_gradient
from nablab.reference.adversarial import linear_loss_gradient, worst_margin

EPS = 0.1


def linear(W, b=None):
    """A linear classifier of images of 3×2 pixels."""
    net = keras.Sequential([keras.Input((3, 2, 1)), layers.Flatten(), layers.Dense(W.shape[1])])
    net.set_weights([W, np.zeros(W.shape[1]) if b is None else b])
    return net


def small_net(seed=0):
    """Two convolutions, one with batch normalization, with drawn weights and moving means."""
    keras.utils.set_random_seed(seed)
    net = keras.Sequential(
        [
            keras.Input((6, 5, 2)),
            layers.Conv2D(4, 3),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.5),
            layers.Dense(3),
        ]
    )
    rng = np.random.default_rng(seed)
    net.set_weights([np.abs(rng.normal(size=w.shape)) for w in net.get_weights()])
    return net


def images(n=7, shape=(6, 5, 2), classes=3, seed=1):
    rng = np.random.default_rng(seed)
    return rng.random((n, *shape)).astype("float32"), rng.integers(classes, size=n)


def mean_loss(net, x, y):
    found = keras.losses.sparse_categorical_crossentropy(y, net(x, training=False), True)
    return float(ops.mean(found))


def shifted(x, rng):
    return ops.roll(x, int(rng.integers(-1, 2)), axis=2)


ATTACKS = {
    "fgsm": lambda net, x, y: fgsm(net, x, y, EPS),
    "pgd": lambda net, x, y: pgd(net, x, y, EPS, steps=5, seed=3),
    "targeted": lambda net, x, y: targeted(net, x, (y + 1) % 3, EPS, steps=5, seed=3),
    "eot": lambda net, x, y: expectation_over_transformation(
        net, x, y, EPS, shifted, steps=3, samples=2
    ),
}
each_attack = pytest.mark.parametrize("attack", ATTACKS.values(), ids=list(ATTACKS))


@pytest.mark.parametrize("name", adversarial.modules)
def test_the_examples_in_the_docstrings_run(name):
    found = doctest.testmod(adversarial.modules[name], extraglobs={"keras": keras, "np": np})
    assert found.attempted > 0
    assert found.failed == 0


def test_the_examples_of_the_reference_run():
    assert doctest.testmod(nablab.reference.adversarial).failed == 0


def test_the_gradient_is_that_of_the_formula():
    rng = np.random.default_rng(2)
    W, b = rng.normal(size=(6, 4)), rng.normal(size=4)
    x, y = images(shape=(3, 2, 1), classes=4)
    expected = linear_loss_gradient(W, b, x.reshape(7, 6), y).reshape(x.shape)
    np.testing.assert_allclose(loss_gradient(linear(W, b), x, y), expected, atol=1e-6)


def test_the_gradient_follows_the_weights():
    """What was compiled for a model sees the weights as they are now."""
    x, y = images(shape=(3, 2, 1), classes=2)
    W = np.random.default_rng(2).normal(size=(6, 2))
    net = linear(W)
    before = loss_gradient(net, x, y)
    net.set_weights([-2 * W, np.zeros(2)])
    expected = linear_loss_gradient(-2 * W, 0, x.reshape(7, 6), y).reshape(x.shape)
    np.testing.assert_allclose(loss_gradient(net, x, y), expected, atol=1e-6)
    assert not np.allclose(before, expected)


def test_probabilities_have_the_gradient_of_their_logits():
    x, y = images(shape=(3, 2, 1), classes=4)
    net = linear(np.random.default_rng(2).normal(size=(6, 4)))
    softened = keras.Sequential([net, layers.Softmax()])
    np.testing.assert_allclose(
        loss_gradient(softened, x, y, from_logits=False), loss_gradient(net, x, y), atol=1e-5
    )


@pytest.mark.parametrize("attack", [fgsm, pgd])
def test_two_classes_reach_the_worst_margin(attack):
    """Of a linear model the attack reaches the worst margin that there is, where nothing is cut."""
    rng = np.random.default_rng(3)
    W = rng.normal(size=(6, 2))
    x, y = 0.2 + 0.6 * rng.random((9, 3, 2, 1)), np.zeros(9, int)
    w = W[:, 0] - W[:, 1]
    found = attack(linear(W), x, y, EPS).reshape(9, 6)
    np.testing.assert_allclose(found @ w, worst_margin(w, 0, x.reshape(9, 6), EPS), atol=1e-5)


def test_one_step_of_pgd_without_a_start_is_fgsm():
    net, (x, y) = small_net(), images()
    np.testing.assert_array_equal(pgd(net, x, y, EPS, alpha=EPS, steps=1), fgsm(net, x, y, EPS))


def test_pgd_raises_the_loss_at_least_as_far_as_fgsm():
    net, (x, y) = small_net(), images(50)
    fast = mean_loss(net, fgsm(net, x, y, EPS), y)
    assert mean_loss(net, x, y) < fast <= mean_loss(net, pgd(net, x, y, EPS), y) + 1e-5


def test_targeted_lowers_the_loss_of_the_target():
    net, (x, y) = small_net(), images(20)
    target = (y + 1) % 3
    assert mean_loss(net, targeted(net, x, target, EPS), target) < mean_loss(net, x, target)


@each_attack
def test_images_stay_in_the_ball_and_in_their_bounds(attack):
    x, y = images()
    x[0], x[1] = 0, 1
    made = attack(small_net(), x, y)
    assert made.dtype == np.float32 and made.shape == x.shape
    assert np.abs(made - x).max() <= EPS + 1e-6
    assert made.min() >= 0 and made.max() <= 1
    assert np.abs(made - x).max() > EPS / 2


@each_attack
def test_neither_weights_nor_moving_means_nor_images_change(attack):
    net, (x, y) = small_net(), images()
    weights, before = net.get_weights(), x.copy()
    attack(net, x, y)
    np.testing.assert_array_equal(x, before)
    for now, then in zip(net.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, then)


@each_attack
def test_the_same_seed_gives_the_same_images(attack):
    net, (x, y) = small_net(), images()
    np.testing.assert_array_equal(attack(net, x, y), attack(net, x, y))


def test_another_seed_gives_another_start():
    net, (x, y) = small_net(), images()
    one, other = (pgd(net, x, y, EPS, steps=0, seed=seed) for seed in (1, 2))
    assert np.abs(one - other).max() > EPS / 2
    assert np.abs(one - x).std() > EPS / 5


@each_attack
def test_a_batch_of_one(attack):
    net, (x, y) = small_net(), images()
    assert attack(net, x[:1], y[:1]).shape == (1, 6, 5, 2)


def test_bounds_of_other_units():
    net, (x, y) = small_net(), images()
    made = fgsm(net, 2 * x - 1, y, EPS, bounds=(-1, 1))
    assert made.min() >= -1 and (made < 0).any()


def test_a_universal_perturbation_of_a_linear_model_is_its_sign():
    W = np.random.default_rng(4).normal(size=(6, 2))
    x, _ = images(23, (3, 2, 1))
    delta = universal_perturbation(linear(W), x, np.zeros(23, int), EPS, batch_size=5)
    np.testing.assert_allclose(delta.ravel(), EPS * np.sign(W[:, 1] - W[:, 0]), atol=1e-7)


def test_a_transformation_that_hides_a_pixel_leaves_it_as_it_was():
    W = np.random.default_rng(4).normal(size=(6, 2))
    x, y = images(4, (3, 2, 1), 2)
    mask = np.ones((1, 3, 2, 1), "float32")
    mask[0, 1, 0] = 0
    made = expectation_over_transformation(linear(W), x, y, EPS, lambda x, rng: x * mask, steps=2)
    changed = np.abs(made - x) > 1e-6
    assert not changed[:, 1, 0].any() and changed[:, 0].all()


def test_the_transfer_matrix_has_the_makers_in_its_rows():
    W = np.zeros((6, 2))
    W[0] = 1, -1
    one, other = linear(W), linear(np.roll(W, 1, axis=0))  # each looks at one pixel
    x, y = np.full((4, 3, 2, 1), 0.5), np.zeros(4, int)
    blind = linear(0 * W, np.array([1.0, 0]))
    table = transfer_matrix([one, other, blind], x + 0.01, y, lambda m, x, y: x * 0)
    np.testing.assert_array_equal(table, np.ones((3, 3)))

    def to_other(model, x, y):
        return x if model is one else fgsm(other, x, y, 0.6) - 1

    table = transfer_matrix([one, other], x, y, to_other)
    assert table[0].tolist() == [1, 1] and table[1, 1] == 0


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda net, x, y: fgsm(net, x, y + 0.0, EPS), "labels are integers"),
        (lambda net, x, y: fgsm(net, x, y[:-1], EPS), "one for each image"),
        (lambda net, x, y: fgsm(net, x, y, -0.1), "must not be negative"),
        (lambda net, x, y: fgsm(net, 255 * x, y, EPS), "bounds"),
        (lambda net, x, y: pgd(net, x, y, EPS, alpha=0.0), "alpha"),
        (lambda net, x, y: pgd(net, x, y, EPS, steps=-1), "steps"),
        (lambda net, x, y: transfer_matrix([], x, y, None), "no model"),
        (lambda net, x, y: AdversarialTraining(net, EPS, steps=0), "steps"),
    ],
)
def test_wrong_arguments_are_refused_in_a_sentence(call, says):
    with pytest.raises(ValueError, match=says):
        call(small_net(), *images())


def compiled(net, **how):
    robust = AdversarialTraining(net, EPS, **how)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    robust.compile(keras.optimizers.SGD(0.5), loss, metrics=["accuracy"])
    return robust


def test_one_step_of_adversarial_training_is_one_step_on_adversarial_images():
    rng = np.random.default_rng(5)
    W, b = rng.normal(size=(6, 3)), rng.normal(size=3)
    x, y = images(8, (3, 2, 1))
    net = linear(W, b)
    made = fgsm(net, x, y, EPS).reshape(8, 6)
    logits = made @ W + b
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    slope = (p - np.eye(3)[y]) / 8
    compiled(net).fit(x, y, batch_size=8, epochs=1, verbose=0)
    np.testing.assert_allclose(net.get_weights()[0], W - 0.5 * made.T @ slope, atol=1e-5)


def test_it_trains_with_batch_normalization_and_reports_the_given_images():
    net, (x, y) = small_net(), images(40)
    moving = [w.copy() for w in net.get_weights()]
    robust = compiled(net, steps=2, random_start=True, seed=1)
    history = robust.fit(x, y, batch_size=10, epochs=2, verbose=0).history
    assert set(history) == {"accuracy", "loss"}
    assert all(
        np.abs(now - then).max() > 0 for now, then in zip(net.get_weights(), moving, strict=True)
    )
    robust.evaluate(x, y, verbose=0)


def test_adversarial_training_helps_against_the_attack():
    """Two signs of the class: many faint ones and a strong one. Only the second is robust."""
    rng = np.random.default_rng(6)
    y = rng.integers(2, size=400)
    x = 0.5 + 0.08 * (2 * y[:, None] - 1) * np.ones((400, 30)) + 0.1 * rng.normal(size=(400, 30))
    x[:, 0] = 0.5 + 0.15 * (2 * y - 1)
    x = np.clip(x, 0, 1)
    shares = {}
    for name in ("plain", "robust"):
        keras.utils.set_random_seed(0)
        net = keras.Sequential([keras.Input((30,)), layers.Dense(2)])
        model = compiled(net) if name == "robust" else net
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(0.05), loss)
        model.fit(x, y, batch_size=50, epochs=20, verbose=0)
        made = pgd(net, x, y, EPS, steps=5)
        shares[name] = float(np.mean(net.predict(made, verbose=0).argmax(axis=1) == y))
    assert shares["robust"] > 0.95 > 0.6 > shares["plain"]


def test_it_is_saved_and_loaded(tmp_path):
    net, (x, _) = small_net(), images()
    robust = compiled(net, alpha=0.05)
    expected = robust.predict(x, verbose=0)
    robust.save(tmp_path / "robust.keras")
    again = keras.saving.load_model(tmp_path / "robust.keras")
    assert again.alpha == 0.05
    np.testing.assert_allclose(again.predict(x, verbose=0), expected, atol=1e-6)
