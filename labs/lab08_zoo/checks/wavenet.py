"""The visible checks of 8.2."""

import numpy as np

from nablab.checking import check, close, contract, each, equal, holds
from nablab.checking.expect import ROUNDING, as_numbers, is_array, show
from nablab.reference.blocks import causal_dilated_block
from nablab.sandbox.student import arguments_after_call, parameters

LN3 = np.log(3)
HAND = (
    np.array([[LN3], [LN3]]),
    np.array([0.0, 1]).reshape(2, 1, 1),
    np.array([1.0, 0]).reshape(2, 1, 1),
    np.array([[2.0]]),
    np.array([[10.0]]),
    1,
)
NAMES = ("out", "skip")


def block(x, wf, wg, wr, ws, d=1):
    out, skip = causal_dilated_block(np.asarray(x)[None], wf, 0, wg, 0, wr, 0, ws, 0, dilation=d)
    return out[0], skip[0]


def number(got, right, says):
    """A whole number: an int, a NumPy number, or a float without a fraction."""
    holds(as_numbers(got, says=says).shape == (), f"{says} it should be one number.", got=got)
    holds(
        float(got) == right, f"{says} got {show(got)}, expected {right}.", got=got, expected=right
    )


def two(got):
    holds(
        isinstance(got, (tuple, list)) and len(got) == 2,
        "gated_block should return two arrays: `return out, skip`.",
        got=got,
    )
    return got


def same_block(student, *args, says=""):
    got = two(student.gated_block(*args))
    x, wf, _, wr, ws, _ = args
    right = block(*args)
    size = float(np.abs(wf).sum(axis=(0, 1)).max() * np.abs(x).max())
    scales = (np.abs(x).max() + np.abs(wr).sum(0).max(), np.abs(ws).sum(0).max())
    for name, part, expected, scale in zip(NAMES, got, right, scales, strict=True):
        atol = ROUNDING * (1 + size) * float(scale)
        close(part, expected, f"{says} {name}:".strip(), atol=atol, constant=True)


def drawn(rng, length, k, channels, filters, skips, d):
    shapes = ((length, channels), (k, channels, filters), (k, channels, filters))
    shapes += ((filters, channels), (filters, skips))
    return (*(rng.normal(size=shape) for shape in shapes), d)


@check("contract")
def test_a_number_and_two_arrays(student):
    """wavenet_rf returns a whole number, gated_block two NumPy arrays, and no input is changed"""
    equal(parameters(student, "wavenet_rf")[:2], ("dilations", "k"), "The parameters:")
    dilations = [1, 2, 4]
    got, after = arguments_after_call(student, "wavenet_rf", dilations, 3)
    number(got, 15, "wavenet_rf([1, 2, 4], 3):")
    holds(list(after[0]) == dilations, "wavenet_rf changed the list of dilations.", got=after[0])
    args = drawn(np.random.default_rng(8), 7, 2, 3, 4, 5, 2)
    out, skip = two(contract(student, "gated_block", *args))
    for name, part, shape in (("out", out, (7, 3)), ("skip", skip, (7, 5))):
        is_array(part, name)
        equal(as_numbers(part).shape, shape, f"The shape of {name}:")


@check("hand")
def test_the_numbers_of_the_text(student):
    """8 and 15 moments, 1 without a layer; the block of the text gives out and skip"""
    found = each(student, "wavenet_rf", [([1, 2, 4], 2), ([1, 2, 4], 3), ([], 2)])
    for got, right, says in zip(found, (8, 15, 1), ("k = 2:", "k = 3:", "No layer:"), strict=True):
        number(got, right, says)
    given = {"x": HAND[0][:, 0], "wf": HAND[1][:, 0, 0], "wg": HAND[2][:, 0, 0]}
    for args, says in ((HAND, ""), (HAND[:5], "Without d, which is 1 then, ")):
        out, skip = two(student.gated_block(*args))
        close(out, [[LN3 + 0.8], [LN3 + 1.2]], f"{says}out:", given=given)
        close(skip, [[4], [6]], f"{says}skip:", given=given)


@check()
def test_the_field_of_wavenet(student):
    """1, 2, 4, …, 512 hear 1,024 moments, three times over 3,070; one layer d·(k − 1) + 1"""
    series = [2**i for i in range(10)]
    calls = [(series, 2), (series * 3, 2), ([5], 4), ([3, 3, 3], 5), ([1] * 6, 1)]
    for call, got in zip(calls, each(student, "wavenet_rf", calls), strict=True):
        number(got, 1 + (call[1] - 1) * sum(call[0]), f"dilations {call[0]}, k = {call[1]}:")


@check("probe")
def test_a_closed_gate(student):
    """A shut gate leaves x and a skip of 0; an open one lets the tanh of the filter through"""
    x = np.array([[1.0, 2], [0.5, 3], [2, 1]])
    wf, wg = np.full((2, 2, 3), 0.25), np.zeros((2, 2, 3))
    wr, ws = np.arange(6.0).reshape(3, 2) + 1, np.ones((3, 1))
    for gate, says in ((-40.0, "wg is very negative."), (40.0, "wg is very large.")):
        wg[-1] = gate
        same_block(student, x, wf, wg, wr, ws, 1, says=says)


@check("probe")
def test_only_one_of_the_two_ways(student, rng):
    """wr reaches out only, ws reaches skip only"""
    x, wf, wg, wr, ws, d = drawn(rng, 9, 3, 2, 4, 3, 2)
    same_block(student, x, wf, wg, 0 * wr, ws, d, says="wr is 0, so out is x.")
    same_block(student, x, wf, wg, wr, 0 * ws, d, says="ws is 0, so skip is 0.")


@check("oracle")
def test_blocks_of_several_sizes(student, rng):
    """Blocks of several sizes and dilations are those of the equations"""
    for sizes in ((11, 2, 3, 4, 2, 3), (7, 3, 1, 2, 5, 1), (13, 2, 4, 1, 3, 5)):
        same_block(student, *drawn(rng, *sizes), says=f"(T, k, C, F, S, d) = {sizes}:")


def probe_block(student):
    args = drawn(np.random.default_rng(5), 6, 2, 2, 2, 2, 2)
    return list(student.gated_block(*args))


PROBES = [
    probe_block,
    ("wavenet_rf", ([1, 2, 4, 8], 3)),
    ("wavenet_rf", ([3, 5], 2)),
    ("wavenet_rf", ([], 2)),
]
