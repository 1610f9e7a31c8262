"""The visible checks of 8.7."""

import numpy as np

from nablab.checking import check, close, contract, equal, holds, models
from nablab.checking.expect import as_numbers
from nablab.data import chirps

from .oracles import logits_of, probabilities, reads_right, trained

KNOWN, LABELS = np.array([[[0.0], [0]], [[1], [3]], [[4], [4]]]), np.array([5, 7, 5])
BYTES = (
    np.array([[[250]], [[3]], [[128]]], dtype=np.uint8),
    np.array([5, 7, 6]),
    np.array([[[5]], [[200]], [[140]]], dtype=np.uint8),
)
BOUND = 0.75
HOW = {"epochs": 10, "batch_size": 32}  # as the text trains


def nearest(x_train, y_train, x):
    gaps = np.asarray(x, float)[:, None] - np.asarray(x_train, float)
    return np.asarray(y_train)[(gaps**2).sum(axis=(2, 3)).argmin(axis=1)]


def clear(rng, n, m, length, channels):
    """Known signals and m others, drawn again until none has two that are nearly equally near."""
    while True:
        known, x = rng.normal(size=(n, length, channels)), rng.normal(size=(m, length, channels))
        gaps = np.sort(((x[:, None] - known) ** 2).sum(axis=(2, 3)), axis=1)
        if n == 1 or (gaps[:, 1] > 1.05 * gaps[:, 0]).all():
            return known, x


def listener_net(student):
    """The student's net after training on 400 signals."""
    return trained(student, "build_listener", *chirps(400), **HOW)


@check("contract")
def test_labels_and_a_model(student):
    """nearest_neighbour gives a label a signal, build_listener a model from (128, 1) to four"""
    got = contract(student, "nearest_neighbour", KNOWN, LABELS, KNOWN[:2] + 0.1, shape=(2,))
    holds(set(np.ravel(got)) <= {5, 7}, "A label that is not among the known ones.", got=got)
    net = models.model(student.build_listener())
    equal(tuple(net.input_shape), (None, 128, 1), "The input:")
    equal(tuple(net.output_shape), (None, 4), "The output:")
    holds(net.parameters <= 20_000, f"It has {net.parameters} parameters; 20,000 is the most.")


@check("hand")
def test_the_signals_of_the_text(student):
    """The two signals of the text are a 5 and a 7"""
    x = np.array([[[1.0], [1]], [[2], [3]]])
    close(student.nearest_neighbour(KNOWN, LABELS, x), [5, 7])


@check("probe")
def test_all_moments_and_channels_count(student, rng):
    """The distance sums over all moments and channels, and the first of equally near ones counts"""
    known, labels = rng.normal(size=(9, 4, 3)), np.array([4, 2, 7, 1, 8, 3, 6, 0, 5])
    x = known[[6, 1, 8, 3]] + 0.05 * rng.normal(size=(4, 4, 3))
    for t, c in ((0, 0), (3, 2), (1, 1)):
        other = np.zeros((3, 4, 3))
        other[1, t, c], other[2, t, c] = 3, -3
        got = student.nearest_neighbour(other, labels[:3], 0.9 * other)
        close(got, nearest(other, labels[:3], 0.9 * other), f"They differ at [{t}, {c}] only:")
    for there in (([2, 2], [0, 2]), ([0, 3], [1, 1])):  # two channels of a moment, two moments
        other = np.zeros((2, 4, 3))
        other[1][there] = 3, -3
        got = student.nearest_neighbour(other, labels[:2], 0.9 * other)
        close(got, labels[:2], "They differ in two numbers, one up and one down:")
    close(student.nearest_neighbour(known, labels, x), nearest(known, labels, x))
    for a, b in (([3, 0, 0, 0], [2, 2, 2, 2]), ([2, 2, 1, 0], [4, 0, 0, 0])):  # a is nearer
        pair = np.array([b, a], dtype=float)[:, :, None]
        got = student.nearest_neighbour(pair, np.array([1, 2]), np.zeros((1, 4, 1)))
        close(got, [2], f"0 is nearer to {a} than to {b}:")
    close(
        student.nearest_neighbour(KNOWN[[0, 1, 0, 1]], labels[:4], KNOWN[:2]), labels[:2], "Ties:"
    )


@check("probe")
def test_whole_numbers_far_apart(student):
    """Bytes and large whole numbers are compared as what they are"""
    close(student.nearest_neighbour(*BYTES), [7, 5, 6])


@check()
def test_logits_and_no_softmax(student):
    """The outputs are logits: after training they leave the range from 0 to 1"""
    logits_of(listener_net(student), chirps(40, seed=3)[0])


@check()
def test_it_names_new_chirps(student):
    """Trained on 400 signals, the net names 75 % of new ones right"""
    reads_right(listener_net(student), *chirps(400, seed=1), BOUND)


DENSE = {"Flatten", "Reshape", "Dense", "Activation", "ReLU", "Dropout", "BatchNormalization"}


def probe_net(student):
    """What can be wrong about a net, whatever its layers are: equal for all right ones."""
    net = models.model(student.build_listener())
    wide = max((weight.shape[0] for weight in net.weights if len(weight.shape) == 3), default=0)
    y = as_numbers(net(np.random.default_rng(7).normal(size=(5, 128, 1))))
    facts = [net.parameters > 20_000, set(net.kinds) <= DENSE, wide == 1, probabilities(y)]
    return [list(y.shape), [bool(fact) for fact in facts]]


PROBE_X = (np.arange(60) ** 2 % 23 - 11.0).reshape(10, 3, 2)
PROBES = [
    ("nearest_neighbour", (PROBE_X[:6], np.array([3, 1, 4, 0, 5, 9]), PROBE_X[4:] * 1.2 + 1)),
    ("nearest_neighbour", (np.concatenate([PROBE_X[:2]] * 2), np.arange(4), PROBE_X[:2])),
    ("nearest_neighbour", (KNOWN, LABELS, np.array([[[0.0], [4]], [[3], [0]], [[-3], [-3]]]))),
    ("nearest_neighbour", (np.array([[[0.0, 0]], [[3, -3]]]), LABELS[:2], np.array([[[2.0, -2]]]))),
    ("nearest_neighbour", BYTES),
    probe_net,
]
