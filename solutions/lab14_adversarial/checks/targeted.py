"""The visible checks of N.4."""

import numpy as np

from nablab.checking import check, contract, holds
from nablab.sandbox.student import arguments_after_call

from .oracles import case, logits, losses, net, normalised_case, same, untouched, wave, within

THREE_CLASSES = [np.array([[0, 1.0, 0], [0, 0, 2.0]]), np.zeros(3)]
MIDDLE = np.array([[0.5, 0.5]])


@check("contract")
def test_an_array_of_the_same_shape(student):
    """targeted returns an array with the shape of the images, and leaves the images as they are"""
    x, y, weights, _ = case(np.random.default_rng(3), (2, 5, 3, 1), 4, steps=2, direction=-1)
    model = net(student, (5, 3, 1), weights)
    contract(student, "targeted", model.handle, x, y, 0.1, 0.05, 2, shape=x.shape, array=True)


@check("hand")
def test_the_steps_of_the_text(student):
    """The two pixels of the text after one, two and three steps"""
    model = net(student, (2,), THREE_CLASSES)
    for steps, end in ((1, [0.6, 0.4]), (2, [0.7, 0.3]), (3, [0.75, 0.25])):
        got = student.targeted(model.handle, MIDDLE, np.array([1]), 0.25, 0.1, steps)
        same(got, [end], f"After {steps} steps.", MIDDLE)


@check("probe")
def test_no_steps_at_all(student):
    """After no step the images are as they were"""
    x = wave((3, 4, 2, 1))
    model = net(student, (4, 2, 1), [np.ones((8, 2)), np.zeros(2)])
    same(student.targeted(model.handle, x, np.ones(3, int), 0.1, 0.05, 0), x, x=x)


@check("probe")
def test_the_model_stays_as_it_is(student, rng):
    """A net with batch normalization and dropout runs in inference mode, and stays as it is"""
    x, y, model, expected = normalised_case(rng, student, (5, 3, 2, 1), 3, 0.15, 0.06, 3, -1)
    before = model.get_weights()
    same(student.targeted(model.handle, x, y, 0.15, 0.06, 3), expected, "In inference mode:", x)
    untouched(model, before, "targeted")


@check()
def test_the_target_becomes_more_probable(student, rng):
    """The loss of the target falls, and with a large ball every target of a linear net is read"""
    while True:
        x, y, weights, _ = case(rng, (12, 6, 5, 1), 3, 0, 0.9, 0.05, 1, -1)
        ends, _ = _reached(x, y, weights)
        if ends.all():
            break
    model = net(student, (6, 5, 1), weights)
    made = within(student.targeted(model.handle, x, y, 0.9, 0.05, 25), x, 0.9)
    holds(
        losses(made, y, weights).mean() < losses(x, y, weights).mean(),
        "The mean loss of the targets should fall.",
    )
    share = float(np.mean(logits(made, weights).argmax(1) == y))
    holds(share == 1, f"The net reads the target in {share:.2f} of the images; all can be made so.")


def _reached(x, y, weights):
    from .oracles import climbed

    end, certain = climbed(x, y, weights, 0.9, 0.05, 25, -1)
    found = logits(end, weights)
    best = np.sort(found, axis=1)
    return (found.argmax(1) == y) & (best[:, -1] - best[:, -2] > 0.3), certain


@check("oracle")
def test_paths_towards_targets(student, rng):
    """The images after several steps, for nets of one and two layers"""
    for shape, classes, hidden, eps, alpha, steps in (
        ((3, 5, 2, 1), 4, 0, 0.2, 0.07, 5),
        ((2, 3, 3, 2), 3, 8, 0.3, 0.11, 4),
        ((1, 7), 3, 9, 0.4, 0.3, 3),
    ):
        x, y, weights, expected = case(rng, shape, classes, hidden, eps, alpha, steps, -1)
        got = student.targeted(net(student, shape[1:], weights).handle, x, y, eps, alpha, steps)
        same(got, expected, f"Images {shape}, eps {eps}, alpha {alpha}, {steps} steps.", x)


def probe_paths(student):
    found = []
    for seed, hidden, steps in ((3, 9, 5), (4, 7, 2)):
        x, y, weights, _ = case(
            np.random.default_rng(seed), (5, 3, 2, 1), 4, hidden, 0.3, 0.11, steps, -1
        )
        got = student.targeted(net(student, (3, 2, 1), weights).handle, x, y, 0.3, 0.11, steps)
        found.append(np.round(np.asarray(got, dtype=float), 5))
    return found


def probe_normalised(student):
    x, y, model, _ = normalised_case(
        np.random.default_rng(5), student, (4, 3, 2, 1), 3, 0.15, 0.06, 3, -1
    )
    before = model.get_weights()
    made, after = arguments_after_call(student, "targeted", model.handle, x, y, 0.15, 0.06, 3)
    changed = [bool(np.any(a != b)) for a, b in zip(before, model.get_weights(), strict=True)]
    return [np.round(np.asarray(made, dtype=float), 5), np.asarray(after[1]), changed]


PROBES = [probe_paths, probe_normalised]
