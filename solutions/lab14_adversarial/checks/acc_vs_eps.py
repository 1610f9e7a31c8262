"""The visible checks of N.5."""

import numpy as np

from nablab.checking import check, close, contract, holds
from nablab.checking.expect import as_numbers

from .oracles import climbed, drawn, logits, net, pixels

ABOVE_HALF = [np.array([[0, 8.0]]), np.array([0, -4.0])]  # answers 1 above 0.5
FOUR, FOUR_LABELS = np.array([[0.45], [0.3], [0.58], [0.9]]), np.array([0, 0, 1, 1])
ATTACKS = {"fgsm": (1.0, 1), "pgd": (0.25, 10)}  # alpha in eps, and steps


def clear_answers(made, weights):
    """Whether no image is so near to a border that rounding could decide."""
    best = np.sort(logits(made, weights), axis=1)
    return bool(np.all(best[:, -1] - best[:, -2] > 0.008))


def curve(x, y, weights, eps_list, attack):
    """The accuracies, by the formulas of the text, and whether rounding could have decided."""
    share, steps = ATTACKS[attack]
    found, certain = [], True
    for eps in eps_list:
        made, _ = climbed(x, y, weights, eps, share * eps, steps)
        certain = certain and clear_answers(made, weights)  # a rounded slope moves no answer so far
        found.append(float(np.mean(logits(made, weights).argmax(1) == y)))
    return np.array(found), certain


def curves(rng, shape, classes, hidden, eps_list, right=0.75):
    """Images, labels, weights, and the curves of both attacks, which are not the same."""
    while True:
        weights = drawn(rng, int(np.prod(shape[1:])), classes, hidden)
        x, y = pixels(rng, shape), rng.integers(classes, size=shape[0])
        # Most labels are the model's answers, so the curves begin high.
        y = np.where(rng.random(len(y)) < right, logits(x, weights).argmax(1), y)
        fast, one = curve(x, y, weights, eps_list, "fgsm")
        if not one:
            continue
        slow, two = curve(x, y, weights, eps_list, "pgd")
        if two and np.ptp(slow) > 0.3 and np.any(fast != slow):
            return x, y, weights, {"fgsm": fast, "pgd": slow}


def compare(student, rng, shape, classes, hidden, eps_list):
    x, y, weights, expected = curves(rng, shape, classes, hidden, eps_list)
    model = net(student, shape[1:], weights)
    for attack, right in expected.items():
        close(
            student.acc_vs_eps(model.handle, x, y, eps_list, attack),
            right,
            f"attack={attack!r}, eps {np.round(eps_list, 3).tolist()}.",
            atol=1e-5,
            constant=True,
        )


@check("contract")
def test_one_accuracy_for_each_eps(student):
    """acc_vs_eps returns an array with one accuracy for each eps, and leaves what it is given"""
    model = net(student, (1,), ABOVE_HALF)
    contract(
        student, "acc_vs_eps", model.handle, FOUR, FOUR_LABELS, [0.0, 0.1, 0.25], "pgd",
        shape=(3,), array=True,
    )  # fmt: skip


@check("hand")
def test_the_four_pixels_of_the_text(student):
    """The four pixels of the text: accuracies 1, ½ and ¼ under both attacks"""
    model = net(student, (1,), ABOVE_HALF)
    for attack in ATTACKS:
        got = student.acc_vs_eps(model.handle, FOUR, FOUR_LABELS, [0, 0.1, 0.25], attack)
        close(got, [1, 0.5, 0.25], f"attack={attack!r}.", atol=1e-6)


@check("probe")
def test_pgd_unless_fgsm_is_asked_for(student, rng):
    """Without the last argument the attack is PGD"""
    eps_list = [0.0, 0.15, 0.4]
    x, y, weights, expected = curves(rng, (15, 4, 3, 1), 4, 9, eps_list)
    model = net(student, (4, 3, 1), weights)
    got = student.acc_vs_eps(model.handle, x, y, eps_list)
    close(got, expected["pgd"], atol=1e-5)


@check("probe")
def test_in_the_order_of_the_list(student, rng):
    """The accuracies stand in the order of the list, which may be in any order or an array"""
    x, y, weights, expected = curves(rng, (14, 3, 4, 1), 3, 8, [0.4, 0.0, 0.2, 0.1])
    model = net(student, (3, 4, 1), weights)
    for eps_list in ([0.4, 0.0, 0.2, 0.1], np.array([0.4, 0.0, 0.2, 0.1])):
        got = student.acc_vs_eps(model.handle, x, y, eps_list, "pgd")
        close(got, expected["pgd"], "eps 0.4, 0, 0.2, 0.1.", atol=1e-5)


@check()
def test_it_begins_at_the_clean_accuracy_and_falls(student, rng):
    """At eps 0 it is the clean accuracy, and under PGD it falls"""
    x, y, weights, _ = curves(rng, (16, 5, 3, 1), 3, 10, [0.0, 0.1, 0.2, 0.4])
    model = net(student, (5, 3, 1), weights)
    got = as_numbers(student.acc_vs_eps(model.handle, x, y, [0.0, 0.1, 0.2, 0.4]))
    clean = float(np.mean(logits(x, weights).argmax(1) == y))
    close(got[:1], [clean], "The first accuracy, at eps 0:", atol=1e-6, constant=True)
    holds(
        np.all(np.diff(got) < 0.1) and got[-1] < got[0] - 0.2,
        "Under PGD the accuracy should fall as eps grows.",
        got=got,
    )


@check("oracle")
def test_both_attacks_on_nets(student, rng):
    """Both attacks, on nets whose curves can be computed"""
    compare(student, rng, (15, 5, 3, 1), 4, 9, [0.0, 0.1, 0.35])
    compare(student, rng, (14, 7), 3, 11, [0.05, 0.3, 0.6])


def probe_curves(student):
    found = []
    for seed in (3, 4, 5):
        rng = np.random.default_rng(seed)
        eps_list = [0.3, 0.0, 0.1, 0.5]
        x, y, weights, _ = curves(rng, (15, 4, 3, 1), 4, 9, eps_list)
        model = net(student, (4, 3, 1), weights)
        for attack in ([], ["pgd"], ["fgsm"]):
            got = student.acc_vs_eps(model.handle, x, y, eps_list, *attack)
            found.append(np.round(as_numbers(got), 4))
    return found


PROBES = [probe_curves]
