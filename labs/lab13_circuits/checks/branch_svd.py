"""The visible checks of 13.7."""

import numpy as np

from nablab.checking import check, close, contract, holds, left_alone
from nablab.reference.circuits import branch_svd as right
from nablab.sandbox.student import arguments_after_call

from .oracles import several, wave

W_A, W_B = wave((3, 2, 2, 5)), wave((1, 3, 4, 3), 1.3)
W_OUT = wave((8, 7), 0.9)
NAMES = ("The singular values of a", "The singular values of b", "The shares of a")


def report_is_right(student, w_a, w_b, w_out, says=""):
    expected = right(w_a, w_b, w_out)
    size = max(s.max() for s in expected[:2])
    got = several(left_alone(student, "branch_svd", w_a, w_b, w_out), 3, "s_a, s_b and the shares")
    for found, wanted, name, atol in zip(
        got, expected, NAMES, (1e-5 * size, 1e-5 * size, 1e-5), strict=True
    ):
        close(found, wanted, f"{says} {name}.".strip(), atol=atol, constant=True)
    return got


def planted(rng, kinds=(3, 3), units=(4, 5)):
    """Branch a reads its own inputs for the first outputs, and b for the others."""
    first, second = kinds
    w_a, w_b = rng.normal(size=(3, 2, 4, units[0])), rng.normal(size=(2, 3, 5, units[1]))
    w_out = 0.02 * rng.normal(size=(sum(units), first + second))
    w_out[: units[0], :first] += rng.normal(size=(units[0], first))
    w_out[units[0] :, first:] += rng.normal(size=(units[1], second))
    return w_a, w_b, w_out


@check("contract")
def test_three_arrays(student):
    """branch_svd returns the singular values of both connections and a share for each output"""
    got = several(contract(student, "branch_svd", W_A, W_B, W_OUT), 3, "s_a, s_b and the shares")
    for one, shape, name in zip(got, ((7,), (7,), (7,)), NAMES, strict=True):
        holds(np.shape(one) == shape, f"{name}: the shape is {np.shape(one)}, expected {shape}.")


@check("hand")
def test_the_branches_of_the_text(student):
    """The branches of the text: 3 and 1, 4 and 0, and the shares 9/25 and 1"""
    one = np.eye(2)[None, None]
    report_is_right(student, one, one, np.array([[3, 0], [0, 1], [4, 0], [0, 0]]))


@check("probe")
def test_rows_columns_and_channels_are_the_inputs(student):
    """All rows, columns and channels of a kernel are inputs, and its units are the columns"""
    report_is_right(student, W_A, W_B, W_OUT)


@check("probe")
def test_more_outputs_than_inputs_and_the_other_way_round(student):
    """There are as many singular values as the smaller side of the matrix has"""
    report_is_right(student, W_A[:1, :1], W_B, W_OUT, "Branch a reads two numbers only.")
    report_is_right(student, W_A, W_B, W_OUT[:, :2], "Two outputs only.")


@check()
def test_planted_branches(student, rng):
    """Of planted branches, a has shares above .9 in its own outputs and below .1 in the others"""
    w_a, w_b, w_out = planted(rng)
    share = np.asarray(report_is_right(student, w_a, w_b, w_out)[2])
    holds((share[:3] > 0.9).all() and (share[3:] < 0.1).all(), "The shares.", got=share)


@check()
def test_order_and_scale_of_the_units_do_not_matter(student):
    """Units in another order, or with weights in doubled and weights out halved: all the same"""
    order, scale = np.array([3, 0, 4, 1, 2]), np.array([2.0, 0.5, 4.0, 0.125, 3.0])
    w_out = W_OUT.copy()
    w_out[:5] = (W_OUT[:5] / scale[:, None])[order]
    expected = right(W_A, W_B, W_OUT)
    got = several(student.branch_svd((W_A * scale)[..., order], W_B, w_out), 3, "three arrays")
    for found, wanted, name in zip(got, expected, NAMES, strict=True):
        close(found, wanted, f"Permuted and rescaled. {name}.", atol=1e-4)


@check("oracle")
def test_any_branches(student, rng):
    """Branches of any sizes, of floats and of whole numbers"""
    report_is_right(
        student,
        rng.normal(size=(2, 3, 3, 4)),
        rng.normal(size=(3, 3, 2, 6)),
        rng.normal(size=(10, 5)),
    )
    report_is_right(
        student,
        rng.integers(-9, 9, size=(2, 2, 3, 3)),
        rng.integers(-9, 9, size=(1, 2, 5, 2)),
        rng.integers(1, 9, size=(5, 4)),
        "Whole numbers.",
    )


def probe_arguments(student):
    """The dense layer as it is afterwards."""
    return arguments_after_call(student, "branch_svd", W_A, W_B, W_OUT.copy())[1][2]


PROBES = [
    probe_arguments,
    ("branch_svd", (W_A, W_B, W_OUT)),
    ("branch_svd", (W_B, W_A[:, :1], W_OUT[:, :3])),
]
