"""The visible checks of N.8."""

import numpy as np

from nablab.checking import check, close, equal, holds
from nablab.checking.expect import as_numbers
from nablab.sandbox.student import arguments_after_call, parameters

from .gradient_masking_check import under
from .oracles import drawn, logits, net, pixels, untouched

LOOK_AT = [  # the nets of the text: each answers 0 if its own pixel is above 0.5
    [np.array([[8.0, 0], [0, 0]]), np.array([-4.0, 0])],
    [np.array([[0, 0], [8.0, 0]]), np.array([-4.0, 0])],
]
TEXT, TEXT_LABELS = np.array([[0.55, 0.9]]), np.array([0])


def table(nets, x, y, eps):
    """The accuracies by the formula, and whether all are certain."""
    entries = [[under(maker, reader, x, y, eps) for reader in nets] for maker in nets]
    return np.array([[share for share, _ in row] for row in entries]), all(
        certain for row in entries for _, certain in row
    )


def group(rng, shape, classes, hiddens, eps):
    """Nets that have much in common, images, labels, and a table whose rows and columns differ."""
    size = int(np.prod(shape[1:]))
    while True:
        common = drawn(rng, size, classes)
        nets = []
        for hidden in hiddens:
            if hidden:
                nets.append(drawn(rng, size, classes, hidden))
            else:
                own = drawn(rng, size, classes)
                nets.append([common[0] + 0.7 * own[0], common[1] + 0.7 * own[1]])
        x = pixels(rng, shape)
        found = logits(x, common).argmax(1)
        y = np.where(rng.random(len(x)) < 0.8, found, rng.integers(classes, size=len(x)))
        right, certain = table(nets, x, y, eps)
        if certain and np.abs(right - right.T).max() > 0.1 and np.unique(right).size > len(nets):
            return nets, x, y, right


def compare(student, rng, shape, classes, hiddens, eps):
    nets, x, y, right = group(rng, shape, classes, hiddens, eps)
    handles = [net(student, shape[1:], weights).handle for weights in nets]
    got = student.transfer_matrix(handles, x, y, eps)
    close(got, right, f"{len(nets)} nets, images {shape}, eps {eps}.", atol=1e-6)


@check("contract")
def test_a_square_table(student):
    """transfer_matrix returns a table of m × m numbers, and leaves images and models as they are"""
    equal(parameters(student, "transfer_matrix")[:4], ("models", "x", "y", "eps"))
    nets, x, y, _ = group(np.random.default_rng(2), (9, 3, 2, 1), 3, (0, 0, 0), 0.2)
    made = [net(student, (3, 2, 1), weights) for weights in nets]
    before = [one.get_weights() for one in made]
    got, after = arguments_after_call(
        student, "transfer_matrix", [one.handle for one in made], x, y, 0.2
    )
    holds(
        as_numbers(got).shape == (3, 3),
        f"For 3 models the table has 3 × 3 numbers; yours has the shape {as_numbers(got).shape}.",
        got=got,
    )
    holds(np.array_equal(after[1], x), "The images should stay as they are.")
    for one, weights in zip(made, before, strict=True):
        untouched(one, weights, "transfer_matrix")


@check("hand")
def test_the_two_nets_of_the_text(student):
    """The two nets of the text give the table of the text"""
    handles = [net(student, (2,), weights).handle for weights in LOOK_AT]
    close(
        student.transfer_matrix(handles, TEXT, TEXT_LABELS, 0.1),
        [[0, 1], [1, 1]],
        given={"x": TEXT},
        atol=1e-6,
    )


@check("probe")
def test_rows_are_makers_and_columns_readers(student):
    """The image is at the border of the one net and not of the other: rows and columns differ"""
    x = np.array([[0.55, 0.9], [0.56, 0.8], [0.7, 0.53], [0.8, 0.2]])
    blind = [np.zeros((2, 2)), np.array([1.0, 0])]
    handles = [net(student, (2,), weights).handle for weights in (*LOOK_AT, blind)]
    close(
        student.transfer_matrix(handles, x, np.zeros(4, int), 0.1),
        [[0.5, 0.75, 1], [1, 0.5, 1], [1, 0.75, 1]],
        "The third net does not look at the image at all.",
        atol=1e-6,
    )


@check()
def test_one_net_alone(student, rng):
    """A single net gives a table of one number, its accuracy under its own attack"""
    nets, x, y, right = group(rng, (11, 4, 2, 1), 3, (0, 0), 0.15)
    got = student.transfer_matrix([net(student, (4, 2, 1), nets[0]).handle], x, y, 0.15)
    close(got, right[:1, :1], atol=1e-6, constant=True)


@check("oracle")
def test_tables_of_several_nets(student, rng):
    """Tables of several nets, with hidden layers among them"""
    compare(student, rng, (17, 4, 3, 1), 3, (0, 5, 0), 0.2)
    compare(student, rng, (13, 7), 4, (0, 0, 6, 0), 0.1)


def probe_tables(student):
    found = []
    for seed, hiddens in ((1, (0, 5, 0)), (2, (0, 0)), (3, (0, 0, 0, 6))):
        nets, x, y, _ = group(np.random.default_rng(seed), (19, 4, 3, 1), 3, hiddens, 0.2)
        handles = [net(student, (4, 3, 1), weights).handle for weights in nets]
        found.append(np.round(as_numbers(student.transfer_matrix(handles, x, y, 0.2)), 5))
    return found


PROBES = [probe_tables]
