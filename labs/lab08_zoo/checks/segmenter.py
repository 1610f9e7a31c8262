"""The visible checks of 8.6."""

import numpy as np

from nablab.checking import check, close, contract, each, equal, holds, models
from nablab.checking.expect import as_numbers
from nablab.data import discs

from .oracles import trained

ONE, OTHER = np.array([1, 1, 0, 0]), np.array([0, 1, 1, 0])
BOUND, ABOVE_COLOUR = 0.65, 0.1
HOW = {"epochs": 8, "batch_size": 10, "loss": "binary_crossentropy"}  # as the text trains


def overlap(mask, pred):
    mask, pred = np.asarray(mask) > 0.5, np.asarray(pred) > 0.5
    either = np.count_nonzero(mask | pred)
    return np.count_nonzero(mask & pred) / either if either else 1.0


def by_colour(x, masks):
    """What the best threshold on a difference of two colours reaches, chosen on these images."""
    red = x[..., :1] - x[..., 2:]
    return max(overlap(masks, red > level) for level in np.linspace(0, 0.8, 33))


def segmenter_net(student):
    """The student's net after training on 200 images of 24×24."""
    return trained(student, "build_segmenter", *discs(200), **HOW)


def paints(net, x, masks, less=0.0):
    """The masks that the net finds are as good as the text asks, or by `less` worse."""
    size = "×".join(map(str, x.shape[1:3]))
    found = as_numbers(net(x))
    equal(found.shape, masks.shape, f"{size}, the shape of the output:")
    score, colour = overlap(masks, found), by_colour(x, masks)
    holds(
        score >= max(BOUND, colour + ABOVE_COLOUR) - less,
        f"On new images of {size} the IoU is {score:.3g}; {BOUND} is expected, and {ABOVE_COLOUR} "
        f"more than the best threshold on a colour, which reaches {colour:.3g}.",
        got=score,
        expected=BOUND,
    )


@check("contract")
def test_a_number_and_a_model(student):
    """iou returns a number and changes nothing, build_segmenter a model for any size"""
    contract(student, "iou", np.array([0.9, 0.2, 0.6]), np.array([[0.2, 0.9, 0.7]])[0], shape=())
    net = models.model(student.build_segmenter())
    equal(tuple(net.input_shape), (None, None, None, 3), "The input:")
    equal(tuple(net.output_shape)[-1:], (1,), "Numbers for each pixel:")
    holds(net.parameters <= 20_000, f"It has {net.parameters} parameters; 20,000 is the most.")


@check("hand")
def test_the_masks_of_the_text(student):
    """The masks of the text overlap by ⅓, equal ones by 1, disjoint by 0, two empty ones by 1"""
    empty = np.zeros(4)
    cases = [(ONE, OTHER), (ONE, ONE), (ONE, 1 - ONE), (empty, empty), (ONE, empty), (empty, ONE)]
    for case, got in zip(cases, each(student, "iou", cases), strict=True):
        close(got, overlap(*case), f"iou({case[0].tolist()}, {case[1].tolist()}):", atol=1e-5)


@check()
def test_masks_of_any_shape(student, rng):
    """Masks of truth values, of numbers and of probabilities, of any shape; 0.5 is outside"""
    a, b = rng.random((3, 5, 4, 1)), rng.random((3, 5, 4, 1)) ** 2
    a[2, 0], b[0, 0] = 0.5, 0.5
    cases = [
        (a, b),
        (b, a),
        (a > 0.5, b),
        (np.round(a).astype(int), b > 0.5),
        (a[0, 0, 0], b[1, 1, 1]),
    ]
    for case, got in zip(cases, each(student, "iou", cases), strict=True):
        close(got, overlap(*case), "Random masks:", atol=1e-5)


@check("probe")
def test_any_size(student, rng):
    """The net takes any size that 4 divides and gives a probability for each pixel"""
    net = models.model(student.build_segmenter())
    for size in ((24, 24), (8, 20), (36, 12)):
        got = as_numbers(net(3 * rng.normal(size=(2, *size, 3))))
        equal(got.shape, (2, *size, 1), f"Images {size}, the shape of the output:")
        holds(
            got.min() >= 0 and got.max() <= 1 and np.ptp(got) > 1e-6,
            "The outputs should be probabilities, from 0 to 1, and not all the same.",
            got=got,
        )


@check()
def test_it_paints_discs_of_the_size_it_was_trained_on(student):
    """Trained on 200 images of 24×24, it finds the discs in new ones of that size"""
    paints(segmenter_net(student), *discs(60, seed=1))


@check()
def test_it_paints_discs_in_images_of_another_size(student):
    """The same net finds the discs in images of 48×36"""
    paints(segmenter_net(student), *discs(30, (48, 36), seed=2))


def probe_iou(student):
    a, b = np.array([0.9, 0.6, 0.5, 0.4, 0.1, 0.8]), np.array([0.7, 0.5, 0.9, 0.2, 0.6, 0.51])
    empty, two = np.zeros(3), (np.array([ONE, ONE]), np.array([ONE, OTHER]))
    pairs = ((a, b), (b, a), (empty, empty), (ONE, OTHER), two)
    return [float(student.iou(*pair)) for pair in pairs]


def probe_net(student):
    """What can be wrong about a net, whatever its layers are: equal for all right ones."""
    net, x = (
        models.model(student.build_segmenter()),
        np.random.default_rng(6).normal(size=(1, 24, 24, 3)),
    )
    other = x.copy()
    other[0, 11, 11] += 9
    y, moved = as_numbers(net(x)), as_numbers(net(other))
    neighbours = np.count_nonzero(np.abs(moved - y).max(axis=3) > 1e-7) > 1
    facts = [net.parameters > 20_000, y.min() >= 0 and y.max() <= 1, np.ptp(y) < 1e-6, neighbours]
    return [[n is None for n in net.input_shape], list(y.shape), [bool(fact) for fact in facts]]


PROBES = [probe_iou, probe_net]
