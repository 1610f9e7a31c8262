"""Hidden checks of N.2."""

import numpy as np

from nablab.checking import check, each, holds, left_alone, mutant, variant
from nablab.checking.expect import as_numbers

from ..checks.oracles import conv1d
from ..checks.wavenet import drawn, number, same_block, two
from .building_blocks import floats


@check("oracle")
def test_fresh_blocks(student, rng):
    """Blocks of sizes that are all different"""
    for sizes in ((17, 4, 3, 5, 2, 2), (5, 2, 2, 3, 4, 7), (9, 1, 3, 3, 3, 1), (1, 3, 2, 2, 1, 4)):
        same_block(student, *drawn(rng, *sizes), says=f"(T, k, C, F, S, d) = {sizes}:")


@check()
def test_fields_of_any_series(student, rng):
    """Any series of dilations, doubling or not, in any order"""
    calls = []
    for _ in range(6):
        series = [int(d) for d in rng.integers(1, 30, size=int(rng.integers(1, 9)))]
        calls.append((series, int(rng.integers(2, 7))))
    calls += [([512, 1, 2], 2), ([7], 1), ([], 5)]
    for (series, k), got in zip(calls, each(student, "wavenet_rf", calls), strict=True):
        number(got, 1 + (k - 1) * sum(series), f"dilations {series}, k = {k}:")


@check()
def test_the_field_is_what_a_stack_reads(student, rng):
    """A stack of the student's blocks hears as many moments as the formula says, and no more"""
    dilations, k = [1, 3, 2], 3
    field = 1 + (k - 1) * sum(dilations)
    number(student.wavenet_rf(dilations, k), field, f"dilations {dilations}, k = {k}:")
    layers = [drawn(rng, 1, k, 2, 3, 1, d)[1:] for d in dilations]
    x = 0.3 * rng.normal(size=(field + 6, 2))

    def last(x):
        for layer in layers:
            x = as_numbers(two(student.gated_block(x, *layer))[0])
        holds(x.shape == (field + 6, 2), "out should have the shape of x.", got=x)
        return x[-1]

    heard = last(x)
    for back, reads in ((field - 1, True), (field, False), (field + 4, False)):
        other = x.copy()
        other[-1 - back] += 1
        moved = float(np.abs(last(other) - heard).max())
        holds(
            (moved > 1e-9) == reads,
            f"A change {back} moments back {'should reach' if reads else 'reaches'} the last output.",
            got=moved,
        )


@check("probe")
def test_the_gate_can_shut(student, rng):
    """A gate far below 0 shuts the filter off, one far above 0 lets it through whole"""
    x, wf, _, wr, ws, d = drawn(rng, 8, 2, 1, 1, 2, 2)
    x = np.abs(x) + 0.5
    for gate in (-30.0, 30.0):
        same_block(student, x, wf, np.array([0, gate]).reshape(2, 1, 1), wr, ws, d)


@check("probe")
def test_filter_and_gate_each_by_itself(student, rng):
    """Filter and gate each have their own weights, and both are dilated"""
    x, wf, wg, wr, ws, _ = drawn(rng, 12, 2, 2, 3, 2, 4)
    still, open_gate = 0 * wf, 0 * wg
    still[1] = 1
    same_block(student, x, wf, open_gate, wr, ws, 4, says="wg is 0, so the gate is ½.")
    same_block(student, x, still, wg, wr, ws, 4, says="wf reads the present only.")


@check("probe")
def test_arguments_stay_and_whole_numbers(student, rng):
    """Whole numbers and transposed views are welcome, and nothing that comes in is changed"""
    x, wf, wg, wr, ws, d = drawn(rng, 9, 2, 2, 3, 4, 2)
    whole = rng.integers(-3, 4, size=x.shape)
    two(left_alone(student, "gated_block", whole, wf, wg, wr, ws, d))
    same_block(student, whole, wf, wg, wr, ws, d, says="x holds whole numbers.")
    views = [np.asfortranarray(array) for array in (x, wf, wg, wr, ws)]
    two(left_alone(student, "gated_block", *views, d))
    same_block(student, *views, d, says="The arrays are transposed views.")
    left_alone(student, "wavenet_rf", [4, 1, 2, 8], 2)


# Mutants ------------------------------------------------------------------------------------------


def sigmoid(a):
    return 0.5 * (1 + np.tanh(a / 2))


def parts(x, wf, wg, d):
    return conv1d(x, wf, d, "causal"), conv1d(x, wg, d, "causal")


def block_of(z_of, out_of=lambda x, z, wr: x + z @ wr, skip_of=lambda x, z, out, ws: z @ ws):
    def block(x, wf, wg, wr, ws, d=1):
        x, wf, wg, wr, ws = floats(x, wf, wg, wr, ws)
        z = z_of(*parts(x, wf, wg, d))
        out = out_of(x, z, wr)
        return out, skip_of(x, z, out, ws)

    return block


def right(f, g):
    return np.tanh(f) * sigmoid(g)


forgets_the_present = mutant(
    "Your field is one too small: the present counts too.",
    wavenet_rf=lambda dilations, k: (k - 1) * sum(dilations),
)
adds_k = mutant(
    "A layer adds d·(k − 1) moments, not d·k: a filter of one entry adds none.",
    wavenet_rf=lambda dilations, k: 1 + k * sum(dilations),
)
forgets_the_dilations = mutant(
    "You count every layer as if it had no holes. It adds d·(k − 1) moments.",
    wavenet_rf=lambda dilations, k: 1 + (k - 1) * len(dilations),
)
counts_each_present_again = mutant(
    "You add up the spans of the layers. Each span holds a present of its own, but all of them share one.",
    wavenet_rf=lambda dilations, k: sum((k - 1) * d + 1 for d in dilations) or 1,
)
dilations_as_strides = mutant(
    "You multiply the dilations up as if they were strides. Nothing is left out here: each layer adds "
    "d·(k − 1) moments.",
    wavenet_rf=lambda dilations, k: (
        1 + sum((k - 1) * int(np.prod(dilations[: n + 1])) for n in range(len(dilations)))
    ),
)
doubles_always = mutant(
    "You double the field with every layer, which is right for 1, 2, 4, … and k = 2 only. Add up what "
    "each layer adds.",
    wavenet_rf=lambda dilations, k: k ** len(dilations),
)
last_layer_only = mutant(
    "Only the longest dilation counts in your field. All layers add to it.",
    wavenet_rf=lambda dilations, k: 1 + (k - 1) * max(dilations, default=0),
)
gate_and_filter_exchanged = mutant(
    "tanh and sigmoid have changed places: wf goes through tanh, wg through the sigmoid.",
    gated_block=block_of(lambda f, g: right(g, f)),
)
gate_is_tanh = mutant(
    "Your gate is a tanh too. It should be between 0 and 1: a sigmoid.",
    gated_block=block_of(lambda f, g: np.tanh(f) * np.tanh(g)),
)
gate_turned_round = mutant(
    "Your gate opens where it should shut: σ(a) is 1/(1 + exp(−a)), with a minus.",
    gated_block=block_of(lambda f, g: np.tanh(f) * sigmoid(-g)),
)
filter_is_relu = mutant(
    "Your filter goes through a ReLU. It should be able to take away: tanh.",
    gated_block=block_of(lambda f, g: np.maximum(f, 0) * sigmoid(g)),
)
filter_is_sigmoid = mutant(
    "Your filter goes through a sigmoid too. It should be able to take away: tanh.",
    gated_block=block_of(lambda f, g: sigmoid(f) * sigmoid(g)),
)
filter_without_tanh = mutant(
    "Your filter comes to the gate as it is. It goes through tanh first.",
    gated_block=block_of(lambda f, g: f * sigmoid(g)),
)
adds_the_gate = mutant(
    "You add filter and gate. They are multiplied.",
    gated_block=block_of(lambda f, g: np.tanh(f) + sigmoid(g)),
)
no_residual = mutant(
    "x itself is missing in out: out = x + z·wr.",
    gated_block=block_of(right, lambda x, z, wr: z @ wr),
)
skip_from_out = mutant(
    "You make the skip from out. It is made from z.",
    gated_block=block_of(right, skip_of=lambda x, z, out, ws: out @ ws),
)
mixes_transposed = mutant(
    "You multiply with wr and ws transposed. z has F columns, and so wr and ws have F rows.",
    gated_block=block_of(right, lambda x, z, wr: x + z @ wr.T, lambda x, z, out, ws: z @ ws.T),
)
residual_in_skip = mutant(
    "You add the mean of x to the skip. skip = z·ws, without x.",
    gated_block=block_of(
        right, skip_of=lambda x, z, out, ws: z @ ws + x.mean(axis=1, keepdims=True)
    ),
)
without_dilation = mutant(
    "Your block ignores d: both of its convolutions are dilated.",
    gated_block=lambda x, wf, wg, wr, ws, d=1: block_of(right)(x, wf, wg, wr, ws, 1),
)
gate_without_dilation = mutant(
    "Your gate is not dilated. Both convolutions have the dilation d.",
    gated_block=lambda x, wf, wg, wr, ws, d=1: [
        x + z @ wr if number == 0 else z @ ws
        for z in [right(conv1d(x, wf, d, "causal"), conv1d(x, wg, 1, "causal"))]
        for number in (0, 1)
    ],
)
exchanged = mutant(
    "out and skip have changed places: `return out, skip`.",
    gated_block=lambda *args: block_of(right)(*args)[::-1],
)


# Variants -----------------------------------------------------------------------------------------


def field_by_steps(dilations, k):
    field = np.int64(1)
    for d in dilations:
        field += d * (k - 1)
    return field


def block_in_float32(x, wf, wg, wr, ws, d=1):
    x, wf, wg, wr, ws = (np.asarray(a, np.float32) for a in (x, wf, wg, wr, ws))
    before = np.zeros((d * (len(wf) - 1), x.shape[1]), np.float32)
    padded = np.concatenate([before, x])
    f = sum(padded[u * d : u * d + len(x)] @ wf[u] for u in range(len(wf)))
    g = sum(padded[u * d : u * d + len(x)] @ wg[u] for u in range(len(wg)))
    z = np.tanh(f) * (np.float32(0.5) * (1 + np.tanh(g / 2)))
    return [x + z @ wr, z @ ws]


def block_by_moments(x, wf, wg, wr, ws, d=1):
    outs, skips = [], []
    for t in range(len(x)):
        f, g = np.zeros(wf.shape[2]), np.zeros(wg.shape[2])
        for u in range(len(wf)):
            moment = t - (len(wf) - 1 - u) * d
            if moment >= 0:
                f += x[moment] @ wf[u]
                g += x[moment] @ wg[u]
        z = np.tanh(f) / (1 + np.exp(-g))
        outs.append(x[t] + z @ wr)
        skips.append(z @ ws)
    return np.array(outs), np.array(skips)


def stacked_weights(x, wf, wg, wr, ws, d=1):
    both = conv1d(x, np.concatenate([wf, wg], axis=2), d, "causal")
    f, g = np.split(both, 2, axis=1)
    z = np.tanh(f) * sigmoid(g)
    ends = z @ np.hstack([wr, ws])
    return ends[:, : wr.shape[1]] + x, ends[:, wr.shape[1] :]


in_float32 = variant("float32, a list of two", gated_block=block_in_float32)
by_moments = variant(
    "moment by moment, a NumPy number", wavenet_rf=field_by_steps, gated_block=block_by_moments
)
both_at_once = variant("both convolutions as one", gated_block=stacked_weights)
