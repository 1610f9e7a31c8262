"""The visible checks of 8.1."""

import numpy as np

from nablab.checking import check, close, contract

from .oracles import conv1d, future_does_not_matter, same

X = np.array([[1.0], [2], [3], [4], [5]])
W = np.array([[[1.0]], [[10.0]]])


@check("contract")
def test_two_arrays_of_the_right_length(student):
    """dilated_conv1d gives T − d·(k − 1) rows, causal_conv1d gives T, both NumPy arrays"""
    x, w = np.arange(22.0).reshape(11, 2) - 7, np.arange(18.0).reshape(3, 2, 3) - 5
    contract(student, "dilated_conv1d", x, w, 4, shape=(3, 3), array=True)
    contract(student, "dilated_conv1d", x, w, shape=(9, 3))  # d is 1 if it is not given
    contract(student, "causal_conv1d", x, w, 4, shape=(11, 3), array=True)
    contract(student, "causal_conv1d", x, w, shape=(11, 3))


@check("hand")
def test_the_signal_of_the_text(student):
    """The signal of the text gives 31, 42, 53, and causally 10, 20, 31, 42, 53"""
    given = {"x": X, "w": W, "d": 2}
    close(student.dilated_conv1d(X, W, 2), [[31], [42], [53]], "Dilated:", given=given)
    close(student.causal_conv1d(X, W, 2), [[10], [20], [31], [42], [53]], "Causal:", given=given)
    given = {"x": X, "w": W}
    says = "without d, which is 1 then:"
    close(student.dilated_conv1d(X, W), [[21], [32], [43], [54]], f"Dilated, {says}", given=given)
    right = [[10], [21], [32], [43], [54]]
    close(student.causal_conv1d(X, W), right, f"Causal, {says}", given=given)


@check("probe")
def test_an_impulse_leaves_the_filter_behind_it(student):
    """An impulse at t reaches t and what comes later, the last entry of the filter first"""
    w = np.array([1.0, 10, 100]).reshape(3, 1, 1)
    for d in (1, 2, 3):
        x = np.zeros((11, 1))
        x[3] = 1
        right = np.zeros((11, 1))
        right[[3, 3 + d, 3 + 2 * d]] = [[100], [10], [1]]
        given = {"x": x[:, 0], "w": w[:, 0, 0], "d": d}
        close(student.causal_conv1d(x, w, d), right, f"d = {d}:", given=given)


@check()
def test_no_output_reads_what_comes_later(student, rng):
    """What comes after t can change as it likes: y up to t stays the same"""
    x, w = rng.normal(size=(13, 3)), rng.normal(size=(3, 3, 2))
    for t, d in ((4, 1), (7, 2), (9, 3)):
        future_does_not_matter(student, rng, x, w, d, t)


@check("oracle")
def test_several_channels_and_filters(student, rng):
    """Several channels, several filters, and every dilation, are those of the equations"""
    for length, k, channels, filters, d in ((13, 3, 2, 5, 4), (7, 2, 3, 1, 5), (9, 1, 1, 2, 3)):
        x, w = rng.normal(size=(length, channels)), rng.normal(size=(k, channels, filters))
        says = f"T = {length}, k = {k}, C = {channels}, F = {filters}, d = {d}:"
        got = student.dilated_conv1d(x, w, d)
        same(got, lambda x, w, d=d: conv1d(x, w, d), x, w, says=f"Dilated, {says}")
        got = student.causal_conv1d(x, w, d)
        same(got, lambda x, w, d=d: conv1d(x, w, d, "causal"), x, w, says=f"Causal, {says}")
    x, w = rng.normal(size=(3, 2)), rng.normal(size=(3, 2, 4))
    got = student.causal_conv1d(x, w, 4)
    says = "Three moments, and a filter that reaches eight back:"
    same(got, lambda x, w: conv1d(x, w, 4, "causal"), x, w, says=says)


@check("probe")
def test_whole_numbers_times_fractions(student):
    """x may hold whole numbers and w fractions"""
    x, w = np.arange(1, 8).reshape(7, 1), np.array([0.5, 0.25]).reshape(2, 1, 1)
    got = student.dilated_conv1d(x, w, 3)
    same(got, lambda x, w: conv1d(x, w, 3), x, w, says="Dilated:")
    got = student.causal_conv1d(x, w, 3)
    same(got, lambda x, w: conv1d(x, w, 3, "causal"), x, w, says="Causal:")


PROBE_X = np.array([[1, 4], [2, -3], [5, 1], [3, 7], [-2, 2], [6, 1], [1, -8]])
PROBE_W = np.array([[[1.5], [2]], [[-1], [0.25]], [[3], [1]]])
PROBES = [
    (name, (PROBE_X, PROBE_W, d)) for d in (2, 3) for name in ("dilated_conv1d", "causal_conv1d")
]
