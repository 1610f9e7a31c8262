"""The visible checks of 4.3."""

import numpy as np

from nablab.checking import check, equal, holds, once
from nablab.checking.expect import as_numbers
from nablab.reference.lenet import lenet_shapes
from nablab.sandbox.student import parameters

from .oracles import bars


def edge_of_the_field(rng):
    """320 bars to learn from and 100 to test on, of which LeNet can read 60 and its twin 80.

    Digits 0 to 4 are bars. A 5 is the bar of a 4 with a bright last column, number 14, and of
    that LeNet sees nothing: of 15 columns the first pooling makes 7, the second convolution 3, and
    the second pooling 1, from columns 0 to 13. It has one answer for both, and of both there are
    20. Digits 6 to 9 are in the test part only.
    """

    def part(labels):
        x = bars(rng, np.where(labels == 5, 4, labels), noise=0.05)
        x[labels == 5, :, -1] = 1
        return x, labels

    y_train = rng.permutation(np.repeat(np.arange(6), (60, 60, 60, 60, 50, 30)))
    y_test = np.repeat(np.arange(10), (10, 10, 10, 10, 20, 20, 5, 5, 5, 5))
    return part(y_train), part(y_test)


PREPARED = edge_of_the_field(np.random.default_rng(43))


def raced(student, *args):
    """What compare returns, checked to be four numbers by their names."""
    got = once(student, "compare", *args)
    names = {"acc_dense", "acc_conv", "params_dense", "params_conv"}
    holds(
        isinstance(got, dict) and names <= set(got),
        f"compare should return a dict with the keys {', '.join(sorted(names))}.",
        got=got,
    )
    for name in names:
        holds(as_numbers(got[name]).shape == (), f"{name} should be one number.", got=got[name])
    return got


def shares(got, parts):
    """Both accuracies are shares of the test images."""
    count = len(parts[1][1])
    for name in ("acc_dense", "acc_conv"):
        value = float(got[name])
        holds(
            0 <= value <= 1 and abs(value * count - round(value * count)) < 1e-3,
            f"{name} is {value:.6g}: it should be how many of the {count} test images are read "
            f"right, divided by {count}.",
            got=value,
        )


@check("contract")
def test_four_numbers_by_name(student):
    """compare returns two accuracies from 0 to 1 and two numbers of parameters"""
    equal(parameters(student, "compare")[:2], ("seed", "parts"), "The parameters:")
    shares(raced(student, 7, PREPARED), PREPARED)


def same_size(got, shape):
    """LeNet has the right number of parameters, and the twin the same within 2 %."""
    right = sum(int(np.prod(s)) for s in lenet_shapes(shape, 10))
    equal(got["params_conv"], right, f"For images {shape}, params_conv:")
    holds(
        abs(got["params_dense"] - right) <= 0.02 * right,
        f"params_dense is {got['params_dense']}; LeNet has {right}.",
        got=got["params_dense"],
        expected=right,
    )


@check("probe")
def test_both_have_the_same_size(student):
    """LeNet has the right number of parameters, and the twin the same within 2 %"""
    same_size(raced(student, 7, PREPARED), (20, 15, 1))


@check("probe")
def test_it_learns_from_one_part_and_is_tested_on_the_other(student):
    """Of 100 prepared test images LeNet can read 60, and its twin 80"""
    got = raced(student, 7, PREPARED)
    for name, right, why in (
        (
            "acc_conv",
            0.6,
            "40 of the test images are easy, and 20 show digits that the training part does not "
            "have. The other 40, 4s and 5s in equal number, differ only in their last column, "
            "which LeNet's poolings leave out in images of this width.",
        ),
        (
            "acc_dense",
            0.8,
            "The twin can read 80 of the test images; 20 show digits that the training part does "
            "not have.",
        ),
    ):
        holds(
            abs(got[name] - right) <= 0.07,
            f"{name} is {got[name]:.3g}; {right} is right. {why} More means that a net was tested "
            "on what it has learned from, or that the two names are swapped; less means that it "
            "did not learn as the text says.",
            got=got[name],
            expected=right,
        )
