"""The visible checks of N.8."""

import numpy as np

from nablab.checking import check, close, contract, holds
from nablab.checking.expect import as_numbers

HAND_FOLD = (np.array([[[[2.0]]]]), *(np.array([a]) for a in (5.0, 6.0, 1.0, 1.0, 8.0)), 1.0)


def convolution_with_norm(rng, kh, kw, c, f):
    """Weights and bias of a convolution, and γ, β, m and v of the norm after it."""
    w = rng.normal(size=(kh, kw, c, f))
    b, gamma, beta, mm = rng.normal(size=(4, f)) + np.array([[0.5], [1.5], [0.7], [-0.6]])
    return w, b, gamma, beta, mm, rng.uniform(0.2, 4, size=f)


def folded(student, *args):
    """The student's weights and bias as arrays of the right shapes."""
    got = student.fold_bn(*args)
    holds(
        isinstance(got, (tuple, list)) and len(got) == 2,
        "fold_bn should return two arrays: `return w, b`.",
        got=got,
    )
    arrays = []
    for name, part, shape in zip(("w", "b"), got, map(np.shape, args[:2]), strict=True):
        array = as_numbers(part, says=f"{name}:")
        holds(
            array.shape == shape, f"{name} has the shape {array.shape}, expected {shape}.", got=part
        )
        arrays.append(array)
    return arrays


def right_fold(w, b, gamma, beta, mm, mv, eps):
    """The folded weights and bias, filter by filter."""
    w, new = np.array(w, float), []
    for f in range(w.shape[-1]):
        spread = np.sqrt(mv[f] + eps)
        w[..., f] *= gamma[f] / spread
        new.append(gamma[f] * (b[f] - mm[f]) / spread + beta[f])
    return w, np.array(new)


@check("contract")
def test_weights_and_bias_of_the_same_shapes(student):
    """fold_bn returns weights and a bias of the given shapes, and changes no input"""
    rng = np.random.default_rng(0)
    args = (*convolution_with_norm(rng, 3, 2, 5, 4), 1e-3)
    contract(student, "fold_bn", *args)
    folded(student, *args)


@check("hand")
def test_the_weight_of_the_text(student):
    """The weight 2 and the bias 5 of the text become 4 and 9"""
    w, b = folded(student, *HAND_FOLD)
    close(w, [[[[4]]]], "w:")
    close(b, [9], "b:")


@check("probe")
def test_one_thing_at_a_time(student, rng):
    """γ and v scale weights and bias, m only shifts the bias, and β is added last"""
    w, b, *_ = convolution_with_norm(rng, 2, 3, 5, 4)
    one, zero = np.ones(4), np.zeros(4)
    some = rng.uniform(1, 3, size=4)
    for args, says in (
        ((w, b, some, zero, zero, one, 0.0), "Only γ is not neutral."),
        ((w, b, one, some, zero, one, 0.0), "Only β is not neutral."),
        ((w, b, one, zero, some, one, 0.0), "Only the moving mean is not neutral."),
        ((w, b, one, zero, zero, some, 0.0), "Only the moving variance is not neutral."),
        ((w, b, one, zero, zero, one, 3.0), "Only ε is not neutral: 1 + 3 under the root."),
    ):
        right_w, right_b = right_fold(*args)
        got_w, got_b = folded(student, *args)
        close(got_w, right_w, f"{says} The weights:")
        close(got_b, right_b, f"{says} The bias:", atol=1e-5)


@check("oracle")
def test_any_convolution(student, rng):
    """Any convolution is folded rightly, with as many filters as channels or not"""
    for shape, eps in (((3, 2, 5, 7), 1e-3), ((2, 3, 4, 4), 0.5), ((1, 1, 3, 2), 1e-5)):
        args = (*convolution_with_norm(rng, *shape), eps)
        right_w, right_b = right_fold(*args)
        got_w, got_b = folded(student, *args)
        close(got_w, right_w, f"The weights {shape}:")
        close(got_b, right_b, f"The bias, for weights {shape}:", atol=1e-5)


PROBES = [
    ("fold_bn", HAND_FOLD),
    (
        "fold_bn",
        (
            np.arange(24.0).reshape(1, 2, 3, 4) % 5 - 1.5,
            *(np.array([1.0, -2, 0.5, 3]) + k for k in (0, 0.3, -1.2, 2)),
            np.array([0.5, 1.5, 2.0, 4.0]),
            0.7,
        ),
    ),
    (
        "fold_bn",
        (
            np.arange(9.0).reshape(1, 1, 3, 3) % 5 - 1.5,
            *(np.array([1.0, -2, 0.5]) + k for k in (0, 0.3, -1.2, 2)),
            np.array([0.5, 1.5, 2.0]),
            0.7,
        ),
    ),
]
