"""The visible checks of N.7.

Three kinds of pairs are built, whose answer is known:

* `saturated`: logits times 10,000. All slopes of images that are read right are 0.
* `wrinkled`: every image sits in a small dent of the loss. Its slopes are not 0, but they point the
  wrong way. The substitute, without the dent, points the right way.
* `honest`: no image has a better attacker than the model itself.
"""

import numpy as np

from nablab.checking import check, close, holds, models
from nablab.checking.expect import as_numbers
from nablab.sandbox.student import arguments_after_call, parameters

from .oracles import climbed, drawn, logits, net, pixels, slopes, sure, untouched

TEXT, TEXT_LABELS = np.array([[0.2, 0.3], [0.9, 0.6], [0.1, 0.1]]), np.zeros(3, int)
RELU = [np.ones((2, 1)), np.array([-1.0]), np.array([[0.0, 1.0]]), np.zeros(2)]


def clear_answers(x, weights, gap=0.05):
    """Whether no image is so near to a border that rounding, or saturation, could decide."""
    best = np.sort(logits(x, weights), axis=1)
    return bool(np.all(best[:, -1] - best[:, -2] > gap))


def under(maker, reader, x, y, eps):
    """The accuracy of one net on FGSM images made against another, and whether it is certain."""
    made, certain = climbed(x, y, maker, eps, eps, 1)
    share = float(np.mean(logits(made, reader).argmax(1) == y))
    return share, certain and clear_answers(made, reader, 1e-3)


def sharpened(student, shape, weights, factor):
    layers = [{"kind": "Flatten"}] if len(shape) > 1 else []
    layers += [
        {"kind": "Dense", "units": len(weights[-1])},
        {"kind": "Rescaling", "scale": float(factor)},
    ]
    return models.sequential(student, shape, layers, weights)


def labelled(rng, shape, classes, right=0.8):
    """Images and the weights of a linear net that reads most of them right, all of them clearly."""
    while True:
        weights, x = drawn(rng, int(np.prod(shape[1:])), classes), pixels(rng, shape)
        found = logits(x, weights).argmax(1)
        y = np.where(rng.random(len(x)) < right, found, (found + 1) % classes)
        if clear_answers(x, weights) and sure(x, y, weights) and 0.5 < np.mean(found == y) < 1:
            return x, y, weights


def saturated(student, rng, shape=(14, 4, 3, 1), eps=0.2):
    """A masked net whose slopes are 0, its substitute, images, labels, eps, and both accuracies."""
    while True:
        x, y, weights = labelled(rng, shape, 4)
        clean = float(np.mean(logits(x, weights).argmax(1) == y))
        transferred, certain = under(weights, weights, x, y, eps)
        if certain and transferred < clean - 0.2:
            break
    model = sharpened(student, shape[1:], weights, 1e4)
    return model, net(student, shape[1:], weights), x, y, eps, (clean, transferred)


def wrinkled(student, rng, shape=(9, 3, 4, 1), eps=0.2, dent=0.1):
    """A masked net whose slopes are not 0."""
    size = int(np.prod(shape[1:]))
    v = rng.uniform(0.5, 1.5, size) * rng.choice([-1, 1], size)
    flat = 0.5 + rng.uniform(-0.1, 0.1, (shape[0], size))
    flat += np.outer(0.5 * v.sum() + rng.uniform(0.02, 0.08, shape[0]) - flat @ v, v) / (v @ v)
    floor = 0.5 * v.sum()  # of the sums v·x, where the dent begins; it is as wide as `dent`
    # Class 0's lead over class 1 rises by 4 with the sum, falls by 1 in the dent, and rises again.
    W1, b1 = np.stack([v, v, v], axis=1), np.array([40 - floor, -floor, -floor - dent])
    lead = np.array([4.0, -5, 5])
    weights = [W1, b1, np.stack([lead, 0 * lead], axis=1), np.array([-159.0, 0])]
    x, y = flat.reshape(shape), np.zeros(shape[0], int)
    straight = [np.stack([v, 0 * v], axis=1), np.zeros(2)]
    (own, one), (transferred, two) = (
        under(weights, weights, x, y, eps),
        under(straight, weights, x, y, eps),
    )
    assert one and two and own == 1 and transferred == 0
    model, substitute = net(student, shape[1:], weights), net(student, shape[1:], straight)
    return model, substitute, x, y, eps, (own, transferred)


def honest(student, rng, shape=(15, 3, 4, 1), eps=0.1):
    """A net that hides nothing, and a substitute."""
    while True:
        x, y, weights = labelled(rng, shape, 3)
        other = [weights[0] + drawn(rng, weights[0].shape[0], 3)[0], weights[1]]
        (own, one), (transferred, two) = (
            under(maker, weights, x, y, eps) for maker in (weights, other)
        )
        read_by_other, three = under(other, other, x, y, eps)
        if one and two and three and read_by_other < own < transferred - 0.1 and own > 0.05:
            break
    model, substitute = net(student, shape[1:], weights), net(student, shape[1:], other)
    return model, substitute, x, y, eps, (own, transferred)


def blind_half(student, rng, eps=0.2):
    """A net that hides nothing although most images have no slopes: they are far from the other
    class. The substitute is blind."""
    dark, bright = rng.uniform(0, 0.2, (6, 7)), rng.uniform(0.6, 0.7, (4, 7))
    x, y = np.vstack([dark, bright]), np.repeat([0, 1], (6, 4))
    weights = [np.ones((7, 1)), np.array([-3.8]), np.array([[0.0, 1.0]]), np.array([0.1, 0])]
    model = net(student, (7,), weights)
    substitute = net(student, (7,), [np.zeros((7, 2)), np.zeros(2)])
    return model, substitute, x, y, eps, (0.6, 1.0)


def steadfast(student, rng, shape=(11, 3, 2, 1), eps=1e-4):
    """A net that no attack of so small a size deceives, neither its own nor the substitute's."""
    x, y, weights = labelled(rng, shape, 3)
    clean = float(np.mean(logits(x, weights).argmax(1) == y))
    model = net(student, shape[1:], weights)
    substitute = net(student, shape[1:], drawn(rng, weights[0].shape[0], 3))
    return model, substitute, x, y, eps, (clean, clean)


def itself(student, rng):
    """A net as its own substitute: both accuracies are the same."""
    model, _, x, y, eps, (own, _) = honest(student, rng)
    return model, model, x, y, eps, (own, own)


def judged(student, kind, rng):
    """The student's verdict on a pair, compared with the right one."""
    model, substitute, x, y, eps, (own, transferred) = kind(student, rng)
    got = student.gradient_masking_check(model.handle, substitute.handle, x, y, eps)
    if isinstance(got, np.ndarray) and got.ndim == 0:
        got = got[()]
    holds(
        isinstance(got, (bool, np.bool_)),
        "gradient_masking_check should return True or False.",
        got=got,
    )
    right = own > transferred
    holds(
        bool(got) == right,
        f"The model reads {own:.2f} of the images made against itself and {transferred:.2f} of "
        f"those made against the substitute, so the answer is {right}.",
        got=bool(got),
        expected=right,
    )


def shares(rng):
    """Nets, images and labels whose share of images without slopes is known: by a hidden layer of
    which all units, some or none are dead."""
    found = []
    for classes, hidden, bias in ((3, 2, -0.8), (4, 3, -0.5)):
        while True:
            x, y = pixels(rng, (13, 3, 2, 1)), rng.integers(classes, size=13)
            weights = drawn(rng, 6, classes, hidden)
            weights[1] = weights[1] + bias
            g = slopes(x, y, weights).reshape(13, -1)
            if sure(x, y, weights) and 0.2 < np.mean((g == 0).all(1)) < 0.8:
                break
        found.append((x, y, weights, float(np.mean((g == 0).all(axis=1)))))
    return found


@check("contract")
def test_a_share_and_a_verdict(student):
    """One function returns a number, the other True or False; images and models stay"""
    for name, names in (
        ("zero_gradient_share", ("model", "x", "y")),
        ("gradient_masking_check", ("model", "substitute", "x", "y", "eps")),
    ):
        found = parameters(student, name)
        holds(
            found[: len(names)] == names,
            f"{name} takes ({', '.join(found)}); the exercise asks for ({', '.join(names)}).",
        )
    rng = np.random.default_rng(1)
    model, substitute, x, y, eps, _ = honest(student, rng)
    weights = model.get_weights()
    share, after = arguments_after_call(student, "zero_gradient_share", model.handle, x, y)
    verdict, left = arguments_after_call(
        student, "gradient_masking_check", model.handle, substitute.handle, x, y, eps
    )
    holds(as_numbers(share).shape == (), "zero_gradient_share should return one number.", got=share)
    holds(
        isinstance(verdict, (bool, np.bool_)) or np.shape(verdict) == (),
        "gradient_masking_check should return True or False.",
        got=verdict,
    )
    holds(
        np.array_equal(after[1], x) and np.array_equal(left[2], x),
        "The images should stay as they are.",
    )
    untouched(model, weights, "One of the functions")


@check("hand")
def test_the_three_images_of_the_text(student):
    """Two of the three images of the text have no slopes"""
    got = student.zero_gradient_share(net(student, (2,), RELU).handle, TEXT, TEXT_LABELS)
    close(got, 2 / 3, given={"x": TEXT})


@check("probe")
def test_every_pixel_must_be_0(student, rng):
    """An image counts if all its slopes are 0, not if one is, or if they cancel or are small"""
    W = np.array([[0, 1.0], [0, -1.0], [0, 0]])
    x, y = rng.uniform(0.2, 0.8, (5, 3)), rng.integers(2, size=5)
    for factor in (1, 1e-5):
        got = student.zero_gradient_share(
            net(student, (3,), [factor * W, np.zeros(2)]).handle, x, y
        )
        close(got, 0.0, f"Slopes in the proportion 1 to −1 to 0, times {factor:g}.", constant=True)
    falling = net(student, (2,), [np.array([[0, -1.0], [0, -2.0]]), np.zeros(2)])
    got = student.zero_gradient_share(falling.handle, x[:, :2], 0 * y)
    close(got, 0.0, "All slopes are negative.", constant=True)


@check("oracle")
def test_shares_of_nets_with_dead_units(student, rng):
    """The share for nets with a hidden layer, of which units are dead"""
    for x, y, weights, share in shares(rng):
        got = student.zero_gradient_share(net(student, (3, 2, 1), weights).handle, x, y)
        close(got, share, atol=1e-6)


@check()
def test_a_net_whose_slopes_are_0_is_unmasked(student, rng):
    """A net whose logits were multiplied by 10,000 is unmasked"""
    judged(student, saturated, rng)


@check()
def test_slopes_that_mislead_are_unmasked(student, rng):
    """A net whose slopes are not 0 but mislead is unmasked"""
    judged(student, wrinkled, rng)


@check()
def test_nets_that_hide_nothing(student, rng):
    """Nets that hide nothing are not accused: also if most images have no slopes, if no attack
    succeeds, and if a net is its own substitute"""
    for kind in (honest, blind_half, steadfast, itself):
        judged(student, kind, rng)


def probe_shares(student):
    found = []
    for x, y, weights, _ in shares(np.random.default_rng(6)):
        model = net(student, (3, 2, 1), weights)
        found.append(round(float(as_numbers(student.zero_gradient_share(model.handle, x, y))), 5))
    for W in (np.array([[0, 1.0], [0, -1.0], [0, 0]]), np.array([[0, -1e-5]] * 3)):
        model = net(student, (3,), [W, np.zeros(2)])
        x, y = np.array([[0.3, 0.4, 0.2], [0.1, 0.9, 0.6]]), np.array([0, 0])
        found.append(round(float(as_numbers(student.zero_gradient_share(model.handle, x, y))), 5))
    return found


def probe_verdicts(student):
    found = []
    for seed in range(3):
        for kind in (saturated, wrinkled, honest, blind_half, steadfast, itself):
            model, substitute, x, y, eps, _ = kind(student, np.random.default_rng(seed))
            got = student.gradient_masking_check(model.handle, substitute.handle, x, y, eps)
            found.append(round(float(as_numbers(got)), 4))
    return found


PROBES = [probe_shares, probe_verdicts]
